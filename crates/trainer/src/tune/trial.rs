//! A trial: the values that were tried, and what came of them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::Metric;

/// One line of the file of trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trial {
    /// From 0, which is the config as it stands.
    pub(crate) number: u32,
    /// How it ended.
    pub(crate) state: State,
    /// The values of the keys that are searched, such as `model.max_depth`.
    pub(crate) params: Map<String, Value>,
    /// The metric on each fold that was gone over.
    pub(crate) folds: Vec<f64>,
    /// The metric on the rows that were not drawn, of the forests of the first folds. Nothing without a bootstrap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) out_of_bag: Vec<f64>,
    /// Its mean over the folds that were gone over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// All folds were gone over.
    Complete,
    /// Its forests of the first folds were worse than those of half of the earlier ones.
    Pruned,
    /// The values do not go together, or do not suit the data.
    Refused,
}

impl Trial {
    /// The values in the order of the space.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.params.values().cloned().collect()
    }

    /// Mean over the first `folds` folds; nothing where fewer were gone over.
    pub(crate) fn mean(&self, folds: usize) -> Option<f64> {
        mean_of_first(&self.folds, folds)
    }

    /// Mean out-of-bag score of the forests of the first `folds` folds; nothing where one of them has none.
    pub(crate) fn out_of_bag_mean(&self, folds: usize) -> Option<f64> {
        mean_of_first(&self.out_of_bag, folds)
    }

    /// Sample standard deviation over the folds that were gone over.
    pub(crate) fn deviation(&self) -> f64 {
        let mean = self.mean(self.folds.len()).unwrap_or_default();
        let squares: f64 = self.folds.iter().map(|fold| (fold - mean).powi(2)).sum();
        (squares / (self.folds.len().max(2) - 1) as f64).sqrt()
    }

    /// How much worse it is than the config as it stands, on the folds that it went over. A trial that was refused is worse
    /// than any.
    pub(crate) fn excess(&self, default: &Self, metric: Metric) -> f64 {
        let (Some(own), Some(other)) = (self.mean(self.folds.len()), default.mean(self.folds.len())) else {
            return f64::INFINITY;
        };
        if metric.larger_is_better() { other - own } else { own - other }
    }
}

fn mean_of_first(scores: &[f64], count: usize) -> Option<f64> {
    let first = scores.get(..count).filter(|first| !first.is_empty())?;
    Some(first.iter().sum::<f64>() / count as f64)
}

/// Whether one score is better than another.
pub(crate) fn is_better(metric: Metric, one: f64, other: f64) -> bool {
    if metric.larger_is_better() { one > other } else { one < other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_held_against_the_same_folds() {
        let trial = |folds: &[f64]| Trial {
            number: 1,
            state: State::Complete,
            params: Map::new(),
            folds: folds.to_vec(),
            out_of_bag: Vec::new(),
            score: None,
            reason: None,
        };
        let default = trial(&[1.0, 5.0, 3.0]);
        // Mean 3 of its two folds against 3 of the same two of the default.
        assert_eq!(trial(&[2.0, 4.0]).excess(&default, Metric::Mae), 0.0);
        assert_eq!(trial(&[2.0]).excess(&default, Metric::Mae), 1.0);
        assert_eq!(trial(&[2.0]).excess(&default, Metric::R2), -1.0);
        assert_eq!(trial(&[]).excess(&default, Metric::R2), f64::INFINITY);
        assert_eq!((default.deviation(), default.mean(2), default.mean(4)), (2.0, Some(3.0), None));
    }
}
