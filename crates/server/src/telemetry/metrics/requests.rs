//! The metrics of requests to models, of each version and each protocol that was spoken to it.

use super::page::{Kind, Page};
use super::ready;
use crate::catalogue::Shown;
use crate::telemetry::answered::{Outcome, Protocol};
use crate::telemetry::counters::Tally;
use crate::telemetry::histogram::{DURATIONS, ROWS};

/// What a version answered in a protocol that was spoken to it.
struct Spoken<'a> {
    model: &'a str,
    version: String,
    protocol: Protocol,
    tally: Tally,
}

/// Requests to models. A protocol appears with its first request, in all outcomes.
pub(super) fn write(page: &mut Page, shown: &Shown) {
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
