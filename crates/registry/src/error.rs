//! Why a registry cannot do what it is asked for.

use std::path::PathBuf;

use model_core::ArtifactError;
use thiserror::Error;

use crate::MlflowError;

/// Why a registry cannot do what it is asked for.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// The file system.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The bytes of an artifact are not what was once written.
    #[error("{}: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ArtifactError,
    },
    /// `models.json` is not what the server reads.
    #[error("{}: {reason}; correct it first, docs/models.md describes it", path.display())]
    ModelsFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A line of the trail is none.
    #[error("{} line {line}: {reason}; the trail was changed by hand", path.display())]
    Trail {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The marks of the training rows are damaged.
    #[error("{}: not what the trainer wrote: {reason}", path.display())]
    TrainedRows {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// A model that nobody knows.
    #[error("there is no model {name:?}; there is {}", listed(there))]
    NoModel {
        /// What was asked for.
        name: String,
        /// What there is.
        there: Vec<String>,
    },
    /// A version that nobody knows.
    #[error("{model} has no version {version}; it has {}", listed(there))]
    NoVersion {
        /// The model.
        model: String,
        /// What was asked for.
        version: u64,
        /// What there is.
        there: Vec<u64>,
    },
    /// An alias that nobody knows.
    #[error("{model} has no alias {alias:?}; it has {}", listed(there))]
    NoAlias {
        /// The model.
        model: String,
        /// What was asked for.
        alias: String,
        /// What there is.
        there: Vec<String>,
    },
    /// A text that names no version.
    #[error("{given:?} names no version: expected NAME, NAME@ALIAS, NAME/NUMBER or NAME/latest")]
    Reference {
        /// What was given.
        given: String,
    },
    /// A text that is no alias.
    #[error("{given:?} is no alias: expected {}", crate::ALIAS_RULE)]
    AliasName {
        /// What was given.
        given: String,
    },
    /// A version that must not be deleted.
    #[error("version {version} of {model} cannot be deleted: {} names it; change that first", listed(places))]
    InUse {
        /// The model.
        model: String,
        /// The version.
        version: u64,
        /// Where it is named.
        places: Vec<String>,
    },
    /// An alias that must not be taken away.
    #[error(
        "the alias {alias:?} of {model} cannot be taken away: {place} of models.json needs it; change that first"
    )]
    AliasInUse {
        /// The model.
        model: String,
        /// The alias.
        alias: String,
        /// Where it is named.
        place: &'static str,
    },
    /// A version that is there with another content.
    #[error(
        "version {version} of {model} is there already, with another content: versions are never replaced"
    )]
    OtherContent {
        /// The model.
        model: String,
        /// The version.
        version: u64,
    },
    /// An MLflow server.
    #[error(transparent)]
    Mlflow(#[from] MlflowError),
    /// There is no way back.
    #[error(
        "the trail knows no earlier version of {model} under the alias {alias:?} that is still there; promote one by its number"
    )]
    NothingBefore {
        /// The model.
        model: String,
        /// The alias.
        alias: String,
    },
}

impl RegistryError {
    /// Whether the registry answered, and knows no model, version or alias of this name.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::NoModel { .. } | Self::NoVersion { .. } | Self::NoAlias { .. })
    }
}

fn listed<T: ToString>(things: &[T]) -> String {
    match things {
        [] => "none".into(),
        things => things.iter().map(T::to_string).collect::<Vec<_>>().join(", "),
    }
}
