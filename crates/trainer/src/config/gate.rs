//! The quality that a model must reach to be written.

use super::typed::{MeasuredBy, Metric};

/// A bound on one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityGate {
    /// The metric.
    pub metric: Metric,
    /// The bound.
    pub bound: Bound,
    /// The evaluation that the value is read from.
    pub evaluation: MeasuredBy,
}

/// Values that pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// At least this.
    Minimum(f64),
    /// At most this.
    Maximum(f64),
}

impl QualityGate {
    /// Whether the value passes. NaN does not.
    pub fn passes(&self, value: f64) -> bool {
        match self.bound {
            Bound::Minimum(minimum) => value >= minimum,
            Bound::Maximum(maximum) => value <= maximum,
        }
    }
}

impl std::fmt::Display for QualityGate {
    /// For example `test mae at most 2.8`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, bound) = match self.bound {
            Bound::Minimum(minimum) => ("at least", minimum),
            Bound::Maximum(maximum) => ("at most", maximum),
        };
        write!(f, "{} {} {word} {bound}", self.evaluation.name(), self.metric.name())
    }
}
