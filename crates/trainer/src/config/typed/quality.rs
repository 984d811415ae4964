//! How the model is tested, what is measured, and what it must reach.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part of the rows that is held out to test the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// Share of the rows that is held out, rounded up to whole rows; 0 for none.
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0, "x-also-called" = ["test_size", "test_split", "validation_split"]))]
    pub test_ratio: f64,
    /// Seed of the shuffle.
    #[schemars(extend("x-also-called" = ["random_state", "shuffle_seed"]))]
    pub seed: u64,
    /// Whether the rows are shuffled first; when false the last rows are held out.
    pub shuffle: bool,
    /// Whether every class has the same share in both parts, and in every fold of the cross-validation. Needs
    /// `shuffle` and a classification.
    pub stratify: bool,
}

impl Default for Split {
    fn default() -> Self {
        Self { test_ratio: 0.2, seed: 42, shuffle: true, stratify: false }
    }
}

/// Cross-validation over all rows, shuffled with the seed of the split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrossValidation {
    /// Number of folds.
    #[schemars(range(min = 2, max = 1000), extend("x-also-called" = ["n_splits", "k", "cv"]))]
    pub folds: u32,
}

impl Default for CrossValidation {
    fn default() -> Self {
        Self { folds: 5 }
    }
}

/// A measure of quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean absolute error, in the unit of the target.
    Mae,
    /// Root of the mean squared error, in the unit of the target.
    Rmse,
    /// Share of the target's variance that is explained; 1 is perfect, 0 is the mean.
    R2,
    /// Mean absolute error as a share of the true value, over rows whose true value is not 0.
    Mape,
    /// Mean absolute error as a share of the target's mean.
    MaeShare,
    /// Share of the rows whose interval holds the true value; needs `model.interval`, whose value it should have.
    IntervalCoverage,
    /// Mean width of the intervals, in the unit of the target; needs `model.interval`.
    IntervalWidth,
    /// Share of the rows with the right class.
    Accuracy,
    /// Mean over the classes of the share of their rows that is found.
    BalancedAccuracy,
    /// Mean over the classes of the F1 score.
    F1Macro,
    /// Mean negative logarithm of the true class's probability.
    LogLoss,
    /// Area under the ROC curve; the mean of one class against the rest when there are more than two.
    RocAuc,
    /// Mean squared error of the probabilities, summed over the classes for more than two.
    Brier,
}

/// One bound or a list of bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Gates {
    /// One bound.
    One(Gate),
    /// All of these bounds.
    All(Vec<Gate>),
}

/// A bound that the model must keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The measure.
    pub metric: Metric,
    /// Smallest value that passes.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["min", "at_least", "lower"]))]
    pub minimum: Option<f64>,
    /// Largest value that passes.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["max", "at_most", "upper"]))]
    pub maximum: Option<f64>,
    /// The evaluation that the value is read from.
    #[serde(default)]
    pub evaluation: MeasuredBy,
}

/// The evaluation that a bound is read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredBy {
    /// The held-out rows.
    #[default]
    Test,
    /// The mean over the folds of the cross-validation.
    CrossValidation,
    /// The rows that each tree did not see; needs `model.oob_score`.
    OutOfBag,
}
