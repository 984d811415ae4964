//! What the report of a model shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the report of a model shows. Nothing of it decides about a model that is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// How often each feature is permuted for its importance, which is the mean over the permutations; their standard
    /// deviation is shown from two on.
    #[schemars(range(min = 1, max = 1000), extend("x-also-called" = ["repeats", "permutations"]))]
    pub n_repeats: u32,
    /// Columns whose groups must be treated alike, features or not: the quality for each of their groups is shown.
    #[schemars(extend("x-also-called" = ["sensitive_features", "protected_attributes"]))]
    pub protected: Vec<String>,
    /// Whether forests are grown on parts of the training rows as well, to show what more rows would bring: two and a half
    /// trainings more. Default: where there are at most 2000 training rows.
    pub learning_curve: Option<bool>,
}

impl Default for Report {
    fn default() -> Self {
        Self { n_repeats: 5, protected: Vec::new(), learning_curve: None }
    }
}
