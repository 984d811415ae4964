//! The form of an error in each protocol: a client reads the one that its protocol has.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::{ApiError, PROBLEM_JSON};

/// Whose errors a path answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Problem documents of RFC 9457.
    Canopy,
    /// `{"error": "…"}` of the Open Inference Protocol.
    OpenInference,
}

/// The error of the Open Inference Protocol.
#[derive(Serialize)]
struct Message {
    error: String,
}

impl Dialect {
    /// Of a path.
    pub(crate) fn of(path: &str) -> Self {
        match path.strip_prefix("/v2") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::OpenInference,
            _ => Self::Canopy,
        }
    }

    /// The status of an error. The Open Inference Protocol knows no other for a request that is wrong than 400.
    pub(crate) fn status(self, status: StatusCode) -> StatusCode {
        match (self, status) {
            (Self::OpenInference, StatusCode::UNPROCESSABLE_ENTITY) => StatusCode::BAD_REQUEST,
            (Self::Canopy | Self::OpenInference, status) => status,
        }
    }

    /// The answer that says the error.
    pub(super) fn answer(
        self,
        mut response: HttpResponseBuilder,
        error: &ApiError,
        request_id: &str,
    ) -> HttpResponse {
        match self {
            Self::Canopy => response.content_type(PROBLEM_JSON).json(error.problem(request_id)),
            Self::OpenInference => response.json(Message { error: error.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_dialect() {
        let check = |path, expected| assert_eq!(Dialect::of(path), expected, "{path}");
        check("/v2", Dialect::OpenInference);
        check("/v2/", Dialect::OpenInference);
        check("/v2/models/iris/infer", Dialect::OpenInference);
        check("/v20", Dialect::Canopy);
        check("/predict", Dialect::Canopy);
    }
}
