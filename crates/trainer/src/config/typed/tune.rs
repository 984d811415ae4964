//! What `trainer tune` searches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Metric, Scalar};

/// What `trainer tune` searches, and how. Nothing of it decides about a model that is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tune {
    /// The keys that are searched, each with a list of values or with a range: `{"model.criterion": ["gini", "entropy"],
    /// "model.max_features": {"minimum": 0.1, "maximum": 1.0}, "model.min_samples_leaf": {"minimum": 1, "maximum": 20,
    /// "whole": true, "log": true}}`. With `whole` a range has whole numbers only, with `log` small ones are tried as
    /// often as large ones. Default: a space that suits the algorithm.
    #[schemars(extend("x-also-called" = ["search_space", "param_grid", "param_distributions"]))]
    pub space: Option<BTreeMap<String, Choice>>,
    /// The metric that decides. Default: that of the first quality gate, else the first of `metrics`, else `mae` or
    /// `brier`.
    #[schemars(extend("x-also-called" = ["scoring", "objective"]))]
    pub metric: Option<Metric>,
    /// Most trials, the config as it stands included. Default: 50, and for `grid` the whole grid.
    #[schemars(range(min = 1, max = 100_000), extend("x-also-called" = ["n_trials", "n_iter", "max_evals"]))]
    pub trials: Option<u32>,
    /// Number of folds that the training part is divided into, shuffled with the seed of the split.
    #[schemars(range(min = 2, max = 1000))]
    pub folds: u32,
    /// How the values of a trial are chosen.
    pub sampler: Sampler,
    /// Seed of the choices.
    pub seed: u64,
}

impl Default for Tune {
    fn default() -> Self {
        Self { space: None, metric: None, trials: None, folds: 5, sampler: Sampler::Tpe, seed: 42 }
    }
}

/// The values that a key may take in a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Choice {
    /// One of these.
    #[schemars(extend("minItems" = 1))]
    Values(Vec<Option<Scalar>>),
    /// A number of this range.
    Range(Range),
}

/// A range of numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Whether the logarithm of the number is drawn evenly.
    #[serde(default)]
    pub log: bool,
    /// Whether the numbers are whole.
    #[serde(default)]
    pub whole: bool,
}

/// How the values of a trial are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Near the best trials and away from the others: the tree-structured Parzen estimator.
    #[default]
    Tpe,
    /// At random.
    Random,
    /// All combinations, in an order that is drawn; five numbers of each range.
    Grid,
}
