//! The metrics of a server: what stands on the page that Prometheus reads.
//!
//! Nothing is counted for the page alone. It reads the counters where they are: in each version, in the guards, in the
//! traffic. So a version that is no longer served is no longer on the page, and one that comes back starts at zero, which
//! Prometheus takes for a restart. Labels come from the models that are served and from fixed lists; no request can add
//! one.

use std::sync::atomic::Ordering;

mod page;
mod process;

pub(crate) use page::Format;
use page::{Kind, Page};

use super::answered::{Outcome, Protocol};
use super::counters::Tally;
use super::histogram::{DURATIONS, ROWS};
use super::refusal::Refusal;
use super::trace::Tracer;
use crate::catalogue::{Shown, Standing};
use crate::state::{AppState, Served};

/// The page at this moment.
pub(crate) fn page(state: &AppState, format: Format) -> String {
    let shown = state.catalogue.shown();
    let mut page = Page::new(format);
    requests(&mut page, &shown);
    traffic(&mut page, state);
    spans(&mut page, state);
    limits(&mut page, state);
    models(&mut page, &shown);
    process::write(&mut page);
    page.finish()
}

/// What a version answered in a protocol that was spoken to it.
struct Spoken<'a> {
    model: &'a str,
    version: String,
    protocol: Protocol,
    tally: Tally,
}

/// Requests to models. A protocol appears with its first request, in all outcomes.
fn requests(page: &mut Page, shown: &Shown) {
    let mut spoken = Vec::new();
    for served in ready(shown) {
        for protocol in Protocol::ALL {
            let tally = served.counters().of(protocol);
            if tally.requests() > 0 {
                let version = served.version().to_string();
                spoken.push(Spoken { model: served.name(), version, protocol, tally });
            }
        }
    }
    let mut family = page.family(
        Kind::Histogram,
        "canopy_request_duration_seconds",
        "Time from the head of a request to a model to the end of its answer.",
    );
    for Spoken { model, version, protocol, tally } in &spoken {
        for outcome in Outcome::ALL {
            let labels = [
                ("model", *model),
                ("version", version),
                ("protocol", protocol.name()),
                ("outcome", outcome.name()),
            ];
            family.histogram(&labels, &DURATIONS, 1e9, tally.durations(outcome));
        }
    }
    let mut family =
        page.family(Kind::Histogram, "canopy_request_rows", "Rows of a request that was answered.");
    for Spoken { model, version, protocol, tally } in &spoken {
        let labels = [("model", *model), ("version", version), ("protocol", protocol.name())];
        family.histogram(&labels, &ROWS, 1.0, &tally.rows);
    }
    let mut family = page.family(
        Kind::Counter,
        "canopy_range_warnings",
        "Values outside the range that training saw, which were answered with a warning.",
    );
    for Spoken { model, version, protocol, tally } in &spoken {
        let labels = [("model", *model), ("version", version), ("protocol", protocol.name())];
        family.sample(&labels, tally.warnings);
    }
}

/// All requests, also those that ask no model.
fn traffic(page: &mut Page, state: &AppState) {
    let traffic = &state.traffic;
    page.family(Kind::Gauge, "canopy_requests_in_flight", "Requests under way.")
        .sample(&[], traffic.under_way());
    page.family(
        Kind::Counter,
        "canopy_requests_abandoned",
        "Requests whose callers hung up before the answer began.",
    )
    .sample(&[], traffic.abandoned());
    let mut family =
        page.family(Kind::Counter, "canopy_responses", "Answers of every path, by status of HTTP.");
    for (status, count) in traffic.statuses() {
        family.sample(&[("status", &status.to_string())], count);
    }
    let mut family =
        page.family(Kind::Counter, "canopy_refusals", "Requests that were not taken on, by reason.");
    for refusal in Refusal::ALL {
        family.sample(&[("reason", refusal.name())], traffic.refused(refusal));
    }
}

