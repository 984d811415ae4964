//! The checked config: what a training run works with.
//!
//! A file is read into [`typed::Config`], the config as a person writes it, and checked here once. After that nothing
//! asks again whether a column is named twice or a quantity out of range.

use std::path::PathBuf;

use model_core::header;

pub mod typed;

mod check;
mod data;
mod errors;
mod features;
mod filled_in;
mod gate;
mod metric;
mod model;
mod overrides;
mod path;
mod read;
mod reference;
mod registry;
mod report;
mod schema;
mod schema_check;
mod source;
mod stored;
mod target;
mod tune;

pub use check::Problem;
pub use data::{Columns, Data, Filter};
pub use errors::{ConfigErrors, Place};
pub use features::{
    CategoryConstraints, Constraints, FeatureSettings, Features, LimitError, MissingPolicy, Selection,
};
pub use gate::{Bound, QualityGate};
pub use model::{ClassWeight, Model, Rows};
pub use path::{Path, Step};
pub use reference::reference;
pub use registry::RegistrySettings;
pub use report::Report;
pub use schema::schema;
pub use source::Position;
pub use stored::StoredConfigError;
pub use target::{Target, TargetSource};
pub use tune::{Dimension, Domain, Tune};
pub use typed::{
    Algorithm, BadCells, CategoryValues, Criterion, DefaultFrom, KindName, MaxFeatures, MaxFeaturesWord,
    MeasuredBy, Metric, Range, Sampler, Scalar, Split, TaskName, TreeMethod,
};

/// One prediction problem, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Name of the model: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Description for people; may be empty.
    pub description: String,
    /// The service that the model is served as.
    pub app: header::App,
    /// The CSV file and how to read it.
    pub data: Data,
    /// What is predicted.
    pub target: Target,
    /// What it is predicted from.
    pub features: Features,
    /// The part of the rows that is held out.
    pub split: Split,
    /// Number of folds of the cross-validation; `None` for no cross-validation.
    pub folds: Option<u32>,
    /// The forest.
    pub model: Model,
    /// The artifact whose trees come first; `None` to train from nothing.
    pub pretrained: Option<PathBuf>,
    /// The metrics to report; `None` for all of the task.
    pub metrics: Option<Vec<Metric>>,
    /// Folder of the artifacts.
    pub output_dir: PathBuf,
    /// The MLflow server that the model is registered in as well; `None` for none.
    pub registry: Option<RegistrySettings>,
    /// Bounds that the model must keep.
    pub quality_gates: Vec<QualityGate>,
    /// What the report of the model shows.
    pub report: Report,
    /// The form of the answers.
    pub serving: header::Serving,
    /// What `trainer tune` searches.
    pub tune: Tune,
    /// The config as typed, with the defaults written out: what the artifact stores once the inferred values are
    /// filled in.
    pub typed: typed::Config,
}
