//! What the forests of a training are grown on: the table as it was read, its division, and the parameters.

use forest_learner::ForestValidParams;
use model_core::Encoder;
use serde_json::Value;

use super::pretrained::Pretrained;
use super::{Division, TrainError, effective_config, forest_params};
use crate::config::{self, Config};
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::roles::Source;
use crate::schema_inference::{Draft, survey};
use crate::split::{Holdout, Split, hold_out};
use crate::typed_table::TypedTable;

/// A training before its first tree.
pub(super) struct Basis {
    pub(super) source: Source,
    /// BLAKE3 of the data file, in hexadecimal.
    pub(super) fingerprint: String,
    /// The config as it takes effect.
    pub(super) effective: Value,
    /// Records of the file.
    pub(super) records: u64,
    pub(super) draft: Draft,
    pub(super) pretrained: Option<Pretrained>,
    pub(super) rows: TypedTable,
    pub(super) split: Split,
    pub(super) params: ForestValidParams,
    pub(super) preparation: Preparation,
}

impl Basis {
    /// Reads the table of a config and divides its rows.
    ///
    /// # Errors
    /// When the data cannot be read or does not suit the config.
    pub(super) fn read(config: &Config, division: Division, progress: &Progress) -> Result<Self, TrainError> {
        let source = Source::open(config)?;
        // Before anything is grown.
        for column in &config.report.protected {
            source.table.columns().require(source.table.path(), column)?;
        }
        let length = source.table.bytes();
        let bar = progress.bytes("reading", length * 2);
        let survey = survey(config, &source, &|byte| bar.set(byte))?;
        let mut draft = Draft::new(config, &source, &survey)?;
        let pretrained = Pretrained::of(config)?;
        if let Some(pretrained) = &pretrained {
            pretrained.take_over(config, &mut draft)?;
        }
        let records = survey.records;
        let encoder = Encoder::new(draft.schema.clone())?;
        let second_pass = |byte| bar.set(length + byte);
        let rows = match &pretrained {
            None => TypedTable::of_survey(config, &source, &encoder, &draft.positions, survey, &second_pass)?,
            // The survey knows the levels of this file alone.
            Some(_) => {
                TypedTable::load(config, &source, &encoder, &draft.positions, survey.rows, &second_pass)?
            }
        };
        bar.finish();

        let classes = rows.truth.classes().filter(|_| config.split.stratify);
        let split = match division {
            Division::OfConfig => hold_out(rows.len(), classes, holdout(&config.split))?,
            Division::Given { of, .. } if of != rows.len() => {
                return Err(TrainError::OtherRows { expected: of, found: rows.len() });
            }
            Division::Given { held_out, .. } => Split::holding_out(held_out, rows.len()),
        };
        let params = forest_params::forest_params(&config.model, &draft.schema)?;
        let preparation = match &pretrained {
            None => Preparation::learn(&draft, &rows, &split.train)?,
            Some(pretrained) => Preparation::known(pretrained.encoder()),
        };
        let effective = effective_config::effective_config(config, &draft);
        Ok(Self {
            fingerprint: source.table.fingerprint()?,
            effective: serde_json::to_value(effective).unwrap_or_default(),
            source,
            records,
            draft,
            pretrained,
            rows,
            split,
            params,
            preparation,
        })
    }
}

fn holdout(split: &config::Split) -> Holdout {
    Holdout { test_ratio: split.test_ratio, seed: split.seed, shuffle: split.shuffle }
}
