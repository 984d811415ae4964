//! A training that is shared out: every shard grows a part of the trees of every forest, and what is made of whole forests, scores,
//! intervals and importances, is made once all parts are there.

use std::ops::Range;

use forest::Shape;
use forest_learner::{FitError, Grown};

use super::basis::Basis;
use super::pretrained::Pretrained;
use super::{Division, TrainError, Training, folds, provenance, trained};
use crate::config::Config;
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::shard::{Label, ShardError, ShardFile, ShardNumber, ShardSet};

/// Where the trees of the forests come from.
pub(super) enum Trees {
    /// They are grown here.
    Grow,
    /// Shards hold them.
    Shards {
        shards: ShardSet,
        /// Forests that have theirs: the whole one comes first, then those of the folds.
        taken: usize,
    },
}

impl Trees {
    /// The trees of the next forest, unless they are grown here.
    pub(super) fn next(&mut self, preparation: &Preparation) -> Result<Option<Vec<Grown>>, TrainError> {
        let Self::Shards { shards, taken } = self else { return Ok(None) };
        let shape = Shape::of_schema(preparation.encoder().schema()).map_err(FitError::from)?;
        let grown = shards.trees_of(*taken, &shape)?;
        *taken += 1;
        Ok(Some(grown))
    }
}

/// Grows a part of the trees. Nothing is written.
///
/// # Errors
/// When the data cannot be read or does not suit the config, or there are fewer trees than shards.
pub(crate) fn grow_shard(
    config: &Config,
    number: ShardNumber,
    progress: &Progress,
) -> Result<ShardFile, TrainError> {
    let basis = Basis::read(config, Division::OfConfig, progress)?;
    let folds = folds(config, &basis.rows)?.unwrap_or_default();
    let parts = basis.parts(number, folds.len())?;
    let mut shard = ShardFile::new(basis.label(config, number), &config.output_dir);
    let bar = progress.steps("growing trees", parts.iter().map(|part| part.len() as u64).sum());
    let mut done = 0;
    let mut add = |preparation: &Preparation, rows: &[usize], part: Range<usize>| {
        let set = preparation.training_set(&basis.rows, rows)?;
        let grown = basis.params.grow_apart(&set, part.clone(), &|trees| bar.set(done + trees as u64))?;
        done += part.len() as u64;
        let shape = Shape::of_schema(preparation.encoder().schema()).map_err(FitError::from)?;
        shard.add(&shape, part.start, &grown);
        Ok::<(), TrainError>(())
    };
    let mut parts = parts.into_iter();
    add(&basis.preparation, &basis.split.train, parts.next().unwrap_or_default())?;
    for (fold, part) in folds.iter().zip(parts) {
        let preparation = Preparation::learn(&basis.draft, &basis.rows, &fold.train)?;
        add(&preparation, &fold.train, part)?;
    }
    bar.finish();
    Ok(shard)
}

/// The training whose trees these shards hold: what [`super::train`] gives.
///
/// # Errors
/// As there; when the shards are of another training or their trees are not sound.
pub(crate) fn merge(config: &Config, shards: ShardSet, progress: &Progress) -> Result<Training, TrainError> {
    let basis = Basis::read(config, Division::OfConfig, progress)?;
    let folds = folds(config, &basis.rows)?.map_or(0, |folds| folds.len());
    shards.check(&basis.label(config, ShardNumber::ONLY), &|number| basis.parts(number, folds))?;
    trained(config, basis, Trees::Shards { shards, taken: 0 }, progress)
}

impl Basis {
    /// Numbers of the trees of a shard: of the whole forest, and of that of each fold, which never continues another one.
    fn parts(&self, number: ShardNumber, folds: usize) -> Result<Vec<Range<usize>>, ShardError> {
        let all = self.params.tree_count();
        let first = self.pretrained.as_ref().map_or(0, Pretrained::trees);
        let mut parts = vec![number.trees(first, all)?];
        for _ in 0..folds {
            parts.push(number.trees(0, all)?);
        }
        Ok(parts)
    }

    fn label(&self, config: &Config, shard: ShardNumber) -> Label {
        Label {
            name: config.name.clone(),
            shard,
            config: self.effective.clone(),
            data: self.fingerprint.clone(),
            parent: self.pretrained.as_ref().map(|pretrained| pretrained.model.checksum().to_owned()),
            libraries: provenance::libraries(),
            forests: Vec::new(),
        }
    }
}
