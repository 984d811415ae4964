//! What an operator decides about the models: policies, aliases, traffic. As written in `models.json`, and checked.
//!
//! ```json
//! {
//!   "default_model": "boston",
//!   "models": {
//!     "boston": {
//!       "policy": { "latest": 2 },
//!       "aliases": { "champion": 3, "challenger": 4 },
//!       "default_alias": "champion",
//!       "traffic": { "split": { "champion": 90, "challenger": 10 }, "shadow": "challenger" }
//!     }
//!   }
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use model_core::encoding::shortened;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Policy;

mod distinct;
mod file;

use distinct::distinct;
pub(super) use file::RulesFile;

/// Most characters of a name in a message.
const LONGEST_NAME: usize = 64;

/// The file as written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_model: Option<String>,
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) models: BTreeMap<String, WrittenModel>,
}

/// One model as written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenModel {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<WrittenPolicy>,
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) aliases: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_alias: Option<String>,
    #[serde(default, skip_serializing_if = "WrittenTraffic::is_nothing")]
    pub(super) traffic: WrittenTraffic,
}

/// A policy as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrittenPolicy {
    Latest(usize),
    All,
    Specific(BTreeSet<u64>),
}

/// Traffic as written, in the file and by callers of the admin API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenTraffic {
    /// Weight of each alias.
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) split: BTreeMap<String, u32>,
    /// Alias that gets a copy of every question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shadow: Option<String>,
}

impl WrittenTraffic {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What was decided about all models.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) default_model: Option<String>,
    pub(super) models: BTreeMap<String, ModelRules>,
}

/// What was decided about one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ModelRules {
    pub(super) policy: Option<Policy>,
    pub(super) aliases: BTreeMap<String, u64>,
    /// One of the aliases.
    pub(super) default_alias: Option<String>,
    /// Weights of some of the aliases, not all of them 0; empty for no split.
    pub(super) split: BTreeMap<String, u32>,
    /// One of the aliases.
    pub(super) shadow: Option<String>,
}

/// The versions that lie in the folder, by model.
pub(super) type Known = BTreeMap<String, BTreeSet<u64>>;

/// Why the file is not obeyed.
#[derive(Debug, Error)]
pub enum RulesError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is no JSON of this form.
    #[error("{}: {reason}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// One place does not fit the others, or the folder.
    #[error("{place}: expected {expected}, got {got}")]
    Place {
        /// Path of the key.
        place: String,
        /// What can stand there.
        expected: String,
        /// What stands there.
        got: String,
    },
}

impl Written {
    /// The rules, if they fit the folder.
    ///
    /// # Errors
    /// With the first place that does not.
    pub(super) fn check(&self, known: &Known) -> Result<Rules, RulesError> {
        let is_known = |name: &String| known.contains_key(name);
        let no_model = |place: String, name: &str| {
            let there: Vec<_> = known.keys().map(String::as_str).collect();
            wrong(place, format!("a model in the folder: {}", listed(&there)), quoted(name))
        };
        if let Some(name) = self.default_model.as_ref().filter(|name| !is_known(name)) {
            return Err(no_model("default_model".into(), name));
        }
        let mut models = BTreeMap::new();
        for (name, model) in &self.models {
            let Some(versions) = known.get(name) else { return Err(no_model("models".into(), name)) };
            models.insert(name.clone(), model.check(&format!("models.{}", shortened_name(name)), versions)?);
        }
        Ok(Rules { default_model: self.default_model.clone(), models })
    }
}

impl WrittenModel {
    /// All versions that are named.
    pub(super) fn versions(&self) -> impl Iterator<Item = u64> {
        let specific = match &self.policy {
            Some(WrittenPolicy::Specific(versions)) => Some(versions.iter().copied()),
            Some(WrittenPolicy::Latest(_) | WrittenPolicy::All) | None => None,
        };
        specific.into_iter().flatten().chain(self.aliases.values().copied())
    }

    fn check(&self, place: &str, versions: &BTreeSet<u64>) -> Result<ModelRules, RulesError> {
        let check_version = |place: String, version: u64| match versions.contains(&version) {
            true => Ok(()),
            false => {
                let there: Vec<_> = versions.iter().map(u64::to_string).collect();
                Err(wrong(place, format!("a version in the folder: {}", listed(&there)), version.to_string()))
            }
        };
        let policy = match &self.policy {
            None => None,
            Some(WrittenPolicy::All) => Some(Policy::All),
            Some(WrittenPolicy::Latest(count)) => match NonZeroUsize::new(*count) {
                Some(count) => Some(Policy::Latest(count)),
                None => return Err(wrong(format!("{place}.policy.latest"), "at least 1".into(), "0".into())),
            },
            Some(WrittenPolicy::Specific(wanted)) => {
                let place = format!("{place}.policy.specific");
                if wanted.is_empty() {
                    return Err(wrong(place, "at least one version".into(), "none".into()));
                }
                wanted.iter().try_for_each(|version| check_version(place.clone(), *version))?;
                Some(Policy::Specific(wanted.clone()))
            }
        };
        for (alias, version) in &self.aliases {
            if alias.parse::<registry::Alias>().is_err() {
                return Err(wrong(format!("{place}.aliases"), registry::ALIAS_RULE.into(), quoted(alias)));
            }
            check_version(format!("{place}.aliases.{alias}"), *version)?;
        }
        let check_alias = |place: String, alias: &str| match self.aliases.contains_key(alias) {
            true => Ok(()),
            false => {
                let there: Vec<_> = self.aliases.keys().map(String::as_str).collect();
                Err(wrong(place, format!("an alias of the model: {}", listed(&there)), quoted(alias)))
            }
        };
        if let Some(alias) = &self.default_alias {
            check_alias(format!("{place}.default_alias"), alias)?;
        }
        let WrittenTraffic { split, shadow } = &self.traffic;
        for alias in split.keys() {
            check_alias(format!("{place}.traffic.split"), alias)?;
        }
        if !split.is_empty() && split.values().all(|weight| *weight == 0) {
            let place = format!("{place}.traffic.split");
            return Err(wrong(place, "a weight above 0".into(), "none".into()));
        }
        if let Some(alias) = shadow {
            check_alias(format!("{place}.traffic.shadow"), alias)?;
        }
        Ok(ModelRules {
            policy,
            aliases: self.aliases.clone(),
            default_alias: self.default_alias.clone(),
            split: split.clone(),
            shadow: shadow.clone(),
        })
    }
}

