//! What one answer costs: the error of a row, which two models are compared by.

use model_core::{Scores, Task, winning_class};

use crate::config::{Config, Metric};
use crate::evaluation::Truth;

/// The error of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Distance from the true value.
    Absolute,
    /// Its square.
    Squared,
    /// 1 for a wrong class, else 0.
    WrongClass,
    /// Squared distance of the probabilities from the true class.
    Brier,
}

impl Loss {
    /// The one that belongs to the first metric that the config is about: of its first gate, or else the first it reports.
    pub(crate) fn of(config: &Config, task: &Task) -> Self {
        let gate = config.quality_gates.first().map(|gate| gate.metric);
        let metric = gate.or_else(|| config.metrics.as_ref()?.first().copied());
        match (task, metric) {
            (Task::Regression, None) => Self::Absolute,
            (Task::Classification(_), None) => Self::Brier,
            (_, Some(metric)) => Self::of_metric(metric),
        }
    }

    /// The one that comes nearest to a metric.
    pub(crate) fn of_metric(metric: Metric) -> Self {
        match metric {
            Metric::Rmse | Metric::R2 => Self::Squared,
            Metric::Accuracy | Metric::BalancedAccuracy | Metric::F1Macro => Self::WrongClass,
            Metric::LogLoss | Metric::RocAuc | Metric::Brier => Self::Brier,
            Metric::Mae
            | Metric::Mape
            | Metric::MaeShare
            | Metric::IntervalCoverage
            | Metric::IntervalWidth => Self::Absolute,
        }
    }

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Absolute => "mean absolute error",
            Self::Squared => "mean squared error",
            Self::WrongClass => "share of wrong classes",
            Self::Brier => "Brier score",
        }
    }

    /// The error of every row.
    pub(crate) fn of_rows(self, truth: &Truth, scores: &Scores) -> Vec<f64> {
        match truth {
            Truth::Values(truth) => {
                let distance = truth.iter().zip(scores.values()).map(|(truth, score)| truth - score);
                match self {
                    Self::Squared => distance.map(|distance| distance * distance).collect(),
                    Self::Absolute | Self::WrongClass | Self::Brier => distance.map(f64::abs).collect(),
                }
            }
            Truth::Classes(classes) => {
                let rows = classes.iter().zip(scores.rows());
                match self {
                    Self::WrongClass => {
                        rows.map(|(class, row)| f64::from(u8::from(winning_class(row) != *class))).collect()
                    }
                    Self::Absolute | Self::Squared | Self::Brier => rows
                        .map(|(class, row)| {
                            let of = |(place, probability): (usize, &f64)| {
                                (probability - f64::from(u8::from(place == *class))).powi(2)
                            };
                            row.iter().enumerate().map(of).sum()
                        })
                        .collect(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_row_by_hand() {
        let values = (Truth::Values(vec![1.0, 5.0]), Scores::new(1, vec![3.0, 4.5]));
        assert_eq!(Loss::Absolute.of_rows(&values.0, &values.1), [2.0, 0.5]);
        assert_eq!(Loss::Squared.of_rows(&values.0, &values.1), [4.0, 0.25]);
        let classes = (Truth::Classes(vec![0, 1]), Scores::new(2, vec![0.5, 0.5, 0.75, 0.25]));
        assert_eq!(Loss::WrongClass.of_rows(&classes.0, &classes.1), [0.0, 1.0]);
        assert_eq!(Loss::Brier.of_rows(&classes.0, &classes.1), [0.5, 1.125]);
    }
}
