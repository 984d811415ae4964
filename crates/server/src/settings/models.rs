//! Which models are served, checked.

use std::path::PathBuf;
use std::time::Duration;

use super::{ArgsError, Followed};
use crate::args::ModelsArgs;
use crate::catalogue::Policy;

/// Name of the file in a model folder that holds policies, aliases and traffic.
const RULES_FILE: &str = "models.json";

/// Which models are served.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSettings {
    /// Where the artifacts lie.
    pub source: Source,
    /// Name of the only model to serve; all that there are when absent.
    pub only: Option<String>,
    /// The only version to serve of the default model.
    pub version: Option<u64>,
    /// Versions to serve of a model that has no policy of its own.
    pub policy: Policy,
    /// Name of the model that is meant where none is named.
    pub default_model: Option<String>,
    /// Where policies, aliases and traffic of the models are written.
    pub rules: Option<RulesPlace>,
    /// How often the folder is looked into; only on demand when absent.
    pub poll: Option<Duration>,
    /// The models of a registry that are kept in the folder; none when absent.
    pub followed: Option<Followed>,
    /// Overrules the models' own strictness.
    pub strict: Option<bool>,
}

/// Where artifacts lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// This file alone.
    File(PathBuf),
    /// All in this folder.
    Folder(PathBuf),
}

/// The file that holds policies, aliases and traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesPlace {
    /// Its path.
    pub path: PathBuf,
    /// Whether it was asked for by its path, and so must be there at the start.
    pub required: bool,
}

impl ModelSettings {
    /// What the options mean together.
    ///
    /// # Errors
    /// When no model is named, or a value is none that its option takes.
    pub(crate) fn check(args: ModelsArgs) -> Result<Self, ArgsError> {
        let poll = interval(args.model_poll_interval)?;
        let followed = Followed::check(&args, poll)?;
        let default_of_followed = followed.as_ref().and_then(Followed::default_model);
        let folder_of_followed = followed.as_ref().map(|followed| followed.cache.clone());
        let (source, only, version) = match (args.model, args.model_folder) {
            (Some(path), _) => match folder_of_followed {
                Some(folder) => (Source::Folder(folder), None, None),
                None => (Source::File(path), None, None),
            },
            (None, Some(folder)) => (Source::Folder(folder), args.model_name, args.model_version),
            (None, None) => return Err(ArgsError::NoModel),
        };
        let policy = Policy::parse(&args.model_policy).ok_or_else(|| ArgsError::Value {
            option: "model-policy",
            variable: "MODEL_POLICY",
            expected: "latest:N with N from 1, all, or specific:N,N,…",
            got: args.model_policy.clone(),
        })?;
        let rules = match (args.models_config, &source) {
            (Some(path), _) => Some(RulesPlace { path, required: true }),
            (None, Source::Folder(folder)) => {
                Some(RulesPlace { path: folder.join(RULES_FILE), required: false })
            }
            (None, Source::File(_)) => None,
        };
        Ok(Self {
            source,
            only,
            version,
            policy,
            default_model: args.default_model.or(default_of_followed),
            followed,
            rules,
            poll,
            strict: args.strict,
        })
    }
}

/// Time between two looks; none for 0.
fn interval(seconds: f64) -> Result<Option<Duration>, ArgsError> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(interval) => Ok(Some(interval).filter(|interval| !interval.is_zero())),
        Err(_) => Err(ArgsError::Value {
            option: "model-poll-interval",
            variable: "MODEL_POLL_INTERVAL",
            expected: "a number of seconds, or 0",
            got: seconds.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Args;

    #[test]
    fn a_policy_or_interval_that_is_none_is_refused_with_its_option() {
        let check = |arguments: &[&str], expected: &str| {
            let arguments = ["server", "--model-folder", "models"].iter().chain(arguments);
            let error = Args::try_parse_from(arguments).unwrap().check().unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(
            &["--model-policy", "latest:0"],
            "--model-policy (MODEL_POLICY): expected latest:N with N from 1, all, or specific:N,N,…, got \"latest:0\"",
        );
        check(
            &["--model-poll-interval=-1"],
            "--model-poll-interval (MODEL_POLL_INTERVAL): expected a number of seconds, or 0, got \"-1\"",
        );
    }
}
