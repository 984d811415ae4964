//! Rules about the server that a model is registered in.

use registry::TrackingServer;

use super::Problems;
use crate::config::RegistrySettings;
use crate::config::typed;

/// The word in place of an address for what the environment says.
const OF_ENVIRONMENT: &str = "mlflow";

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Option<RegistrySettings> {
    let typed::Registry { uri, experiment, aliases } = config.registry.as_ref()?;
    if TrackingServer::has_password(uri) {
        // The config becomes a part of the artifact.
        problems.add(
            [&"registry", &"uri"],
            "a password has no place in a config; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        );
    } else if uri != OF_ENVIRONMENT
        && let Err(error) = TrackingServer::parse(uri)
    {
        problems.add([&"registry", &"uri"], error.to_string());
    }
    let mut checked = Vec::new();
    for (index, alias) in aliases.iter().enumerate() {
        match alias.parse() {
            Ok(alias) => checked.push(alias),
            Err(error) => {
                let error: registry::RegistryError = error;
                problems.add([&"registry", &"aliases", &index], error.to_string());
            }
        }
    }
    Some(RegistrySettings { uri: uri.clone(), experiment: experiment.clone(), aliases: checked })
}
