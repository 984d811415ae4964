//! All that is served at one moment. It never changes; a change makes another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Selector, no_such};
use crate::error::ApiError;
use crate::state::Served;

/// All models.
#[derive(Clone, Default)]
pub struct Shown {
    pub(super) models: BTreeMap<String, Entry>,
    pub(super) default_model: Option<String>,
}

/// One model.
#[derive(Clone, Default)]
pub struct Entry {
    pub(super) name: String,
    pub(super) versions: BTreeMap<u64, Standing>,
    pub(super) aliases: BTreeMap<String, u64>,
    pub(super) default_alias: Option<String>,
}

/// How a version stands.
#[derive(Clone)]
pub enum Standing {
    /// It answers.
    Ready(Arc<Served>),
    /// It lies in the folder, and is not asked for.
    Idle,
    /// It cannot be loaded.
    Failed {
        /// Why not.
        reason: String,
    },
}

impl Shown {
    /// One model in one version.
    pub(super) fn of_one(served: Arc<Served>) -> Self {
        let name = served.name().to_owned();
        let versions = BTreeMap::from([(served.version(), Standing::Ready(served))]);
        let entry = Entry { name: name.clone(), versions, ..Entry::default() };
        Self { default_model: Some(name.clone()), models: BTreeMap::from([(name, entry)]) }
    }

    /// The models, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.models.values()
    }

    /// Name of the model that is meant where none is named.
    pub fn default_model(&self) -> Option<&str> {
        self.default_model.as_deref()
    }

    /// A model.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn entry(&self, model: &str) -> Result<&Entry, ApiError> {
        self.models.get(model).ok_or_else(|| no_such("model", model, self.models.keys().cloned()))
    }

    /// The model that is meant where none is named.
    pub(super) fn default_entry(&self) -> Result<&Entry, ApiError> {
        match &self.default_model {
            Some(model) => self.entry(model),
            None => Err(ApiError::ModelNotReady { reason: "no model is loaded".into() }),
        }
    }

    pub(super) fn default_served(&self) -> Result<Arc<Served>, ApiError> {
        self.default_entry()?.select(None)
    }
}

impl Entry {
    /// Name of the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its versions, in ascending order.
    pub fn versions(&self) -> &BTreeMap<u64, Standing> {
        &self.versions
    }

    /// Its aliases.
    pub fn aliases(&self) -> &BTreeMap<String, u64> {
        &self.aliases
    }

    /// The aliases of one version.
    pub fn aliases_of(&self, version: u64) -> impl Iterator<Item = &str> {
        self.aliases.iter().filter(move |(_, of)| **of == version).map(|(alias, _)| alias.as_str())
    }

    /// The version that answers where none is named: that of the default alias, or else the newest that is ready.
    pub fn default_version(&self) -> Option<u64> {
        match &self.default_alias {
            Some(alias) => self.aliases.get(alias).copied(),
            None => self.newest_ready().map(|served| served.version()),
        }
    }

    fn newest_ready(&self) -> Option<&Arc<Served>> {
        self.versions.values().rev().find_map(|standing| match standing {
            Standing::Ready(served) => Some(served),
            Standing::Idle | Standing::Failed { .. } => None,
        })
    }

    /// The version that a request names, or the default one.
    ///
    /// # Errors
    /// As for [`super::Catalogue::find`].
    pub fn select(&self, version: Option<&Selector>) -> Result<Arc<Served>, ApiError> {
        match version {
            Some(Selector::Version(version)) => self.ready(*version),
            Some(Selector::Alias(alias)) => self.ready(self.aliased(alias)?),
            None => match &self.default_alias {
                Some(alias) => self.ready(self.aliased(alias)?),
                None => self.newest_ready().cloned().ok_or_else(|| self.nothing_ready()),
            },
        }
    }

    pub(super) fn aliased(&self, alias: &str) -> Result<u64, ApiError> {
        let version = self.aliases.get(alias).copied();
        version.ok_or_else(|| no_such("alias", alias, self.aliases.keys().cloned()))
    }

    /// A version that answers.
    pub(super) fn ready(&self, version: u64) -> Result<Arc<Served>, ApiError> {
        let name = &self.name;
        let not_ready = |why: &str| {
            Err(ApiError::ModelNotReady { reason: format!("{name} version {version} is not loaded: {why}") })
        };
        match self.versions.get(&version) {
            Some(Standing::Ready(served)) => Ok(Arc::clone(served)),
            Some(Standing::Idle) => not_ready("nothing asks for it; it lies in the folder"),
            Some(Standing::Failed { reason }) => not_ready(reason),
            None => {
                let known = self.versions.keys().map(u64::to_string);
                Err(no_such("version", &version.to_string(), known))
            }
        }
    }

    fn nothing_ready(&self) -> ApiError {
        let failed = self.versions.iter().rev().find_map(|(version, standing)| match standing {
            Standing::Failed { reason } => Some(format!("version {version}: {reason}")),
            Standing::Ready(_) | Standing::Idle => None,
        });
        let why = failed.unwrap_or_else(|| "none is loaded".into());
        ApiError::ModelNotReady { reason: format!("{} has no version that answers: {why}", self.name) }
    }
}
