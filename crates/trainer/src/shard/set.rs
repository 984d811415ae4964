//! The shards of one training: all there, each once, and of the training that they are merged for.

use std::ops::Range;
use std::path::PathBuf;

use forest::Shape;
use forest_learner::Grown;
use serde_json::Value;

use super::label::{decisive, differences};
use super::{Label, ShardError, ShardFile, ShardNumber};

/// All shards of one training, in the order of their trees.
#[derive(Debug)]
pub(crate) struct ShardSet(Vec<ShardFile>);

impl ShardSet {
    /// Reads shard files and puts them into order.
    ///
    /// # Errors
    /// When one is damaged or of another training than the first one, doubled or missing.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, ShardError> {
        let mut shards = paths.iter().map(|path| ShardFile::read(path)).collect::<Result<Vec<_>, _>>()?;
        for (place, shard) in shards.iter().enumerate().skip(1) {
            let before = &shards[..place];
            let mut differing = unlike(&shard.label, &before[0].label);
            let (of, expected) = (shard.label.shard.of(), before[0].label.shard.of());
            if of != expected {
                differing.insert(0, format!("it is one of {of} shards, not of {expected}"));
            }
            if !differing.is_empty() {
                differing.push(format!("compared with {}", before[0].path.display()));
                return Err(shard.other(differing));
            }
            if let Some(first) = before.iter().find(|other| other.label.shard == shard.label.shard) {
                let (first, second) = (first.path.clone(), shard.path.clone());
                return Err(ShardError::Doubled { shard: shard.label.shard, first, second });
            }
        }
        shards.sort_by_key(|shard| shard.label.shard);
        let of = shards.first().map_or(0, |shard| shard.label.shard.of());
        let is_missing = |number: &ShardNumber| shards.iter().all(|shard| shard.label.shard != *number);
        let missing: Vec<ShardNumber> =
            (1..=of).filter_map(|number| ShardNumber::new(number, of)).filter(is_missing).collect();
        match missing.is_empty() {
            true => Ok(Self(shards)),
            false => Err(ShardError::Missing { missing, of }),
        }
    }

    /// The config that the shards hold, and the name of the model.
    pub(crate) fn config(&self) -> (&Value, &str) {
        self.0.first().map_or((&Value::Null, ""), |shard| (&shard.label.config, &shard.label.name))
    }

    /// Checks that all shards are of this training; `parts` are the trees of each forest that a shard holds.
    ///
    /// # Errors
    /// When a shard was grown on other data, with another config or seed, or by another trainer.
    pub(crate) fn check(
        &self,
        expected: &Label,
        parts: &dyn Fn(ShardNumber) -> Result<Vec<Range<usize>>, ShardError>,
    ) -> Result<(), ShardError> {
        for shard in &self.0 {
            let differing = unlike(&shard.label, expected);
            if !differing.is_empty() {
                return Err(shard.other(differing));
            }
            let held = shard.label.forests.iter().map(|part| part.first..part.end);
            if !held.eq(parts(shard.label.shard)?) {
                return Err(shard.other(vec!["it does not hold the trees of its number".into()]));
            }
        }
        Ok(())
    }

    /// The trees of one of the forests, in the order of their numbers.
    ///
    /// # Errors
    /// When one of them is not sound.
    pub(crate) fn trees_of(&self, forest: usize, shape: &Shape) -> Result<Vec<Grown>, ShardError> {
        let mut grown = Vec::new();
        for shard in &self.0 {
            grown.extend(shard.trees_of(forest, shape)?);
        }
        Ok(grown)
    }
}

impl ShardFile {
    fn other(&self, differences: Vec<String>) -> ShardError {
        ShardError::Other { shard: self.label.shard, path: self.path.clone(), differences }
    }
}

/// What makes two labels those of different trainings, in words.
fn unlike(found: &Label, expected: &Label) -> Vec<String> {
    let mut told = Vec::new();
    let checksum = |sum: &str| sum.chars().take(12).collect::<String>();
    if found.name != expected.name {
        told.push(format!("it is of the model {}, not of {}", found.name, expected.name));
    }
    if found.data != expected.data {
        let (one, other) = (checksum(&found.data), checksum(&expected.data));
        told.push(format!("its data has the fingerprint {one}…, not {other}…"));
    }
    if found.parent != expected.parent {
        let shown = |parent: &Option<String>| parent.as_deref().map_or("nothing".into(), checksum);
        told.push(format!("it continues {}, not {}", shown(&found.parent), shown(&expected.parent)));
    }
    if found.libraries != expected.libraries {
        let versions = |label: &Label| label.libraries.values().next().cloned().unwrap_or_default();
        told.push(format!("the trainer {} grew it, not {}", versions(found), versions(expected)));
    }
    told.extend(differences(&decisive(found.config.clone()), &decisive(expected.config.clone())));
    told
}
