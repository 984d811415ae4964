//! `POST /predict`: one door for every shape of question; the answer has the shape of the question.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::reply::{Reply, reply};
use crate::answer::Answer;
use crate::body;
use crate::error::ApiError;
use crate::openapi::JsonErrors;
use crate::question::read_json;
use crate::state::AppState;

/// Predict
///
/// The shape of the body chooses the shape of the answer: an object of named features, a list of such objects,
/// `{"data": [[…], …]}` with the values in the order of the features, a bare list of values, or a list of lists.
/// The order of the rows is kept. Any content type is accepted. Booleans and numbers in quotes are not numbers.
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
    let body = body::read(&request, payload, &state.limits).await?;
    reply(body, state, answer).await
}

fn answer(body: &[u8], state: &AppState) -> Result<Reply, ApiError> {
    let question = read_json(body, &state.served.rules(&state.limits), false)?;
    let answer = Answer::of(&state.served, question);
    Reply::new(&answer, answer.warnings())
}
