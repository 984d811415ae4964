//! The HTTP resources, one file each: handler and wire types.

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, Resource, Route, web};

use crate::error::{ApiError, allow};

mod admin;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod index;
mod kserve_v1;
pub(crate) mod media;
pub(crate) mod metrics;
mod mlflow;
pub(crate) mod model;
pub(crate) mod models;
pub(crate) mod named;
pub(crate) mod open_inference;
pub(crate) mod predict;
mod reply;
pub(crate) mod services;
pub(crate) mod stream;

pub(crate) use admin::configure_admin;

/// Registers every resource.
pub(crate) fn configure(routes: &mut web::ServiceConfig) {
    // Paths are compared in this order, so the one that is asked for most comes first.
    for place in named::PLACES {
        configure_model(routes, place);
    }
    routes
        .configure(open_inference::configure)
        .service(get("/", || web::get().to(index::index), || web::head().to(index::index)))
        .service(get("/health/live", || web::get().to(health::live), || web::head().to(health::live)))
        .service(get("/health/ready", || web::get().to(health::ready), || web::head().to(health::ready)))
        .service(get("/metrics", || web::get().to(metrics::metrics), || web::head().to(metrics::metrics)))
        .service(get("/v1/model", || web::get().to(model::model), || web::head().to(model::model)))
        .service(get("/models", || web::get().to(models::models), || web::head().to(models::models)))
        .service(post("/v1/services/predict", web::post().to(services::predict)))
        .configure(kserve_v1::routes)
        .configure(mlflow::routes)
        .default_service(web::to(async || Err::<HttpResponse, _>(ApiError::NotFound)));
}

/// Registers what every model has at a place of its own.
fn configure_model(routes: &mut web::ServiceConfig, place: &str) {
    let at = |path: &str| format!("{place}{path}");
    routes
        .service(post(&at("/predict"), web::post().to(predict::predict)))
        .service(post(&at("/predict_csv"), web::post().to(csv::predict_csv)))
        .service(get(
            &at("/openapi.json"),
            || web::get().to(docs::document),
            || web::head().to(docs::document),
        ))
        .service(get(&at("/redoc"), || web::get().to(docs::reference), || web::head().to(docs::reference)))
        .service(get(&at("/docs"), || web::get().to(docs::redirect), || web::head().to(docs::redirect)))
        .service(get(&at("/docs/{file:.*}"), || web::get().to(docs::asset), || web::head().to(docs::asset)));
    if !place.is_empty() {
        routes.service(get(place, || web::get().to(model::model), || web::head().to(model::model)));
    }
}

/// A resource to read.
fn get(path: &str, get: impl Fn() -> Route, head: impl Fn() -> Route) -> Resource {
    resource_of(path, &[Method::GET, Method::HEAD, Method::OPTIONS]).route(get()).route(head())
}

/// A resource to post to.
fn post(path: &str, post: Route) -> Resource {
    resource_of(path, &[Method::POST, Method::OPTIONS]).route(post)
}

/// A resource that says which methods it knows when asked, and when another one is tried.
fn resource_of(path: &str, methods: &'static [Method]) -> Resource {
    let options = web::method(Method::OPTIONS)
        .to(async move || HttpResponse::NoContent().insert_header((header::ALLOW, allow(methods))).finish());
    web::resource(path).route(options).default_service(web::to(async move || {
        Err::<HttpResponse, _>(ApiError::MethodNotAllowed { allowed: methods.to_vec() })
    }))
}
