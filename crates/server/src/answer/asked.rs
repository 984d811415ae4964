//! What a caller wants of a model beside the predictions.

use model_core::{Level, Model, Task};
use thiserror::Error;

/// Most rows of one batch that are explained: an explanation walks over all nodes of the model.
pub(crate) const EXPLAINED_ROWS: usize = 1000;

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
            Self::Rows { .. } => format!("at most {EXPLAINED_ROWS} rows to explain at once"),
        }
    }
}

impl Asked {
    /// Whether the predictions alone are wanted.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
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
        if self.contributions && rows > EXPLAINED_ROWS {
            return Err(Lacking::Rows { rows });
        }
        Ok(())
    }
}
