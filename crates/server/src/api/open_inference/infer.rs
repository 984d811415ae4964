//! `POST /v2/models/{model}[/versions/{version}]/infer`: tensors in, tensors out.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_ENCODING, HeaderMap, VARY};
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::request::Request;
use super::response::Response;
use super::{HEADER_LENGTH, Named};
use crate::answer::Answers;
use crate::api::named::find;
use crate::api::reply::{WARNINGS_HEADER, signed};
use crate::api::work::Work;
use crate::body;
use crate::catalogue::Copied;
use crate::error::ApiError;
use crate::fault::Fault;
use crate::pack::Packing;
use crate::request_id::RequestId;
use crate::state::{AppState, Limits, Served};
use crate::telemetry::{Answered, Phase, Protocol, Stopwatch};
use crate::tensor::{Output, Wanted, answer};

pub(super) async fn infer(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    named: Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let served = find(&request, &state, Some(&named.model), named.selector().as_ref())?;
    let answer = answered(&request, payload, &state, &served).await;
    signed(&request, &served, Protocol::OpenInference, answer)
}

async fn answered(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
    served: &Arc<Served>,
) -> Result<HttpResponse, ApiError> {
    let json = json_length(request.headers())?;
    let body = body::read(request, payload, &state.limits).await?;
    let inference = Inference {
        body,
        json,
        request_id: request.extensions().get().cloned(),
        packing: Packing::of(request),
        served: served.clone(),
        limits: state.limits.clone(),
    };
    let (Inferred { response, packed, rows, warnings }, phases) = state.work(inference).await?;
    let mut answer = HttpResponse::Ok();
    if warnings > 0 {
        answer.insert_header((WARNINGS_HEADER, warnings));
    }
    match response.json {
        Some(json) => answer.insert_header((HEADER_LENGTH, json)).content_type("application/octet-stream"),
        None => answer.content_type("application/json"),
    };
    if let Some(packing) = packed {
        answer.insert_header((CONTENT_ENCODING, packing.name())).insert_header((VARY, "accept-encoding"));
    }
    let mut answer = answer.body(response.body);
    let told = Answered { served: served.clone(), protocol: Protocol::OpenInference, rows, warnings, phases };
    answer.extensions_mut().insert(told);
    Ok(answer)
}

/// How many bytes of the body are JSON, where the caller says so.
fn json_length(headers: &HeaderMap) -> Result<Option<usize>, ApiError> {
    let Some(length) = headers.get(HEADER_LENGTH) else { return Ok(None) };
    let length = length.to_str().ok();
    match length.and_then(|length| length.parse().ok()) {
        Some(length) => Ok(Some(length)),
        None => {
            let got = length.map_or_else(|| "no text".into(), model_core::encoding::shortened);
            let fault = Fault::new(HEADER_LENGTH, "not of the right type", "a number of bytes", got);
            Err(ApiError::Invalid { faults: fault.into() })
        }
    }
}

/// A body to be answered.
struct Inference {
    body: Bytes,
    json: Option<usize>,
    request_id: Option<RequestId>,
    packing: Option<Packing>,
    served: Arc<Served>,
    limits: Limits,
}

/// An answer, ready to be sent.
struct Inferred {
    response: Response,
    packed: Option<Packing>,
    rows: usize,
    warnings: usize,
}

/// A request, with the outputs that it asks for.
struct Asked {
    request: Request,
    wanted: Wanted,
}

impl Work for Inference {
    type Question = Asked;
    type Answer = Inferred;

    fn served(&self) -> &Arc<Served> {
        &self.served
    }

    fn length(&self) -> usize {
        self.body.len()
    }

    fn read(&self) -> Result<Asked, ApiError> {
        let request = Request::read(&self.body, self.json, &self.served.rules(&self.limits))?;
        let names = request.outputs.iter().map(|output| &*output.name);
        let rows = request.question.rows.len();
        let wanted = Wanted::check(names, request.level, self.served.model(), rows)?;
        Ok(Asked { request, wanted })
    }

    fn is_heavy(&self, Asked { request, wanted }: &Asked) -> bool {
        wanted.asked().is_heavy(request.question.rows.len())
    }

    fn answer(&self, Asked { request, wanted }: Asked, watch: &mut Stopwatch) -> Result<Inferred, ApiError> {
        let Request { question, id, outputs, binary, .. } = request;
        let answers = Answers::of(&self.served, &question.rows, wanted.asked());
        watch.ends(Phase::Infer);
        let tensors = answer(&self.served, &answers, wanted.outputs());
        let is_binary = |output: Output| {
            outputs.iter().find(|asked| asked.name == output.name()).map_or(binary, |asked| asked.binary)
        };
        let id = match (&id, &self.request_id) {
            (Some(id), _) => id,
            (None, Some(id)) => id.as_str(),
            (None, None) => "",
        };
        let mut response = Response::write(
            &self.served,
            id,
            &question.warnings,
            &tensors,
            wanted.asked().interval,
            is_binary,
        )?;
        let packed = self.packing.map(|packing| packing.pack(&response.body)).transpose();
        let packed = packed.map_err(|error| ApiError::Internal { reason: error.to_string() })?.flatten();
        let packing = self.packing.filter(|_| packed.is_some());
        if let Some(packed) = packed {
            response.body = packed;
        }
        let (rows, warnings) = (question.rows.len(), question.warnings.total());
        Ok(Inferred { response, packed: packing, rows, warnings })
    }

    fn copied(&self) -> Copied {
        let (body, json, limits) = (self.body.clone(), self.json, self.limits.clone());
        Box::new(move |served| Ok(Request::read(&body, json, &served.rules(&limits))?.question.rows))
    }
}
