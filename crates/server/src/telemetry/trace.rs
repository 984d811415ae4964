//! Traces: a span of each sampled request, with one for each step of its answer below it, sent to a collector of OpenTelemetry.
//!
//! Off unless an endpoint is named, and then nothing is paid. A request continues the trace that its header
//! `traceparent` names, or begins one. Spans that ended stand in a bounded queue before a thread of their own, which sends
//! them as OTLP over HTTP, in JSON; what the queue cannot hold is dropped and counted. A collector that is slow or gone
//! never holds up a request.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

mod collector;
mod context;
mod otlp;
mod sampler;
mod settings;

pub(super) use context::TraceId;
#[cfg(any(test, fuzzing))]
pub(crate) use context::survives_context;
use context::{Parent, SpanId};
pub use sampler::Sampler;
pub use settings::{Endpoint, TraceSettings};

use super::answered::Answered;
use super::phases::{Phase, Phases};
use super::report::Request;
use collector::Collector;

/// Most spans of one message to the collector.
const BATCH: usize = 512;

/// Begins and ends the spans of a server.
pub struct Tracer {
    sampler: Sampler,
    queue: SyncSender<Order>,
    counts: Arc<Counts>,
}

/// What became of the spans.
#[derive(Default)]
pub(crate) struct Counts {
    /// Taken by the collector.
    pub(crate) exported: std::sync::atomic::AtomicU64,
    /// Dropped because the queue was full.
    pub(crate) overflowed: std::sync::atomic::AtomicU64,
    /// Dropped because the collector did not take them.
    pub(crate) failed: std::sync::atomic::AtomicU64,
}

/// What the sending thread is told.
enum Order {
    Send(Box<Span>),
    /// Sends what came before, and answers.
    Flush(SyncSender<()>),
}

impl Tracer {
    /// Starts the thread that sends.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(settings: &TraceSettings) -> std::io::Result<Self> {
        let (queue, orders) = sync_channel(settings.queue);
        let counts = Arc::<Counts>::default();
        let collector = Collector::new(settings, Arc::clone(&counts));
        let delay = settings.delay;
        std::thread::Builder::new()
            .name("traces".into())
            .spawn(move || work_off(&orders, collector, delay))?;
        Ok(Self { sampler: settings.sampler, queue, counts })
    }

    /// A span of a request with these headers, when it is sampled.
    pub(super) fn begin(&self, traceparent: Option<&str>, tracestate: Option<&str>) -> Option<OpenSpan> {
        let parent = traceparent.and_then(Parent::read);
        let trace = parent.as_ref().map_or_else(TraceId::random, |parent| parent.trace);
        if !self.sampler.samples(parent.as_ref(), trace) {
            return None;
        }
        let state = parent.as_ref().and(tracestate).map(str::to_owned);
        let parent = parent.map(|parent| parent.span);
        let (id, started, began) = (SpanId::random(), SystemTime::now(), Instant::now());
        Some(OpenSpan { trace, id, parent, state, route: None, started, began })
    }

    /// Sends the span of a request that ended.
    pub(super) fn end(&self, open: OpenSpan, request: &Request<'_>) {
        let span = Box::new(Span::new(open, request));
        let dropped = count(std::slice::from_ref(&*span));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.queue.try_send(Order::Send(span))
        {
            add(&self.counts.overflowed, dropped);
        }
    }

    /// Waits until what ended so far was sent, but not longer than this.
    pub fn flush(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let (done, flushed) = sync_channel(1);
        let mut order = Order::Flush(done);
        // The thread makes room in the queue.
        while let Err(TrySendError::Full(refused)) = self.queue.try_send(order) {
            if Instant::now() >= deadline {
                return;
            }
            order = refused;
            std::thread::sleep(Duration::from_millis(5));
        }
        // Whether it was done in time or not, the server ends.
        let _ = flushed.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }
}

fn add(counter: &std::sync::atomic::AtomicU64, count: usize) {
    counter.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
}

