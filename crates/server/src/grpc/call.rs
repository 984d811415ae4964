//! One call, from its metadata to what is told of it.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::FutureExt;
use hyper::body::Body;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};
use prost::bytes::Bytes;

use super::Calls;
use super::answer::{Answer, Messages};
use super::message::{ENCODING, Memory, Received, framed, packing, receive, unpack};
use super::method::Method;
use super::status::{Code, refuse};
use crate::api::reply::WARNINGS_HEADER;
use crate::api::work::INLINE_BYTES;
use crate::error::ApiError;
use crate::pack::Packing;
use crate::request_id::{self, REQUEST_ID_HEADER, RequestId};
use crate::security::{Access, Head};
use crate::state::{MODEL_HEADER, MODEL_VERSION_HEADER};
use crate::telemetry::{self, Answered, Refusal, panic_message, report};

const GRPC: &str = "application/grpc";
/// Metadata that names the packings of messages that are read here.
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
/// Most bytes of an answer that is packed: it holds up the other calls of its thread for some milliseconds.
const PACKED_BYTES: usize = 256 * 1024;

/// A call that is under way.
pub(super) struct Call {
    pub(super) id: RequestId,
    pub(super) memory: Memory,
    answered: Mutex<Option<Answered>>,
}

impl Call {
    /// Says which version answers, or was asked, and what came of it so far.
    pub(super) fn tell(&self, answered: Answered) {
        *self.answered() = Some(answered);
    }

    fn answered(&self) -> MutexGuard<'_, Option<Answered>> {
        // Nothing panics while it holds the lock.
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The metadata of every answer: the id of the call, and the model that answered or refused.
    fn sign(&self, metadata: &mut HeaderMap) {
        let mut put = |name: &'static str, value: &str| {
            // A name with a control character stays out: no metadata can carry it.
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                metadata.insert(HeaderName::from_static(name), value);
            }
        };
        put(REQUEST_ID_HEADER, self.id.as_str());
        if let Some(Answered { served, warnings, .. }) = &*self.answered() {
            // Clients of gRPC refuse metadata that is not ASCII.
            if served.name().is_ascii() {
                put(MODEL_HEADER, served.name());
            }
            put(MODEL_VERSION_HEADER, &served.version().to_string());
            if *warnings > 0 {
                put(WARNINGS_HEADER, &warnings.to_string());
            }
        }
    }
}

/// Who sends a call.
struct Sender<'a> {
    metadata: &'a HeaderMap,
    peer: Option<IpAddr>,
}

impl Head for Sender<'_> {
    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    fn reads(&self) -> bool {
        // No browser calls by itself.
        false
    }

    fn values<'a>(&'a self, name: &'static str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.metadata.get_all(name).iter().map(|value| value.to_str().unwrap_or("")))
    }
}

/// What a call is answered with.
pub(super) enum Reply {
    /// One message.
    One(Vec<u8>),
    /// Any number of messages.
    Many(Messages),
}

impl Calls {
    /// Answers one call. Every answer has an id, and is told of once; a panic is a status, and the server lives on.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Answer>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let started = Instant::now();
        let text = |name: &str| request.headers().get(name)?.to_str().ok();
        let call = Call {
            id: RequestId::given(request.headers().get(REQUEST_ID_HEADER).map(HeaderValue::as_bytes)),
            memory: Memory::new(self.state.guard.buffers.reservation()),
            answered: Mutex::default(),
        };
        let mut under_way = self.state.traffic.enter().traced(text);
        let path = request.uri().path().to_owned();
        let method = Method::of(&path);
        if method.is_some() {
            under_way.is_of_route(&path);
        }
        let (head, body) = request.into_parts();
        let reply = pin!(self.reply(method, &head.headers, body, &call));
        let reply = AssertUnwindSafe(request_id::during(call.id, reply)).catch_unwind().await;
        let _at_work = request_id::enter(Some(call.id));
        let reply = reply.unwrap_or_else(|panic| {
            Err(ApiError::Internal { reason: format!("panic: {}", panic_message(&*panic)) })
        });

