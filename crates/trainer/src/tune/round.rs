//! A round of trials: fold by fold side by side, and without those that fall behind.
//!
//! After every fold but the last a trial is given up when its mean so far is worse than the median of the earlier rounds' trials on
//! the same folds (the median rule of Golovin and others 2017, *Google Vizier*). Folds and not out-of-bag errors: those are there
//! only for a bootstrap, and only when the forest is grown.

use forest_learner::ForestValidParams;
use rayon::prelude::*;
use serde_json::Value;

use super::TuneError;
use super::space::Space;
use super::trial::{State, Trial, is_better};
use crate::config::{Config, Metric};
use crate::error::Error;
use crate::evaluation::scorecard;
use crate::pipeline::{Fold, TrainError, TrainingPart};

/// Trials that went over a fold, from which on the median of them decides.
const ENOUGH: usize = 5;

/// What all trials share.
pub(crate) struct Ground<'a> {
    pub(crate) part: &'a TrainingPart,
    pub(crate) folds: &'a [Fold],
    pub(crate) metric: Metric,
    pub(crate) config: &'a Config,
    /// The user's config in JSON.
    pub(crate) document: &'a Value,
    pub(crate) space: &'a Space,
}

/// Goes over the folds with the values that were chosen; the first trial has the number `first`.
pub(crate) fn run(
    ground: &Ground,
    first: u32,
    chosen: Vec<Vec<Value>>,
    earlier: &[Trial],
) -> Result<Vec<Trial>, Error> {
    let mut runs: Vec<Run> =
        (first..).zip(chosen).map(|(number, values)| Run::of(ground, number, &values)).collect();
    for (place, fold) in ground.folds.iter().enumerate() {
        if runs.iter().all(|run| run.params.is_none()) {
            break;
        }
        let set = ground.part.training_set(fold)?;
        let (rows, truth) = ground.part.tested(fold);
        let gone_over = runs.par_iter_mut().map(|run| {
            let Some(params) = &run.params else { return Ok(()) };
            let fitted = match params.fit_table(&set, &|_| ()) {
                Ok(fitted) => fitted,
                // Values that do not suit the data; without any, it is the data.
                Err(error) if run.trial.number > 0 => {
                    run.refuse(error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(Error::from(TrainError::from(error))),
            };
            let card = scorecard(ground.part.task(), &truth, &fitted.forest.score(&rows));
            let score = card.metrics.get(ground.metric.name()).copied().filter(|score| score.is_finite());
            let folds = ground.folds.len() as u32;
            let metric = ground.metric.name();
            run.trial.folds.push(score.ok_or(TuneError::NotMeasured { metric, fold: place + 1, folds })?);
            Ok(())
        });
        gone_over.collect::<Result<(), Error>>()?;
        let gone = place + 1;
        for run in runs.iter_mut().filter(|run| run.params.is_some()) {
            if gone == ground.folds.len() {
                run.end(State::Complete);
            } else if run.trial.number > 0 && falls_behind(&run.trial, earlier, gone, ground.metric) {
                run.end(State::Pruned);
            }
        }
    }
    Ok(runs.into_iter().map(|run| run.trial).collect())
}

fn falls_behind(trial: &Trial, earlier: &[Trial], folds: usize, metric: Metric) -> bool {
    let mut means: Vec<f64> = earlier.iter().filter_map(|earlier| earlier.mean(folds)).collect();
    if means.len() < ENOUGH {
        return false;
    }
    means.sort_unstable_by(f64::total_cmp);
    // Of an even number the better one of the two in the middle.
    let middle = if metric.larger_is_better() { means.len() / 2 } else { (means.len() - 1) / 2 };
    trial.mean(folds).is_some_and(|mean| is_better(metric, means[middle], mean))
}

/// A trial under way.
struct Run {
    trial: Trial,
    /// Nothing when it has ended.
    params: Option<ForestValidParams>,
}

impl Run {
    fn of(ground: &Ground, number: u32, values: &[Value]) -> Self {
        let params = ground.space.named(values);
        let trial =
            Trial { number, state: State::Complete, params, folds: Vec::new(), score: None, reason: None };
        let mut run = Self { trial, params: None };
        match parameters(ground, number, values) {
            Ok(params) => run.params = Some(params),
            Err(reason) => run.refuse(reason),
        }
        run
    }

    fn refuse(&mut self, reason: String) {
        self.end(State::Refused);
        self.trial.folds.clear();
        self.trial.score = None;
        self.trial.reason = Some(reason);
    }

    fn end(&mut self, state: State) {
        self.params = None;
        self.trial.state = state;
        self.trial.score = self.trial.mean(self.trial.folds.len());
    }
}

/// The values in the learner's terms; why not, in words.
fn parameters(ground: &Ground, number: u32, values: &[Value]) -> Result<ForestValidParams, String> {
    let config = match number {
        0 => ground.config.clone(),
        _ => {
            let document = ground.space.applied(ground.document, values).to_string();
            let name = &ground.config.name;
            Config::parse(&document, &[], "the trial", name).map_err(|errors| errors.to_string())?
        }
    };
    let mut model = config.model;
    // What costs time and says nothing of the folds.
    model.oob_score = model.patience.is_some();
    model.interval = None;
    ground.part.parameters(&model).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn what_is_worse_than_half_of_the_earlier_ones_falls_behind() {
        let trial = |folds: &[f64]| Trial {
            number: 9,
            state: State::Complete,
            params: Map::new(),
            folds: folds.to_vec(),
            score: None,
            reason: None,
        };
        let earlier: Vec<Trial> = (1..=6).map(|error| trial(&[f64::from(error), 0.0])).collect();
        let check = |error: f64, folds: usize, metric: Metric, expected: bool| {
            assert_eq!(
                falls_behind(&trial(&[error, 0.0]), &earlier, folds, metric),
                expected,
                "{error} {metric:?}"
            );
        };
        // In the middle stand 3 and 4: an error of up to 3 goes on, an R² from 4 does.
        check(3.0, 1, Metric::Mae, false);
        check(3.5, 1, Metric::Mae, true);
        check(4.0, 1, Metric::R2, false);
        check(3.5, 1, Metric::R2, true);
        check(3.0, 2, Metric::Mae, false);
        assert!(!falls_behind(&trial(&[9.0]), &earlier[..4], 1, Metric::Mae), "too few to tell");
    }
}
