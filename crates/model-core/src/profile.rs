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
