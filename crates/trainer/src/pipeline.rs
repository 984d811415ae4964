//! The whole story of `train`: from a config to a version of a model.
//!
//! The model that is written is trained on the training part alone. So the score on the held-out part is a score of
//! this very model, not of one like it; `split.test_ratio: 0` trains on all rows. Cross-validation goes over all rows,
//! with forests of its own that are thrown away.

use std::path::PathBuf;

use forest::Forest;
use forest_learner::{Fitted, ForestValidParams};
use model_core::header::{CrossValidation, DataSummary, Evaluation, Scorecard};
use model_core::{Header, Payload, Scores};
use rayon::prelude::*;
use registry::{TrainedRows, host_name, row_mark, store_next};

use crate::config::Config;
use crate::csv_table::RowProblem;
use crate::evaluation::{Truth, add_intervals, over_folds, scorecard};
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::roles::Source;
use crate::schema_inference::{Draft, LeftOut, survey};
use crate::split::{Split, k_fold};
use crate::training_baseline::baseline;
use crate::training_profile::profile;
use crate::typed_table::TypedTable;

mod basis;
mod effective_config;
mod error;
mod forest_params;
mod gates;
mod importances;
mod learning_curve;
mod out_of_bag;
mod pretrained;
pub(crate) mod provenance;
mod sharing;
mod side_column;
mod training_part;

use basis::Basis;
use pretrained::Pretrained;
use sharing::Trees;

pub use error::TrainError;
pub(crate) use importances::PERMUTED_ROWS;
pub use learning_curve::LearningPoint;
pub(crate) use learning_curve::learning_curve;
pub use out_of_bag::OutOfBagRows;
pub(crate) use out_of_bag::out_of_bag_scorecard;
pub use pretrained::Continued;
pub(crate) use sharing::{grow_shard, merge};
pub(crate) use side_column::SideColumn;
pub(crate) use training_part::{Fold, TrainingPart, drawn};

/// A trained model and the story of its training.
#[derive(Debug, Clone)]
pub struct Training {
    /// What the artifact says of itself; version 0 until it is written.
    pub header: Header,
    /// What the artifact holds.
    pub payload: Payload,
    /// Columns that are no features although the config does not exclude them.
    pub left_out: Vec<LeftOut>,
    /// What the user should know, in sentences.
    pub warnings: Vec<String>,
    /// The first records that were dropped since they could not be read.
    pub unreadable: Vec<RowProblem>,
    /// Size of the forest.
    pub forest: ForestSize,
    /// Answers to the training rows by the trees that did not draw them, where the config asks for them.
    pub out_of_bag: Option<OutOfBagRows>,
    /// The model that was continued, where the config names one.
    pub continued: Option<Continued>,
    /// Marks of the rows that it was trained on; `None` where it continues a model of which they are not known.
    pub trained_rows: Option<TrainedRows>,
    /// Answers to the rows that were held out.
    pub held_out: HeldOut,
}

/// Rows that were held out, and what the model answers to them.
#[derive(Debug, Clone)]
pub struct HeldOut {
    /// Places of the rows among those that are used, ascending.
    pub rows: Vec<usize>,
    /// The true answers.
    pub truth: Truth,
    /// The model's answers; `None` without rows.
    pub scores: Option<Scores>,
}

/// Which rows are held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division<'a> {
    /// Those that the config draws.
    OfConfig,
    /// These, of so many rows that are used.
    Given {
        /// Their places, ascending.
        held_out: &'a [usize],
        /// Number of rows.
        of: usize,
    },
}

/// Size of a forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForestSize {
    /// Number of trees.
    pub trees: usize,
    /// Number of nodes, leaves included.
    pub nodes: usize,
    /// Splits between a root and its deepest leaf.
    pub depth: usize,
}

/// Trains a model and evaluates it. Nothing is written.
///
/// # Errors
/// When the data cannot be read or does not suit the config.
pub fn train(config: &Config, division: Division, progress: &Progress) -> Result<Training, TrainError> {
    trained(config, Basis::read(config, division, progress)?, Trees::Grow, progress)
}

