//! KServe's protocol V1, which is TensorFlow Serving's REST API: `/v1/models` and `:predict`.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::reply::{Manner, Reply, reply, signed};
use super::{get, named, post};
use crate::answer::Predictions;
use crate::body;
use crate::catalogue::{Entry, Selector, Standing};
use crate::error::ApiError;
use crate::options::Options;
use crate::question::{Envelope, Expect, Form, read_json};
use crate::security::Access::Needs;
use crate::security::Scope::{Metadata, Predict};
use crate::state::AppState;
use crate::telemetry::Protocol;

/// `{"instances": […]}`. TensorFlow Serving's `signature_name` chooses among functions, of which a forest has one.
const INSTANCES: Envelope = Envelope {
    forms: &[("instances", Form::Rows)],
    options: "parameters",
    ignored: &["signature_name"],
    passes_over_extra: false,
};

/// How a question is answered.
pub(crate) const MANNER: Manner = Manner {
    protocol: Protocol::KserveV1,
    read: |body, rules| read_json(body, rules, Expect::Within(&INSTANCES)),
    write: |answer, _| Reply::json(answer, &Predictions(answer)),
    query: Options::NONE,
};

/// Registers the resources. A path with a verb comes first, for a name may have a colon in it.
pub(super) fn routes(routes: &mut ServiceConfig) {
    routes.service(get("/v1/models", Needs(Metadata), || web::get().to(models), || web::head().to(models)));
    for version in ["", "/versions/{version}", "/labels/{label}"] {
        let path = format!("/v1/models/{{model}}{version}");
        routes
            .service(post(&format!("{path}:predict"), Needs(Predict), web::post().to(predict)))
            .service(get(&path, Needs(Metadata), || web::get().to(model), || web::head().to(model)));
    }
}

/// What a path names.
#[derive(Deserialize)]
struct Address {
    model: String,
    version: Option<String>,
    label: Option<String>,
}

impl Address {
    fn selector(&self) -> Result<Option<Selector>, ApiError> {
        if let Some(label) = &self.label {
            return Ok(Some(Selector::Alias(label.clone())));
        }
        let Some(version) = &self.version else { return Ok(None) };
        match version.parse() {
            Ok(version) => Ok(Some(Selector::Version(version))),
            Err(_) => Err(ApiError::NotFound),
        }
    }
}

/// The names of the models.
#[derive(Serialize)]
struct Models<'a> {
    models: Vec<&'a str>,
}

async fn models(state: Data<AppState>) -> HttpResponse {
    let shown = state.catalogue.shown();
    HttpResponse::Ok().json(Models { models: shown.entries().map(Entry::name).collect() })
}

/// A model that is ready, for the clients of both servers.
#[derive(Serialize)]
struct Status<'a> {
    /// KServe's.
    name: &'a str,
    ready: bool,
    /// TensorFlow Serving's.
    model_version_status: Vec<VersionStatus>,
}

#[derive(Serialize)]
struct VersionStatus {
    version: String,
    state: &'static str,
    status: Outcome,
}

#[derive(Serialize)]
struct Outcome {
    error_code: &'static str,
    error_message: String,
}

impl VersionStatus {
    fn new(version: u64, standing: &Standing) -> Self {
        let (state, error_code, error_message) = match standing {
            Standing::Ready(_) => ("AVAILABLE", "OK", String::new()),
            Standing::Idle => ("END", "OK", String::new()),
            Standing::Failed { reason } => ("END", "FAILED_PRECONDITION", reason.clone()),
        };
        Self { version: version.to_string(), state, status: Outcome { error_code, error_message } }
    }
}

/// Whether a model, or one of its versions, answers; 503 when it does not.
async fn model(path: Path<Address>, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let selector = path.selector()?;
    let served = state.catalogue.find(Some(&path.model), selector.as_ref())?;
    if !state.is_ready() {
        return Err(ApiError::NotReady);
    }
    let shown = state.catalogue.shown();
    let versions = shown.entry(&path.model)?.versions().iter();
    let asked = versions.filter(|(version, _)| selector.is_none() || **version == served.version());
    let status = Status {
        name: &path.model,
        ready: true,
        model_version_status: asked
            .map(|(version, standing)| VersionStatus::new(*version, standing))
            .collect(),
    };
    Ok(served.signature().signed(HttpResponse::Ok().json(status)))
}

async fn predict(
    request: HttpRequest,
    path: Path<Address>,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let served = named::find(&request, &state, Some(&path.model), path.selector()?.as_ref())?;
    let answer = async {
        let query = Options::of_query(request.query_string())?;
        let body = body::read(&request, payload, &state.limits).await?;
        reply(body, &served, &state, Manner { query, ..MANNER }).await
    };
    signed(&request, &served, Protocol::KserveV1, answer.await)
}
