//! `GET /health/live` and `GET /health/ready`, for whatever watches over the server.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::Trouble;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// State of the server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `live` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// What is not as it was asked for, such as an artifact that cannot be loaded while an older version answers; absent
    /// when all is well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    troubles: Vec<Trouble>,
}

/// Whether the server runs
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "service",
    operation_id = "live",
    responses((status = 200, description = "The server runs", body = Health))
)]
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "live", troubles: Vec::new() })
}

/// Whether the server takes requests
///
/// It does while any version of any model answers, and does not from the moment it is told to stop.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "service",
    operation_id = "ready",
    responses(
        (status = 200, description = "The server takes requests", body = Health),
        (status = 503, description = "The server is stopping, or no model is loaded; the detail says why", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if !state.is_ready() {
        return Err(ApiError::NotReady);
    }
    let shown = state.catalogue.shown();
    if !shown.answers() {
        return Err(shown.why_not());
    }
    Ok(HttpResponse::Ok().json(Health { status: "ready", troubles: shown.troubles().to_vec() }))
}
