//! What a model answers for a batch of rows.

/// The raw answers of a model: one row of `outputs` numbers for each row asked.
///
/// For regression `outputs` is 1 and the number is the prediction, in the unit of the target. For classification
/// there is one probability for each class, in the order of [`crate::Task::Classification`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    outputs: usize,
    values: Vec<f64>,
}

impl Scores {
    /// Scores of `values.len() / outputs` rows, row after row.
    ///
    /// # Panics
    /// When `outputs` is zero or does not divide the number of values; both are mistakes of the calling code.
    pub fn new(outputs: usize, values: Vec<f64>) -> Self {
        assert!(
            outputs > 0 && values.len().is_multiple_of(outputs),
            "{} values for {outputs} outputs",
            values.len()
        );
        Self { outputs, values }
    }

    /// Numbers for each row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.outputs
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The numbers of one row.
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.outputs..][..self.outputs]
    }

    /// The rows in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.outputs)
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// Index of the predicted class: the most probable one, the first of them on a tie.
///
/// This is the one place where a tie between classes is broken. An empty slice gives 0.
pub fn winning_class(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, &probability) in probabilities.iter().enumerate().skip(1) {
        if probability > probabilities[best] {
            best = class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equally_probable_classes_wins() {
        assert_eq!(winning_class(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(winning_class(&[0.5, 0.5]), 0);
        assert_eq!(winning_class(&[0.1, 0.2, 0.7]), 2);
    }

    #[test]
    fn scores_are_read_row_by_row() {
        let scores = Scores::new(2, vec![0.1, 0.9, 0.8, 0.2]);
        assert_eq!(scores.len(), 2);
        assert_eq!(scores.row(1), [0.8, 0.2]);
    }
}
