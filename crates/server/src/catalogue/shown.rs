//! All that is served at one moment. It never changes; a change makes another one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::rules::ModelRules;
use super::traffic::Split;
use super::{Remote, Selector, ShadowCounts, no_such};
use crate::error::ApiError;
use crate::state::Served;

/// All models.
#[derive(Clone, Default)]
pub struct Shown {
    models: BTreeMap<String, Entry>,
    default_model: Option<String>,
    /// What answers a request that names nothing, where there is one answer for all such requests.
    default: Option<Arc<Served>>,
    troubles: Vec<Trouble>,
}

/// One model.
#[derive(Clone, Default)]
pub struct Entry {
    name: String,
    versions: BTreeMap<u64, Standing>,
    aliases: BTreeMap<String, u64>,
    default_alias: Option<String>,
    weights: BTreeMap<String, u32>,
    split: Option<Split>,
    shadow: Option<Shadow>,
    /// What a registry says of it, where one decides about it.
    remote: Option<Arc<Remote>>,
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

/// The version that gets a copy of every question to another one of its model.
#[derive(Clone)]
pub struct Shadow {
    /// Its alias.
    pub alias: String,
    /// The version, when it is loaded.
    pub served: Option<Arc<Served>>,
    /// What was compared so far.
    pub counts: Arc<ShadowCounts>,
}

/// Something that is not as the operator wants it, though others may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trouble {
    /// Name of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<String>,
    /// Version of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub version: Option<u64>,
    /// What is wrong.
    pub reason: String,
}

/// What an [`Entry`] is made of.
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) versions: BTreeMap<u64, Standing>,
    pub(super) rules: ModelRules,
    pub(super) shadow_counts: Arc<ShadowCounts>,
    pub(super) remote: Option<Arc<Remote>>,
}

impl Shown {
    /// One model in one version.
    pub(super) fn of_one(served: Arc<Served>) -> Self {
        let name = served.name().to_owned();
        let versions = BTreeMap::from([(served.version(), Standing::Ready(served))]);
        let entry = Entry { name: name.clone(), versions, ..Entry::default() };
        Self::new([entry], Some(name), Vec::new())
    }

    /// These models, one of them as the default.
    pub(super) fn new(
        entries: impl IntoIterator<Item = Entry>,
        default_model: Option<String>,
        troubles: Vec<Trouble>,
    ) -> Self {
        let models: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        let entry = default_model.as_ref().and_then(|name| models.get(name));
        let unsplit = entry.filter(|entry| entry.split.is_none());
        let default = unsplit.and_then(|entry| entry.select(None).ok());
        Self { models, default_model, default, troubles }
    }

    /// What is not as the operator wants it.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// Whether any version of any model answers.
    pub fn answers(&self) -> bool {
        self.models.values().any(|entry| entry.newest_ready().is_some())
    }

    /// The error that says why nothing answers.
    pub(crate) fn why_not(&self) -> ApiError {
        let told = self.troubles.iter().map(|trouble| match (&trouble.model, trouble.version) {
            (Some(model), Some(version)) => format!("{model} version {version}: {}", trouble.reason),
            (Some(_) | None, _) => trouble.reason.clone(),
        });
        let told: Vec<_> = told.collect();
        let why = if told.is_empty() { "none is asked for".to_owned() } else { told.join("; ") };
        ApiError::ModelNotReady { reason: format!("no model is loaded: {why}") }
    }

    /// Whether a model has its traffic split or shadowed.
    pub(super) fn has_traffic(&self) -> bool {
        self.models.values().any(|entry| entry.split.is_some() || entry.shadow.is_some())
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
        match &self.default {
            Some(served) => Ok(Arc::clone(served)),
            None => self.default_entry()?.select(None),
        }
    }
}

impl Entry {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { name, versions, rules, shadow_counts, remote } = parts;
        let ready = |version: Option<&u64>| match version.and_then(|version| versions.get(version)) {
            Some(Standing::Ready(served)) => Some(Arc::clone(served)),
            Some(Standing::Idle | Standing::Failed { .. }) | None => None,
        };
        let sides = rules
            .split
            .iter()
            .filter_map(|(alias, weight)| Some((*weight, ready(rules.aliases.get(alias))?)));
        let split = Split::of(sides);
        let shadow = rules.shadow.map(|alias| {
            let served = ready(rules.aliases.get(&alias));
            Shadow { alias, served, counts: shadow_counts }
        });
        let ModelRules { aliases, default_alias, split: weights, .. } = rules;
        Self { name, split, shadow, versions, aliases, default_alias, weights, remote }
    }

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

    /// The alias that is meant where no version is named; the newest version that is ready when absent.
    pub fn default_alias(&self) -> Option<&str> {
        self.default_alias.as_deref()
    }

    /// Weight of each alias among those that share the requests which name no version.
    pub fn weights(&self) -> &BTreeMap<String, u32> {
        &self.weights
    }

    /// The version that gets a copy of every question.
    pub fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }

    /// The side of a split that the request of this id falls on, when traffic is split.
    pub(super) fn side(&self, request_id: &str) -> Option<Arc<Served>> {
        self.split.as_ref()?.side(request_id).cloned()
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
                None => self.newest(),
            },
        }
    }

    /// The newest version that answers.
    pub(super) fn newest(&self) -> Result<Arc<Served>, ApiError> {
        self.newest_ready().cloned().ok_or_else(|| self.nothing_ready())
    }

    pub(super) fn aliased(&self, alias: &str) -> Result<u64, ApiError> {
        let remote = self.remote.as_ref();
        let version = self.aliases.get(alias).or_else(|| remote?.aliases.get(alias)).copied();
        version.ok_or_else(|| match remote.and_then(|remote| remote.doubt()) {
            Some(doubt) => self.in_doubt(&format!("alias {alias:?}"), doubt),
            None => {
                let elsewhere = remote.into_iter().flat_map(|remote| remote.aliases.keys());
                let known: BTreeSet<_> = self.aliases.keys().chain(elsewhere).cloned().collect();
                no_such("alias", alias, known)
            }
        })
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
            None => match &self.remote {
                Some(remote) if remote.versions.contains(&version) => {
                    not_ready("nothing asks for it; the registry has it")
                }
                remote => match remote.as_ref().and_then(|remote| remote.doubt()) {
                    Some(doubt) => Err(self.in_doubt(&format!("version {version}"), doubt)),
                    None => {
                        let elsewhere = remote.iter().flat_map(|remote| &remote.versions);
                        let known: BTreeSet<_> = self.versions.keys().chain(elsewhere).copied().collect();
                        Err(no_such("version", &version.to_string(), known.iter().map(u64::to_string)))
                    }
                },
            },
        }
    }

    /// The error for what only the registry could know.
    fn in_doubt(&self, what: &str, doubt: &str) -> ApiError {
        ApiError::ModelNotReady { reason: format!("{} has no {what} here, and {doubt}", self.name) }
    }

    fn nothing_ready(&self) -> ApiError {
        let failed = self.versions.iter().rev().find_map(|(version, standing)| match standing {
            Standing::Failed { reason } => Some(format!("version {version}: {reason}")),
            Standing::Ready(_) | Standing::Idle => None,
        });
        let remote = || self.remote.as_ref().and_then(|remote| remote.trouble.clone());
        let why = failed.or_else(remote).unwrap_or_else(|| "none is loaded".into());
        ApiError::ModelNotReady { reason: format!("{} has no version that answers: {why}", self.name) }
    }
}
