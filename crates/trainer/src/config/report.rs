//! What the report of a model shows, checked.

/// What the report of a model shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Permutations of each feature, from 1.
    pub n_repeats: usize,
    /// Columns whose groups must be treated alike, each once.
    pub protected: Vec<String>,
    /// Whether there is a learning curve over the rows; `None` where it is cheap.
    pub learning_curve: Option<bool>,
}
