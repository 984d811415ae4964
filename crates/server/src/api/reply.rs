//! The finished answer to a question, made on the spot or aside.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;

use super::media::CSV;
use super::work::Work;
use crate::answer::{Answer, table};
use crate::catalogue::Copied;
use crate::error::ApiError;
use crate::options::Options;
use crate::question::{Question, Rules};
use crate::state::{AppState, Limits, Served};
use crate::telemetry::{Answered, Phase, Protocol, Stopwatch};

/// Header of an answer that says how many values lie outside the training range.
pub(crate) const WARNINGS_HEADER: &str = "x-canopy-warnings";

/// A body, and how many values lie outside the training range.
pub(crate) struct Reply {
    body: Vec<u8>,
    content_type: HeaderValue,
    rows: usize,
    warnings: usize,
}

impl Reply {
    /// The answer as JSON: as it is, or in what an API puts around it.
    pub(crate) fn json(answer: &Answer<'_>, written: &impl Serialize) -> Result<Self, ApiError> {
        let body =
            serde_json::to_vec(written).map_err(|error| ApiError::Internal { reason: error.to_string() })?;
        Ok(Self {
            body,
            content_type: HeaderValue::from_static("application/json"),
            rows: answer.len(),
            warnings: answer.warnings().total(),
        })
    }

    /// The answer as a table.
    pub(crate) fn table(answer: &Answer<'_>) -> Result<Self, ApiError> {
        let body = table(answer).map_err(|error| ApiError::Internal { reason: error.to_string() })?;
        Ok(Self {
            body,
            content_type: HeaderValue::from_static(CSV),
            rows: answer.len(),
            warnings: answer.warnings().total(),
        })
    }

    /// The answer as HTTP has it.
    pub(crate) fn response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if self.warnings > 0 {
            response.insert_header((WARNINGS_HEADER, self.warnings));
        }
        response.insert_header((CONTENT_TYPE, self.content_type)).body(self.body)
    }
}

/// How a kind of question is answered.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Reads the question.
    pub(crate) read: fn(&[u8], &Rules<'_>) -> Result<Question, ApiError>,
    /// Writes the answer; the body is the question's.
    pub(crate) write: fn(&Answer<'_>, &[u8]) -> Result<Reply, ApiError>,
    /// The API that is spoken.
    pub(crate) protocol: Protocol,
    /// The options that came with the address.
    pub(crate) query: Options,
}

/// Answers a body; aside when the body is large, or when there is much to work out.
pub(crate) async fn reply(
    body: Bytes,
    served: &Arc<Served>,
    state: &AppState,
    manner: Manner,
) -> Result<HttpResponse, ApiError> {
    let (reply, told) = replied(body, served, state, manner).await?;
    let mut response = reply.response();
    response.extensions_mut().insert(told);
    Ok(response)
}

/// The answer to a body, and what is told of it.
pub(crate) async fn replied(
    body: Bytes,
    served: &Arc<Served>,
    state: &AppState,
    manner: Manner,
) -> Result<(Reply, Answered), ApiError> {
    let asked = Asking { body, served: Arc::clone(served), limits: state.limits.clone(), manner };
    let (reply, phases) = state.work(asked).await?;
    let (rows, warnings) = (reply.rows, reply.warnings);
    let told = Answered { served: Arc::clone(served), protocol: manner.protocol, rows, warnings, phases };
    Ok((reply, told))
}

/// A body to be answered.
struct Asking {
    body: Bytes,
    served: Arc<Served>,
    limits: Limits,
    manner: Manner,
}

impl Work for Asking {
    type Question = Question;
    type Answer = Reply;

    fn served(&self) -> &Arc<Served> {
        &self.served
    }

    fn length(&self) -> usize {
        self.body.len()
    }

    fn read(&self) -> Result<Question, ApiError> {
        (self.manner.read)(&self.body, &self.served.rules(&self.limits))
    }

    fn is_heavy(&self, question: &Question) -> bool {
        Options::are_heavy(self.manner.query, question.options, question.rows.len())
    }

    fn answer(&self, question: Question, watch: &mut Stopwatch) -> Result<Reply, ApiError> {
        let Self { body, served, manner, .. } = self;
        let asked = Options::check(manner.query, question.options, served.model(), question.rows.len())?;
        let answer = Answer::of(served, question, asked);
        watch.ends(Phase::Infer);
        (manner.write)(&answer, body)
    }

    fn copied(&self) -> Copied {
        let (body, limits, read) = (self.body.clone(), self.limits.clone(), self.manner.read);
        Box::new(move |served| Ok(read(&body, &served.rules(&limits))?.rows))
    }
}

/// Says on an answer which model gave it, also on one that refuses.
pub(crate) fn signed(
    request: &HttpRequest,
    served: &Arc<Served>,
    protocol: Protocol,
    answer: Result<HttpResponse, ApiError>,
) -> Result<HttpResponse, ApiError> {
    match answer {
        Ok(response) => Ok(served.signature().signed(response)),
        Err(error) => {
            request.extensions_mut().insert(Answered::nothing(served, protocol));
            Err(error)
        }
    }
}
