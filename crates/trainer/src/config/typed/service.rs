//! Where the artifact goes, where it is registered, and how the model answers when it is served.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The service that the model is served as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct App {
    /// Title of the service. Default: the title of the model.
    pub title: Option<String>,
    /// What the service does. Default: the description of the model.
    pub description: Option<String>,
    /// Version of the service's API.
    pub version: String,
}

impl Default for App {
    fn default() -> Self {
        Self { title: None, description: None, version: "1.0.0".into() }
    }
}

/// Where the artifact goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Folder of the artifacts, relative to the directory in which the trainer is started; made when it is not there.
    #[schemars(length(min = 1))]
    pub dir: String,
}

impl Default for Output {
    fn default() -> Self {
        Self { dir: "artifacts".into() }
    }
}

/// The MLflow server that a model is logged to and registered in, besides the folder of the artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Registry {
    /// Address of the server, `http://…` or `https://…`, without a password; `"mlflow"` for the one that the environment
    /// variable `MLFLOW_TRACKING_URI` names.
    #[schemars(length(min = 1))]
    pub uri: String,
    /// Experiment that the run is logged to; made when there is none. Default: the name of the model.
    #[schemars(length(min = 1))]
    pub experiment: Option<String>,
    /// Aliases that name the new version from then on, for example `["challenger"]`.
    pub aliases: Vec<String>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { uri: "mlflow".into(), experiment: None, aliases: Vec::new() }
    }
}

/// The form of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Serving {
    /// Field that holds the answer to an object.
    #[schemars(length(min = 1))]
    pub response_field: String,
    /// Label of an answer of `/v1/services/predict`; `{index}` stands for the position of the row, from 0.
    #[schemars(length(min = 1))]
    pub label_template: String,
    /// How a class is answered.
    pub class_answer: ClassAnswer,
    /// Whether a value outside the range seen in training is refused instead of answered with a warning.
    pub strict: bool,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            response_field: "prediction".into(),
            label_template: "Prediction {index}".into(),
            class_answer: ClassAnswer::Value,
            strict: false,
        }
    }
}

/// How a class is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassAnswer {
    /// The value in the training data, for example `2`.
    #[default]
    Value,
    /// The name of `target.labels`, for example `virginica`; the value where there is none.
    Name,
}
