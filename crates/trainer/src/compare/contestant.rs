//! What takes part: a config or a baseline, and its answers to every row by a model that did not see it.

use std::collections::BTreeMap;

use model_core::Scores;
use model_core::header::{CrossValidation, Scorecard};
use serde_json::Value;

use super::{CompareError, measured, step};
use crate::baselines::Baseline;
use crate::config::{Config, Metric};
use crate::error::Error;
use crate::evaluation::{Truth, over_folds, scorecard};
use crate::pipeline::{Fold, TrainError, TrainingPart};
use crate::progress::Bar;

/// A config under the name that it has in the ranking.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) config: Config,
}

impl Entry {
    /// What of the config decides about its table. Two configs with the same share one.
    pub(crate) fn table(&self) -> Value {
        let typed = &self.config.typed;
        serde_json::json!([typed.data, typed.target, typed.features, typed.split, typed.model.sample_weight])
    }
}

/// What all of them share.
pub(crate) struct Race {
    pub(crate) metric: Metric,
    pub(crate) folds: Vec<Fold>,
}

/// A baseline that takes no part.
pub(crate) struct Absent {
    pub(crate) name: &'static str,
    /// Why, in words.
    pub(crate) reason: String,
}

/// Answers and figures.
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) is_baseline: bool,
    pub(crate) metrics: CrossValidation,
    pub(crate) quantities: BTreeMap<String, f64>,
    /// Of all rows, fold by fold.
    pub(crate) truth: Truth,
    pub(crate) scores: Scores,
}

impl Contestant {
    /// The mean of a metric over the folds.
    pub(crate) fn score(&self, metric: Metric) -> f64 {
        self.metrics.mean.get(metric.name()).copied().unwrap_or(f64::NAN)
    }
}

impl Race {
    /// A baseline on every fold; why it takes no part, in words.
    pub(crate) fn baseline(
        &self,
        baseline: Baseline,
        part: &TrainingPart,
        bar: &Bar,
    ) -> Result<Contestant, String> {
        let name = baseline.name(part.task()).to_owned();
        let answer = |fold: &Fold| Ok(baseline.answers(part, fold, &part.tested(fold).0)?.scores);
        let quantities = BTreeMap::new();
        let (metrics, truth, scores) = self.over::<String>(&name, part, bar, answer)?;
        Ok(Contestant { name, is_baseline: true, metrics, quantities, truth, scores })
    }

    /// A config on every fold, and its forest of all rows, which latency and size are measured of.
    ///
    /// # Errors
    /// When its forest cannot be grown.
    pub(crate) fn entry(&self, entry: &Entry, part: &TrainingPart, bar: &Bar) -> Result<Contestant, Error> {
        let params = part.parameters(&entry.config.model)?;
        // Of a fold only the answers are wanted.
        let mut model = entry.config.model.clone();
        model.oob_score = model.patience.is_some();
        model.interval = None;
        let quick = part.parameters(&model)?;
        let answer = |fold: &Fold| {
            let set = part.training_set(fold)?;
            let fitted = quick.fit_table(&set, &|_| ()).map_err(TrainError::from)?;
            Ok(fitted.forest.score(&part.tested(fold).0))
        };
        let (metrics, truth, scores) = self.over::<Error>(&entry.name, part, bar, answer)?;
        let quantities = measured::quantities(&params, part)?;
        let name = entry.name.clone();
        Ok(Contestant { name, is_baseline: false, metrics, quantities, truth, scores })
    }

    fn over<E: From<CompareError>>(
        &self,
        name: &str,
        part: &TrainingPart,
        bar: &Bar,
        answer: impl Fn(&Fold) -> Result<Scores, E>,
    ) -> Result<(CrossValidation, Truth, Scores), E> {
        let mut cards: Vec<Scorecard> = Vec::new();
        let (mut truths, mut values) = (Vec::new(), Vec::new());
        for (place, fold) in self.folds.iter().enumerate() {
            let (_, truth) = part.tested(fold);
            let scores = answer(fold)?;
            let card = scorecard(part.task(), &truth, &scores);
            let metric = self.metric.name();
            if !card.metrics.get(metric).is_some_and(|value| value.is_finite()) {
                return Err(
                    CompareError::NotMeasured { metric, candidate: name.into(), fold: place + 1 }.into()
                );
            }
            cards.push(card);
            values.extend_from_slice(scores.values());
            truths.push(truth);
            step(bar);
        }
        let scores = Scores::new(part.task().outputs(), values);
        Ok((over_folds(&cards), joined(truths), scores))
    }
}

fn joined(truths: Vec<Truth>) -> Truth {
    let mut truths = truths.into_iter();
    let first = truths.next().unwrap_or(Truth::Values(Vec::new()));
    truths.fold(first, |all, more| match (all, more) {
        (Truth::Values(mut all), Truth::Values(more)) => {
            all.extend(more);
            Truth::Values(all)
        }
        (Truth::Classes(mut all), Truth::Classes(more)) => {
            all.extend(more);
            Truth::Classes(all)
        }
        (all, _) => all,
    })
}
