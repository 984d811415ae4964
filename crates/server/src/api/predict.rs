//! `POST /predict`: one door for every shape of question; the answer has the shape of the question.

use std::sync::Arc;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::csv;
use super::media::Content;
use super::named::addressed;
use super::reply::{Manner, Reply, reply, signed};
use super::stream::answer_lines;
use crate::body;
use crate::error::ApiError;
use crate::openapi::JsonErrors;
use crate::options::Options;
use crate::question::{Expect, read_json};
use crate::state::{AppState, Served};
use crate::telemetry::Protocol;

/// Predict
///
/// The shape of the body chooses the shape of the answer: an object of named features, a list of such objects,
/// `{"data": [[…], …]}` with the values in the order of the features, a bare list of values, or a list of lists.
/// The order of the rows is kept. Booleans and numbers in quotes are not numbers. Any content type stands for JSON but two:
///
/// - `text/csv`: a table, answered as by `/predict_csv`.
/// - `application/x-ndjson`: one row a line, answered line by line as a stream, every line by an object in its place. A line
///   that is wrong gets `{"line": …, "error": {…}}`, and the stream goes on. A server that stops ends it by such a line of
///   status 503: send the rows from this line on again. Read the answers while you send: rows whose answers nobody reads
///   are not read either.
///
/// Options ask for more beside the predictions: in the address, or under `options` in a body that is an object. The answer
/// to an object holds it in further fields. So does each object of a list; the answer to a bare list of values becomes such
/// an object, to a list of lists a list of them. Under `data` each number of these fields is a list, one element a row.
#[utoipa::path(
    post,
    path = "/predict",
    tag = "prediction",
    operation_id = "predict",
    responses((status = 200, description = "The predictions, in the shape of the question"), JsonErrors)
)]
pub(crate) async fn predict(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    let content = Content::of(request.headers());
    let answer = answer(&request, content, payload, &state, &served).await;
    signed(&request, &served, content.protocol(), answer)
}

async fn answer(
    request: &HttpRequest,
    content: Content,
    payload: Payload,
    state: &Data<AppState>,
    served: &Arc<Served>,
) -> Result<HttpResponse, ApiError> {
    let query = Options::of_query(request.query_string())?;
    let manner = match content {
        Content::Json => Manner { query, ..JSON },
        Content::Table => csv::manner(request, query),
        Content::Lines => return answer_lines(request, payload, state, served, query),
    };
    let body = body::read(request, payload, &state.limits).await?;
    reply(body, served, state, manner).await
}

/// A body of any shape, answered in that shape.
pub(crate) const JSON: Manner = Manner {
    read: |body, rules| read_json(body, rules, Expect::Any),
    write: |answer, _| Reply::json(answer, answer),
    protocol: Protocol::Canopy,
    query: Options::NONE,
};
