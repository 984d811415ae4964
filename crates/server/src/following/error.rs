//! Why a registry cannot be followed.

use std::path::PathBuf;

use model_core::ArtifactError;
use registry::RegistryError;
use thiserror::Error;

/// Why a registry cannot be followed.
#[derive(Debug, Error)]
pub enum FollowingError {
    /// The cache cannot be written to.
    #[error("cannot write to {}: {source}; name a folder that can be written to by MODEL_CACHE (or --model-cache)", folder.display())]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The registry does not do what it is asked for.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What was downloaded cannot be read.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// What was downloaded is something else than what was registered.
    #[error(
        "the artifact has the checksum {found}, but the registry says {stated}: it was replaced since it was registered"
    )]
    OtherContent {
        /// What the registry says.
        stated: String,
        /// What was downloaded.
        found: String,
    },
    /// The system gives no thread.
    #[error("cannot start the thread that follows the registry: {0}")]
    Thread(#[source] std::io::Error),
}
