//! The one place where a request that ended is told of, whatever protocol it spoke.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::traffic::UnderWay;
use super::{Answered, Outcome, Refusal, log};

/// A request that ended.
pub(crate) struct Request<'a> {
    /// The method of HTTP, or what is said in its place.
    pub(crate) method: &'a str,
    /// The path of HTTP, or the service and method of a call.
    pub(crate) path: &'a str,
    /// The status of HTTP, or the one that stands for that of another protocol.
    pub(crate) status: StatusCode,
    /// From the head of the request to the end of the answer, as far as the server knows it.
    pub(crate) elapsed: Duration,
    /// Length of the answer's body; absent when it was not known.
    pub(crate) bytes: Option<u64>,
    /// Why it was refused, when it was.
    pub(crate) refusal: Option<Refusal>,
    /// What the handler told, when a version was found.
    pub(crate) answered: Option<&'a Answered>,
}

/// Tells of a request that ended: a line in the log, its span, and counts.
pub(crate) fn report(request: &Request<'_>, mut under_way: UnderWay) {
    log::line(request, under_way.span().map(|span| span.trace()));
    under_way.answered(request);
    if let Some(answered @ Answered { served, .. }) = request.answered {
        served.counters().count(answered, Outcome::of(request.status), request.elapsed);
    }
}
