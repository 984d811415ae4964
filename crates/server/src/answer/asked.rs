//! What a caller wants of a model beside the predictions.

use model_core::{Level, Model, Task};
use thiserror::Error;

/// Most rows that are explained at once: an explanation walks over all nodes of the model.
const EXPLAINED_ROWS: usize = 1000;
/// Most contributions that are worked out at once: one for each feature and output of every row.
const CONTRIBUTIONS: usize = 2_000_000;
/// Rows whose intervals take no longer than a small body may.
const INTERVALS_AT_ONCE: usize = 64;

/// What is wanted beside the predictions; by default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Asked {
    /// The probability of each class.
    pub(crate) probabilities: bool,
    /// An interval of this level around each prediction.
    pub(crate) interval: Option<Level>,
    /// What each feature adds to each prediction.
    pub(crate) contributions: bool,
}

/// Why a model cannot give what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Lacking {
    /// The model is a regression.
    #[error("a regression has no classes")]
    Probabilities,
    /// The model has classes.
    #[error("a classification has no intervals")]
    IntervalsOfClasses,
    /// The regression was trained without.
    #[error("the model has no intervals")]
    Intervals,
    /// The model does not know the training weight of its leaves.
    #[error("the model cannot explain its answers")]
    Contributions,
    /// Too many rows to explain.
    #[error("too many rows to explain")]
    Rows {
        /// Number of rows.
        rows: usize,
        /// Most rows that are explained.
        most: usize,
    },
}

impl Lacking {
    /// What can be done about it.
    pub(crate) fn cure(self) -> String {
        match self {
            Self::Probabilities => "an interval in place of probabilities".into(),
            Self::IntervalsOfClasses => "probabilities in place of an interval".into(),
            Self::Intervals => "a model that was trained with `model.interval` in its config".into(),
            Self::Contributions => "a model that was trained by this version of the trainer".into(),
            Self::Rows { most, .. } => format!("at most {most} rows to explain at once"),
        }
    }
}

/// Most rows that a model explains at once.
pub(crate) fn explained_rows(model: &dyn Model) -> usize {
    let outputs = match &model.schema().target.task {
        Task::Regression => 1,
        Task::Classification(classes) => classes.len().max(1),
    };
    (CONTRIBUTIONS / (model.encoder().width() * outputs)).clamp(1, EXPLAINED_ROWS)
}

impl Asked {
    /// Whether the predictions alone are wanted.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an answer to so many rows takes much longer than their predictions do.
    pub(crate) fn is_heavy(&self, rows: usize) -> bool {
        self.contributions || (self.interval.is_some() && rows > INTERVALS_AT_ONCE)
    }

    /// Whether a model can give it.
    ///
    /// # Errors
    /// With the first thing that it lacks.
    pub(crate) fn check(&self, model: &dyn Model, rows: usize) -> Result<(), Lacking> {
        let has_classes = matches!(model.schema().target.task, Task::Classification(_));
        if self.probabilities && !has_classes {
            return Err(Lacking::Probabilities);
        }
        if self.interval.is_some() && model.interval_level().is_none() {
            return Err(if has_classes { Lacking::IntervalsOfClasses } else { Lacking::Intervals });
        }
        if self.contributions && !model.can_explain() {
            return Err(Lacking::Contributions);
        }
        let most = explained_rows(model);
        if self.contributions && rows > most {
            return Err(Lacking::Rows { rows, most });
        }
        Ok(())
    }
}
