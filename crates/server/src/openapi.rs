//! The OpenAPI document of the loaded model: a skeleton from the handlers, and the model's own schemas in it.

use std::collections::BTreeMap;

use model_core::Model;
use serde_json::{Value, json};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi};

use crate::api;
use crate::error::{BadLine, LineProblem, PROBLEM_JSON, Problem};
use crate::fault::{Fault, Warning};
use crate::state::{Limits, class_answers};

mod example;
mod features;
mod options;
mod routes;
mod rows;
mod schemas;
mod secured;

pub(crate) use features::Features;
pub(crate) use secured::secured;

/// The skeleton: all that does not depend on the model.
#[derive(OpenApi)]
#[openapi(
    paths(
        api::predict::predict,
        api::csv::predict_csv,
        api::services::predict,
        api::model::model,
        api::models::models,
        api::drift::drift,
        api::index::index,
        api::health::live,
        api::health::ready,
    ),
    components(schemas(Problem, Fault, Warning, BadLine, LineProblem)),
    tags(
        (name = "prediction", description = "Ask the model"),
        (name = "model", description = "What the model says of itself"),
        (name = "service", description = "The service and its health"),
    ),
)]
struct Skeleton;

/// Errors of a request with a JSON body.
pub(crate) struct JsonErrors;

impl IntoResponses for JsonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "The body is empty, is not JSON, or broke off"),
            ("408", "The body took too long to arrive"),
            ("413", "The body is too large"),
            ("422", "Fields, values or options do not fit the model, or there are too many rows"),
            ("429", "The server is busy; the header Retry-After says when to ask again"),
            ("500", "The server failed"),
            ("503", "The model is not loaded; the detail says why"),
        ])
    }
}

/// Errors of an upload.
pub(crate) struct UploadErrors;

impl IntoResponses for UploadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "The body is no multipart form, or broke off"),
            ("408", "The body took too long to arrive"),
            ("413", "The body is too large"),
            ("415", "The body is of another content type"),
            (
                "422",
                "The file is absent, is no table, has too many rows, or its cells or the options do not fit the model",
            ),
            ("429", "The server is busy; the header Retry-After says when to ask again"),
            ("500", "The server failed"),
            ("503", "The model is not loaded; the detail says why"),
        ])
    }
}

/// The error of a model that is not loaded.
pub(crate) struct NotLoaded;

impl IntoResponses for NotLoaded {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[("503", "The model is not loaded; the detail says why")])
    }
}

/// The error of a name that no model has.
pub(crate) struct NoSuchModel;

impl IntoResponses for NoSuchModel {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[("404", "There is no such model, version or alias")])
    }
}

fn problems(statuses: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || Content::new(Some(Ref::from_schema_name("Problem")));
    statuses
        .iter()
        .map(|(status, description)| {
            let response =
                ResponseBuilder::new().description(*description).content(PROBLEM_JSON, problem()).build();
            ((*status).to_owned(), response.into())
        })
        .collect()
}

/// The document of a model.
pub(crate) fn document(model: &dyn Model, features: &Features<'_>, limits: &Limits) -> Value {
    // A derived skeleton always has a JSON form.
    let mut document = serde_json::to_value(Skeleton::openapi()).unwrap_or_default();
    let header = model.header();
    document["info"] = json!({
        "title": header.app.title,
        "description": introduction(model),
        "version": header.app.version,
        "x-model": { "name": header.name, "version": header.version, "created": header.created },
    });
    let schemas = schemas::Schemas::new(model, features, limits, class_answers(model));
    for (name, schema) in schemas.components() {
        document["components"]["schemas"][name] = schema;
    }
    schemas.fill(&mut document["paths"]);
    name_headers(&mut document);
    document
}

/// The document of a model whose routes begin at a place of its own: it tells of that model alone.
pub(crate) fn placed(mut document: Value, place: &str) -> Value {
    let own = |path: &str| match path {
        "/predict" | "/predict_csv" => Some(format!("{place}{path}")),
        "/v1/model" => Some(place.to_owned()),
        _ => None,
    };
    if let Some(paths) = document["paths"].as_object_mut() {
        let all = std::mem::take(paths);
        paths.extend(all.into_iter().filter_map(|(path, item)| Some((own(&path)?, item))));
        for operation in
            paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut())
        {
            operation["responses"]["404"] = operation["responses"]["503"].clone();
            operation["responses"]["404"]["description"] = "There is no such model, version or alias".into();
        }
    }
    document
}

fn introduction(model: &dyn Model) -> String {
    let header = model.header();
    let mut text = String::new();
    for paragraph in [&header.app.description, &header.description] {
        if !paragraph.is_empty() && !text.contains(paragraph.as_str()) {
            text.push_str(paragraph);
            text.push_str("\n\n");
        }
    }
    let target = &model.schema().target;
    text.push_str(&format!(
        "Answered by the model `{}` version {} ({} of `{}`), trained on {} rows.",
        header.name,
        header.version,
        target.task.name(),
        target.name,
        header.data.rows_train
    ));
    text
}

/// Every answer carries the request's id.
fn name_headers(document: &mut Value) {
    document["components"]["headers"]["RequestId"] = json!({
        "description": "Id of the request: the caller's own `x-request-id` when it is sound, else a new one. \
                        The server's log has it too.",
        "required": true,
        "schema": { "type": "string", "minLength": 1, "maxLength": 64 },
    });
    document["components"]["headers"]["Model"] = json!({
        "description": "Name of the model that answered",
        "schema": { "type": "string" },
    });
    document["components"]["headers"]["ModelVersion"] = json!({
        "description": "Version of the model that answered",
        "schema": { "type": "integer", "minimum": 0 },
    });
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    for responses in operations.filter_map(|operation| operation["responses"].as_object_mut()) {
        for response in responses.values_mut() {
            response["headers"]["x-request-id"] = json!({ "$ref": "#/components/headers/RequestId" });
        }
    }
}
