//! The life of models after training: which versions there are, which of them an alias names, and who changed that when.
//!
//! [`Registry`] is what the command line knows. [`FolderRegistry`] keeps it in the folder that the trainer writes to and the
//! server serves from, so that a running server follows what is promoted. [`MlflowRegistry`] keeps it in an MLflow server.

mod alias;
mod alias_move;
mod error;
mod folder;
mod mlflow;
mod reference;
mod trail;
mod trained_rows;
mod version;

use std::path::{Path, PathBuf};

pub use alias::{ALIAS_RULE, Alias, CHAMPION};
pub use alias_move::AliasMove;
pub use error::RegistryError;
pub use folder::{FolderLock, FolderRegistry, store_next};
pub use mlflow::{MlflowError, MlflowRegistry, Survey, TrackingServer};
pub use reference::{Reference, STAGES, Selector};
pub use trail::{Change, Event};
pub use trained_rows::{TrainedRows, row_mark};
pub use version::{Listed, RegisteredModel, Unreadable, Version};

/// Who changes something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name of the person or of the program.
    pub by: String,
    /// Machine that the change is made on.
    pub host: String,
    /// The reason, in words.
    pub reason: Option<String>,
}

/// Name of this machine, as well as it is known.
pub fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok())
        .unwrap_or_else(|| "unknown".into())
}

/// Versions of models, immutable, and the aliases that name them.
///
/// Every change is one step that is seen as a whole or not at all, whoever else changes something and whenever the process
/// is killed, and leaves an event in the trail.
pub trait Registry {
    /// All models, by name, each with its versions in ascending order.
    ///
    /// # Errors
    /// When the registry cannot be read.
    fn list(&self) -> Result<Listed, RegistryError>;

    /// The trail of a model, oldest event first; of all models without a name.
    ///
    /// # Errors
    /// When the trail cannot be read.
    fn history(&self, model: Option<&str>) -> Result<Vec<Event>, RegistryError>;

    /// Moves an alias as it is wanted. The first alias that is promoted becomes the one that answers where a request names no
    /// version.
    ///
    /// # Errors
    /// When there is no such version or alias, or the change cannot be stored.
    fn move_alias(
        &self,
        model: &str,
        alias: &Alias,
        author: &Author,
        wanted: AliasMove,
    ) -> Result<Change, RegistryError>;

    /// Lets the alias [`CHAMPION`] or another one name a version, as the outcome of a decision about its quality.
    ///
    /// # Errors
    /// As [`Registry::move_alias`].
    fn promote(
        &self,
        model: &str,
        alias: &Alias,
        version: u64,
        author: &Author,
    ) -> Result<Change, RegistryError> {
        self.move_alias(model, alias, author, AliasMove::Promote(version))
    }

    /// Lets an alias name a version.
    ///
    /// # Errors
    /// As [`Registry::move_alias`].
    fn set_alias(
        &self,
        model: &str,
        alias: &Alias,
        version: u64,
        author: &Author,
    ) -> Result<Change, RegistryError> {
        self.move_alias(model, alias, author, AliasMove::Set(version))
    }

    /// Takes an alias away.
    ///
    /// # Errors
    /// When there is none, or the traffic of the server depends on it.
    fn remove_alias(&self, model: &str, alias: &Alias, author: &Author) -> Result<Change, RegistryError> {
        self.move_alias(model, alias, author, AliasMove::Remove)
    }

    /// Lets an alias name the version that it named before the last promotion that was not taken back.
    ///
    /// # Errors
    /// When the trail knows of none that is still there.
    fn roll_back(&self, model: &str, alias: &Alias, author: &Author) -> Result<Change, RegistryError> {
        self.move_alias(model, alias, author, AliasMove::RollBack)
    }

    /// Deletes a version.
    ///
    /// # Errors
    /// When an alias or a policy names it.
    fn delete(&self, model: &str, version: u64, author: &Author) -> Result<Change, RegistryError>;

    /// Takes an artifact in under the name that it states. A folder keeps the version that it states, too; MLflow numbers
    /// versions itself. Returns `None` where it is there already.
    ///
    /// # Errors
    /// When it is damaged, or the version is there with another content.
    fn push(&self, artifact: &Path, author: &Author) -> Result<Option<Change>, RegistryError>;

    /// The verified artifact of a version under the name and the number that the registry knows it by, and the marks of its
    /// training rows where there are some.
    ///
    /// # Errors
    /// When there is no such version, or it is damaged.
    fn fetch(&self, model: &str, version: u64) -> Result<(Vec<u8>, Option<TrainedRows>), RegistryError>;

    /// Writes the verified artifact of a version to a file.
    ///
    /// # Errors
    /// As [`Registry::fetch`], and when a file stands at `to`.
    fn pull(&self, model: &str, version: u64, to: &Path) -> Result<(), RegistryError> {
        if to.exists() {
            return Err(io("write", to)(std::io::ErrorKind::AlreadyExists.into()));
        }
        let (bytes, rows) = self.fetch(model, version)?;
        if let Some(rows) = rows {
            rows.write_beside(to)?;
        }
        folder::write_aside(to, &bytes)
    }

    /// Notes that a model was trained and not taken in.
    ///
    /// # Errors
    /// When the trail cannot be written.
    fn note_refusal(
        &self,
        model: &str,
        champion: Option<u64>,
        data: &str,
        author: &Author,
    ) -> Result<(), RegistryError>;

    /// A model by its name.
    ///
    /// # Errors
    /// [`RegistryError::NoModel`] when there is none.
    fn find(&self, model: &str) -> Result<RegisteredModel, RegistryError> {
        let mut listed = self.list()?;
        let there = listed.models.iter().map(|model| model.name.clone()).collect();
        let place = listed.models.iter().position(|found| found.name == model);
        match place {
            Some(place) => Ok(listed.models.swap_remove(place)),
            None => Err(RegistryError::NoModel { name: model.into(), there }),
        }
    }
}

fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> RegistryError {
    let path = path.into();
    move |source| RegistryError::Io { action, path, source }
}
