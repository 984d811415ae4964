//! The Open Inference Protocol (V2) over HTTP, with its extensions for binary tensors, repository and statistics.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};

use super::{get, post};
use crate::catalogue::Selector;
use crate::error::ApiError;
use crate::security::Access::{Needs, Open};
use crate::security::Scope::{Admin, Metadata, Predict};
use crate::state::AppState;

mod infer;
mod input;
mod models;
mod repository;
mod request;
mod response;
mod statistics;

pub(crate) use models::{PLATFORM, ready_versions};
#[cfg(any(test, fuzzing))]
pub(crate) use request::Request;

/// Header that says how many bytes of a body are JSON, where raw tensors follow.
const HEADER_LENGTH: &str = "inference-header-content-length";

/// Registers the routes for everyone who may ask for predictions.
pub(crate) fn configure(routes: &mut web::ServiceConfig) {
    for root in ["/v2", "/v2/"] {
        routes.service(get(root, Needs(Metadata), || web::get().to(server), || web::head().to(server)));
    }
    routes
        .service(get("/v2/health/live", Open, || web::get().to(live), || web::head().to(live)))
        .service(get("/v2/health/ready", Open, || web::get().to(ready), || web::head().to(ready)))
        .service(post("/v2/repository/index", Needs(Metadata), web::post().to(repository::index)))
        .service(get(
            "/v2/models/stats",
            Needs(Metadata),
            || web::get().to(statistics::of_all),
            || web::head().to(statistics::of_all),
        ));
    for model in ["/v2/models/{model}", "/v2/models/{model}/versions/{version}"] {
        let under = |path: &str| format!("{model}{path}");
        routes
            .service(get(
                model,
                Needs(Metadata),
                || web::get().to(models::metadata),
                || web::head().to(models::metadata),
            ))
            .service(get(
                &under("/ready"),
                Needs(Metadata),
                || web::get().to(models::ready),
                || web::head().to(models::ready),
            ))
            .service(get(
                &under("/stats"),
                Needs(Metadata),
                || web::get().to(statistics::of_model),
                || web::head().to(statistics::of_model),
            ))
            .service(post(&under("/infer"), Needs(Predict), web::post().to(infer::infer)));
    }
}

/// Registers the repository, with the routes that change what is served.
pub(crate) fn configure_repository(routes: &mut web::ServiceConfig) {
    routes
        .service(post("/v2/repository/index", Needs(Metadata), web::post().to(repository::index)))
        .service(post("/v2/repository/models/{model}/load", Needs(Admin), web::post().to(repository::load)))
        .service(post(
            "/v2/repository/models/{model}/unload",
            Needs(Admin),
            web::post().to(repository::unload),
        ));
}

/// The model that an address names, and its version or alias.
#[derive(Deserialize)]
struct Named {
    model: String,
    version: Option<String>,
}

impl Named {
    fn selector(&self) -> Option<Selector> {
        self.version.as_deref().map(Selector::of)
    }
}

/// Who answers here.
#[derive(Serialize)]
struct Server {
    name: &'static str,
    version: &'static str,
    extensions: &'static [&'static str],
}

/// Name of the server, in every form of the protocol.
pub(crate) const SERVER: &str = "canopy";
/// Version of the server.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Extensions that are spoken here.
pub(crate) const EXTENSIONS: &[&str] = &["binary_tensor_data", "model_repository", "statistics"];

async fn server() -> HttpResponse {
    HttpResponse::Ok().json(Server { name: SERVER, version: VERSION, extensions: EXTENSIONS })
}

#[derive(Serialize)]
struct Live {
    live: bool,
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Live { live: true })
}

#[derive(Serialize)]
struct Ready {
    live: bool,
    ready: bool,
}

async fn ready(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if state.is_ready() {
        Ok(HttpResponse::Ok().json(Ready { live: true, ready: true }))
    } else {
        Err(ApiError::NotReady)
    }
}
