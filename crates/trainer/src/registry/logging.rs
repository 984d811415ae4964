//! A trained model in an MLflow server: the run, the version, its aliases.

use std::path::{Path, PathBuf};

use registry::{MlflowRegistry, Registry, RegistryError, TrackingServer};
use serde_json::{Value, json};
use thiserror::Error;

use super::author;
use crate::config::RegistrySettings;

/// The word in place of an address for what the environment says.
const OF_ENVIRONMENT: &str = "mlflow";

/// A model that was trained and is not in the MLflow server.
#[derive(Debug, Error)]
#[error(
    "{} is written, but not in the MLflow server: {source}; once that is well, \
     `trainer registry push {} --registry URI` takes it in", artifact.display(), artifact.display()
)]
pub struct NotRegistered {
    /// The artifact.
    pub artifact: PathBuf,
    /// What went wrong.
    pub source: RegistryError,
}

/// What became of a model in the MLflow server.
pub(crate) struct Registered {
    uri: String,
    model: String,
    version: u64,
    aliases: Vec<String>,
}

/// The registry of an address, or of the environment.
pub(crate) fn mlflow(uri: &str) -> Result<MlflowRegistry, RegistryError> {
    let server = TrackingServer::from_environment(Some(uri).filter(|uri| *uri != OF_ENVIRONMENT))?;
    Ok(MlflowRegistry::new(server)?)
}

/// Takes an artifact of this name in.
pub(crate) fn register(
    settings: &RegistrySettings,
    model: &str,
    artifact: &Path,
) -> Result<Registered, NotRegistered> {
    let done = || {
        let registry = mlflow(&settings.uri)?.with_experiment(settings.experiment.clone());
        let author = author(Some("trained"));
        let version = registry.pushed(artifact, &author)?;
        for alias in &settings.aliases {
            registry.set_alias(model, alias, version, &author)?;
        }
        Ok(Registered {
            uri: registry.server().to_string(),
            model: model.to_owned(),
            version,
            aliases: settings.aliases.iter().map(ToString::to_string).collect(),
        })
    };
    done().map_err(|source| NotRegistered { artifact: artifact.into(), source })
}

impl Registered {
    /// The number that it got.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// For people.
    pub(crate) fn told(&self) -> String {
        let aliases: String = self.aliases.iter().map(|alias| format!(", {alias}")).collect();
        format!("Registered as version {} of {}{aliases} at {}\n", self.version, self.model, self.uri)
    }

    /// For programs.
    pub(crate) fn document(&self) -> Value {
        json!({"uri": self.uri, "model": self.model, "version": self.version, "aliases": self.aliases})
    }
}
