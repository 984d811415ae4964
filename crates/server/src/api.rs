//! The HTTP resources, one file each: handler and wire types.

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, Resource, Route, web};

use crate::error::{ApiError, allow};

pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod index;
pub(crate) mod media;
pub(crate) mod metrics;
pub(crate) mod model;
pub(crate) mod open_inference;
pub(crate) mod predict;
mod reply;
pub(crate) mod services;
pub(crate) mod stream;

/// Registers every resource.
pub(crate) fn configure(routes: &mut web::ServiceConfig) {
    routes
        .configure(open_inference::configure)
        .configure(open_inference::configure_repository)
        .service(get("/", || web::get().to(index::index), || web::head().to(index::index)))
        .service(get("/health/live", || web::get().to(health::live), || web::head().to(health::live)))
        .service(get("/health/ready", || web::get().to(health::ready), || web::head().to(health::ready)))
        .service(get("/metrics", || web::get().to(metrics::metrics), || web::head().to(metrics::metrics)))
        .service(get("/v1/model", || web::get().to(model::model), || web::head().to(model::model)))
        .service(get("/openapi.json", || web::get().to(docs::openapi), || web::head().to(docs::openapi)))
        .service(get("/redoc", || web::get().to(docs::reference), || web::head().to(docs::reference)))
        .service(get("/docs", || web::get().to(docs::redirect), || web::head().to(docs::redirect)))
        .service(get("/docs/{file:.*}", || web::get().to(docs::asset), || web::head().to(docs::asset)))
        .service(post("/predict", web::post().to(predict::predict)))
        .service(post("/predict_csv", web::post().to(csv::predict_csv)))
        .service(post("/v1/services/predict", web::post().to(services::predict)))
        .default_service(web::to(async || Err::<HttpResponse, _>(ApiError::NotFound)));
}

/// A resource to read.
fn get(path: &str, get: impl Fn() -> Route, head: impl Fn() -> Route) -> Resource {
    resource(path, &[Method::GET, Method::HEAD, Method::OPTIONS]).route(get()).route(head())
}

/// A resource to post to.
fn post(path: &str, post: Route) -> Resource {
    resource(path, &[Method::POST, Method::OPTIONS]).route(post)
}

/// A resource that says which methods it knows when asked, and when another one is tried.
fn resource(path: &str, methods: &'static [Method]) -> Resource {
    let options = web::method(Method::OPTIONS)
        .to(async move || HttpResponse::NoContent().insert_header((header::ALLOW, allow(methods))).finish());
    web::resource(path).route(options).default_service(web::to(async move || {
        Err::<HttpResponse, _>(ApiError::MethodNotAllowed { allowed: methods.to_vec() })
    }))
}