/// Reads the text of a file: whatever is read from it is read again when it is written.
#[cfg(any(test, fuzzing))]
#[allow(clippy::expect_used, reason = "the fuzzer's door reports by a panic")]
pub(crate) fn survives_writing(text: &[u8]) {
    let path = std::path::Path::new("models.json");
    let Ok(written) = file::parse(path, text) else { return };
    let known = Known::from([("boston".to_owned(), BTreeSet::from([1, 2, 3]))]);
    let checked = written.check(&known);
    let again = serde_json::to_vec_pretty(&written).expect("rules can be written");
    let again = file::parse(path, &again).expect("what was written is read");
    assert_eq!(again, written);
    assert_eq!(again.check(&known).ok(), checked.ok());
}

fn wrong(place: String, expected: String, got: String) -> RulesError {
    RulesError::Place { place, expected, got }
}

fn quoted(text: &str) -> String {
    shortened(text)
}

/// A name as part of a place, cut when it is longer than any sensible one.
fn shortened_name(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).map_or(name, |(end, _)| &name[..end])
}

fn listed(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => "there is none".into(),
        names => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a file, for a folder with versions 1 to 3 of boston.
    fn said(text: &str) -> String {
        let known = Known::from([("boston".to_owned(), BTreeSet::from([1, 2, 3]))]);
        let written = match file::parse(std::path::Path::new("models.json"), text.as_bytes()) {
            Ok(written) => written,
            Err(error) => return error.to_string(),
        };
        written.check(&known).map_or_else(|error| error.to_string(), |_| "obeyed".into())
    }

    #[test]
    fn a_file_that_is_wrong_is_told_with_place_and_cure() {
        let cases = [
            r#"{}"#,
            r#"{"default_model": "boston", "models": {"boston": {
                "policy": {"latest": 2}, "aliases": {"champion": 2, "challenger": 3}, "default_alias": "champion",
                "traffic": {"split": {"champion": 90, "challenger": 10}, "shadow": "challenger"}}}}"#,
            r#"{"models": {"boston": {"policy": "all"}}}"#,
            r#"{"models": {"boston": {"policy": {"specific": [1, 3]}}}}"#,
            r#"{"models""#,
            "{\"models\": {\n  \"boston\": {\"polcy\": \"all\"}\n}}",
            r#"{"models": {"boston": {"policy": "newest"}}}"#,
            r#"{"models": {"boston": {"policy": {"latest": 0}}}}"#,
            r#"{"models": {"boston": {"policy": {"specific": []}}}}"#,
            r#"{"models": {"boston": {"policy": {"specific": [1, 7]}}}}"#,
            r#"{"models": {"boston": {"aliases": {"champion": 7}}}}"#,
            r#"{"models": {"boston": {"aliases": {"champion": "2"}}}}"#,
            r#"{"models": {"boston": {"aliases": {"7": 2}}}}"#,
            r#"{"models": {"boston": {"aliases": {"the best": 2}}}}"#,
            r#"{"models": {"boston": {"aliases": {"latest": 2}}}}"#,
            r#"{"models": {"boston": {"default_alias": "champion"}}}"#,
            r#"{"models": {"boston": {"aliases": {"champion": 2}, "default_alias": "champ"}}}"#,
            r#"{"models": {"boston": {"aliases": {"a": 2}, "traffic": {"split": {"a": 1, "b": 1}}}}}"#,
            r#"{"models": {"boston": {"aliases": {"a": 2, "b": 3}, "traffic": {"split": {"a": 0, "b": 0}}}}}"#,
            r#"{"models": {"boston": {"aliases": {"a": 2, "b": 3}, "traffic": {"split": {"a": -1, "b": 2}}}}}"#,
            r#"{"models": {"boston": {"aliases": {"a": 2}, "traffic": {"shadow": "b"}}}}"#,
            r#"{"models": {"boston": {"aliases": {"champion": 2, "champion": 3}}}}"#,
            r#"{"models": {"boston": {}, "boston": {"policy": "all"}}}"#,
            r#"{"models": {"bosten": {}}}"#,
            r#"{"default_model": "iris"}"#,
        ];
        let told: Vec<_> = cases.iter().map(|text| format!("{text}\n  {}", said(text))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
