//! The admin API: what an operator changes while the server runs. It is bound to an address of its own.
//!
//! Every order is done off the workers, and answered when all requests see the change, with all models as they then stand.

use actix_web::web::{self, Data, Json, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use model_core::encoding::shortened;
use registry::{Author, host_name};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::models::Models;
use super::{post, resource_of};
use crate::body;
use crate::catalogue::WrittenTraffic;
use crate::error::ApiError;
use crate::fault::Fault;
use crate::question::malformed;
use crate::security::Access::{Needs, Signed};
use crate::security::Scope::{Admin, Metadata, Metrics};
use crate::state::AppState;

/// Most bytes of an order.
const LONGEST_ORDER: usize = 64 * 1024;

/// Most characters of a reason in the trail.
const LONGEST_REASON: usize = 2000;

/// Registers the routes of the admin API.
pub(crate) fn configure_admin(routes: &mut web::ServiceConfig) {
    use actix_web::http::Method;
    const ALIAS: &[Method] = &[Method::PUT, Method::DELETE, Method::OPTIONS];
    const TRAFFIC: &[Method] = &[Method::PUT, Method::OPTIONS];
    routes
        .configure(super::open_inference::configure_repository)
        .service(super::get(
            "/metrics",
            Needs(Metrics),
            || web::get().to(super::metrics::metrics),
            || web::head().to(super::metrics::metrics),
        ))
        .service(super::get(
            "/models",
            Needs(Metadata),
            || web::get().to(super::models::models),
            || web::head().to(super::models::models),
        ))
        .service(post("/admin/registry/webhook", Signed, web::post().to(super::webhook::told)))
        .service(post("/admin/models/reload", Needs(Admin), web::post().to(reload)))
        .service(post("/admin/models/{model}/load", Needs(Admin), web::post().to(load)))
        .service(post("/admin/models/{model}/unload", Needs(Admin), web::post().to(unload)))
        .service(post("/admin/models/{model}/versions/{version}/load", Needs(Admin), web::post().to(load)))
        .service(post(
            "/admin/models/{model}/versions/{version}/unload",
            Needs(Admin),
            web::post().to(unload),
        ))
        .service(resource_of(
            "/admin/models/{model}/aliases/{alias}",
            Needs(Admin),
            ALIAS,
            [web::put().to(set_alias), web::delete().to(remove_alias)],
        ))
        .service(resource_of(
            "/admin/models/{model}/traffic",
            Needs(Admin),
            TRAFFIC,
            [web::put().to(set_traffic)],
        ));
}

/// `POST /admin/models/reload`
async fn reload(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    state.catalogue.reload().await?;
    Ok(standing(&state))
}

/// `POST /admin/models/{model}[/versions/{version}]/load`
async fn load(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let (model, version) = named(&request)?;
    state.catalogue.load(model, version).await?;
    Ok(standing(&state))
}

/// `POST /admin/models/{model}[/versions/{version}]/unload`
async fn unload(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let (model, version) = named(&request)?;
    state.catalogue.unload(model, version).await?;
    Ok(standing(&state))
}

/// What an alias is to mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meaning {
    version: u64,
    /// Why, for the trail.
    reason: Option<String>,
}

/// Why something is taken away, for the trail.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: Option<String>,
}

/// `PUT /admin/models/{model}/aliases/{alias}`
async fn set_alias(
    request: HttpRequest,
    payload: Payload,
    alias: Path<(String, String)>,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let Meaning { version, reason } = order(&request, payload, &state).await?;
    let (model, alias) = alias.into_inner();
    state.catalogue.set_alias(&model, &alias, version, author(&request, &state, reason)).await?;
    Ok(standing(&state))
}

/// `DELETE /admin/models/{model}/aliases/{alias}`
async fn remove_alias(
    request: HttpRequest,
    payload: Payload,
    alias: Path<(String, String)>,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let body = body::read(&request, payload, &state.limits).await?;
    let Reason { reason } = if body.is_empty() { Reason::default() } else { parsed(&body)? };
    let (model, alias) = alias.into_inner();
    state.catalogue.remove_alias(&model, &alias, author(&request, &state, reason)).await?;
    Ok(standing(&state))
}

/// `PUT /admin/models/{model}/traffic`
async fn set_traffic(
    request: HttpRequest,
    payload: Payload,
    model: Path<String>,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let traffic: WrittenTraffic = order(&request, payload, &state).await?;
    state.catalogue.set_traffic(&model, traffic, author(&request, &state, None)).await?;
    Ok(standing(&state))
}

/// Who orders, as far as the server knows, and why.
fn author(request: &HttpRequest, state: &AppState, reason: Option<String>) -> Author {
    let reason = reason.map(|reason| reason.chars().take(LONGEST_REASON).collect());
    Author {
        by: format!("{} (admin API)", state.security.name_of(request.head())),
        host: host_name(),
        reason,
    }
}

fn standing(state: &AppState) -> HttpResponse {
    HttpResponse::Ok().json(Json(Models::of(&state.catalogue.shown())))
}

fn named(request: &HttpRequest) -> Result<(&str, Option<u64>), ApiError> {
    let named = request.match_info();
    let model = named.get("model").ok_or(ApiError::NotFound)?;
    let Some(version) = named.get("version") else { return Ok((model, None)) };
    let number = version.parse().map_err(|_| {
        let fault =
            Fault::new("version", "not of the right type", "the number of a version", shortened(version));
        ApiError::Invalid { faults: fault.into() }
    })?;
    Ok((model, Some(number)))
}

/// An order in JSON.
async fn order<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
) -> Result<T, ApiError> {
    let body = body::read(request, payload, &state.limits).await?;
    if body.is_empty() {
        return Err(ApiError::EmptyBody);
    }
    parsed(&body)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if body.len() > LONGEST_ORDER {
        return Err(ApiError::TooLarge { limit: LONGEST_ORDER });
    }
    serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => {
            let fault =
                Fault::new("body", "not of the right form", "an order as documented", error.to_string());
            ApiError::Invalid { faults: fault.into() }
        }
        false => malformed(&error),
    })
}
