//! How a version is named on a command line: `boston@champion`, `boston/3`, `boston/latest`.

use std::fmt;
use std::str::FromStr;

use crate::{Alias, RegisteredModel, RegistryError, Version};

/// A version of a model by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Name of the model.
    pub model: String,
    /// Which of its versions.
    pub selector: Selector,
}

/// Which version of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The one that answers where a request names none: that of the default alias, else the newest.
    Default,
    /// The newest.
    Latest,
    /// By its number.
    Version(u64),
    /// By one of its names.
    Alias(Alias),
    /// By its stage, one of [`STAGES`]: the newest one that is in it.
    Stage(Alias),
}

/// The stages that MLflow knows; upper and lower case are the same.
pub const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

impl Selector {
    /// The version that is meant.
    ///
    /// # Errors
    /// When the model has no such version or alias.
    pub fn choose<'a>(&self, model: &'a RegisteredModel) -> Result<&'a Version, RegistryError> {
        match self {
            Self::Default => model.answering(),
            Self::Latest => model.newest(),
            Self::Version(number) => model.version(*number),
            Self::Alias(alias) => model.named(alias),
            Self::Stage(stage) => model.staged(stage),
        }
    }
}

impl FromStr for Selector {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        match text.parse() {
            Ok(number) => Ok(Self::Version(number)),
            Err(_) if text == "latest" => Ok(Self::Latest),
            Err(_) => text.parse().map(Self::Alias),
        }
    }
}

fn is_stage(text: &str) -> bool {
    STAGES.iter().any(|stage| stage.eq_ignore_ascii_case(text))
}

impl FromStr for Reference {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let named = text.strip_prefix("models:/").unwrap_or(text);
        let (model, selector) = match named.split_once(['@', '/']) {
            None => (named, Selector::Default),
            // Behind a slash a stage is meant, as in MLflow.
            Some((model, rest)) if named.as_bytes().get(model.len()) == Some(&b'/') && is_stage(rest) => {
                (model, Selector::Stage(rest.parse()?))
            }
            Some((model, rest)) => (model, rest.parse()?),
        };
        match model.is_empty() {
            true => Err(RegistryError::Reference { given: text.into() }),
            false => Ok(Self { model: model.into(), selector }),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.model;
        match &self.selector {
            Selector::Default => write!(f, "{model}"),
            Selector::Latest => write!(f, "{model}/latest"),
            Selector::Version(number) => write!(f, "{model}/{number}"),
            Selector::Alias(alias) => write!(f, "{model}@{alias}"),
            Selector::Stage(stage) => write!(f, "{model}/{stage}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_in_five_ways() {
        let check = |text: &str, expected: Option<&str>| {
            let found = text.parse::<Reference>().ok().map(|reference| reference.to_string());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        };
        check("boston", Some("boston"));
        check("boston@champion", Some("boston@champion"));
        check("boston/champion", Some("boston@champion"));
        check("models:/boston/3", Some("boston/3"));
        check("boston@3", Some("boston/3"));
        check("boston/latest", Some("boston/latest"));
        check("models:/boston/Production", Some("boston/Production"));
        check("boston/staging", Some("boston/staging"));
        check("boston@Production", Some("boston@Production"));
        for wrong in ["", "/3", "boston@", "boston@a b", "models:/"] {
            check(wrong, None);
        }
    }
}
