//! The form of an error in each protocol: a client reads the one that its protocol has. The path decides, so that an error
//! from before any handler reads alike.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::{ApiError, PROBLEM_JSON};

/// Whose errors a path answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Problem documents of RFC 9457.
    Canopy,
    /// `{"error": "…"}` of the Open Inference Protocol, KServe V1 and TensorFlow Serving.
    OpenInference,
    /// `{"error_code": "…", "message": "…"}` of the MLflow scoring server.
    Mlflow,
}

/// The error of the Open Inference Protocol, KServe V1 and TensorFlow Serving.
#[derive(Serialize)]
struct Message {
    error: String,
}

/// The error of MLflow.
#[derive(Serialize)]
struct Coded {
    error_code: &'static str,
    message: String,
}

impl Dialect {
    /// Of a path.
    pub(crate) fn of(path: &str) -> Self {
        let under =
            |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // Beside KServe's resources of a model, but not one of them.
        let is_drift = || {
            let names = path.strip_prefix("/v1/models/").and_then(|rest| rest.strip_suffix("/drift"));
            names.is_some_and(|names| match names.split_once('/') {
                None => true,
                Some((_, version)) => {
                    version.strip_prefix("versions/").is_some_and(|name| !name.contains('/'))
                }
            })
        };
        match path {
            "/invocations" | "/ping" | "/health" | "/version" => Self::Mlflow,
            _ if is_drift() => Self::Canopy,
            _ if under("/v2") || under("/v1/models") => Self::OpenInference,
            _ => Self::Canopy,
        }
    }

    /// The status of an error. The other protocols know no other for a request that is wrong than 400.
    pub(crate) fn status(self, status: StatusCode) -> StatusCode {
        match (self, status) {
            (Self::OpenInference | Self::Mlflow, StatusCode::UNPROCESSABLE_ENTITY) => StatusCode::BAD_REQUEST,
            (Self::Canopy | Self::OpenInference | Self::Mlflow, status) => status,
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
            Self::OpenInference => response.json(Message { error: error.in_one_sentence() }),
            Self::Mlflow => response.json(Coded {
                error_code: error_code(error.kind().status()),
                message: error.in_one_sentence(),
            }),
        }
    }
}

/// MLflow's name for a status; its clients know no others.
fn error_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNPROCESSABLE_ENTITY => "INVALID_PARAMETER_VALUE",
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::NOT_FOUND => "RESOURCE_DOES_NOT_EXIST",
        StatusCode::TOO_MANY_REQUESTS => "REQUEST_LIMIT_EXCEEDED",
        StatusCode::SERVICE_UNAVAILABLE => "TEMPORARILY_UNAVAILABLE",
        status if status.is_server_error() => "INTERNAL_ERROR",
        _ => "BAD_REQUEST",
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
        check("/v1/models", Dialect::OpenInference);
        check("/v1/models/iris:predict", Dialect::OpenInference);
        check("/v1/model", Dialect::Canopy);
        check("/v1/models/iris/drift", Dialect::Canopy);
        check("/v1/models/iris/versions/3/drift", Dialect::Canopy);
        check("/v1/models/drift", Dialect::OpenInference);
        check("/v1/models/iris/versions/drift", Dialect::OpenInference);
        check("/v1/modelsandmore", Dialect::Canopy);
        check("/invocations", Dialect::Mlflow);
        check("/ping", Dialect::Mlflow);
        check("/health", Dialect::Mlflow);
        check("/health/ready", Dialect::Canopy);
        check("/predict", Dialect::Canopy);
    }
}
