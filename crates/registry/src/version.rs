//! What a registry holds: models, their versions, and files that hold none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model_core::artifact::Summary;

use crate::{Alias, RegistryError};

/// All that a registry holds.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The models by name.
    pub models: Vec<RegisteredModel>,
    /// Files that ought to be artifacts and cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// A file that ought to be an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// A model with all its versions.
#[derive(Debug, Clone)]
pub struct RegisteredModel {
    /// Its name.
    pub name: String,
    /// The versions, ascending; at least one.
    pub versions: Vec<Version>,
    /// Version of each alias. An alias may name a version that somebody took away by hand.
    pub aliases: BTreeMap<String, u64>,
    /// Newest version of each stage that MLflow knows, by the stage's name in lower case; empty for a folder.
    pub stages: BTreeMap<String, u64>,
    /// The alias that answers where a request names no version.
    pub default_alias: Option<String>,
}

/// One version of a model.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number.
    pub number: u64,
    /// Where its artifact is: a file, or for an MLflow server the address of what was logged.
    pub path: PathBuf,
    /// What the artifact says of itself: data, config, quality, parent.
    pub summary: Summary,
}

impl RegisteredModel {
    /// The version that answers where a request names none.
    ///
    /// # Errors
    /// When the default alias names a version that is not there.
    pub fn answering(&self) -> Result<&Version, RegistryError> {
        match self.default_alias.as_ref().and_then(|alias| self.aliases.get(alias)) {
            Some(&number) => self.version(number),
            None => self.newest(),
        }
    }

    /// The version of the highest number.
    ///
    /// # Errors
    /// When there is no version at all.
    pub fn newest(&self) -> Result<&Version, RegistryError> {
        self.versions
            .last()
            .ok_or_else(|| RegistryError::NoModel { name: self.name.clone(), there: Vec::new() })
    }

    /// A version by its number.
    ///
    /// # Errors
    /// [`RegistryError::NoVersion`] when there is none.
    pub fn version(&self, number: u64) -> Result<&Version, RegistryError> {
        let found = self.versions.iter().find(|version| version.number == number);
        found.ok_or_else(|| RegistryError::NoVersion {
            model: self.name.clone(),
            version: number,
            there: self.versions.iter().map(|version| version.number).collect(),
        })
    }

    /// A version by its alias.
    ///
    /// # Errors
    /// [`RegistryError::NoAlias`] when there is none, [`RegistryError::NoVersion`] when its version is not there.
    pub fn named(&self, alias: &Alias) -> Result<&Version, RegistryError> {
        match self.aliases.get(alias.as_str()) {
            Some(&number) => self.version(number),
            None => Err(RegistryError::NoAlias {
                model: self.name.clone(),
                alias: alias.to_string(),
                there: self.aliases.keys().cloned().collect(),
            }),
        }
    }

    /// The newest version in a stage; where there are no such stages, the version of the alias of this name.
    ///
    /// # Errors
    /// As [`RegisteredModel::named`].
    pub fn staged(&self, stage: &Alias) -> Result<&Version, RegistryError> {
        match self.stages.get(&stage.as_str().to_ascii_lowercase()) {
            Some(&number) => self.version(number),
            None => self.named(stage),
        }
    }

    /// The aliases of a version, sorted.
    pub fn aliases_of(&self, number: u64) -> Vec<&str> {
        self.aliases
            .iter()
            .filter(|(_, version)| **version == number)
            .map(|(alias, _)| alias.as_str())
            .collect()
    }
}
