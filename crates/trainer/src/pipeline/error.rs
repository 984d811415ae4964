//! Why a model was not trained or not written.

use std::path::PathBuf;

use model_core::encoding::SchemaError;
use registry::RegistryError;
use thiserror::Error;

use crate::csv_table::TableError;
use crate::schema_inference::InferenceError;
use crate::shard::ShardError;
use crate::split::SplitError;

/// Why a model was not trained or not written.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The data and the config do not go together.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The features contradict each other.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The rows cannot be divided.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The forest cannot be grown.
    #[error(transparent)]
    Fit(#[from] forest_learner::FitError),
    /// The trees cannot be shared out, or shards do not make a forest.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The artifact cannot be written.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The rows are not those that were divided.
    #[error(
        "the data holds {found} rows that are used, and held {expected} when it was divided: it changed meanwhile, start again"
    )]
    OtherRows {
        /// Rows when the data was divided.
        expected: usize,
        /// Rows now.
        found: usize,
    },
    /// The model that is to be continued cannot be read.
    #[error(transparent)]
    Load(#[from] forest::LoadError),
    /// The model that is to be continued is of other data.
    #[error(
        "the pretrained model {} cannot be continued on this data: {}; train from nothing, or make the config say the same",
        path.display(),
        differences.join("; ")
    )]
    Pretrained {
        /// The artifact.
        path: PathBuf,
        /// What differs, in words.
        differences: Vec<String>,
    },
    /// Out-of-bag answers were asked for that there are not.
    #[error("--oob-predictions needs out-of-bag answers: set model.oob_score to true")]
    NothingOutOfBag,
    /// The out-of-bag answers cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    OutOfBagFile {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A gate measures what was not evaluated.
    #[error(
        "the quality gate on {gate} cannot be checked: the model has no such value; see split.test_ratio, \
         cross_validation and model.oob_score"
    )]
    GateWithoutValue {
        /// The gate in words.
        gate: String,
    },
    /// The model is not good enough.
    #[error("the model misses its quality gate and was not written: {}", missed.join("; "))]
    GateMissed {
        /// Metric, value and bound of each gate that was missed.
        missed: Vec<String>,
    },
    /// `SOURCE_DATE_EPOCH` is set to something else than seconds.
    #[error("SOURCE_DATE_EPOCH is {found:?}, expected seconds since 1970")]
    SourceDateEpoch {
        /// What it is set to.
        found: String,
    },
}
