//! The repository extension: which models and versions there are, and which of them are to be served.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Named;
use crate::body;
use crate::catalogue::Standing;
use crate::error::ApiError;
use crate::question::malformed;
use crate::state::AppState;

/// What an index is asked for; an empty body asks for all.
#[derive(Deserialize, Default)]
struct Wanted {
    /// Only those that answer.
    #[serde(default)]
    ready: bool,
}

#[derive(Serialize)]
struct Version<'a> {
    name: &'a str,
    version: String,
    state: &'static str,
    reason: &'a str,
}

/// Lists every version of every model.
pub(super) async fn index(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let body = body::read(&request, payload, &state.limits).await?;
    let wanted = if body.trim_ascii().is_empty() {
        Wanted::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| malformed(&error))?
    };
    let shown = state.catalogue.shown();
    let versions: Vec<_> = shown
        .entries()
        .flat_map(|entry| {
            entry.versions().iter().map(|(version, standing)| (entry.name(), version, standing))
        })
        .map(|(name, version, standing)| {
            let (state, reason) = match standing {
                Standing::Ready(_) => ("READY", ""),
                Standing::Idle => ("UNAVAILABLE", "not asked for"),
                Standing::Failed { reason } => ("UNAVAILABLE", reason.as_str()),
            };
            Version { name, version: version.to_string(), state, reason }
        })
        .filter(|version| !wanted.ready || version.state == "READY")
        .collect();
    Ok(HttpResponse::Ok().json(versions))
}

#[derive(Serialize)]
struct Done {}

/// Loads what the model's policy and aliases ask for. What a body may say of a model's config means nothing here.
pub(super) async fn load(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    state.catalogue.load(&named.model, None).await?;
    Ok(HttpResponse::Ok().json(Done {}))
}

/// Takes a model out of service.
pub(super) async fn unload(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    state.catalogue.unload(&named.model, None).await?;
    Ok(HttpResponse::Ok().json(Done {}))
}
