//! What is tried next: by the tree-structured Parzen estimator, at random, or all of a grid.
//!
//! The estimator is the crate `tpe` (Bergstra, Bardenet, Bengio and Kégl 2011, *Algorithms for hyper-parameter optimization*).
//! It treats each key on its own, and is given for every trial how much worse it was than the config as it stands on the same
//! folds, so that a trial that was pruned counts fairly.

use std::convert::Infallible;

use rand::seq::SliceRandom;
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use tpe::TpeOptimizer;

use super::space::Space;
use super::{Trial, TuneError};
use crate::config::{Domain, Metric, Sampler};

/// Largest grid.
pub(crate) const MOST_POINTS: usize = 100_000;
/// Trials that the estimator leaves to chance before it begins.
const AT_RANDOM: u32 = 13;
/// Draws of values that were tried already, after which chance takes the estimator's place.
const PATIENCE: usize = 24;
/// Draws after which values may be tried again.
const MOST_DRAWS: usize = 10_000;
/// Stream of the order of a grid; trials have those of their numbers.
const GRID_STREAM: u64 = u64::MAX;

/// The source of values.
pub(crate) struct Suggestions<'a> {
    space: &'a Space,
    sampler: Sampler,
    seed: u64,
    metric: Metric,
    /// All combinations in the order in which they are tried.
    grid: Vec<Vec<Value>>,
}

impl<'a> Suggestions<'a> {
    /// For a space.
    ///
    /// # Errors
    /// When a grid is too large.
    pub(crate) fn new(
        sampler: Sampler,
        space: &'a Space,
        metric: Metric,
        seed: u64,
    ) -> Result<Self, TuneError> {
        let grid = match sampler {
            Sampler::Grid => grid(space, seed)?,
            Sampler::Tpe | Sampler::Random => Vec::new(),
        };
        Ok(Self { space, sampler, seed, metric, grid })
    }

    /// Number of combinations of a grid.
    pub(crate) fn points(&self) -> Option<u32> {
        (self.sampler == Sampler::Grid).then(|| u32::try_from(self.grid.len()).unwrap_or(u32::MAX))
    }

    /// The values of a trial. They depend on the seed, the number and the trials of the rounds `before`; `taken` are the values of
    /// all trials of a smaller number, which are not tried again. Nothing when all were tried.
    pub(crate) fn suggest(&self, number: u32, before: &[Trial], taken: &[Vec<Value>]) -> Option<Vec<Value>> {
        let Some(place) = number.checked_sub(1) else { return Some(self.space.default_values().to_vec()) };
        if self.sampler == Sampler::Grid {
            return self.grid.get(place as usize).cloned();
        }
        // The config as it stands need not be a point of the space.
        let points = taken.iter().filter(|values| self.is_point(values)).count();
        if self.space.combinations().is_some_and(|combinations| points >= combinations) {
            return None;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(number));
        let mut estimators = (self.sampler == Sampler::Tpe && number >= AT_RANDOM && !before.is_empty())
            .then(|| self.estimators(before));
        let mut values = Vec::new();
        for draw in 0..MOST_DRAWS {
            values = match &mut estimators {
                Some(estimators) if draw < PATIENCE => self.estimated(estimators, &mut rng),
                _ => self.drawn(&mut rng),
            };
            if !taken.contains(&values) {
                break;
            }
        }
        Some(values)
    }

    fn is_point(&self, values: &[Value]) -> bool {
        let mut dimensions = self.space.dimensions.iter().zip(values);
        dimensions.all(|(dimension, value)| dimension.domain.place(value).is_some())
    }

    fn drawn(&self, rng: &mut ChaCha8Rng) -> Vec<Value> {
        let dimensions = self.space.dimensions.iter();
        dimensions.map(|dimension| dimension.domain.value(rng.gen_range(0.0..1.0))).collect()
    }

    /// One for each key. Lists are told by the index of the value.
    fn estimators(&self, before: &[Trial]) -> Vec<Option<TpeOptimizer>> {
        let estimator = |(place, domain): (usize, &Domain)| {
            let (kind, width) = match domain {
                Domain::Values(values) => (tpe::histogram_estimator(), values.len() as f64),
                Domain::Range(_) => (tpe::parzen_estimator(), 1.0),
            };
            let mut optimizer = TpeOptimizer::new(kind, tpe::range(0.0, width).ok()?);
            for trial in before {
                let at = trial.params.values().nth(place).and_then(|value| domain.place(value));
                // The largest number below the end, which the range leaves out.
                let at = at.map_or(f64::NAN, |at| (at * width).min(width.next_down()));
                optimizer.tell(at, trial.excess(&before[0], self.metric)).ok()?;
            }
            Some(optimizer)
        };
        self.space.dimensions.iter().map(|dimension| &dimension.domain).enumerate().map(estimator).collect()
    }

