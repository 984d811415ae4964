//! The HTTP resources, one file each: handler and wire types.

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::{Error, HttpResponse, Resource, Route, web};

use crate::error::{ApiError, allow};
use crate::playground;
use crate::security::Access::{self, Front, Needs, Open, Page};
use crate::security::Gate;
use crate::security::Scope::{Metadata, Predict};

mod admin;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod drift;
pub(crate) mod health;
pub(crate) mod index;
pub(crate) mod kserve_v1;
pub(crate) mod media;
pub(crate) mod metrics;
pub(crate) mod mlflow;
pub(crate) mod model;
pub(crate) mod models;
pub(crate) mod named;
mod nan;
pub(crate) mod open_inference;
pub(crate) mod predict;
pub(crate) mod reply;
pub(crate) mod services;
pub(crate) mod stream;
mod webhook;
pub(crate) mod work;

pub(crate) use admin::configure_admin;

/// Registers the resources for everybody. What each needs of its callers stands where it is registered and nowhere else.
pub(crate) fn configure(routes: &mut web::ServiceConfig) {
    // Paths are compared in this order, so the one that is asked for most comes first.
    for place in named::PLACES {
        configure_model(routes, place);
    }
    configure_health(routes);
    routes
        .configure(open_inference::configure)
        .service(get("/", Front(Metadata), || web::get().to(index::index), || web::head().to(index::index)))
        .service(get(
            playground::PLACE,
            Page,
            || web::get().to(index::asset),
            || web::head().to(index::asset),
        ))
        .service(get(
            "/v1/model",
            Needs(Metadata),
            || web::get().to(model::model),
            || web::head().to(model::model),
        ))
        .service(get(
            "/models",
            Needs(Metadata),
            || web::get().to(models::models),
            || web::head().to(models::models),
        ))
        .service(post("/v1/services/predict", Needs(Predict), web::post().to(services::predict)))
        .service(get(
            "/v1/models/{model}/drift",
            Needs(Metadata),
            || web::get().to(drift::drift),
            || web::head().to(drift::drift),
        ))
        .service(get(
            "/v1/models/{model}/versions/{version}/drift",
            Needs(Metadata),
            || web::get().to(drift::drift),
            || web::head().to(drift::drift),
        ))
        .configure(kserve_v1::routes)
        .configure(mlflow::routes);
}

/// Registers what every model has at a place of its own.
fn configure_model(routes: &mut web::ServiceConfig, place: &str) {
    let at = |path: &str| format!("{place}{path}");
    routes
        .service(post(&at("/predict"), Needs(Predict), web::post().to(predict::predict)))
        .service(post(&at("/predict_csv"), Needs(Predict), web::post().to(csv::predict_csv)))
        .service(get(
            &at("/openapi.json"),
            Needs(Metadata),
            || web::get().to(docs::document),
            || web::head().to(docs::document),
        ))
        .service(get(
            &at("/redoc"),
            Needs(Metadata),
            || web::get().to(docs::reference),
            || web::head().to(docs::reference),
        ))
        .service(get(
            &at("/docs"),
            Needs(Metadata),
            || web::get().to(docs::redirect),
            || web::head().to(docs::redirect),
        ))
        .service(get(
            &at("/docs/{file:.*}"),
            Needs(Metadata),
            || web::get().to(docs::asset),
            || web::head().to(docs::asset),
        ));
    if !place.is_empty() {
        routes.service(get(
            place,
            Needs(Metadata),
            || web::get().to(model::model),
            || web::head().to(model::model),
        ));
    }
}

/// Registers the probes, which every address of the server has.
pub(crate) fn configure_health(routes: &mut web::ServiceConfig) {
    routes
        .service(get("/health/live", Open, || web::get().to(health::live), || web::head().to(health::live)))
        .service(get(
            "/health/ready",
            Open,
            || web::get().to(health::ready),
            || web::head().to(health::ready),
        ));
}

/// The answer to a path that nobody registered.
pub(crate) async fn nowhere() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}

/// A resource to read.
fn get<G: Fn() -> Route, H: Fn() -> Route>(
    path: &str,
    access: Access,
    get: G,
    head: H,
) -> Resource<impl Endpoint + use<G, H>> {
    resource_of(path, access, &[Method::GET, Method::HEAD, Method::OPTIONS], [get(), head()])
}

/// A resource to post to.
fn post(path: &str, access: Access, post: Route) -> Resource<impl Endpoint + use<>> {
    resource_of(path, access, &[Method::POST, Method::OPTIONS], [post])
}

/// A resource behind its gate, that says which methods it knows when asked, and when another one is tried. Every resource
/// is made here, so that none is without a gate. Routes are compared in their order, and the question for the methods last.
pub(crate) fn resource_of<const N: usize>(
    path: &str,
    access: Access,
    methods: &'static [Method],
    routes: [Route; N],
) -> Resource<impl Endpoint + use<N>> {
    let options = web::method(Method::OPTIONS)
        .to(async move || HttpResponse::NoContent().insert_header((header::ALLOW, allow(methods))).finish());
    let resource = routes.into_iter().fold(web::resource(path), Resource::route);
    resource.route(options).wrap(Gate(access)).default_service(web::to(async move || {
        Err::<HttpResponse, _>(ApiError::MethodNotAllowed { allowed: methods.to_vec() })
    }))
}

/// What the framework asks of a resource with a layer around it.
pub(crate) trait Endpoint:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
{
}

impl<T> Endpoint for T where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
{
}
