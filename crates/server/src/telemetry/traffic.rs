//! All requests of a server, also those that ask no model: how many are under way, how they ended, why they were refused.

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::Request;
use super::refusal::Refusal;
use super::sharded::Sharded;
use super::trace::{OpenSpan, Tracer};

/// Statuses of HTTP are from 100 to 599.
const STATUSES: std::ops::Range<u16> = 100..600;

/// Counters of one server, shared by its workers, and its tracer.
#[derive(Default)]
pub(crate) struct Traffic {
    counts: Sharded<Shard>,
    tracer: OnceLock<Arc<Tracer>>,
}

struct Shard {
    started: AtomicU64,
    ended: AtomicU64,
    abandoned: AtomicU64,
    statuses: [AtomicU64; STATUSES.end as usize - STATUSES.start as usize],
    refusals: [AtomicU64; Refusal::ALL.len()],
}

impl Default for Shard {
    fn default() -> Self {
        Self {
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            statuses: array::from_fn(|_| AtomicU64::new(0)),
            refusals: array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Traffic {
    /// A request comes in; it is under way until it is answered or dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> UnderWay {
        add(&self.counts.mine().started);
        UnderWay { traffic: Arc::clone(self), answered: false, span: None }
    }

    /// From now on requests are traced.
    pub(crate) fn trace(&self, tracer: Arc<Tracer>) {
        // There is one tracer for the life of a server.
        let _ = self.tracer.set(tracer);
    }

    /// What traces requests, when something does.
    pub(crate) fn tracer(&self) -> Option<&Tracer> {
        self.tracer.get().map(|tracer| &**tracer)
    }

    /// Requests under way.
    pub(crate) fn under_way(&self) -> u64 {
        let ended = self.sum(|shard| &shard.ended);
        // What started meanwhile counts, what ended meanwhile does not.
        self.sum(|shard| &shard.started).saturating_sub(ended)
    }

    /// Requests whose callers hung up before the answer.
    pub(crate) fn abandoned(&self) -> u64 {
        self.sum(|shard| &shard.abandoned)
    }

    /// Answers by status, for those that there were.
    pub(crate) fn statuses(&self) -> BTreeMap<u16, u64> {
        let count = |status: u16| {
            let place = usize::from(status - STATUSES.start);
            (status, self.sum(|shard| &shard.statuses[place]))
        };
        STATUSES.map(count).filter(|&(_, count)| count > 0).collect()
    }

    /// Requests that were refused for this reason.
    pub(crate) fn refused(&self, refusal: Refusal) -> u64 {
        self.sum(|shard| &shard.refusals[refusal.index()])
    }

    fn sum(&self, counter: impl Fn(&Shard) -> &AtomicU64) -> u64 {
        self.counts.all().map(|shard| counter(shard).load(Ordering::Relaxed)).sum()
    }
}

/// A request under way.
pub(crate) struct UnderWay {
    traffic: Arc<Traffic>,
    answered: bool,
    span: Option<OpenSpan>,
}

impl UnderWay {
    /// Begins the request's span, when it is traced; the headers of its caller are asked for only then.
    pub(crate) fn traced<'a>(mut self, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        if let Some(tracer) = self.traffic.tracer() {
            self.span = tracer.begin(header("traceparent"), header("tracestate"));
        }
        self
    }

    /// The request's span, when it is traced.
    pub(super) fn span(&mut self) -> Option<&mut OpenSpan> {
        self.span.as_mut()
    }

    /// The span of the request, when it has one, is of this route.
    pub(crate) fn is_of_route(&mut self, route: &str) {
        if let Some(span) = &mut self.span {
            span.route = Some(route.to_owned());
        }
    }

    /// The request is answered.
    pub(super) fn answered(mut self, request: &Request<'_>) {
        self.answered = true;
        if let (Some(span), Some(tracer)) = (self.span.take(), self.traffic.tracer()) {
            tracer.end(span, request);
        }
        let shard = self.traffic.counts.mine();
        let place = usize::from(request.status.as_u16().wrapping_sub(STATUSES.start));
        if let Some(count) = shard.statuses.get(place) {
            add(count);
        }
        if let Some(refusal) = request.refusal {
            add(&shard.refusals[refusal.index()]);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let shard = self.traffic.counts.mine();
        add(&shard.ended);
        if !self.answered {
            add(&shard.abandoned);
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::http::StatusCode;

    use super::*;

    fn request(status: u16, refusal: Option<Refusal>) -> Request<'static> {
        Request {
            method: "GET",
            path: "/",
            status: StatusCode::from_u16(status).unwrap(),
            elapsed: Duration::ZERO,
            bytes: None,
            refusal,
            answered: None,
        }
    }

    #[test]
    fn a_request_is_under_way_until_it_is_answered_or_dropped() {
        let traffic = Arc::new(Traffic::default());
        let (first, second, third) = (traffic.enter(), traffic.enter(), traffic.enter());
        assert_eq!(traffic.under_way(), 3);
        first.answered(&request(200, None));
        second.answered(&request(429, Some(Refusal::Queue)));
        drop(third);
        assert_eq!(traffic.under_way(), 0);
        assert_eq!(traffic.statuses(), BTreeMap::from([(200, 1), (429, 1)]));
        assert_eq!(traffic.refused(Refusal::Queue), 1);
        assert_eq!(traffic.refused(Refusal::Memory), 0);
        assert_eq!(traffic.abandoned(), 1);
    }

    #[test]
    fn a_status_that_is_none_of_http_is_passed_over() {
        let traffic = Arc::new(Traffic::default());
        for status in [600, 999] {
            traffic.enter().answered(&request(status, None));
        }
        assert_eq!((traffic.under_way(), traffic.statuses().len(), traffic.abandoned()), (0, 0, 0));
    }
}
