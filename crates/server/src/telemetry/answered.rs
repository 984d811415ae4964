//! What a handler tells of an answer: which version gave it, in which protocol, and how much it was.

use std::sync::Arc;

use actix_web::http::StatusCode;

use super::Phases;
use crate::state::Served;

/// What is told of an answer. Log and metrics have nothing else of a question.
#[derive(Clone)]
pub(crate) struct Answered {
    /// The version that answered, or that was asked.
    pub(crate) served: Arc<Served>,
    /// The API that was spoken.
    pub(crate) protocol: Protocol,
    /// Rows that were answered.
    pub(crate) rows: usize,
    /// Values outside the training range.
    pub(crate) warnings: usize,
    /// Where the time went, when they were answered.
    pub(crate) phases: Phases,
}

impl Answered {
    /// A question to this version that got no prediction.
    pub(crate) fn nothing(served: &Arc<Served>, protocol: Protocol) -> Self {
        Self { served: Arc::clone(served), protocol, rows: 0, warnings: 0, phases: Phases::default() }
    }
}

/// The APIs that give predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The native API with a body of JSON.
    Canopy,
    /// The native API with a table.
    Csv,
    /// The native API with a stream of lines.
    Ndjson,
    /// The Open Inference Protocol over HTTP.
    OpenInference,
    /// The Open Inference Protocol over gRPC.
    Grpc,
    /// The REST API of KServe V1 and TensorFlow Serving.
    KserveV1,
    /// The scoring server of MLflow.
    Mlflow,
}

impl Protocol {
    /// All of them, each at the place of its index.
    pub(crate) const ALL: [Self; 7] = [
        Self::Canopy,
        Self::Csv,
        Self::Ndjson,
        Self::OpenInference,
        Self::Grpc,
        Self::KserveV1,
        Self::Mlflow,
    ];

    /// Place in a table of all protocols.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The name in logs and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Canopy => "canopy",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::OpenInference => "open-inference",
            Self::Grpc => "grpc",
            Self::KserveV1 => "kserve-v1",
            Self::Mlflow => "mlflow",
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered.
    Ok,
    /// The caller has to change it.
    Invalid,
    /// It may be right, and was not taken on: too much work, no right to ask, no model that is ready.
    Refused,
    /// The server failed.
    Failed,
    /// The caller hung up before the end of the answer.
    Abandoned,
}

impl Outcome {
    /// All of them, each at the place of its index.
    pub(crate) const ALL: [Self; 5] = [Self::Ok, Self::Invalid, Self::Refused, Self::Failed, Self::Abandoned];

    /// What a status means; that of HTTP, or the one that stands for that of another protocol.
    pub(crate) fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE => Self::Refused,
            status if status.as_u16() == 499 => Self::Abandoned,
            status if status.is_client_error() => Self::Invalid,
            status if status.is_server_error() => Self::Failed,
            _ => Self::Ok,
        }
    }

    /// Place in a table of all outcomes.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_the_outcome() {
        let check = |status: u16, expected| {
            assert_eq!(Outcome::of(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        };
        check(200, Outcome::Ok);
        check(204, Outcome::Ok);
        check(308, Outcome::Ok);
        check(400, Outcome::Invalid);
        check(401, Outcome::Refused);
        check(403, Outcome::Refused);
        check(404, Outcome::Invalid);
        check(408, Outcome::Invalid);
        check(422, Outcome::Invalid);
        check(429, Outcome::Refused);
        check(499, Outcome::Abandoned);
        check(500, Outcome::Failed);
        check(503, Outcome::Refused);
        check(504, Outcome::Failed);
    }

    #[test]
    fn all_stand_at_their_index() {
        assert!(Protocol::ALL.iter().enumerate().all(|(index, protocol)| protocol.index() == index));
        assert!(Outcome::ALL.iter().enumerate().all(|(index, outcome)| outcome.index() == index));
    }
}