/// Collects spans for a while, or to a full message, and sends them.
fn work_off(orders: &Receiver<Order>, mut collector: Collector, delay: Duration) {
    let mut batch = Vec::new();
    let mut due = None;
    loop {
        let order = match due {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => orders.recv_timeout(Instant::saturating_duration_since(&due, Instant::now())),
        };
        let flushed = match order {
            Ok(Order::Send(span)) => {
                batch.push(*span);
                due.get_or_insert_with(|| Instant::now() + delay);
                if batch.len() < BATCH {
                    continue;
                }
                None
            }
            Ok(Order::Flush(done)) => Some(done),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                collector.send(&batch);
                return;
            }
        };
        collector.send(&batch);
        batch.clear();
        due = None;
        if let Some(done) = flushed {
            // Who waited may have lost patience.
            let _ = done.try_send(());
        }
    }
}

/// The span of a request under way.
pub(super) struct OpenSpan {
    trace: TraceId,
    id: SpanId,
    parent: Option<SpanId>,
    state: Option<String>,
    /// The pattern of the path.
    pub(super) route: Option<String>,
    started: SystemTime,
    /// The same moment, on the clock of the steps.
    began: Instant,
}

impl OpenSpan {
    pub(super) fn trace(&self) -> TraceId {
        self.trace
    }
}

/// A span that ended.
struct Span {
    trace: TraceId,
    id: SpanId,
    parent: Option<SpanId>,
    state: Option<String>,
    name: String,
    /// Nanoseconds since 1970.
    started: u128,
    ended: u128,
    attributes: Vec<(&'static str, Value)>,
    failed: bool,
    steps: Vec<Step>,
}

/// A span below that of a request.
struct Step {
    id: SpanId,
    name: &'static str,
    /// Nanoseconds since 1970.
    started: u128,
    ended: u128,
}

/// Spans of these requests, those below them among them.
fn count(spans: &[Span]) -> usize {
    spans.iter().map(|span| 1 + span.steps.len()).sum()
}

/// Value of an attribute.
enum Value {
    Text(String),
    Number(u64),
}

impl Span {
    fn new(open: OpenSpan, request: &Request<'_>) -> Self {
        let OpenSpan { trace, id, parent, state, route, started, began } = open;
        let &Request { method, path, status, elapsed, bytes, refusal, answered } = request;
        let failed = status.is_server_error();
        let text = |value: &str| Value::Text(value.to_owned());
        let mut attributes = vec![
            ("http.request.method", text(method)),
            ("url.path", text(path)),
            ("url.scheme", text("http")),
            ("http.response.status_code", Value::Number(status.as_u16().into())),
        ];
        if let Some(bytes) = bytes {
            attributes.push(("http.response.body.size", Value::Number(bytes)));
        }
        if failed {
            attributes.push(("error.type", text(status.as_str())));
        }
        if let Some(refusal) = refusal {
            attributes.push(("canopy.refusal", text(refusal.name())));
        }
        if let Some(Answered { served, protocol, rows, warnings, .. }) = answered {
            attributes.extend([
                ("canopy.model.name", text(served.name())),
                ("canopy.model.version", Value::Number(served.version())),
                ("canopy.protocol", text(protocol.name())),
                ("canopy.rows", Value::Number(*rows as u64)),
                ("canopy.warnings", Value::Number(*warnings as u64)),
            ]);
        }
        let name = match route {
            Some(route) => {
                let name = format!("{method} {route}");
                attributes.push(("http.route", Value::Text(route)));
                name
            }
            None => method.to_owned(),
        };
        let started = started.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let ended = started + elapsed.as_nanos();
        let steps = answered.map_or_else(Vec::new, |answered| Step::all(&answered.phases, started, began));
        Self { trace, id, parent, state, name, started, ended, attributes, failed, steps }
    }
}

impl Step {
    /// The steps of an answer to a request that began then; none where it was not measured, as that of a stream, whose steps
    /// come again and again.
    fn all(phases: &Phases, started: u128, began: Instant) -> Vec<Self> {
        let Some((begun, phases)) = phases.in_order() else { return Vec::new() };
        let arrived = started + begun.saturating_duration_since(began).as_nanos();
        let step = |name, started, ended| Self { id: SpanId::random(), name, started, ended };
        let mut steps = vec![step("read body", started, arrived)];
        let mut end = arrived;
        for (phase, time) in phases {
            let name = match phase {
                Phase::Queue => "wait",
                Phase::Input => "encode",
                Phase::Infer => "predict",
                Phase::Output => "answer",
            };
            let start = end;
            end += u128::from(time);
            steps.push(step(name, start, end));
        }
        steps
    }
}
