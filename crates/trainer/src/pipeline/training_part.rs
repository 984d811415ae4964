//! The rows that a config trains on, divided into folds: the ground on which candidates are compared. The rows that are held
//! out take no part.

use forest_learner::{ForestValidParams, TrainingSet};
use model_core::{Rows, Task};

use super::basis::Basis;
use super::{Division, TrainError, forest_params};
use crate::config::{self, Config};
use crate::evaluation::Truth;
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::schema_inference::Draft;
use crate::split::k_fold;
use crate::typed_table::TypedTable;

/// The training part of a table.
pub(crate) struct TrainingPart {
    draft: Draft,
    table: TypedTable,
    /// Places of its rows in the table, ascending.
    rows: Vec<usize>,
    /// BLAKE3 of the data file, in hexadecimal.
    pub(crate) fingerprint: String,
}

/// A fold: what its own training rows decide, and the rows of both sides.
pub(crate) struct Fold {
    preparation: Preparation,
    train: Vec<usize>,
    test: Vec<usize>,
}

impl TrainingPart {
    /// Reads the table of a config and leaves out the rows that are held out.
    ///
    /// # Errors
    /// When the data cannot be read or does not suit the config.
    pub(crate) fn read(config: &Config, progress: &Progress) -> Result<Self, TrainError> {
        let Basis { draft, rows: table, split, fingerprint, .. } =
            Basis::read(config, Division::OfConfig, progress)?;
        Ok(Self { draft, table, rows: split.train, fingerprint })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The task, with the classes of the whole table.
    pub(crate) fn task(&self) -> &Task {
        &self.draft.schema.target.task
    }

    /// Divides the part, as the split of the config says.
    ///
    /// # Errors
    /// When there are fewer rows than folds.
    pub(crate) fn folds(&self, config: &Config, folds: u32) -> Result<Vec<Fold>, TrainError> {
        let truth = self.table.truth.of(&self.rows);
        let classes = truth.classes().filter(|_| config.split.stratify);
        let divisions = k_fold(self.rows.len(), classes, folds as usize, config.split.seed)?;
        let of_table = |places: Vec<usize>| places.into_iter().map(|place| self.rows[place]).collect();
        let fold = |division: crate::split::Split| {
            let train: Vec<usize> = of_table(division.train);
            let preparation = Preparation::learn(&self.draft, &self.table, &train)?;
            Ok(Fold { preparation, train, test: of_table(division.test) })
        };
        divisions.into_iter().map(fold).collect()
    }

    /// A config's model section in the learner's terms.
    ///
    /// # Errors
    /// When it does not suit the data.
    pub(crate) fn parameters(&self, model: &config::Model) -> Result<ForestValidParams, TrainError> {
        forest_params::forest_params(model, &self.draft.schema)
    }

    /// What a forest of this fold learns from.
    ///
    /// # Errors
    /// When the learner cannot take the table.
    pub(crate) fn training_set(&self, fold: &Fold) -> Result<TrainingSet, TrainError> {
        Ok(fold.preparation.training_set(&self.table, &fold.train)?)
    }

    /// The rows that a forest of this fold is tested on, and their answers.
    pub(crate) fn tested(&self, fold: &Fold) -> (Rows, Truth) {
        (fold.preparation.rows(&self.table, &fold.test), self.table.truth.of(&fold.test))
    }
}