    fn estimated(&self, estimators: &mut [Option<TpeOptimizer>], rng: &mut ChaCha8Rng) -> Vec<Value> {
        let dimensions = self.space.dimensions.iter().zip(estimators);
        dimensions
            .map(|(dimension, estimator)| {
                let asked = estimator.as_mut().and_then(|estimator| estimator.ask(&mut Handed(rng)).ok());
                match (&dimension.domain, asked) {
                    (Domain::Values(values), Some(at)) => values[(at as usize).min(values.len() - 1)].clone(),
                    (domain, Some(at)) => domain.value(at),
                    (domain, None) => domain.value(rng.gen_range(0.0..1.0)),
                }
            })
            .collect()
    }
}

/// Our generator, whose stream never changes, for a crate of a later generation of `rand`.
struct Handed<'a>(&'a mut ChaCha8Rng);

impl rand_core::TryRng for Handed<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

fn grid(space: &Space, seed: u64) -> Result<Vec<Vec<Value>>, TuneError> {
    let axes: Vec<Vec<Value>> = space.dimensions.iter().map(|dimension| dimension.domain.grid()).collect();
    let points = axes.iter().fold(1_usize, |product, axis| product.saturating_mul(axis.len()));
    if points > MOST_POINTS {
        return Err(TuneError::Grid { points });
    }
    let mut grid = vec![Vec::new()];
    for axis in &axes {
        grid = grid
            .iter()
            .flat_map(|point: &Vec<Value>| {
                axis.iter().map(|value| point.iter().cloned().chain([value.clone()]).collect())
            })
            .collect();
    }
    grid.retain(|point| point != space.default_values());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(GRID_STREAM);
    grid.shuffle(&mut rng);
    Ok(grid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::State;
    use super::*;
    use crate::config::{Config, TaskName};

    fn space(space: &Value) -> Space {
        let text = json!({"data": {"path": "a"}, "target": {"column": "y"}, "tune": {"space": space}});
        Space::of(&Config::parse(&text.to_string(), &[], "c.json", "c").unwrap(), TaskName::Regression)
    }

    /// Searches for the least of a function of the values.
    fn searched(sampler: Sampler, space: &Space, trials: u32, cost: &dyn Fn(&[Value]) -> f64) -> Vec<Trial> {
        let suggestions = Suggestions::new(sampler, space, Metric::Mae, 3).unwrap();
        let mut done: Vec<Trial> = Vec::new();
        for number in 0..trials {
            let taken: Vec<_> = done.iter().map(Trial::values).collect();
            let Some(values) = suggestions.suggest(number, &done, &taken) else { break };
            let folds = vec![cost(&values)];
            let (params, score) = (space.named(&values), Some(folds[0]));
            done.push(Trial {
                number,
                state: State::Complete,
                params,
                folds,
                out_of_bag: Vec::new(),
                score,
                reason: None,
            });
        }
        done
    }

    #[test]
    fn the_estimator_finds_a_valley_that_chance_does_not() {
        let space = space(&json!({
            "model.max_features": {"minimum": 0.001, "maximum": 1.0},
            "model.min_impurity_decrease": {"minimum": 1e-9, "maximum": 1.0, "log": true},
            "model.bootstrap": [true, false]
        }));
        // Least, 0, at false, 0.3 and 1e-6.
        let cost = |values: &[Value]| {
            let wrong = f64::from(u8::from(values[0] == true));
            let number = |place: usize| values[place].as_f64().unwrap_or(1.0).max(1e-9);
            wrong + (number(1) - 0.3).abs() + (number(2).log10() + 6.0).abs() / 9.0
        };
        let mean_of_last = |sampler| {
            let trials = searched(sampler, &space, 80, &cost);
            trials.iter().rev().take(30).map(|trial| trial.folds[0]).sum::<f64>() / 30.0
        };
        let (tpe, random) = (mean_of_last(Sampler::Tpe), mean_of_last(Sampler::Random));
        assert!(tpe < 0.35 && random > 2.0 * tpe, "{tpe} and {random}");
    }

    #[test]
    fn every_combination_is_tried_once() {
        let space = space(&json!({
            "model.criterion": ["gini", "entropy"], "model.min_samples_leaf": {"minimum": 2, "maximum": 4, "whole": true}
        }));
        for sampler in [Sampler::Grid, Sampler::Random, Sampler::Tpe] {
            let trials = searched(sampler, &space, 100, &|_| 1.0);
            let mut values: Vec<String> =
                trials.iter().skip(1).map(|trial| json!(trial.values()).to_string()).collect();
            assert_eq!(values.len(), 6, "{sampler:?}");
            values.sort();
            values.dedup();
            assert_eq!(values.len(), 6, "{sampler:?}");
        }
    }

    #[test]
    fn a_trial_depends_on_seed_and_number_alone() {
        let space = space(&json!({"model.max_features": {"minimum": 0.1, "maximum": 1.0}}));
        let suggest = |seed, number| {
            Suggestions::new(Sampler::Random, &space, Metric::Mae, seed).unwrap().suggest(number, &[], &[])
        };
        assert_eq!(suggest(1, 5), suggest(1, 5));
        assert_ne!(suggest(1, 5), suggest(1, 6));
        assert_ne!(suggest(1, 5), suggest(2, 5));
    }
}
