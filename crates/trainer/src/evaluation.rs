//! How good predictions are: scorecards under scikit-learn's metric names and definitions.
//!
//! Sample weights take part in training, not in the metrics: each row counts once.

use std::collections::BTreeMap;

use model_core::header::{CrossValidation, Scorecard};
use model_core::{Interval, Scores, Task};

use crate::config::Metric;

mod classification;
mod regression;
mod roc;

/// The true answers of some rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Values of a regression target.
    Values(Vec<f64>),
    /// Class indices.
    Classes(Vec<usize>),
}

impl Truth {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Classes(classes) => classes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The answers of these rows.
    ///
    /// # Panics
    /// When a row is beyond the end, a mistake of the calling code.
    pub fn of(&self, rows: &[usize]) -> Self {
        match self {
            Self::Values(values) => Self::Values(rows.iter().map(|&row| values[row]).collect()),
            Self::Classes(classes) => Self::Classes(rows.iter().map(|&row| classes[row]).collect()),
        }
    }

    /// The classes, none for a regression.
    pub fn classes(&self) -> Option<&[usize]> {
        match self {
            Self::Values(_) => None,
            Self::Classes(classes) => Some(classes),
        }
    }
}

/// Every metric that these rows allow; none of classes when the task is a regression.
///
/// # Panics
/// When truth and scores are not of the same rows, a mistake of the calling code.
pub fn scorecard(task: &Task, truth: &Truth, scores: &Scores) -> Scorecard {
    assert_eq!(truth.len(), scores.len(), "rows of truth and of scores");
    if truth.is_empty() {
        return Scorecard::default();
    }
    match (truth, task) {
        (Truth::Values(truth), _) => regression::scorecard(truth, scores.values()),
        (Truth::Classes(truth), Task::Classification(classes)) => {
            classification::scorecard(classes, truth, scores)
        }
        (Truth::Classes(_), Task::Regression) => Scorecard::default(),
    }
}

/// Adds how many of the true values their intervals hold, and how wide they are on average. Nothing for classes.
///
/// # Panics
/// When truth and intervals are not of the same rows, a mistake of the calling code.
pub fn add_intervals(card: &mut Scorecard, truth: &Truth, intervals: &[Interval]) {
    let Truth::Values(truth) = truth else { return };
    assert_eq!(truth.len(), intervals.len(), "rows of truth and of intervals");
    if truth.is_empty() {
        return;
    }
    let rows = truth.len() as f64;
    let held = truth.iter().zip(intervals).filter(|(truth, interval)| interval.holds(**truth)).count();
    let width = intervals.iter().map(Interval::width).sum::<f64>();
    card.metrics.extend(named([
        (Metric::IntervalCoverage, held as f64 / rows),
        (Metric::IntervalWidth, width / rows),
    ]));
}

/// Mean and sample standard deviation of every metric that all folds have.
pub fn over_folds(folds: &[Scorecard]) -> CrossValidation {
    let mut mean = BTreeMap::new();
    let mut standard_deviation = BTreeMap::new();
    for metric in folds.first().into_iter().flat_map(|fold| fold.metrics.keys()) {
        let values: Vec<f64> = folds.iter().filter_map(|fold| fold.metrics.get(metric).copied()).collect();
        if values.len() < folds.len() {
            continue;
        }
        let average = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|value| (value - average).powi(2)).sum::<f64>();
        mean.insert(metric.clone(), average);
        standard_deviation.insert(metric.clone(), (squares / (values.len().max(2) - 1) as f64).sqrt());
    }
    CrossValidation { folds: folds.len() as u32, mean, standard_deviation }
}

/// Values by the names of their metrics.
/// What is not finite has no place in a header.
fn named<const N: usize>(values: [(Metric, f64); N]) -> BTreeMap<String, f64> {
    let finite = values.into_iter().filter(|(_, value)| value.is_finite());
    finite.map(|(metric, value)| (metric.name().to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_measured_by_coverage_and_mean_width() {
        let mut card = Scorecard::default();
        let intervals = [(0.0, 1.0), (0.0, 3.0), (2.0, 2.0), (5.0, 9.0)];
        let intervals = intervals.map(|(lower, upper)| Interval { lower, upper });
        add_intervals(&mut card, &Truth::Values(vec![0.5, 3.5, 2.0, 5.0]), &intervals);
        let expected = [("interval_coverage", 0.75), ("interval_width", 2.0)];
        assert_eq!(card.metrics, expected.map(|(name, value)| (name.to_owned(), value)).into());
    }

    #[test]
    fn folds_are_summed_up_by_mean_and_sample_deviation() {
        let fold = |mae: f64, auc: Option<f64>| Scorecard {
            metrics: [("mae", Some(mae)), ("roc_auc", auc)]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            ..Scorecard::default()
        };
        let summary = over_folds(&[fold(1.0, Some(0.9)), fold(2.0, None), fold(6.0, Some(0.8))]);
        // Mean (1 + 2 + 6) / 3 = 3; variance ((-2)² + (-1)² + 3²) / 2 = 7.
        assert_eq!(summary.mean, BTreeMap::from([("mae".to_owned(), 3.0)]));
        assert_eq!(summary.standard_deviation, BTreeMap::from([("mae".to_owned(), 7f64.sqrt())]));
    }
}
