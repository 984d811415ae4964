//! `GET /v1/model`: all that the model says of itself.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use model_core::header::{CrossValidation, Header, Scorecard};
use model_core::{Level, Task};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use self::distribution::DistributionInfo;
use super::named::addressed;
use crate::error::ApiError;
use crate::openapi::{Features, NotLoaded};
use crate::state::{AppState, Served};

mod distribution;

/// Identity, schema, quality and provenance of the model.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelInfo<'a> {
    /// Name of the model.
    name: &'a str,
    /// Version of the model under its name.
    #[schema(minimum = 0)]
    version: u64,
    /// Title for people.
    title: &'a str,
    /// Description for people.
    description: &'a str,
    /// When training finished, in UTC.
    #[schema(format = "date-time")]
    created: &'a str,
    /// `regression` or `classification`.
    task: &'static str,
    /// What the model asks for, in the order of the values by position.
    features: Vec<FeatureInfo<'a>>,
    /// A few rows of the training data that are answered, the typical one first, each with its values by position.
    examples: Vec<Vec<Value>>,
    /// What the model answers.
    target: TargetInfo<'a>,
    /// What a request can ask for beside the prediction.
    options: OptionsInfo,
    /// The parameters that the model was trained with.
    parameters: Option<Parameters<'a>>,
    /// Quality of the model.
    metrics: Metrics<'a>,
    /// Importance of each feature.
    importances: Vec<ImportanceInfo<'a>>,
    /// Where the model comes from.
    provenance: Provenance<'a>,
}

/// The section `model` of the config.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
struct Parameters<'a>(&'a Map<String, Value>);

/// One feature.
#[derive(Serialize, ToSchema)]
struct FeatureInfo<'a> {
    /// Name in requests.
    identifier: &'a str,
    /// Name of the column in the training data, accepted too.
    column: &'a str,
    /// What it means.
    description: Option<&'a str>,
    /// Unit of measure.
    unit: Option<&'a str>,
    /// What training saw, in words.
    seen_in_training: &'a str,
    /// What training saw, in figures.
    distribution: DistributionInfo<'a>,
    /// JSON Schema of the value.
    schema: Value,
}

/// The target.
#[derive(Serialize, ToSchema)]
struct TargetInfo<'a> {
    /// Name of the column, or of the derived value.
    name: &'a str,
    /// What it means.
    description: Option<&'a str>,
    /// Unit of measure.
    unit: Option<&'a str>,
    /// For a classification: the answers in class order.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    classes: &'a [Value],
    /// For a classification: the name of each class, under which its probability is answered.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    class_names: &'a [String],
    /// For a classification: the name of each class for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    class_labels: Vec<String>,
    /// Field of an answer to an object that holds the prediction.
    response_field: &'a str,
    /// What training saw, in figures.
    distribution: DistributionInfo<'a>,
}

/// What a request can ask for beside the prediction.
#[derive(Serialize, ToSchema)]
struct OptionsInfo {
    /// Whether `proba` is answered.
    proba: bool,
    /// Whether `explain` is answered.
    explain: bool,
    /// The usual level of `interval`; absent where it is not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    interval: Option<f64>,
}

/// Quality, measured in up to three ways.
#[derive(Serialize, ToSchema)]
struct Metrics<'a> {
    /// On the rows held out.
    test: Option<Measured<'a>>,
    /// On the rows that each tree did not see.
    out_of_bag: Option<Measured<'a>>,
    /// Over the folds of a cross-validation.
    cross_validation: Option<Folded<'a>>,
}

/// Metrics over one set of rows.
#[derive(Serialize, ToSchema)]
struct Measured<'a> {
    /// Number of rows.
    #[schema(minimum = 0)]
    rows: u64,
    /// Value of each metric.
    metrics: &'a BTreeMap<String, f64>,
    /// For a classification: rows by true class, then by predicted class.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    confusion: &'a [Vec<u64>],
}

/// Metrics over the folds of a cross-validation.
#[derive(Serialize, ToSchema)]
struct Folded<'a> {
    /// Number of folds.
    folds: u32,
    /// Mean of each metric.
    mean: &'a BTreeMap<String, f64>,
    /// Sample standard deviation of each metric.
    standard_deviation: &'a BTreeMap<String, f64>,
}

/// Importance of one feature.
#[derive(Serialize, ToSchema)]
struct ImportanceInfo<'a> {
    /// Name of the column.
    feature: &'a str,
    /// Share of the impurity decrease.
    impurity: f64,
    /// Drop of the score when the feature is permuted, on held-out or else on out-of-bag rows.
    permutation: Option<f64>,
    /// Sample standard deviation of that drop over the permutations; null where it is not known.
    permutation_deviation: Option<f64>,
}

