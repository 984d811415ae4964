//! The model that a report is about, and the rows that it is measured on.

use std::path::PathBuf;

use forest::ForestModel;
use model_core::header::Scorecard;
use model_core::{Header, Model, Rows, Scores};
use thiserror::Error;

use crate::args::ReportArgs;
use crate::config::Config;
use crate::error::Error;
use crate::evaluate::{encoded, load};
use crate::evaluation::{Truth, add_intervals, scorecard};
use crate::pipeline::{LearningPoint, TrainError, learning_curve};
use crate::progress::Progress;
use crate::roles::Source;
use crate::split::{Holdout, hold_out};

/// Why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The data of the training has changed since.
    #[error(
        "{} is not the file that the model was trained on (BLAKE3 {found}, then {expected}), so the rows that were held out \
         cannot be found again: name labelled rows with --data",
        path.display()
    )]
    OtherData {
        /// The file.
        path: PathBuf,
        /// Its checksum when the model was trained.
        expected: String,
        /// Its checksum now.
        found: String,
    },
    /// Nothing was held out.
    #[error("the training held no rows out (split.test_ratio is 0): name labelled rows with --data")]
    NothingHeldOut,
    /// The rows that the config draws are not those that were measured.
    #[error(
        "the rows that the config holds out are not those that this model was measured on, as after a retraining: name \
         labelled rows with --data"
    )]
    OtherRows,
    /// There are no rows in the file.
    #[error("{} holds no row that can be measured on", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// No feature is called so.
    #[error("no feature is called {asked:?}: the model has {known}")]
    Feature {
        /// What was asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
}

/// The model and the rows.
pub(super) struct Subject {
    pub(super) model: ForestModel,
    pub(super) config: Config,
    /// The rows, as the model takes them.
    pub(super) rows: Rows,
    pub(super) truth: Truth,
    pub(super) scores: Scores,
    pub(super) card: Scorecard,
    /// Which rows they are.
    pub(super) measured_on: String,
    /// Positions of protected features.
    pub(super) protected: Vec<usize>,
    /// Quality by the number of training rows.
    pub(super) learning: Vec<LearningPoint>,
}

impl Subject {
    pub(super) fn of(args: &ReportArgs, progress: Progress) -> Result<Self, Error> {
        let model = ForestModel::read(&args.model)?;
        let mut config = Config::of_artifact(model.header())?;
        let protected =
            args.protected.iter().map(|asked| position(&model, asked)).collect::<Result<_, _>>()?;
        if let Some(path) = &args.data {
            config.data.path.clone_from(path);
        } else {
            same_file(&config, model.header())?;
        }
        let table = load(&config, &model, progress)?;
        if table.is_empty() {
            return Err(ReportError::NoRows { path: config.data.path }.into());
        }
        let all = encoded(&table);
        let (rows, truth, measured_on) = match &args.data {
            Some(path) => {
                let told = format!("the {} rows of {}", table.len(), path.display());
                (all, table.truth, told)
            }
            None => {
                let held_out = held_out(&config, &table.truth)?;
                let mut rows = Rows::with_capacity(all.width(), held_out.len());
                held_out.iter().for_each(|&row| rows.push(all.row(row)));
                let told = format!("{} rows that were held out", held_out.len());
                (rows, table.truth.of(&held_out), told)
            }
        };
        let scores = model.predict(&rows);
        let mut card = scorecard(&model.schema().target.task, &truth, &scores);
        if let Some(intervals) = model.interval_level().and_then(|level| model.intervals(&rows, level)) {
            add_intervals(&mut card, &truth, &intervals);
        }
        if args.data.is_none() && model.header().evaluation.test.as_ref() != Some(&card) {
            return Err(ReportError::OtherRows.into());
        }
        let learning = match args.learning_curve {
            true => learning_curve(&config, &progress)?,
            false => Vec::new(),
        };
        Ok(Self { model, config, rows, truth, scores, card, measured_on, protected, learning })
    }

    pub(super) fn header(&self) -> &Header {
        self.model.header()
    }

    /// Features by their importance, the most important first.
    pub(super) fn by_importance(&self) -> Vec<usize> {
        let importances = &self.header().importances;
        let weight = |place: usize| {
            importances
                .get(place)
                .map_or(0.0, |importance| importance.permutation.unwrap_or(importance.impurity))
        };
        let mut order: Vec<usize> = (0..self.model.schema().features.len()).collect();
        order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
        order
    }

    /// At most so many of the rows, evenly spaced.
    pub(super) fn sample(&self, most: usize) -> Vec<usize> {
        (0..self.rows.len()).step_by(self.rows.len().div_ceil(most).max(1)).collect()
    }

    /// Those rows.
    pub(super) fn rows_of(&self, places: &[usize]) -> Rows {
        let mut rows = Rows::with_capacity(self.rows.width(), places.len());
        places.iter().for_each(|&place| rows.push(self.rows.row(place)));
        rows
    }
}

fn position(model: &ForestModel, asked: &str) -> Result<usize, ReportError> {
    let encoder = model.encoder();
    encoder.position(asked).ok_or_else(|| {
        let names: Vec<&str> =
            encoder.schema().features.iter().map(|feature| feature.name.as_str()).collect();
        ReportError::Feature { asked: asked.into(), known: names.join(", ") }
    })
}

fn same_file(config: &Config, header: &Header) -> Result<(), Error> {
    let source = Source::open(config).map_err(TrainError::from)?;
    let found = source.table.fingerprint().map_err(TrainError::from)?;
    let expected = header.data.fingerprint.clone();
    if found == expected {
        return Ok(());
    }
    Err(ReportError::OtherData { path: config.data.path.clone(), expected, found }.into())
}

fn held_out(config: &Config, truth: &Truth) -> Result<Vec<usize>, Error> {
    let split = &config.split;
    let classes = truth.classes().filter(|_| split.stratify);
    let holdout = Holdout { test_ratio: split.test_ratio, seed: split.seed, shuffle: split.shuffle };
    let held_out = hold_out(truth.len(), classes, holdout).map_err(TrainError::from)?.test;
    if held_out.is_empty() {
        return Err(ReportError::NothingHeldOut.into());
    }
    Ok(held_out)
}
