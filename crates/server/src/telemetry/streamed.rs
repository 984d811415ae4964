//! An answer that goes on after its head: it is told of when it ends, with all that was answered by then.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::traffic::UnderWay;
use super::{Answered, Phases, Protocol, Request, report};
use crate::request_id::{RequestId, of_work};
use crate::state::Served;

/// What a handler tells of such an answer, by the extensions of its response.
pub(crate) struct Streamed {
    /// The version that answers.
    pub(crate) served: Arc<Served>,
    /// The API that is spoken.
    pub(crate) protocol: Protocol,
    /// How far it is.
    pub(crate) progress: Arc<Progress>,
}

/// How far an answer is.
#[derive(Default)]
pub(crate) struct Progress {
    rows: AtomicUsize,
    warnings: AtomicUsize,
    /// Nanoseconds of each phase of all answers so far.
    phases: [AtomicU64; 4],
    /// The status of the end; zero until then.
    end: AtomicU16,
}

impl Progress {
    /// So many more rows were answered, with so many values outside the training range, in so much time.
    pub(crate) fn answered(&self, rows: usize, warnings: usize, phases: &Phases) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.warnings.fetch_add(warnings, Ordering::Relaxed);
        for (sum, time) in self.phases.iter().zip(phases.times()) {
            sum.fetch_add(*time, Ordering::Relaxed);
        }
    }

    /// The answer ends as one of this status would have.
    pub(crate) fn end(&self, status: StatusCode) {
        self.end.store(status.as_u16(), Ordering::Relaxed);
    }

    /// The answer ends with the question, unless it ended before.
    pub(crate) fn end_well(&self) {
        // Nobody else ends it meanwhile.
        if self.end.load(Ordering::Relaxed) == 0 {
            self.end(StatusCode::OK);
        }
    }

    fn status(&self) -> StatusCode {
        // By the number that proxies write to their logs when a caller hangs up.
        let hung_up = StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST);
        StatusCode::from_u16(self.end.load(Ordering::Relaxed)).unwrap_or(hung_up)
    }
}

/// The body of such an answer.
pub(super) struct Watched {
    pub(super) body: BoxBody,
    pub(super) watch: Watch,
}

/// What is told when the body ends, or is given up.
pub(super) struct Watch {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) started: Instant,
    pub(super) streamed: Streamed,
    /// Bytes that were sent.
    pub(super) bytes: u64,
    pub(super) under_way: Option<UnderWay>,
    pub(super) id: RequestId,
}

impl MessageBody for Watched {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let id = Some(self.watch.id);
        let next = of_work(id, || Pin::new(&mut self.body).poll_next(context));
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            self.watch.bytes += bytes.len() as u64;
        }
        next
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(under_way) = self.under_way.take() else { return };
        let Streamed { served, protocol, progress } = &self.streamed;
        let answered = Answered {
            served: Arc::clone(served),
            protocol: *protocol,
            rows: progress.rows.load(Ordering::Relaxed),
            warnings: progress.warnings.load(Ordering::Relaxed),
            phases: Phases::of(std::array::from_fn(|phase| progress.phases[phase].load(Ordering::Relaxed))),
        };
        let request = Request {
            method: self.method.as_str(),
            path: &self.path,
            status: progress.status(),
            elapsed: self.started.elapsed(),
            bytes: Some(self.bytes),
            refusal: None,
            answered: Some(&answered),
        };
        of_work(Some(self.id), || report(&request, under_way));
    }
}
