//! A round of trials: fold by fold side by side, and without those that fall behind.
//!
//! After every fold but the last a trial is given up when what its forests are worth so far is worse than the median of the earlier
//! rounds' trials on the same folds (the median rule of Golovin and others 2017, *Google Vizier*). That is their out-of-bag score,
//! which all training rows of a fold tell and not only the few that are tested; without a bootstrap, the score on the tested ones.

use forest_learner::ForestValidParams;
use model_core::header::Scorecard;
use rayon::prelude::*;
use serde_json::Value;

use super::TuneError;
use super::space::Space;
use super::trial::{State, Trial, is_better};
use crate::config::{Config, Metric};
use crate::error::Error;
use crate::evaluation::scorecard;
use crate::pipeline::{Fold, TrainError, TrainingPart, out_of_bag_scorecard};

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
        let trained_truth = ground.part.trained_truth(fold);
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
            let task = ground.part.task();
            let measured = |card: Scorecard| {
                card.metrics.get(ground.metric.name()).copied().filter(|score| score.is_finite())
            };
            let out_of_bag = fitted.out_of_bag.as_ref();
            let out_of_bag = out_of_bag.map(|answers| out_of_bag_scorecard(task, &trained_truth, answers));
            // The scores are those of the first folds, without a gap.
            if run.trial.out_of_bag.len() == place {
                run.trial.out_of_bag.extend(out_of_bag.and_then(measured));
            }
            let score = measured(scorecard(task, &truth, &fitted.forest.score(&rows)));
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
    // Like is held against like: a test fold is harder, or easier, than the rows that were not drawn.
    let mean = match trial.out_of_bag_mean(folds) {
        Some(_) => Trial::out_of_bag_mean,
        None => Trial::mean,
    };
    let mut means: Vec<f64> = earlier.iter().filter_map(|earlier| mean(earlier, folds)).collect();
    if means.len() < ENOUGH {
        return false;
    }
    means.sort_unstable_by(f64::total_cmp);
    // Of an even number the better one of the two in the middle.
    let middle = if metric.larger_is_better() { means.len() / 2 } else { (means.len() - 1) / 2 };
    mean(trial, folds).is_some_and(|mean| is_better(metric, means[middle], mean))
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
        let state = State::Complete;
        let (folds, out_of_bag) = (Vec::new(), Vec::new());
        let trial = Trial { number, state, params, folds, out_of_bag, score: None, reason: None };
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
        self.trial.out_of_bag.clear();
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
    // What it is given up by. `patience` keeps its own rule of what it needs.
    model.oob_score = model.bootstrap || model.patience.is_some();
    // What costs time and says nothing of the trial.
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
            out_of_bag: Vec::new(),
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

        // The rows that were not drawn are asked where all of them have such, whatever the test folds say.
        let bagged = |error: f64, out_of_bag: f64| Trial { out_of_bag: vec![out_of_bag], ..trial(&[error]) };
        let bags: Vec<Trial> = (1..=6).map(|error| bagged(9.0, f64::from(error))).collect();
        assert!(falls_behind(&bagged(0.0, 3.5), &bags, 1, Metric::Mae));
        assert!(!falls_behind(&bagged(99.0, 3.0), &bags, 1, Metric::Mae));
        // One without a bootstrap is held against the test folds, and so is one whose trials have none.
        assert!(falls_behind(&trial(&[9.5]), &bags, 1, Metric::Mae));
        assert!(!falls_behind(&bagged(9.0, 0.0), &earlier, 1, Metric::Mae));
    }
}
