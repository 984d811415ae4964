//! The outermost layer of the application over HTTP.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::{FutureExt, TryFutureExt};

use super::streamed::{Watch, Watched};
use super::{Answered, Dress, Refusal, Request, Streamed, report};
use crate::body::Remainder;
use crate::error::{ApiError, Dialect};
use crate::request_id::{self, RequestId};
use crate::state::AppState;

/// Gives every request its id, every answer the same headers, every error its JSON, and tells of each. A panic in a
/// handler becomes an error; the server lives on.
pub(crate) async fn observe(
    state: Rc<Data<AppState>>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let remainder = Remainder::of(&mut request);
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let path = request.path().to_owned();
    let dialect = Dialect::of(&path);
    // An answer of the protocol has this id where the caller sent none. Versions share the requests by their ids.
    if dialect == Dialect::OpenInference || state.catalogue.has_traffic() {
        request.extensions_mut().insert(id);
    }

    let under_way = state.traffic.enter();
    let mut under_way = under_way.traced(|name| request.headers().get(name)?.to_str().ok());
    let outcome = match state.guard.admit(&request) {
        Err(error) => Ok(Ok(request.error_response(error))),
        Ok(()) => {
            let answer = pin!(next.call(request).map_ok(ServiceResponse::map_into_boxed_body));
            AssertUnwindSafe(request_id::during(id, answer)).catch_unwind().await
        }
    };
    let dress = Dress::new(id, &state.security);
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
            let mut response = finished(response, dialect, &dress);
            if let Some(span) = under_way.span() {
                span.route = response.request().match_pattern();
            }
            if response.response().body().size() == BodySize::Stream {
                let streamed = response.response_mut().extensions_mut().remove::<Streamed>();
                if let Some(streamed) = streamed {
                    let under_way = Some(under_way);
                    let watch = Watch { method, path, started, streamed, bytes: 0, under_way, id };
                    let response = response.map_body(|_, body| Watched { body, watch }.boxed());
                    return Ok(match remainder {
                        Some(remainder) => remainder.stay_with(response),
                        None => response,
                    });
                }
            }
            let (ours, theirs) = (response.response().extensions(), response.request().extensions());
            let answered = ours.get::<Answered>().or_else(|| theirs.get());
            let bytes = length(response.response().body());
            report(&Request { bytes, refusal, answered, ..told(response.status()) }, under_way);
            drop((ours, theirs));
            Ok(match remainder {
                Some(remainder) => remainder.stay_with(response),
                None => response,
            })
        }
        Ok(Err(error)) => {
            let status = error.as_response_error().status_code();
            tracing::error!(reason = %error, "the request failed below its handler");
            report(&told(status), under_way);
            Err(Failure { error: ApiError::Http { status }, dialect, dress }.into())
        }
        Err(panic) => {
            let error = panicked(&*panic);
            report(&told(StatusCode::INTERNAL_SERVER_ERROR), under_way);
            Err(Failure { error, dialect, dress }.into())
        }
    }
}

/// Bytes of an answer's body; nothing for a stream.
pub(crate) fn length(body: &BoxBody) -> Option<u64> {
    match body.size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    }
}

/// Puts the id and the common headers on an answer; gives an error its JSON.
fn finished(response: ServiceResponse, dialect: Dialect, dress: &Dress) -> ServiceResponse {
    let id = &dress.id;
    let problem = response.response().error().map(|error| match error.as_error::<ApiError>() {
        Some(error) => error.told_answer(dialect, id.as_str()),
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
        None => response,
    };
    dress.put_on(response.headers_mut());
    response
}

/// What is answered when a handler panicked; the log is told of it.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> ApiError {
    let message = panic_message(panic);
    tracing::error!(reason = %message, "a handler panicked");
    ApiError::Internal { reason: format!("panic: {message}") }
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
    dress: Dress,
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
        let mut response = self.error.answer(self.dialect, self.dress.id.as_str());
        self.dress.put_on(response.headers_mut());
        response
    }
}
