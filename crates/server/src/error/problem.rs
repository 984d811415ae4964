//! The JSON of an error.

use serde::Serialize;
use utoipa::ToSchema;

use super::ApiError;
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

/// The answer to a line of a stream that could not be answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BadLine {
    /// Number of the line, from 1.
    #[schema(minimum = 1)]
    line: u64,
    /// What is wrong with it.
    error: LineProblem,
}

/// The problem document of one line: that of the request without the request's id.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LineProblem {
    /// What is wrong, in one sentence.
    detail: String,
    /// Identifies the kind of problem, and leads to its description.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status that the line alone would have got.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Each place that is wrong, up to 20 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// How many more errors there are.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    more_errors: usize,
}

impl BadLine {
    /// The answer to this line.
    pub(crate) fn new(line: u64, error: &ApiError) -> Self {
        let Problem { detail, kind, title, status, errors, more_errors, request_id: _ } = error.problem("");
        Self { line, error: LineProblem { detail, kind, title, status, errors, more_errors } }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}
