//! Where the versions of a model live: the folder that the trainer writes to, or the MLflow server that the config names.

use std::fmt;
use std::path::Path;

use forest::ForestModel;
use model_core::Artifact;
use registry::{Alias, FolderRegistry, MlflowRegistry, Registry, RegistryError};

use super::Champion;
use crate::config::{Config, RegistrySettings};
use crate::error::Error;
use crate::registry::{author, mlflow, register};

/// The registry that a champion comes from and a challenger goes to.
pub(super) enum Home<'a> {
    Folder(FolderRegistry),
    Mlflow { registry: MlflowRegistry, settings: &'a RegistrySettings },
}

impl<'a> Home<'a> {
    /// The MLflow server of the config, or else its folder.
    pub(super) fn of(config: &'a Config) -> Result<Self, Error> {
        Ok(match &config.registry {
            None => Self::Folder(FolderRegistry::new(&config.output_dir)),
            Some(settings) => Self::Mlflow { registry: mlflow(&settings.uri)?, settings },
        })
    }

    pub(super) fn registry(&self) -> &dyn Registry {
        match self {
            Self::Folder(registry) => registry,
            Self::Mlflow { registry, .. } => registry,
        }
    }

    /// What answers now: what the alias names, or where nobody has promoted anything the version that a server would take.
    pub(super) fn champion(&self, model: &str, alias: &Alias) -> Result<Option<Champion>, Error> {
        let Some(version) = self.standing(model, alias)? else { return Ok(None) };
        let (bytes, rows) = self.registry().fetch(model, version.number)?;
        let model = ForestModel::from_artifact(Artifact::decode(bytes)?)?;
        Ok(Some(Champion { version, model, rows }))
    }

    /// The same by its number alone.
    pub(super) fn standing(&self, model: &str, alias: &Alias) -> Result<Option<registry::Version>, Error> {
        let found = match self.registry().find(model) {
            Err(RegistryError::NoModel { .. }) => return Ok(None),
            other => other?,
        };
        Ok(match found.aliases.contains_key(alias.as_str()) {
            true => Some(found.named(alias)?.clone()),
            // MLflow keeps the name of a model whose only challenger was refused.
            false if found.versions.is_empty() => None,
            false => Some(found.answering()?.clone()),
        })
    }

    /// Lets a challenger answer that was written to the folder with this number. Gives the number that it has here.
    pub(super) fn promote(
        &self,
        model: &str,
        alias: &Alias,
        written: &Path,
        number: u64,
    ) -> Result<u64, Error> {
        let number = match self {
            Self::Folder(_) => number,
            Self::Mlflow { settings, .. } => register(settings, model, written)?.version(),
        };
        self.registry().promote(model, alias, number, &author(Some("retrained")))?;
        Ok(number)
    }

    /// The place, where it is not the folder.
    pub(super) fn elsewhere(&self) -> Option<&dyn fmt::Display> {
        match self {
            Self::Folder(_) => None,
            Self::Mlflow { registry, .. } => Some(registry.server()),
        }
    }
}
