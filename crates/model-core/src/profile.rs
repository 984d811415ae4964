//! The distribution of the training data: what is typical, what was never seen.
//!
//! The server warns about values outside it, the API document takes its examples from it.

use serde::{Deserialize, Serialize};

/// Distribution of every feature and of the target in the training part of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Number of training rows.
    pub rows: u64,
    /// One distribution for each feature, in schema order.
    pub features: Vec<Distribution>,
    /// The target of a regression, or the classes of a classification (in class order).
    pub target: Distribution,
    /// A few real training rows as encoded values (`f32`, NaN for missing is `None`), at most ten, in file order.
    pub examples: Vec<Vec<Option<f32>>>,
}

/// Distribution of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Distribution {
    /// A number or an integer.
    Numeric(Numeric),
    /// A category, a boolean (false, true) or the classes of a target.
    Levels {
        /// Rows with no value.
        missing: u64,
        /// Rows of each level, in code order.
        counts: Vec<u64>,
    },
}

/// Distribution of a numeric column. All figures are over the rows that have a value; of a column without any, they
/// are 0 and there are no quantiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numeric {
    /// Rows with no value.
    pub missing: u64,
    /// Smallest value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (divisor n − 1; 0 for fewer than two rows).
    pub standard_deviation: f64,
    /// Quantiles at 0 %, 5 %, …, 100 %: 21 values, linearly interpolated between the order statistics.
    pub quantiles: Vec<f64>,
}

impl Profile {
    /// Whether an encoded value of the feature at `position` lies outside what training saw: below the minimum, above
    /// the maximum, or a level without a row. A missing value and a feature that training never saw a value of are
    /// never outside.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    pub fn is_outside(&self, position: usize, encoded: f32) -> bool {
        if encoded.is_nan() {
            return false;
        }
        match &self.features[position] {
            // The range is compared as the forest sees it, so that no training value is ever outside.
            Distribution::Numeric(numeric) => {
                !numeric.quantiles.is_empty()
                    && (encoded < numeric.minimum as f32 || encoded > numeric.maximum as f32)
            }
            Distribution::Levels { counts, .. } => counts.get(encoded as usize).is_none_or(|&rows| rows == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_training_never_saw_are_outside() {
        let numeric = |minimum, maximum, quantiles| {
            Distribution::Numeric(Numeric {
                missing: 0,
                minimum,
                maximum,
                mean: 0.0,
                standard_deviation: 0.0,
                quantiles,
            })
        };
        let levels = Distribution::Levels { missing: 0, counts: vec![3, 0] };
        let features = vec![numeric(0.1, 0.7, vec![0.1; 21]), numeric(0.0, 0.0, vec![]), levels.clone()];
        let profile = Profile { rows: 3, features, target: levels, examples: vec![] };
        let check = |position, encoded, expected| {
            assert_eq!(
                profile.is_outside(position, encoded),
                expected,
                "feature {position}, value {encoded}"
            );
        };
        check(0, 0.1, false);
        check(0, 0.7, false);
        check(0, 0.099, true);
        check(0, 0.8, true);
        check(0, f32::NAN, false);
        // A column without a value has no range to leave.
        check(1, 5.0, false);
        check(2, 0.0, false);
        check(2, 1.0, true);
        check(2, 2.0, true);
    }
}
