//! Why a forest could not be grown.

use forest::ForestError;
use thiserror::Error;

use crate::{ParamError, TrainingSetError};

/// Why a forest could not be grown.
#[derive(Debug, Error)]
pub enum FitError {
    /// The parameters, by themselves or on this table.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// The table.
    #[error(transparent)]
    TrainingSet(#[from] TrainingSetError),
    /// No row can calibrate the intervals.
    #[error("every tree drew every row, so none can calibrate the intervals: raise n_estimators")]
    NothingOutOfBag,
    /// The forest is larger than it can be.
    #[error(transparent)]
    Forest(#[from] ForestError),
    /// A forest that is continued has other columns or answers than the table.
    #[error(
        "the pretrained forest has other columns or answers than the table: it cannot be continued on it"
    )]
    Pretrained,
    /// Trees that were grown apart are not all there.
    #[error("{found} trees were grown apart, expected {expected}")]
    TreesApart {
        /// Trees that there are.
        found: usize,
        /// Trees that the parameters ask for.
        expected: usize,
    },
    /// A tree that was grown apart cannot have been grown on this table.
    #[error("tree {tree} was not grown on this table with these parameters: {reason}")]
    OtherTree {
        /// Its number in the forest.
        tree: usize,
        /// How it is known.
        reason: &'static str,
    },
    /// A forest that is continued does not know a class of the dataset.
    #[error("target, row {row}: {label} is none of the classes of the pretrained forest")]
    UnknownLabel {
        /// Position of the row.
        row: usize,
        /// The class.
        label: String,
    },
    /// Class weights and row weights leave nothing to learn from.
    #[error("the rows weigh nothing after class_weight: give a class that has rows a positive weight")]
    NoWeight,
    /// linfa's own checks of a dataset.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