/// Where the model comes from.
#[derive(Serialize, ToSchema)]
struct Provenance<'a> {
    /// Path of the training data as configured.
    data_path: &'a str,
    /// BLAKE3 of the training data.
    data_fingerprint: &'a str,
    /// Records in the data.
    #[schema(minimum = 0)]
    rows_read: u64,
    /// Rows left out, by reason.
    rows_dropped: &'a BTreeMap<String, u64>,
    /// Rows the model was trained on.
    #[schema(minimum = 0)]
    rows_train: u64,
    /// Rows held out.
    #[schema(minimum = 0)]
    rows_test: u64,
    /// Checksum of the model that this one continues.
    parent: Option<&'a str>,
    /// Versions of the libraries that trained it.
    libraries: &'a BTreeMap<String, String>,
    /// BLAKE3 of the artifact's payload; absent when the model was not loaded from one.
    checksum: Option<&'a str>,
    /// Format version of the artifact.
    artifact_format: Option<u32>,
    /// Size of the artifact.
    artifact_bytes: Option<u64>,
}

impl<'a> ModelInfo<'a> {
    fn new(served: &'a Served) -> Self {
        let model = served.model();
        let header = model.header();
        let schema = model.schema();
        let documented = Features::new(model, served.is_strict());
        let features = schema.features.iter().zip(served.seen()).enumerate();
        let profile = model.profile();
        Self {
            name: &header.name,
            version: header.version,
            title: &header.title,
            description: &header.description,
            created: &header.created,
            task: schema.target.task.name(),
            features: features
                .map(|(position, (feature, seen_in_training))| FeatureInfo {
                    identifier: &feature.identifier,
                    column: &feature.name,
                    description: feature.description.as_deref(),
                    unit: feature.unit.as_deref(),
                    seen_in_training,
                    distribution: DistributionInfo::new(&profile.features[position], |code| {
                        model.encoder().decode(position, code as f32)
                    }),
                    schema: documented.documented(position),
                })
                .collect(),
            target: TargetInfo {
                name: &schema.target.name,
                description: schema.target.description.as_deref(),
                unit: schema.target.unit.as_deref(),
                classes: served.classes(),
                class_names: served.class_names(),
                class_labels: match &schema.target.task {
                    Task::Regression => Vec::new(),
                    Task::Classification(classes) => classes.iter().map(ToString::to_string).collect(),
                },
                response_field: &header.serving.response_field,
                distribution: DistributionInfo::new(&profile.target, |code| {
                    served.classes().get(code).cloned().unwrap_or_default()
                }),
            },
            examples: documented.examples(),
            options: OptionsInfo {
                proba: !served.classes().is_empty(),
                explain: model.can_explain(),
                interval: model.interval_level().map(Level::value),
            },
            parameters: header.config["model"].as_object().map(Parameters),
            metrics: Metrics::new(header),
            importances: header
                .importances
                .iter()
                .map(|importance| ImportanceInfo {
                    feature: &importance.feature,
                    impurity: importance.impurity,
                    permutation: importance.permutation,
                    permutation_deviation: importance.permutation_deviation,
                })
                .collect(),
            provenance: Provenance::new(served),
        }
    }
}

impl<'a> Metrics<'a> {
    fn new(header: &'a Header) -> Self {
        let measured = |card: &'a Option<Scorecard>| {
            card.as_ref().map(|card| Measured {
                rows: card.rows,
                metrics: &card.metrics,
                confusion: &card.confusion,
            })
        };
        let folded = |result: &'a CrossValidation| Folded {
            folds: result.folds,
            mean: &result.mean,
            standard_deviation: &result.standard_deviation,
        };
        Self {
            test: measured(&header.evaluation.test),
            out_of_bag: measured(&header.evaluation.out_of_bag),
            cross_validation: header.evaluation.cross_validation.as_ref().map(folded),
        }
    }
}

impl<'a> Provenance<'a> {
    fn new(served: &'a Served) -> Self {
        let header = served.model().header();
        let origin = served.origin();
        Self {
            data_path: &header.data.path,
            data_fingerprint: &header.data.fingerprint,
            rows_read: header.data.rows_read,
            rows_dropped: &header.data.rows_dropped,
            rows_train: header.data.rows_train,
            rows_test: header.data.rows_test,
            parent: header.parent.as_deref(),
            libraries: &header.libraries,
            checksum: origin.map(|origin| origin.checksum.as_str()),
            artifact_format: origin.map(|origin| origin.format),
            artifact_bytes: origin.map(|origin| origin.bytes),
        }
    }
}

/// The model
///
/// Identity, schema, quality and provenance of the model that answers here.
#[utoipa::path(
    get,
    path = "/v1/model",
    tag = "model",
    operation_id = "model",
    responses((status = 200, description = "All that the model says of itself", body = ModelInfo), NotLoaded)
)]
pub(crate) async fn model(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    Ok(served.signature().signed(HttpResponse::Ok().json(ModelInfo::new(&served))))
}
