//! The config that an artifact carries: how its training data was read.

use model_core::Header;
use thiserror::Error;

use super::{Config, check::check, typed};

/// Why the config of an artifact cannot be used here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the config in the artifact cannot be used by this trainer: {reason}")]
pub struct StoredConfigError {
    /// What is wrong with it.
    pub reason: String,
}

impl Config {
    /// The config that a model was trained with, everything inferred included.
    ///
    /// # Errors
    /// When another generation of the trainer wrote it and this one does not understand it.
    pub fn of_artifact(header: &Header) -> Result<Self, StoredConfigError> {
        let refused = |reason: String| StoredConfigError { reason };
        let typed: typed::Config =
            serde_json::from_value(header.config.clone()).map_err(|error| refused(error.to_string()))?;
        check(typed, &header.name).map_err(|problems| {
            let reasons = problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message));
            refused(reasons.collect::<Vec<_>>().join("; "))
        })
    }
}
