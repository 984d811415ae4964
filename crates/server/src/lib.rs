//! Serves one trained model as a typed, documented HTTP API.
//!
//! [`app`] builds the application from a state; the program and the tests both call it. Handlers know the model by the
//! trait [`model_core::Model`] alone; [`loading`] is the one module that knows which kind of model an artifact holds.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compat, Condition, DefaultHeaders, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error};

pub mod args;
pub mod catalogue;
pub mod error;
pub mod fault;
pub mod grpc;
pub mod guard;
pub mod health_check;
pub mod loading;
pub mod request_id;
pub mod security;
pub mod serve;
pub mod settings;
pub mod state;
pub mod telemetry;

mod answer;
mod api;
mod body;
mod lines;
mod openapi;
mod options;
mod pack;
mod pages;
mod question;
mod tensor;
mod unpack;

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzed;

#[cfg(any(test, fuzzing))]
#[path = "../tests/it/stubs.rs"]
#[allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "models for tests, as the tests of the API use them"
)]
mod stubs;

/// The application on a state that all workers share: what everybody may meet, and what [`admin_app`] has when the
/// settings put it on the same address.
pub fn app(state: Data<state::AppState>) -> App<impl Application> {
    application(state, Face::Main)
}

/// The application for those who run the server, which has an address of its own.
pub fn admin_app(state: Data<state::AppState>) -> App<impl Application> {
    application(state, Face::Admin)
}

/// Which of the server's addresses an application stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Main,
    Admin,
}

/// Under encryption, browsers are told to come back encrypted, for a year.
const STRICT_TRANSPORT: (&str, &str) = ("strict-transport-security", "max-age=31536000");

/// What was answered to the holder of a key is not for a cache, which others may ask without one.
const NOT_STORED: (&str, &str) = ("cache-control", "no-store");

/// The application of one address.
pub(crate) fn application(state: Data<state::AppState>, face: Face) -> App<impl Application> {
    let everything = state.security.admin_on_main();
    let browsers = (face == Face::Main).then(|| state.security.origins().layer()).flatten();
    let (encrypted, with_keys) = (state.security.tls().is_some(), state.security.has_keys());
    App::new()
        .app_data(state)
        .configure(match face {
            Face::Main => api::configure,
            Face::Admin => api::configure_health,
        })
        .configure(match face {
            Face::Main if !everything => |_: &mut ServiceConfig| {},
            Face::Main | Face::Admin => api::configure_admin,
        })
        .default_service(web::to(api::nowhere))
        .wrap(from_fn(telemetry::observe))
        // Outside, because errors get their headers there.
        .wrap(Condition::new(encrypted, DefaultHeaders::new().add(STRICT_TRANSPORT)))
        .wrap(Condition::new(with_keys, DefaultHeaders::new().add(NOT_STORED)))
        .wrap(Compat::new(Condition::new(browsers.is_some(), browsers.unwrap_or_default())))
}

/// What the framework asks of an application.
pub trait Application:
    ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >
{
}

impl<T> Application for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        >
{
}
