//! What an MLflow server says of one model: its versions, their stages, its aliases. Two questions, and nothing is downloaded.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Api, MlflowError};
use crate::{RegistryError, Selector};

/// Versions of one page.
const PAGE: &str = "1000";
/// Most pages: more versions than this are not of this world.
const PAGES: usize = 50;

/// What an MLflow server says of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Name of the model.
    pub model: String,
    /// Its versions that are ready, each with its stage in lower case.
    pub versions: BTreeMap<u64, String>,
    /// Version of each alias.
    pub aliases: BTreeMap<String, u64>,
    pub(super) tags: BTreeMap<String, String>,
    /// The tags of each version.
    pub(super) version_tags: BTreeMap<u64, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ModelAnswer {
    registered_model: WireModel,
}

#[derive(Deserialize)]
pub(super) struct WireModel {
    pub(super) name: String,
    #[serde(default)]
    aliases: Vec<WireAlias>,
    #[serde(default)]
    tags: Vec<WireTag>,
}

#[derive(Deserialize)]
struct WireAlias {
    alias: String,
    version: WireNumber,
}

#[derive(Deserialize)]
struct WireTag {
    key: String,
    #[serde(default)]
    value: String,
}

/// A version, which MLflow writes as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireNumber {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct VersionsAnswer {
    #[serde(default)]
    model_versions: Vec<WireVersion>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireVersion {
    name: String,
    version: WireNumber,
    #[serde(default)]
    current_stage: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    tags: Vec<WireTag>,
}

#[derive(Deserialize)]
pub(super) struct VersionAnswer {
    pub(super) model_version: WireVersion,
}

impl WireNumber {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

impl WireVersion {
    pub(super) fn number(&self) -> Option<u64> {
        self.version.value()
    }
}

impl Survey {
    /// Asks for the model and all its versions.
    pub(super) fn of(api: &Api, model: &str) -> Result<Self, RegistryError> {
        let found: ModelAnswer = match api.get("registered-models/get", &[("name", model)]) {
            Err(error) if error.is_missing() => {
                return Err(RegistryError::NoModel { name: model.into(), there: names(api)? });
            }
            other => other?,
        };
        let WireModel { name, aliases, tags } = found.registered_model;
        if name != model {
            let reason =
                format!("it speaks of another model, {:?}", name.chars().take(100).collect::<String>());
            return Err(MlflowError::Answer { url: api.server().to_string(), reason }.into());
        }
        let mut survey = Self {
            model: name,
            versions: BTreeMap::new(),
            aliases: aliases
                .into_iter()
                .filter_map(|named| Some((named.alias, named.version.value()?)))
                .collect(),
            tags: by_key(tags),
            version_tags: BTreeMap::new(),
        };
        let filter = format!("name='{}'", model.replace('\'', "''"));
        let mut token = String::new();
        for _ in 0..PAGES {
            let query = [("filter", filter.as_str()), ("max_results", PAGE), ("page_token", token.as_str())];
            let query = if token.is_empty() { &query[..2] } else { &query[..] };
            let page: VersionsAnswer = api.get("model-versions/search", query)?;
            for version in page.model_versions {
                let is_ready = version.status.as_deref().is_none_or(|status| status == "READY");
                if let Some(number) = version.number().filter(|_| is_ready && version.name == model) {
                    let stage = version.current_stage.unwrap_or_default().to_ascii_lowercase();
                    survey.versions.insert(number, stage);
                    survey.version_tags.insert(number, by_key(version.tags));
                }
            }
            match page.next_page_token.filter(|token| !token.is_empty()) {
                Some(next) => token = next,
                None => break,
            }
        }
        Ok(survey)
    }

    /// The version that is meant: for a name alone that of the alias `champion` where there is one, else the newest.
    ///
    /// # Errors
    /// When the model has no such version, alias, or no version in such a stage.
    pub fn choose(&self, selector: &Selector) -> Result<u64, RegistryError> {
        let no_version = |version| RegistryError::NoVersion {
            model: self.model.clone(),
            version,
            there: self.versions.keys().copied().collect(),
        };
        let checked = |version: u64| match self.versions.contains_key(&version) {
            true => Ok(version),
            false => Err(no_version(version)),
        };
        let newest = || self.versions.keys().next_back().copied().ok_or_else(|| no_version(1));
        let named = |alias: &str| match self.aliases.get(alias) {
            Some(version) => checked(*version),
            None => Err(RegistryError::NoAlias {
                model: self.model.clone(),
                alias: alias.into(),
                there: self.aliases.keys().cloned().collect(),
            }),
        };
        match selector {
            Selector::Latest => newest(),
            Selector::Default if self.aliases.contains_key(crate::CHAMPION) => named(crate::CHAMPION),
            Selector::Default => newest(),
            Selector::Version(version) => checked(*version),
            Selector::Alias(alias) => named(alias.as_str()),
            Selector::Stage(stage) => match self.stages().get(&stage.as_str().to_ascii_lowercase()) {
                Some(version) => Ok(*version),
                None => named(stage.as_str()),
            },
        }
    }

    /// The payload checksum that a version was registered with, where Canopy did that. Not verified.
    pub fn checksum(&self, version: u64) -> Option<&str> {
        self.version_tags.get(&version)?.get(super::CHECKSUM).map(String::as_str)
    }

    /// Newest version of each stage.
    pub(super) fn stages(&self) -> BTreeMap<String, u64> {
        let staged = self.versions.iter().filter(|(_, stage)| !stage.is_empty());
        staged.map(|(version, stage)| (stage.clone(), *version)).collect()
    }
}

/// The names of all registered models.
pub(super) fn names(api: &Api) -> Result<Vec<String>, MlflowError> {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        registered_models: Vec<WireModel>,
        #[serde(default)]
        next_page_token: Option<String>,
    }
    let mut names = Vec::new();
    let mut token = String::new();
    for _ in 0..PAGES {
        let query = [("max_results", "200"), ("page_token", token.as_str())];
        let query = if token.is_empty() { &query[..1] } else { &query[..] };
        let page: Page = api.get("registered-models/search", query)?;
        names.extend(page.registered_models.into_iter().map(|model| model.name));
        match page.next_page_token.filter(|token| !token.is_empty()) {
            Some(next) => token = next,
            None => break,
        }
    }
    names.sort();
    Ok(names)
}

fn by_key(tags: Vec<WireTag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}