/// Evaluates the forest on this basis, and tells its story.
fn trained(
    config: &Config,
    basis: Basis,
    mut trees: Trees,
    progress: &Progress,
) -> Result<Training, TrainError> {
    let Basis {
        fingerprint,
        effective,
        source,
        records,
        mut draft,
        pretrained,
        rows,
        split,
        params,
        preparation,
    } = basis;
    let mut fitted =
        fit(&params, pretrained.as_ref(), &preparation, &rows, &split.train, &mut trees, progress)?;
    if let Some(pretrained) = &pretrained {
        pretrained.mix(&mut fitted.impurity_importances, fitted.forest.tree_count());
        draft.warnings.push(format!(
            "{} may have been trained on rows that are held out here: both figures may be too good",
            pretrained.path().display()
        ));
    }
    let continued = pretrained
        .as_ref()
        .map(|pretrained| pretrained.continued(test(pretrained.model.forest(), &preparation, &rows, &split)));

    let out_of_bag = out_of_bag(&fitted, &rows, &split.train);
    let scores = (!split.test.is_empty()).then(|| fitted.forest.score(&preparation.rows(&rows, &split.test)));
    let evaluation = Evaluation {
        test: test(&fitted.forest, &preparation, &rows, &split),
        cross_validation: cross_validate(config, &params, &draft, &rows, &mut trees, progress)?,
        out_of_bag: out_of_bag.as_ref().map(|rows| rows.scorecard(preparation.task())),
    };
    let permuted = if split.test.is_empty() {
        let first = pretrained.as_ref().map_or(0, Pretrained::trees);
        let set = preparation.training_set(&rows, &split.train)?;
        importances::permuted_out_of_bag(config, &params, &fitted, first, &set)?
    } else {
        Some(importances::permuted(config, &fitted, &preparation, &rows, &split.test))
    };
    let header = Header {
        name: config.name.clone(),
        version: 0,
        title: config.title.clone(),
        description: config.description.clone(),
        app: config.app.clone(),
        created: provenance::created()?,
        schema: preparation.encoder().schema().clone(),
        config: effective,
        data: DataSummary {
            path: config.data.path.display().to_string(),
            fingerprint,
            rows_read: records,
            rows_dropped: rows.dropped.clone(),
            rows_train: split.train.len() as u64,
            rows_test: split.test.len() as u64,
        },
        evaluation,
        importances: importances::of(&preparation, &fitted, permuted.as_deref()),
        serving: config.serving.clone(),
        parent: pretrained.as_ref().map(|pretrained| pretrained.model.checksum().to_owned()),
        libraries: provenance::libraries(),
        host: host_name(),
        baseline: Some(baseline(&preparation, &rows, &split.train, scores.as_ref(), out_of_bag.as_ref())),
    };
    let held_out = HeldOut { rows: split.test.clone(), truth: rows.truth.of(&split.test), scores };
    let marks = trained_rows(&preparation, &rows, &split.train);
    let trained_rows = match &pretrained {
        None => Some(marks),
        Some(pretrained) => TrainedRows::read_beside(pretrained.path())?.map(|old| old.and(marks)),
    };
    Ok(Training {
        payload: Payload {
            schema: header.schema.clone(),
            profile: profile(&preparation, &rows, &split.train),
            blocks: fitted.forest.to_blocks(),
        },
        header,
        left_out: draft.left_out,
        warnings: draft.warnings,
        unreadable: source.table.locate(rows.problems)?,
        forest: ForestSize {
            trees: fitted.forest.tree_count(),
            nodes: fitted.forest.node_count(),
            depth: fitted.forest.depth(),
        },
        out_of_bag,
        continued,
        trained_rows,
        held_out,
    })
}

impl Training {
    /// Writes the artifact as the next version of its name into the folder of the config.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&mut self, config: &Config) -> Result<PathBuf, TrainError> {
        Ok(store_next(&config.output_dir, &mut self.header, &self.payload, self.trained_rows.as_ref())?)
    }
}