/// What became of spans, where requests are traced.
fn spans(page: &mut Page, state: &AppState) {
    let Some(counts) = state.traffic.tracer().map(Tracer::counts) else { return };
    page.family(Kind::Counter, "canopy_spans_exported", "Spans that the collector took.")
        .sample(&[], counts.exported.load(Ordering::Relaxed));
    let mut family = page.family(
        Kind::Counter,
        "canopy_spans_dropped",
        "Spans that were dropped: the queue was full, or the collector did not take them.",
    );
    family.sample(&[("reason", "queue")], counts.overflowed.load(Ordering::Relaxed));
    family.sample(&[("reason", "collector")], counts.failed.load(Ordering::Relaxed));
}

/// What stands between the network and the work, and how much of it is taken.
fn limits(page: &mut Page, state: &AppState) {
    let (guard, limits) = (&state.guard, &state.limits);
    let mut gauge = |name, help, value| page.family(Kind::Gauge, name, help).sample(&[], value);
    gauge("canopy_queue_requests", "Large requests that wait for a thread.", guard.waiting() as u64);
    gauge(
        "canopy_queue_limit_requests",
        "Most large requests that wait; further ones are refused.",
        limits.maximum_queue as u64,
    );
    gauge("canopy_pool_busy_threads", "Threads that work at large requests.", guard.pool.busy() as u64);
    gauge(
        "canopy_pool_limit_threads",
        "Most threads that work at large requests.",
        limits.maximum_concurrency as u64,
    );
    gauge("canopy_connections", "Open connections.", guard.connections.open() as u64);
    gauge(
        "canopy_connections_limit",
        "Most open connections; the requests of further ones are refused.",
        limits.maximum_connections as u64,
    );
    gauge("canopy_buffered_bytes", "Bytes reserved for large bodies.", guard.buffers.reserved() as u64);
    gauge(
        "canopy_buffered_limit_bytes",
        "Most bytes reserved for large bodies; further bodies are refused.",
        limits.maximum_buffered_bytes as u64,
    );
}

/// The models, how their versions stand, and what is known of each artifact.
fn models(page: &mut Page, shown: &Shown) {
    let mut family =
        page.family(Kind::Gauge, "canopy_model_versions", "Versions of a model, by how they stand.");
    for entry in shown.entries() {
        let mut counts = [("ready", 0_u64), ("idle", 0), ("failed", 0)];
        for standing in entry.versions().values() {
            let place = match standing {
                Standing::Ready(_) => 0,
                Standing::Idle => 1,
                Standing::Failed { .. } => 2,
            };
            counts[place].1 += 1;
        }
        for (state, count) in counts {
            family.sample(&[("model", entry.name()), ("state", state)], count);
        }
    }
    let mut family = page.family(
        Kind::Gauge,
        "canopy_artifact_info",
        "One for each version that answers, with what identifies its artifact.",
    );
    for served in ready(shown) {
        let (version, created) = (served.version().to_string(), &served.model().header().created);
        let origin = served.origin();
        let format = origin.map_or_else(String::new, |origin| origin.format.to_string());
        let labels = [
            ("model", served.name()),
            ("version", &version),
            ("checksum", origin.map_or("", |origin| &origin.checksum)),
            ("format", &format),
            ("created", created),
        ];
        family.sample(&labels, 1);
    }
    let mut family =
        page.family(Kind::Gauge, "canopy_artifact_bytes", "Size of the artifact of a version that answers.");
    for served in ready(shown) {
        if let Some(origin) = served.origin() {
            family.sample(
                &[("model", served.name()), ("version", &served.version().to_string())],
                origin.bytes,
            );
        }
    }
    page.family(Kind::Gauge, "canopy_build_info", "One, with the version of the server.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
}

/// The versions that answer.
fn ready(shown: &Shown) -> impl Iterator<Item = &Served> {
    let standings = shown.entries().flat_map(|entry| entry.versions().values());
    standings.filter_map(|standing| match standing {
        Standing::Ready(served) => Some(&**served),
        Standing::Idle | Standing::Failed { .. } => None,
    })
}
