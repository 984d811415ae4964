//! The metrics of a server: what stands on the page that Prometheus reads.
//!
//! Nothing is counted for the page alone. It reads the counters where they are: in each version, in the guards, in the
//! traffic. So a version that is no longer served is no longer on the page, and one that comes back starts at zero, which
//! Prometheus takes for a restart. Labels come from the models that are served and from fixed lists; no request can add
//! one.

use std::sync::atomic::{AtomicU64, Ordering};

mod drift;
mod models;
mod page;
mod process;
mod requests;

pub(crate) use page::Format;
use page::{Kind, Page};

use super::log_writer::dropped_lines;
use super::refusal::Refusal;
use super::trace::{Counts, Tracer};
use crate::catalogue::{Shown, Standing};
use crate::state::{AppState, Served};

/// The page at this moment.
pub(crate) fn page(state: &AppState, format: Format) -> String {
    let shown = state.catalogue.shown();
    let mut page = Page::new(format);
    requests::write(&mut page, &shown);
    traffic(&mut page, state);
    spans(&mut page, state);
    limits(&mut page, state);
    models::write(&mut page, state, &shown);
    drift::write(&mut page, state, &shown);
    process::write(&mut page);
    page.finish()
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

/// What became of spans; all zero where nothing is traced.
fn spans(page: &mut Page, state: &AppState) {
    let counts = state.traffic.tracer().map(Tracer::counts);
    let of =
        |count: fn(&Counts) -> &AtomicU64| counts.map_or(0, |counts| count(counts).load(Ordering::Relaxed));
    page.family(Kind::Counter, "canopy_spans_exported", "Spans that the collector took.")
        .sample(&[], of(|counts| &counts.exported));
    let mut family = page.family(
        Kind::Counter,
        "canopy_spans_dropped",
        "Spans that were dropped: the queue was full, or the collector did not take them.",
    );
    family.sample(&[("reason", "queue")], of(|counts| &counts.overflowed));
    family.sample(&[("reason", "collector")], of(|counts| &counts.failed));
    page.family(
        Kind::Counter,
        "canopy_log_lines_dropped",
        "Lines of the log that its reader did not take in time.",
    )
    .sample(&[], dropped_lines());
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

/// The versions that answer.
fn ready(shown: &Shown) -> impl Iterator<Item = &Served> {
    let standings = shown.entries().flat_map(|entry| entry.versions().values());
    standings.filter_map(|standing| match standing {
        Standing::Ready(served) => Some(&**served),
        Standing::Idle | Standing::Failed { .. } => None,
    })
}
