//! Which models of a registry are followed, and where their files are kept.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use registry::{Reference, TrackingServer};
use ring::digest::{SHA256, digest};

use super::ArgsError;
use crate::args::ModelsArgs;

/// Begins the name of a model in a registry.
const SCHEME: &str = "models:/";
/// Longest name of a model, in bytes: it becomes a part of a file's name.
const LONGEST: usize = 200;

/// Models of a registry that are followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// The MLflow server.
    pub server: TrackingServer,
    /// What is followed, each model once; at least one.
    pub models: Vec<Reference>,
    /// The folder that keeps their files, for these models of this server alone.
    pub cache: PathBuf,
    /// How often the registry is asked; only on demand when absent.
    pub poll: Option<Duration>,
}

impl Followed {
    /// What `--model models:/…` asks for; `None` where a file is meant.
    ///
    /// # Errors
    /// When a name is none, a model is there twice, or nobody says where the registry is.
    pub(super) fn check(args: &ModelsArgs, poll: Option<Duration>) -> Result<Option<Self>, ArgsError> {
        let given = args.model.as_deref().and_then(Path::to_str).filter(|given| given.starts_with(SCHEME));
        let Some(given) = given else { return Ok(None) };
        let wrong = |reason: String| ArgsError::Registry { reason };
        if args.models_config.is_some() {
            return Err(wrong(
                "the registry decides about policies and aliases: leave MODELS_CONFIG (--models-config) away"
                    .into(),
            ));
        }
        let mut models = Vec::new();
        let mut names = BTreeSet::new();
        for one in given.split(',').map(str::trim) {
            let reference: Reference = match one.starts_with(SCHEME) {
                true => one.parse().map_err(|error: registry::RegistryError| wrong(error.to_string()))?,
                false => return Err(wrong(format!("{one:?} does not begin with {SCHEME}"))),
            };
            if !is_plain(&reference.model) {
                let rule =
                    "expected a name of letters, digits, spaces, `-`, `_` and `.`, a letter or digit first";
                return Err(wrong(format!("{:?}: {rule}", reference.model)));
            }
            if !names.insert(reference.model.clone()) {
                return Err(wrong(format!(
                    "{:?} is named twice: one version of a model is followed",
                    reference.model
                )));
            }
            models.push(reference);
        }
        let address = args.registry.as_deref();
        let server = TrackingServer::from_environment(address).map_err(|error| wrong(error.to_string()))?;
        let root = args.model_cache.clone().unwrap_or_else(usual_cache);
        let cache = root.join(key(&server, &models));
        Ok(Some(Self { server, models, cache, poll }))
    }

    /// The model that answers where a request names none: the first.
    pub(super) fn default_model(&self) -> Option<String> {
        self.models.first().map(|reference| reference.model.clone())
    }
}

/// A folder's name that other servers and other models do not share, so that none deletes what another one keeps.
fn key(server: &TrackingServer, models: &[Reference]) -> String {
    let names: Vec<_> = models.iter().map(ToString::to_string).collect();
    let digest = digest(&SHA256, format!("{server} {}", names.join(",")).as_bytes());
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn usual_cache() -> PathBuf {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let of_user = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    of_user.unwrap_or_else(env::temp_dir).join("canopy")
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b' ');
    name.len() <= LONGEST
        && name.bytes().all(plain)
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Args;

    #[test]
    fn names_of_a_registry_are_read_and_each_is_followed_once() {
        let checked = |model: &str, more: &[&str]| {
            let arguments = ["server", "--registry", "http://h:5000", "--model-cache", "c", "--model", model];
            let arguments = arguments.iter().chain(more);
            Args::try_parse_from(arguments).unwrap().check().map(|settings| settings.models)
        };
        let refused = |model: &str, more: &[&str], part: &str| {
            let told = checked(model, more).unwrap_err().to_string();
            assert!(told.contains(part), "{told}");
        };
        let settings = checked("models:/trip@champion,models:/house/3", &[]).unwrap();
        let followed = settings.followed.unwrap();
        let names: Vec<_> = followed.models.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["trip@champion", "house/3"]);
        assert_eq!(settings.default_model.as_deref(), Some("trip"));
        assert_eq!(settings.source, crate::settings::Source::Folder(followed.cache.clone()));
        let other = checked("models:/trip@champion", &[]).unwrap().followed.unwrap();
        assert_ne!(other.cache, followed.cache);
        assert!(checked("models/trip.canopy", &[]).unwrap().followed.is_none());
        refused("models:/", &[], "names no version");
        refused("models:/../../etc/passwd", &[], "is no alias");
        refused("models:/..@a", &[], "expected a name of letters");
        refused("models:/trip@a b", &[], "is no alias");
        refused("models:/trip@a,models:/trip/3", &[], "named twice");
        refused("models:/trip@a,x.canopy", &[], "does not begin with models:/");
        refused("models:/trip@a", &["--models-config", "m.json"], "leave MODELS_CONFIG");
        let of_a_file = ["server", "--registry", "sqlite:///x", "--model", "models:/trip@a"];
        let told = Args::try_parse_from(of_a_file).unwrap().check().unwrap_err().to_string();
        assert!(told.contains("reached through `mlflow server`"), "{told}");
    }
}
