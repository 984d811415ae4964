//! The outermost layer of the application over HTTP.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::FutureExt;

use super::streamed::{Watch, Watched};
use super::{Answered, Refusal, Request, Streamed, Traffic, report};
use crate::error::{ApiError, Dialect};
use crate::request_id::{self, REQUEST_ID_HEADER, RequestId};
use crate::state::AppState;

/// Gives every request its id, every answer the same headers, every error its JSON, and tells of each. A panic in a
/// handler becomes an error; the server lives on.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let path = request.path().to_owned();
    let dialect = Dialect::of(&path);
    let state = request.app_data::<Data<AppState>>();
    // An answer of the protocol has this id where the caller sent none. Versions share the requests by their ids.
    if dialect == Dialect::OpenInference || state.is_some_and(|state| state.catalogue.has_traffic()) {
        request.extensions_mut().insert(id);
    }

    let under_way = state.map_or_else(|| Arc::new(Traffic::default()).enter(), |state| state.traffic.enter());
    let mut under_way = under_way.traced(|name| request.headers().get(name)?.to_str().ok());
    let refused = state.and_then(|state| state.guard.admit(&request).err());
    let outcome = match refused {
        Some(error) => Ok(Ok(request.error_response(error))),
        None => AssertUnwindSafe(request_id::during(id, next.call(request)))
            .catch_unwind()
            .await
            .map(|answer| answer.map(ServiceResponse::map_into_boxed_body)),
    };
    let told = |status| Request {
        method: method.as_str(),
        path: &path,
        status,
        elapsed: started.elapsed(),
        bytes: None,
        refusal: None,
        answered: None,
    };
    let _at_work = request_id::enter(Some(id));
    match outcome {
        Ok(Ok(response)) => {
            let refusal = response.response().error().and_then(|error| Refusal::of(error.as_error()?));
            let mut response = finished(response, dialect, &id);
            if let Some(span) = under_way.span() {
                span.route = response.request().match_pattern();
            }
            if response.response().body().size() == BodySize::Stream {
                let streamed = response.response_mut().extensions_mut().remove::<Streamed>();
                if let Some(streamed) = streamed {
                    let under_way = Some(under_way);
                    let watch = Watch { method, path, started, streamed, bytes: 0, under_way, id };
                    return Ok(response.map_body(|_, body| Watched { body, watch }.boxed()));
                }
            }
            let (ours, theirs) = (response.response().extensions(), response.request().extensions());
            let answered = ours.get::<Answered>().or_else(|| theirs.get());
            let bytes = length(&response);
            report(&Request { bytes, refusal, answered, ..told(response.status()) }, under_way);
            drop((ours, theirs));
            Ok(response)
        }
        Ok(Err(error)) => {
            let status = error.as_response_error().status_code();
            tracing::error!(reason = %error, "the request failed below its handler");
            report(&told(status), under_way);
            Err(Failure { error: ApiError::Http { status }, dialect, id }.into())
        }
        Err(panic) => {
            let error = ApiError::Internal { reason: format!("panic: {}", panic_message(&*panic)) };
            tracing::error!(reason = %panic_message(&*panic), "a handler panicked");
            report(&told(StatusCode::INTERNAL_SERVER_ERROR), under_way);
            Err(Failure { error, dialect, id }.into())
        }
    }
}

fn length(response: &ServiceResponse<BoxBody>) -> Option<u64> {
    match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    }
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
            if let Some(answered) = request.extensions().get::<Answered>() {
                answered.served.signature().sign(problem.headers_mut());
            }
            ServiceResponse::new(request, problem)
        }
        None => response.map_into_boxed_body(),
    };
    dress(response.headers_mut(), id);
    response
}

/// The headers of every answer, made once.
static HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
];

/// Puts the headers of every answer on one.
fn dress(headers: &mut HeaderMap, id: &RequestId) {
    static ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);
    if let Some(id) = id.header_value() {
        headers.insert(ID.clone(), id);
    }
    for (name, value) in &HEADERS {
        headers.insert(name.clone(), value.clone());
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
    fn status_code(&self) -> StatusCode {
        self.dialect.status(actix_web::ResponseError::status_code(&self.error))
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        let mut response = self.error.answer(self.dialect, self.id.as_str());
        dress(response.headers_mut(), &self.id);
        response
    }
}
