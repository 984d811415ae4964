//! What `trainer tune` searches, checked.

use serde_json::Value;

use super::typed::{Metric, Range, Sampler};

/// What `trainer tune` searches, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Tune {
    /// The keys that are searched, in alphabetical order; `None` for a space that suits the algorithm.
    pub space: Option<Vec<Dimension>>,
    /// The metric that decides; `None` for the one that the config is about.
    pub metric: Option<Metric>,
    /// Most trials; `None` for the sampler's default.
    pub trials: Option<u32>,
    /// Number of folds, from 2.
    pub folds: u32,
    /// How the values of a trial are chosen.
    pub sampler: Sampler,
    /// Seed of the choices.
    pub seed: u64,
}

/// A key that is searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The key within `model`, for example `max_features`.
    pub key: String,
    /// What it may be.
    pub domain: Domain,
}

/// The values of a key that is searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// One of these, at least one.
    Values(Vec<Value>),
    /// A number from `minimum` up to `maximum`, which is larger; above 0 with `log`, and whole numbers with `whole`.
    Range(Range),
}
