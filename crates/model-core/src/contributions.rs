//! What each feature adds to the answers of some rows.

/// Contributions of the features to a model's raw answers ([`crate::Scores`]), in the unit of these: the target's for
/// regression, probability for classification. The base and the contributions to an answer add up to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    width: usize,
    base: Vec<f64>,
    values: Vec<f64>,
}

impl Contributions {
    /// Contributions to answers of `base.len()` numbers from `width` features: row after row, in a row output after
    /// output.
    ///
    /// # Panics
    /// When there is no feature or no output, or they do not divide the number of values; mistakes of the calling code.
    pub fn new(width: usize, base: Vec<f64>, values: Vec<f64>) -> Self {
        let of_row = width * base.len();
        assert!(
            of_row > 0 && values.len().is_multiple_of(of_row),
            "{} values for {width} features and {} outputs",
            values.len(),
            base.len()
        );
        Self { width, base, values }
    }

    /// The answer of a model that knows no feature, the same for all rows: one number for each output.
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / (self.width * self.base.len())
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What each feature adds to one output of the answer to one row.
    pub fn of(&self, row: usize, output: usize) -> &[f64] {
        &self.values[(row * self.base.len() + output) * self.width..][..self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_are_read_by_row_and_output() {
        let found = Contributions::new(2, vec![0.5, 0.5], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!((found.len(), found.of(0, 1), found.of(1, 0)), (2, &[3.0, 4.0][..], &[5.0, 6.0][..]));
    }
}
