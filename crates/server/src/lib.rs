//! Serves one trained model as a typed, documented HTTP API.
//!
//! [`app`] builds the application from a state; the program and the tests both call it. Handlers know the model by the
//! trait [`model_core::Model`] alone; [`loading`] is the one module that knows which kind of model an artifact holds.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, Error};

pub mod args;
pub mod catalogue;
pub mod error;
pub mod fault;
pub mod guard;
pub mod health_check;
pub mod loading;
pub mod request_id;
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

#[cfg(test)]
#[path = "../tests/it/stubs.rs"]
#[allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "models for tests, as the tests of the API use them"
)]
mod stubs;

/// The application on a state that all workers share.
pub fn app(
    state: Data<state::AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().app_data(state).configure(api::configure).wrap(from_fn(telemetry::observe))
}

/// The admin API on the same state, to be bound to an address of its own.
pub fn admin_app(
    state: Data<state::AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().app_data(state).configure(api::configure_admin).wrap(from_fn(telemetry::observe))
}
