//! The statistics extension: how often each version answered, whatever the protocol, and how long that took.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::Named;
use crate::catalogue::{Entry, Standing};
use crate::error::ApiError;
use crate::state::{AppState, Served};
use crate::telemetry::Outcome;

#[derive(Serialize)]
struct Statistics {
    model_stats: Vec<OfVersion>,
}

#[derive(Serialize)]
struct OfVersion {
    name: String,
    version: String,
    /// Rows that were answered.
    inference_count: u64,
    /// Requests that were answered.
    execution_count: u64,
    inference_stats: Inferences,
    batch_stats: [(); 0],
}

/// Requests and their time. Small requests are never queued, and the time of an answer is not taken apart: it stands under
/// `compute_infer`.
#[derive(Serialize)]
struct Inferences {
    success: Took,
    fail: Took,
    queue: Took,
    compute_input: Took,
    compute_infer: Took,
    compute_output: Took,
}

/// How many, and how long all of them took.
#[derive(Clone, Copy, Default, Serialize)]
struct Took {
    count: u64,
    ns: u64,
}

impl From<&Arc<Served>> for OfVersion {
    fn from(served: &Arc<Served>) -> Self {
        let tally = served.counters().total();
        let took = |outcome| {
            let durations = tally.durations(outcome);
            Took { count: durations.count(), ns: durations.sum }
        };
        let success = took(Outcome::Ok);
        let fail = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ok).map(took);
        let fail = fail
            .fold(Took::default(), |sum, took| Took { count: sum.count + took.count, ns: sum.ns + took.ns });
        let no_time = Took { ns: 0, ..success };
        Self {
            name: served.name().into(),
            version: served.version().to_string(),
            inference_count: tally.rows.sum,
            execution_count: success.count,
            inference_stats: Inferences {
                success,
                fail,
                queue: no_time,
                compute_input: no_time,
                compute_infer: success,
                compute_output: no_time,
            },
            batch_stats: [],
        }
    }
}

/// Of every version that answers.
pub(super) async fn of_all(state: Data<AppState>) -> HttpResponse {
    let shown = state.catalogue.shown();
    let model_stats = shown.entries().flat_map(ready).map(OfVersion::from).collect();
    HttpResponse::Ok().json(Statistics { model_stats })
}

/// Of a model's versions that answer, or of the one that is named.
pub(super) async fn of_model(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    let shown = state.catalogue.shown();
    let entry = shown.entry(&named.model)?;
    let model_stats = match named.selector() {
        Some(selector) => vec![OfVersion::from(&entry.select(Some(&selector))?)],
        None => ready(entry).map(OfVersion::from).collect(),
    };
    Ok(HttpResponse::Ok().json(Statistics { model_stats }))
}

fn ready(entry: &Entry) -> impl Iterator<Item = &Arc<Served>> {
    entry.versions().values().filter_map(|standing| match standing {
        Standing::Ready(served) => Some(served),
        Standing::Idle | Standing::Failed { .. } => None,
    })
}
