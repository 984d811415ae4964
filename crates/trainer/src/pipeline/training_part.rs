//! The rows that a config trains on, divided into folds: the ground on which candidates are compared. The rows that are held
//! out take no part.

use forest_learner::{ForestValidParams, TrainingSet};
use model_core::schema::FeatureSchema;
use model_core::{Encoder, Rows, Task};
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use super::basis::Basis;
use super::{Division, TrainError, forest_params};
use crate::config::{self, Config};
use crate::evaluation::Truth;
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::schema_inference::Draft;
use crate::split::k_fold;
use crate::typed_table::TypedTable;

/// Stream of the one seed for a sample; the split and the folds have others.
const SAMPLE_STREAM: u64 = 10;

/// The training part of a table.
pub(crate) struct TrainingPart {
    draft: Draft,
    table: TypedTable,
    /// Places of its rows in the table, ascending.
    rows: Vec<usize>,
    /// Number of rows before a sample was drawn.
    whole: usize,
    /// BLAKE3 of the data file, in hexadecimal.
    pub(crate) fingerprint: String,
}

/// A fold: what its own training rows decide, and the rows of both sides.
pub(crate) struct Fold {
    preparation: Preparation,
    train: Vec<usize>,
    test: Vec<usize>,
}

/// On which rows candidates are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ground {
    fingerprint: String,
    rows: Vec<usize>,
    truth: Truth,
}

impl Ground {
    /// In what another one differs, in words.
    pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.fingerprint != other.fingerprint {
            return Some("their data files differ");
        }
        if self.truth != other.truth {
            return Some("their targets or the rows that they use differ");
        }
        (self.rows != other.rows).then_some("their split differs")
    }
}

impl TrainingPart {
    /// Reads the table of a config and leaves out the rows that are held out.
    ///
    /// # Errors
    /// When the data cannot be read or does not suit the config.
    pub(crate) fn read(config: &Config, progress: &Progress) -> Result<Self, TrainError> {
        let Basis { draft, rows: table, split, fingerprint, .. } =
            Basis::read(config, Division::OfConfig, progress)?;
        Ok(Self { whole: split.train.len(), draft, table, rows: split.train, fingerprint })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows before a sample was drawn.
    pub(crate) fn whole_len(&self) -> usize {
        self.whole
    }

    /// So many of its rows, drawn by this seed; all of them where there are no more.
    pub(crate) fn sampled(mut self, rows: usize, seed: u64) -> Self {
        self.rows = drawn(self.rows, rows, seed);
        self
    }

    /// The rows and answers that everything is measured on.
    pub(crate) fn ground(&self) -> Ground {
        let truth = self.table.truth.of(&self.rows);
        Ground { fingerprint: self.fingerprint.clone(), rows: self.rows.clone(), truth }
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

    /// All rows as the training side of a fold that tests nothing.
    ///
    /// # Errors
    /// When a default that was computed breaks a rule of its feature.
    pub(crate) fn whole(&self) -> Result<Fold, TrainError> {
        let preparation = Preparation::learn(&self.draft, &self.table, &self.rows)?;
        Ok(Fold { preparation, train: self.rows.clone(), test: Vec::new() })
    }

    /// What all rows decide, with so many of them, drawn by this seed, as the training side of a fold that tests nothing.
    ///
    /// # Errors
    /// When a default that was computed breaks a rule of its feature.
    pub(crate) fn whole_by_sample(&self, rows: usize, seed: u64) -> Result<Fold, TrainError> {
        let mut fold = self.whole()?;
        fold.train = drawn(fold.train, rows, seed);
        Ok(fold)
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

    /// The training rows of a fold, and their answers.
    pub(crate) fn trained(&self, fold: &Fold) -> (Rows, Truth) {
        (fold.preparation.rows(&self.table, &fold.train), self.trained_truth(fold))
    }

    /// The answers of the training rows of a fold.
    pub(crate) fn trained_truth(&self, fold: &Fold) -> Truth {
        self.table.truth.of(&fold.train)
    }

    /// Evenly spaced training rows of a fold as a caller would send them, so many at most.
    pub(crate) fn raw_rows(&self, fold: &Fold, most: usize) -> Vec<Vec<Value>> {
        let encoder = fold.encoder();
        let step = fold.train.len().div_ceil(most.max(1)).max(1);
        let raw = |&row: &usize| {
            let value =
                |position| encoder.decode(position, fold.preparation.value(&self.table, position, row));
            (0..encoder.width()).map(value).collect()
        };
        fold.train.iter().step_by(step).map(raw).collect()
    }
}

/// So many of these places, in their order; all of them where there are no more.
pub(crate) fn drawn(places: Vec<usize>, count: usize, seed: u64) -> Vec<usize> {
    if count >= places.len() {
        return places;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(SAMPLE_STREAM);
    let mut chosen = sample(&mut rng, places.len(), count).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|place| places[place]).collect()
}

impl Fold {
    /// Number of its training rows.
    pub(crate) fn trained_len(&self) -> usize {
        self.train.len()
    }

    /// The encoder that its training rows decide.
    pub(crate) fn encoder(&self) -> &Encoder {
        self.preparation.encoder()
    }

    /// The features as its training rows decide them.
    pub(crate) fn schema(&self) -> &FeatureSchema {
        self.encoder().schema()
    }
}
