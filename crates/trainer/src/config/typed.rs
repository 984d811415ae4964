//! The config as a person writes it: key names, documentation, types, bounds and defaults, each stated once.
//!
//! The JSON Schema, the checks of types and ranges, the documentation of the keys and the reader all come from these
//! structs. Nothing works with them but [`crate::config::Config`], which checks them, and the artifact, which stores
//! them with everything inferred filled in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod data;
mod features;
mod model;
mod quality;
mod report;
mod service;
mod target;
mod tune;

pub use data::{BadCells, Data, Filter, NumberFormat, Scalar};
pub use features::{AllButFeatures, AllFeatures, Feature, FeatureEntry, Features, KindName, Missing};
pub use features::{CategoryValues, DefaultFrom, DefaultPolicy, MissingWord};
pub use model::{
    Algorithm, ClassWeight, ClassWeightWord, Count, Criterion, MaxFeatures, MaxFeaturesWord, Model,
    TreeMethod,
};
pub use quality::{CrossValidation, Gate, Gates, MeasuredBy, Metric, Split};
pub use report::Report;
pub use service::{App, ClassAnswer, Output, Registry, Serving};
pub use target::{Target, TaskName};
pub use tune::{Choice, Range, Sampler, Tune};

/// One prediction problem: where the data is, what to predict from what, with which forest, and how to serve it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The JSON Schema of this file, for editors; the trainer does not read it.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Name of the model: lower-case letters, digits, `-` and `_`, a letter or digit first. It is part of the
    /// artifact's file name. Default: the name of the config file without its extension.
    #[serde(default)]
    #[schemars(extend("pattern" = "^[a-z0-9][a-z0-9_-]*$"))]
    pub name: Option<String>,
    /// Title for people, shown at the top of the API document. Default: the name.
    #[serde(default)]
    pub title: Option<String>,
    /// What the model does, for people.
    #[serde(default)]
    pub description: String,
    /// The service that the model is served as.
    #[serde(default)]
    pub app: App,
    /// The CSV file and how to read it.
    pub data: Data,
    /// What is predicted: the name of a column, or an object. `"price"` is short for `{"column": "price"}`.
    #[serde(deserialize_with = "target::column_or_object")]
    #[schemars(with = "target::ColumnOrTarget")]
    pub target: Target,
    /// What it is predicted from: `"all"` columns but the target, a list of column names (each a name or an object
    /// with settings), or all but some: `{"exclude": ["id"], "settings": [{"name": "age", "unit": "years"}]}`.
    #[serde(default)]
    pub features: Features,
    /// The part of the rows that is held out to test the model.
    #[serde(default)]
    pub split: Split,
    /// Cross-validation besides the held-out part; none when absent.
    #[serde(default)]
    pub cross_validation: Option<CrossValidation>,
    /// The forest: parameters with the names, meanings and defaults of scikit-learn.
    #[serde(default)]
    pub model: Model,
    /// An artifact that is continued: new trees, up to `model.n_estimators` in all, are grown on the rows of this run
    /// and put behind its trees. Features, kinds, target and classes must be the same; levels keep their codes, and a
    /// new level of an open category is an unseen one. Default: train from nothing.
    #[serde(default)]
    #[schemars(length(min = 1), extend("x-also-called" = ["warm_start", "init_model"]))]
    pub pretrained: Option<String>,
    /// The metrics to report, in this order. Default: all metrics of the task.
    #[serde(default)]
    pub metrics: Option<Vec<Metric>>,
    /// Where the artifact goes.
    #[serde(default)]
    pub output: Output,
    /// The MLflow server that the model is logged to and registered in as well; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Registry>,
    /// One bound or a list of bounds that the model must keep; a model that misses one is not written.
    #[serde(default)]
    pub quality_gate: Option<Gates>,
    /// What the report of the model shows, and how often features are permuted; sensible defaults when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// The form of the answers.
    #[serde(default)]
    pub serving: Serving,
    /// What `trainer tune` searches, and how; sensible defaults when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tune: Option<Tune>,
}
