//! Serves one trained model as a typed, documented HTTP API.
//!
//! [`service`] builds what answers from a state; the program and the tests both call it. Handlers know the model by the
//! trait [`model_core::Model`] alone; [`loading`] is the one module that knows which kind of model an artifact holds.

use std::rc::Rc;

use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Response, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compat, Condition, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error};

use lane::WithLane;

pub mod args;
pub mod catalogue;
pub mod error;
pub mod fault;
pub mod following;
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
pub mod watch;

mod answer;
mod api;
mod body;
mod burst;
mod lane;
mod lines;
mod openapi;
mod options;
mod pack;
mod pages;
mod playground;
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

/// What answers on a state that all workers share: what everybody may meet, and what [`admin_app`] has when the settings
/// put it on the same address.
pub fn service(state: Data<state::AppState>) -> impl Service {
    with_lane(state, Face::Main)
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

/// The application of one address.
pub(crate) fn application(state: Data<state::AppState>, face: Face) -> App<impl Application> {
    let everything = state.security.admin_on_main();
    let browsers = (face == Face::Main).then(|| state.security.origins().layer()).flatten();
    let observed = Rc::new(state.clone());
    let with_browsers = browsers.is_some();
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
        .wrap(from_fn(move |request, next| telemetry::observe(Rc::clone(&observed), request, next)))
        .wrap(Compat::new(Condition::new(with_browsers, browsers.unwrap_or_default())))
        // Outside, because that layer answers by itself, too.
        .wrap(Compat::new(Condition::new(with_browsers, from_fn(body::hold))))
}

/// The application of one address behind its lane.
pub(crate) fn with_lane(state: Data<state::AppState>, face: Face) -> impl Service {
    WithLane::new(application(state.clone(), face), face, state)
}

/// What the framework asks of what stands at an address.
pub trait Service:
    ServiceFactory<Request, Config = AppConfig, Response = Response<BoxBody>, Error = Error, InitError = ()>
{
}

impl<T> Service for T where
    T: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = Response<BoxBody>,
            Error = Error,
            InitError = (),
        >
{
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
