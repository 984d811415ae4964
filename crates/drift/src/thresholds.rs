//! How far a column may move before it has drifted.

use thiserror::Error;

/// What is taken for drift. A measure has to be above its threshold, and chance has to be ruled out, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Population stability index, less what chance gives. Default 0.25, as is usual: another population.
    pub psi: f64,
    /// Kolmogorov–Smirnov: largest distance of the two distribution functions. Default 0.2.
    pub ks: f64,
    /// Jensen–Shannon distance, in bits, from 0 to 1, less what chance gives. Default 0.2.
    pub js: f64,
    /// Change of the share of missing values. Default 0.05.
    pub missing: f64,
    /// Share of levels that training did not see, or of numbers below or above its range. Default 0.02.
    pub outside: f64,
    /// Growth of the error on rows with known targets, as a share of the error on the held-out rows. Default 0.1.
    pub score: f64,
    /// Probability that rows of the training's own population are taken for drifted, over all columns and measures. Default 0.01.
    pub false_alarms: f64,
    /// Fewest rows that are judged at all. Default 50.
    pub minimum_rows: u64,
}

/// A threshold that nothing can be judged by.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{name} is {given}, expected {expected}")]
pub struct ThresholdError {
    /// Which one.
    pub name: &'static str,
    /// What was given.
    pub given: f64,
    /// What it may be.
    pub expected: &'static str,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            psi: 0.25,
            ks: 0.2,
            js: 0.2,
            missing: 0.05,
            outside: 0.02,
            score: 0.1,
            false_alarms: 0.01,
            minimum_rows: 50,
        }
    }
}

impl Thresholds {
    /// Index above which a column is worth a look, at most.
    pub(crate) const SHIFTED: f64 = 0.1;

    /// The thresholds, when all are in range.
    ///
    /// # Errors
    /// When a threshold is negative or not a number, or the share of false alarms is not between 0 and 1.
    pub fn checked(self) -> Result<Self, ThresholdError> {
        let Self { psi, ks, js, missing, outside, score, .. } = self;
        let distances = [
            ("psi", psi),
            ("ks", ks),
            ("js", js),
            ("missing", missing),
            ("outside", outside),
            ("score", score),
        ];
        for (name, given) in distances {
            if given.is_nan() || given < 0.0 {
                return Err(ThresholdError { name, given, expected: "a number of at least 0" });
            }
        }
        let given = self.false_alarms;
        if !(given > 0.0 && given < 1.0) {
            return Err(ThresholdError { name: "false_alarms", given, expected: "a number between 0 and 1" });
        }
        Ok(self)
    }
}