        let mut metadata = HeaderMap::new();
        metadata.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
        call.sign(&mut metadata);
        let (mut code, mut bytes, mut refusal) = (Code::Ok, Some(0), None);
        let body = match reply {
            Ok((Reply::One(message), packing)) => {
                bytes = Some(message.len() as u64);
                Answer::one(packed(&message, packing, &mut metadata))
            }
            Ok((Reply::Many(messages), _)) => {
                bytes = None;
                Answer::many(messages)
            }
            Err(error) => {
                (code, refusal) = (Code::of(&error), Refusal::of(&error));
                metadata.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, identity"));
                refuse(&error, &mut metadata);
                Answer::refusal()
            }
        };
        let answered = call.answered();
        let told = telemetry::Request {
            method: "gRPC",
            path: &path,
            status: code.as_http(),
            elapsed: started.elapsed(),
            bytes,
            refusal,
            answered: answered.as_ref(),
        };
        report(&told, under_way);
        let mut response = Response::new(body);
        *response.headers_mut() = metadata;
        response
    }

    /// The reply to a call, and how its messages are packed.
    async fn reply<B>(
        &self,
        method: Option<Method>,
        metadata: &HeaderMap,
        body: B,
        call: &Call,
    ) -> Result<(Reply, Option<Packing>), ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let content = metadata.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        if !content.is_some_and(|content| content.starts_with(GRPC.as_bytes())) {
            return Err(ApiError::MediaType { expected: GRPC });
        }
        let method = method.ok_or(ApiError::NotFound)?;
        if let Access::Needs(scope) = method.access() {
            self.state.security.admit(&Sender { metadata, peer: self.peer }, scope)?;
        }
        let packing = packing(metadata)?;
        let limits = &self.state.limits;
        let message = match receive(body, packing, &call.memory, limits).await? {
            Received::Plain(message) => message,
            Received::Packed(packing, message) => {
                let (memory, limit) = (call.memory.clone(), limits.maximum_body_bytes);
                if message.len() > INLINE_BYTES {
                    self.state.guard.pool.run(move || unpack(packing, message, &memory, limit)).await?
                } else {
                    unpack(packing, message, &memory, limit)?
                }
            }
        };
        Ok((self.handle(method, message, call).await?, packing))
    }

    async fn handle(&self, method: Method, message: Bytes, call: &Call) -> Result<Reply, ApiError> {
        let answer = match method {
            Method::ServerLive => self.server_live(),
            Method::ServerReady => self.server_ready(),
            Method::ServerMetadata => self.server_metadata(),
            Method::ModelReady => self.model_ready(message)?,
            Method::ModelMetadata => self.model_metadata(message)?,
            Method::ModelInfer => self.model_infer(message, call).await?,
            Method::RepositoryIndex => self.repository_index(message)?,
            Method::RepositoryModelLoad => self.model_load(message).await?,
            Method::RepositoryModelUnload => self.model_unload(message).await?,
            Method::HealthCheck => self.health_check(message)?,
            Method::HealthWatch => return Ok(Reply::Many(self.health_watch(message)?)),
        };
        Ok(Reply::One(answer))
    }
}

/// A message with its prefix, packed when the question was: nearly all clients could read packed answers, and those that
/// pack want them.
fn packed(message: &[u8], packing: Option<Packing>, metadata: &mut HeaderMap) -> Bytes {
    let packing = packing.filter(|_| message.len() <= PACKED_BYTES);
    // What cannot be packed, or is too small for it, goes as it is.
    let packed = packing.and_then(|packing| Some((packing, packing.pack(message).ok()??)));
    match packed {
        Some((packing, packed)) => {
            metadata.insert(ENCODING, HeaderValue::from_static(packing.name()));
            framed(&packed, true)
        }
        None => framed(message, false),
    }
}
