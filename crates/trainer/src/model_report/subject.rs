//! The model that a report is about, and the rows that it is measured on.

use std::path::PathBuf;

use forest::ForestModel;
use model_core::header::Scorecard;
use model_core::{Header, Model, Rows, Scores};
use thiserror::Error;

use super::curves::CURVE_ROWS;
use super::grouping::Grouping;
use super::importance::Importances;
use super::simple::SimpleModels;
use super::training_side::TrainingSide;
use crate::args::ReportArgs;
use crate::config::Config;
use crate::error::Error;
use crate::evaluate::{encoded, load};
use crate::evaluation::{Truth, add_intervals, scorecard};
use crate::pipeline::{LearningPoint, SideColumn, TrainError, learning_curve};
use crate::progress::Progress;
use crate::roles::Source;
use crate::split::{Holdout, hold_out};

/// Training rows up to which the curve over them is drawn unasked.
const FEW_ROWS: u64 = 2000;

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
    /// A column holds no groups.
    #[error("column {column:?} has no groups: it is the target, or holds names or ids")]
    NoGroups {
        /// The column.
        column: String,
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
    /// Groups that must be treated alike.
    pub(super) protected: Vec<Grouping>,
    /// Importance of each feature, in schema order.
    pub(super) importances: Importances,
    /// Simple models on the same rows.
    pub(super) simple: SimpleModels,
    /// Some of the rows that it was trained on, where they can be found.
    pub(super) trained: Option<(Rows, Truth)>,
    /// Quality by the number of training rows.
    pub(super) learning: Vec<LearningPoint>,
}

impl Subject {
    pub(super) fn of(args: &ReportArgs, progress: Progress) -> Result<Self, Error> {
        let model = ForestModel::read(&args.model)?;
        let mut config = Config::of_artifact(model.header())?;
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
        let used = table.len();
        let (places, rows, truth, measured_on) = match &args.data {
            Some(path) => {
                let told = format!("the {used} rows of {}", path.display());
                ((0..used).collect(), all, table.truth, told)
            }
            None => {
                let held_out = held_out(&config, &table.truth)?;
                let mut rows = Rows::with_capacity(all.width(), held_out.len());
                held_out.iter().for_each(|&row| rows.push(all.row(row)));
                let told = format!("{} rows that were held out", held_out.len());
                let truth = table.truth.of(&held_out);
                (held_out, rows, truth, told)
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
        let learning = match asks_for_learning_curve(args, &config, model.header()) {
            true => learning_curve(&config, &progress)?,
            false => Vec::new(),
        };
        let importances = Importances::of(args, &config, &model, &rows, &truth);
        let mut subject = Self {
            protected: Vec::new(),
            simple: SimpleModels::none(),
            trained: None,
            model,
            config,
            rows,
            truth,
            scores,
            card,
            measured_on,
            importances,
            learning,
        };
        for column in subject.protected_columns(args)? {
            let grouping = subject.grouping(&column, &places, used, &progress)?;
            subject.protected.push(grouping);
        }
        let training = TrainingSide::read(&subject, args.data.is_some(), &progress);
        subject.simple = SimpleModels::learn(&subject, &training);
        subject.trained = training.ok().map(|side| side.sample(CURVE_ROWS));
        Ok(subject)
    }

    /// The columns that the command line and the config name, each once; of those of the config what other rows lack is passed over.
    fn protected_columns(&self, args: &ReportArgs) -> Result<Vec<String>, Error> {
        let mut columns = args.protected.clone();
        let mut of_config = self.config.report.protected.clone();
        if args.data.is_some() && !of_config.is_empty() {
            let source = Source::open(&self.config).map_err(TrainError::from)?;
            of_config.retain(|column| source.table.columns().position(column).is_some());
        }
        columns.extend(of_config);
        let mut seen = std::collections::BTreeSet::new();
        columns.retain(|column| seen.insert(column.clone()));
        Ok(columns)
    }

    /// The groups of a column, by the encoder of the model where it is a feature.
    fn grouping(
        &self,
        column: &str,
        places: &[usize],
        used: usize,
        progress: &Progress,
    ) -> Result<Grouping, Error> {
        let no_groups = || ReportError::NoGroups { column: column.into() };
        if let Some(feature) = self.model.encoder().position(column) {
            return Ok(Grouping::of_feature(self, feature).ok_or_else(no_groups)?);
        }
        if column == self.model.schema().target.name {
            return Err(no_groups().into());
        }
        let side = SideColumn::read(&self.config, column, progress)?.ok_or_else(no_groups)?;
        if side.values.len() != used {
            return Err(ReportError::OtherRows.into());
        }
        Ok(Grouping::of_column(&side, places))
    }

    pub(super) fn header(&self) -> &Header {
        self.model.header()
    }

    /// Features by their importance, the most important first.
    pub(super) fn by_importance(&self) -> Vec<usize> {
        self.importances.order(self.model.schema().features.len())
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

/// Whether there is a curve over the training rows: who asks for one has it, and who has few rows.
fn asks_for_learning_curve(args: &ReportArgs, config: &Config, header: &Header) -> bool {
    if args.data.is_some() {
        return false;
    }
    let is_cheap = header.data.rows_train <= FEW_ROWS && config.pretrained.is_none();
    args.learning_curve || config.report.learning_curve.unwrap_or(is_cheap)
}

pub(super) fn same_file(config: &Config, header: &Header) -> Result<(), Error> {
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
