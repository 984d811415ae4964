//! The statistics extension: how often each version answered, whatever the protocol, and how long that took.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::Named;
use crate::catalogue::{Entry, Standing};
use crate::error::ApiError;
use crate::state::{AppState, Served};
use crate::telemetry::{Outcome, Phase};

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

/// Requests and their time. What is not in a phase is the time that bodies took to arrive and answers to go.
#[derive(Serialize)]
struct Inferences {
    success: Took,
    fail: Took,
    /// Waiting for a thread of the pool, as large questions do.
    queue: Took,
    /// Reading the rows out of the body and encoding them.
    compute_input: Took,
    /// Asking the model.
    compute_infer: Took,
    /// Writing the answer.
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
        let phases = served.counters().phases();
        let phase = |phase| Took { ns: phases.time(phase), ..success };
        Self {
            name: served.name().into(),
            version: served.version().to_string(),
            inference_count: tally.rows.sum,
            execution_count: success.count,
            inference_stats: Inferences {
                success,
                fail,
                queue: phase(Phase::Queue),
                compute_input: phase(Phase::Input),
                compute_infer: phase(Phase::Infer),
                compute_output: phase(Phase::Output),
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
