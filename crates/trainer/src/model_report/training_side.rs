//! The rows that the model of a report was trained on, where they can still be found.

use model_core::{Model, Rows};

use super::Subject;
use super::subject::same_file;
use crate::config::Config;
use crate::error::Error;
use crate::evaluation::Truth;
use crate::pipeline::{Fold, TrainingPart};
use crate::progress::Progress;

/// Most training rows that simple models learn from.
const MOST_ROWS: usize = 50_000;

/// The training part, and a fold that trains on at most 50,000 of its rows, encoded as the model has them.
pub(super) struct TrainingSide {
    pub(super) part: TrainingPart,
    pub(super) fold: Fold,
}

impl TrainingSide {
    /// Reads them; why not, in words.
    pub(super) fn read(subject: &Subject, is_other_data: bool, progress: &Progress) -> Result<Self, String> {
        let side = Self::of_config(subject, is_other_data, progress).map_err(|error| error.to_string())?;
        if side.part.whole_len() as u64 != subject.header().data.rows_train {
            return Err("the config draws other rows than it was trained on, as after a retraining".into());
        }
        match side.fold.schema() == subject.model.schema() {
            true => Ok(side),
            false => Err("the training data gives other features, levels or classes than the model has, since it continues another".into()),
        }
    }

    fn of_config(subject: &Subject, is_other_data: bool, progress: &Progress) -> Result<Self, Error> {
        let mut config = Config::of_artifact(subject.header())?;
        if is_other_data {
            same_file(&config, subject.header())?;
        }
        // Its trees are not wanted, only its rows.
        config.pretrained = None;
        let part = TrainingPart::read(&config, progress)?;
        let fold = part.whole_by_sample(MOST_ROWS, config.split.seed)?;
        Ok(Self { part, fold })
    }

    /// Evenly spaced rows with their answers, so many at most.
    pub(super) fn sample(&self, most: usize) -> (Rows, Truth) {
        let (rows, truth) = self.part.trained(&self.fold);
        let places: Vec<usize> = (0..rows.len()).step_by(rows.len().div_ceil(most).max(1)).collect();
        let values = places.iter().flat_map(|&place| rows.row(place)).copied().collect();
        (Rows::from_values(rows.width(), values), truth.of(&places))
    }
}
