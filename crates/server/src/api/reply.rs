//! The finished answer to a question, made on the spot or aside.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use serde::Serialize;

use crate::error::ApiError;
use crate::question::Warnings;
use crate::state::AppState;

/// Header of an answer that says how many values lie outside the training range.
pub(crate) const WARNINGS_HEADER: &str = "x-canopy-warnings";

/// Most bytes of a body that is answered on the spot. A larger one would hold up the other connections of its worker,
/// so it goes to a thread of the pool.
const INLINE_BYTES: usize = 32 * 1024;

/// JSON, and how many values lie outside the training range.
pub(crate) struct Reply {
    json: Vec<u8>,
    warnings: usize,
}

impl Reply {
    /// Writes the answer.
    pub(crate) fn new(answer: &impl Serialize, warnings: &Warnings) -> Result<Self, ApiError> {
        let json =
            serde_json::to_vec(answer).map_err(|error| ApiError::Internal { reason: error.to_string() })?;
        Ok(Self { json, warnings: warnings.total() })
    }
}

/// Answers a body by `work`, aside when the body is large.
pub(crate) async fn reply(
    body: Bytes,
    state: Data<AppState>,
    work: fn(&[u8], &AppState) -> Result<Reply, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let Reply { json, warnings } = if body.len() <= INLINE_BYTES {
        work(&body, &state)?
    } else {
        let shared = state.clone();
        shared.guard.pool.run(move || work(&body, &state)).await?
    };
    let mut response = HttpResponse::Ok();
    if warnings > 0 {
        response.insert_header((WARNINGS_HEADER, warnings));
    }
    Ok(response.content_type("application/json").body(json))
}