/// The config as it takes effect on the data that it names, without training: two of them that are equal, on the same data, give
/// the same model.
///
/// # Errors
/// When the data cannot be read or does not suit the config.
pub fn effective_config(config: &Config, progress: &Progress) -> Result<serde_json::Value, TrainError> {
    let source = Source::open(config)?;
    let bar = progress.bytes("reading", source.table.bytes());
    let survey = survey(config, &source, &|byte| bar.set(byte))?;
    let mut draft = Draft::new(config, &source, &survey)?;
    if let Some(pretrained) = Pretrained::of(config)? {
        pretrained.take_over(config, &mut draft)?;
    }
    bar.finish();
    Ok(serde_json::to_value(effective_config::effective_config(config, &draft)).unwrap_or_default())
}

fn trained_rows(preparation: &Preparation, rows: &TypedTable, train: &[usize]) -> TrainedRows {
    let width = preparation.encoder().width();
    let mark = |&row: &usize| {
        let encoded: Vec<f32> = (0..width).map(|position| preparation.value(rows, position, row)).collect();
        row_mark(&encoded)
    };
    TrainedRows::new(train.par_iter().map(mark).collect())
}

fn fit(
    params: &ForestValidParams,
    pretrained: Option<&Pretrained>,
    preparation: &Preparation,
    rows: &TypedTable,
    train: &[usize],
    trees: &mut Trees,
    progress: &Progress,
) -> Result<Fitted, TrainError> {
    let set = preparation.training_set(rows, train)?;
    if let Some(grown) = trees.next(preparation)? {
        return Ok(params.put_together(
            pretrained.map(|pretrained| pretrained.model.forest()),
            &set,
            grown,
        )?);
    }
    let old = pretrained.map_or(0, Pretrained::trees);
    let bar = progress.steps("growing trees", params.tree_count().saturating_sub(old) as u64);
    let grown = |trees: usize| bar.set(trees as u64);
    let fitted = match pretrained {
        None => params.fit_table(&set, &grown)?,
        Some(pretrained) => params.continue_on_table(pretrained.model.forest(), &set, &grown)?,
    };
    bar.finish();
    Ok(fitted)
}

fn test(forest: &Forest, preparation: &Preparation, rows: &TypedTable, split: &Split) -> Option<Scorecard> {
    if split.test.is_empty() {
        return None;
    }
    let encoded = preparation.rows(rows, &split.test);
    let truth = rows.truth.of(&split.test);
    let mut card = scorecard(preparation.task(), &truth, &forest.score(&encoded));
    if let Some(intervals) = forest.interval_level().and_then(|level| forest.intervals(&encoded, level)) {
        add_intervals(&mut card, &truth, &intervals);
    }
    Some(card)
}

fn out_of_bag(fitted: &Fitted, rows: &TypedTable, train: &[usize]) -> Option<OutOfBagRows> {
    let answers = fitted.out_of_bag.clone()?;
    Some(OutOfBagRows { rows: train.to_vec(), truth: rows.truth.of(train), answers })
}

/// The folds of the cross-validation, where the config asks for one.
fn folds(config: &Config, rows: &TypedTable) -> Result<Option<Vec<Split>>, TrainError> {
    let Some(folds) = config.folds else { return Ok(None) };
    let classes = rows.truth.classes().filter(|_| config.split.stratify);
    Ok(Some(k_fold(rows.len(), classes, folds as usize, config.split.seed)?))
}

/// Every fold learns its own levels and defaults, so that no row of a fold is known to the forest that is tested on it.
fn cross_validate(
    config: &Config,
    params: &ForestValidParams,
    draft: &Draft,
    rows: &TypedTable,
    trees: &mut Trees,
    progress: &Progress,
) -> Result<Option<CrossValidation>, TrainError> {
    let Some(folds) = folds(config, rows)? else { return Ok(None) };
    let bar = progress.steps("cross-validating", folds.len() as u64);
    let mut scorecards = Vec::with_capacity(folds.len());
    for fold in &folds {
        let preparation = Preparation::learn(draft, rows, &fold.train)?;
        let set = preparation.training_set(rows, &fold.train)?;
        let fitted = match trees.next(&preparation)? {
            None => params.fit_table(&set, &|_| ())?,
            Some(grown) => params.put_together(None, &set, grown)?,
        };
        scorecards.extend(test(&fitted.forest, &preparation, rows, fold));
        bar.set(scorecards.len() as u64);
    }
    bar.finish();
    Ok(Some(over_folds(&scorecards)))
}
