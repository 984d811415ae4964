//! Everything that can go wrong in a run of the trainer, and how the process ends then.

use std::error::Error as _;
use std::io;

use thiserror::Error;

use model_core::ArtifactError;

use registry::RegistryError;

use crate::compare::CompareError;
use crate::config::{ConfigErrors, StoredConfigError};
use crate::drift::DriftError;
use crate::import::ImportFailure;
use crate::init::InitError;
use crate::model_report::ReportError;
use crate::pipeline::TrainError;
use crate::predict::PredictError;
use crate::registry::NotRegistered;
use crate::retrain::RetrainError;
use crate::shard::ShardError;
use crate::stream::StreamError;
use crate::tune::TuneError;

/// What went wrong.
#[derive(Debug, Error)]
pub enum Error {
    /// The config is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// Training failed, or the model is not good enough.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A file was not predicted.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A stream was not answered.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A model cannot be loaded.
    #[error(transparent)]
    Load(#[from] forest::LoadError),
    /// The config of an artifact is not of this generation.
    #[error(transparent)]
    StoredConfig(#[from] StoredConfigError),
    /// An artifact cannot be read.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Something is not as training or serving needs it; what, was printed.
    #[error("{troubles} of the checks found trouble")]
    Unwell {
        /// Checks that failed.
        troubles: usize,
    },
    /// Standard output is closed or full.
    #[error("standard output cannot be written")]
    Output(#[source] io::Error),
    /// There is no report of a model.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No config was made.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A model has no form that other programs run.
    #[error("the model cannot be exported: {0}")]
    Export(#[from] forest_onnx::ExportError),
    /// A model of another program was not taken in.
    #[error(transparent)]
    Import(#[from] ImportFailure),
    /// The registry cannot do what it is asked for.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Rows have drifted, or cannot be compared.
    #[error(transparent)]
    Drift(#[from] DriftError),
    /// A model was trained, and is not in the MLflow server.
    #[error(transparent)]
    NotRegistered(#[from] NotRegistered),
    /// Nothing was found by a search.
    #[error(transparent)]
    Tune(#[from] TuneError),
    /// Nothing was ranked.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A champion was not replaced.
    #[error(transparent)]
    Retrain(#[from] RetrainError),
}

impl Error {
    /// The exit code of the process, as `trainer --help` documents it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Train(TrainError::GateMissed { .. }) => 3,
            Self::Train(TrainError::Shard(ShardError::Number { .. })) => 2,
            Self::Train(_) | Self::Predict(_) | Self::Load(_) | Self::StoredConfig(_) | Self::Artifact(_) => {
                1
            }
            Self::Output(_)
            | Self::Unwell { .. }
            | Self::Report(_)
            | Self::Init(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Registry(_) => 1,
            Self::NotRegistered(_) | Self::Tune(_) => 1,
            Self::Retrain(RetrainError::Refused { .. }) => 4,
            Self::Retrain(_) | Self::Stream(_) => 1,
            Self::Drift(DriftError::Drifted { .. }) => 5,
            Self::Drift(DriftError::Threshold(_)) => 2,
            Self::Drift(_) => 1,
            Self::Compare(CompareError::NoneEligible { .. }) => 3,
            Self::Compare(CompareError::Argument { .. }) => 2,
            Self::Compare(_) => 1,
            Self::Config(_) => 2,
        }
    }

    /// Prints the error and its causes to standard error.
    pub fn print(&self) {
        if let Self::Config(errors) = self {
            errors.lines().for_each(|line| eprintln!("error: {line}"));
            return;
        }
        let mut told = self.to_string();
        eprintln!("error: {told}");
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Many messages end with their cause.
            if !told.contains(&message) {
                eprintln!("  because: {message}");
            }
            told = message;
            cause = error.source();
        }
    }
}
