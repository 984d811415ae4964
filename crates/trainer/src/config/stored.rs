//! The config that an artifact carries: how its training data was read.

use model_core::Header;
use thiserror::Error;

use super::{Config, ConfigErrors};

/// Why the config of an artifact cannot be used here.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "the artifact was trained with a config that this trainer does not understand: use the one that wrote it"
)]
pub struct StoredConfigError(#[source] ConfigErrors);

impl Config {
    /// The config that a model was trained with, everything inferred included.
    ///
    /// # Errors
    /// When another generation of the trainer wrote it and this one does not understand it.
    pub fn of_artifact(header: &Header) -> Result<Self, StoredConfigError> {
        Self::parse(&header.config.to_string(), &[], "config", &header.name).map_err(StoredConfigError)
    }
}
