//! The JSON of an error.

use serde::Serialize;
use utoipa::ToSchema;

use crate::fault::Fault;

/// Problem document of RFC 9457. `detail` is what clients show to people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What is wrong, in one sentence.
    #[schema(example = "[0].CHAS: not of the right type (expected an integer, got 0.5)")]
    pub detail: String,
    /// Identifies the kind of problem, and leads to its description.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/redoc#problem-invalid-value")]
    pub kind: String,
    /// The kind of problem in words; the same for every occurrence.
    #[schema(example = "The values do not fit the model")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub status: u16,
    /// Each place that is wrong, up to 20 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<Fault>,
    /// How many more errors there are.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    pub more_errors: usize,
    /// The id of the request, as in the header `x-request-id` and in the server's log.
    pub request_id: String,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}
