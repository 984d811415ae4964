//! What the server tells of its work: one log line for each request, an id on every answer, and no silent panic.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::FutureExt;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use crate::error::{ApiError, Dialect};
use crate::request_id::{REQUEST_ID_HEADER, RequestId};
use crate::state::{AppState, Served, Signature};

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts the log on standard error. `level` is a level, or a filter such as `info,actix_server=warn`.
///
/// # Errors
/// When the level is no filter.
pub fn start_log(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| anyhow::anyhow!("--log-level (LOG_LEVEL) {level:?} is no level: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}

/// What a handler tells of an answer, by the extensions of the response. The log has nothing else of a question.
pub(crate) struct Answered {
    /// The version that answered.
    pub(crate) served: Arc<Served>,
    /// The API that was spoken.
    pub(crate) protocol: &'static str,
    /// Rows that were answered.
    pub(crate) rows: usize,
    /// Values outside the training range.
    pub(crate) warnings: usize,
}

/// The outermost layer of the application: gives every request its id, every answer the same headers, every error its
/// JSON, and the log its line. A panic in a handler becomes an error; the server lives on.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let path = request.path().to_owned();
    let dialect = Dialect::of(&path);
    if dialect == Dialect::OpenInference {
        // An answer without an id of the caller's own has this one.
        request.extensions_mut().insert(id.clone());
    }
    let span = tracing::info_span!("request", id = id.as_str());

    let refused = request.app_data::<Data<AppState>>().and_then(|state| state.guard.admit(&request).err());
    let outcome = match refused {
        Some(error) => Ok(Ok(request.error_response(error))),
        None => AssertUnwindSafe(next.call(request).instrument(span.clone()))
            .catch_unwind()
            .await
            .map(|answer| answer.map(ServiceResponse::map_into_boxed_body)),
    };
    let _entered = span.enter();
    let elapsed = started.elapsed();
    match outcome {
        Ok(Ok(response)) => {
            let response = finished(response, dialect, &id);
            log_response(&method, &path, &response, elapsed);
            Ok(response)
        }
        Ok(Err(error)) => {
            let status = error.as_response_error().status_code();
            tracing::error!(reason = %error, "the request failed below its handler");
            log(&method, &path, status.as_u16(), elapsed);
            Err(Failure { error: ApiError::Http { status }, dialect, id }.into())
        }
        Err(panic) => {
            let error = ApiError::Internal { reason: format!("panic: {}", panic_message(&*panic)) };
            tracing::error!(reason = %panic_message(&*panic), "a handler panicked");
            log(&method, &path, 500, elapsed);
            Err(Failure { error, dialect, id }.into())
        }
    }
}

fn log(method: &actix_web::http::Method, path: &str, status: u16, elapsed: Duration) {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    tracing::info!(%method, path, status, milliseconds, "answered");
}

/// The line of an answer, with what its handler told.
fn log_response(
    method: &actix_web::http::Method,
    path: &str,
    response: &ServiceResponse<BoxBody>,
    elapsed: Duration,
) {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    let status = response.status().as_u16();
    let bytes = match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    };
    let extensions = response.response().extensions();
    let Some(answered) = extensions.get::<Answered>() else {
        return tracing::info!(%method, path, status, milliseconds, bytes, "answered");
    };
    let Answered { served, protocol, rows, warnings } = answered;
    tracing::info!(
        %method,
        path,
        status,
        milliseconds,
        bytes,
        model = served.name(),
        version = served.version(),
        protocol,
        rows,
        warnings,
        "answered"
    );
}

/// Puts the id and the common headers on an answer; gives an error its JSON.
fn finished(
    response: ServiceResponse<impl MessageBody + 'static>,
    dialect: Dialect,
    id: &RequestId,
) -> ServiceResponse<BoxBody> {
    let problem = response.response().error().map(|error| match error.as_error::<ApiError>() {
        Some(error) => {
            if let ApiError::Internal { reason } = error {
                tracing::error!(%reason, "the server failed");
            }
            error.answer(dialect, id.as_str())
        }
        None => {
            let status = error.as_response_error().status_code();
            ApiError::Http { status }.answer(dialect, id.as_str())
        }
    });
    let mut response = match problem {
        Some(mut problem) => {
            let request = response.into_parts().0;
            if let Some(signature) = request.extensions().get::<Signature>() {
                signature.sign(problem.headers_mut());
            }
            ServiceResponse::new(request, problem)
        }
        None => response.map_into_boxed_body(),
    };
    dress(response.headers_mut(), id);
    response
}

/// The headers of every answer.
fn dress(headers: &mut HeaderMap, id: &RequestId) {
    if let Some(id) = id.header_value() {
        headers.insert(HeaderName::from_static(REQUEST_ID_HEADER), id);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// What a panic says.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// An error that left the application without a response of its own.
#[derive(Debug)]
struct Failure {
    error: ApiError,
    dialect: Dialect,
    id: RequestId,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.dialect.status(actix_web::ResponseError::status_code(&self.error))
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        let mut response = self.error.answer(self.dialect, self.id.as_str());
        dress(response.headers_mut(), &self.id);
        response
    }
}
