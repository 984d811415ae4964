//! The MLflow server that a model is registered in.

use registry::Alias;

/// The MLflow server that a model is registered in, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    /// Its address, or `mlflow` for what the environment says.
    pub uri: String,
    /// The experiment; that of the model's name when absent.
    pub experiment: Option<String>,
    /// Aliases of the new version.
    pub aliases: Vec<Alias>,
}
