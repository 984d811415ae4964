//! `POST /v1/services/predict`: objects in; the objects as sent and a labelled prediction for each out.

use std::sync::Arc;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::named::addressed;
use super::reply::{Manner, Reply, reply, signed};
use crate::answer::{Answer, Listed};
use crate::body;
use crate::error::ApiError;
use crate::openapi::JsonErrors;
use crate::options::Options;
use crate::question::{Expect, read_json};
use crate::state::{AppState, Served};
use crate::telemetry::Protocol;

/// Predict with labels
///
/// Takes a list of objects; answers with the list as it was sent, and one prediction for each under a label that
/// counts from 0.
#[utoipa::path(
    post,
    path = "/v1/services/predict",
    tag = "prediction",
    operation_id = "services_predict",
    responses((status = 200, description = "The list as sent, and the predictions in its order"), JsonErrors)
)]
pub(crate) async fn predict(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    let answer = answer(&request, payload, &state, &served).await;
    signed(&request, &served, Protocol::Canopy, answer)
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
    served: &Arc<Served>,
) -> Result<HttpResponse, ApiError> {
    let body = body::read(request, payload, &state.limits).await?;
    reply(body, served, state, LABELLED).await
}

/// A list of objects, answered by labels.
const LABELLED: Manner = Manner {
    read: |body, rules| read_json(body, rules, Expect::Objects),
    write: |answer, body| {
        let sent =
            serde_json::from_slice(body).map_err(|error| ApiError::Internal { reason: error.to_string() })?;
        let template = &answer.served().model().header().serving.label_template;
        Reply::json(answer, &Labelled { sent, template, answer })
    },
    protocol: Protocol::Canopy,
    query: Options::NONE,
};

struct Labelled<'a> {
    /// The list in the caller's own spelling.
    sent: &'a RawValue,
    template: &'a str,
    answer: &'a Answer<'a>,
}

impl Serialize for Labelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("inputData", self.sent)?;
        object.serialize_entry("predictions", &Predictions(self))?;
        if self.answer.warnings().total() > 0 {
            object.serialize_entry("warnings", &Listed(|| self.answer.warnings().listed()))?;
        }
        object.end()
    }
}

struct Predictions<'a>(&'a Labelled<'a>);

impl Serialize for Predictions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Labelled { template, answer, .. } = self.0;
        serializer.collect_seq((0..answer.len()).map(|row| Prediction {
            label: label(template, row),
            answer,
            row,
        }))
    }
}

/// The label of a row.
pub(crate) fn label(template: &str, row: usize) -> String {
    template.replace("{index}", &row.to_string())
}

struct Prediction<'a> {
    label: String,
    answer: &'a Answer<'a>,
    row: usize,
}

impl Serialize for Prediction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        object.serialize_entry(&self.label, &self.answer.of_row(self.row))?;
        object.end()
    }
}
