//! The doors of whole requests: of HTTP through all routes, gates and layers, and of gRPC through the framing of its calls.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_http::HttpMessage;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{AppConfig, Response, Service, ServiceFactory};
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::http::{Method, Uri};
use actix_web::rt::System;
use actix_web::test::TestRequest;
use actix_web::web::{Bytes, Data};
use hyper::body::{Body, Frame};
use serde_json::Value;
use tokio::sync::watch;

use super::{limits, stubs};
use crate::catalogue::Catalogue;
use crate::grpc::Calls;
use crate::security::{AdminAddress, Origins, Proxies, ProxyHeader, Security, SecuritySettings, Source};
use crate::state::{AppState, Served};

/// What opens every resource of the application.
const KEY: &str = "fuzz";
/// Most bytes of a body, so that the limit is met.
const MAXIMUM_BODY_BYTES: usize = 8 * 1024;

type Answered = Pin<Box<dyn Future<Output = Result<Response<BoxBody>, actix_web::Error>>>>;
type Ask = Box<dyn Fn(TestRequest) -> Answered>;

/// An application of one worker, and the gRPC beside it.
struct Server {
    system: actix_web::rt::SystemRunner,
    ask: Ask,
    calls: Calls,
    _stop: watch::Sender<bool>,
}

thread_local! {
    // It lives as long as its thread: what it is made of looks for thread locals when it ends, which are gone by then.
    static SERVER: &'static Server = Box::leak(Box::new(server()));
}

/// A state that takes the key of all resources, and pages of these origins.
fn state(origins: Origins) -> Data<AppState> {
    let limits = crate::state::Limits { maximum_body_bytes: MAXIMUM_BODY_BYTES, ..limits() };
    let served = Served::new(Arc::new(stubs::iris()), None, None, &limits).expect("a stub can be served");
    let line = format!("fuzz predict,metadata,admin,metrics {}", crate::security::KeyHash::of(KEY));
    let security = Security::open(&SecuritySettings {
        keys: Some(Source::Text(line)),
        allowed: Vec::new(),
        proxies: Some(Proxies { trusted: Vec::new(), header: ProxyHeader::Forwarded }),
        rate: None,
        origins,
        tls: None,
        admin: AdminAddress::Off,
        admin_on_main: true,
        webhook: None,
    });
    let security = security.expect("a line of keys");
    let catalogue = Arc::new(Catalogue::of_one(served));
    Data::new(AppState::of_catalogue(catalogue, limits).secured(security))
}

fn server() -> Server {
    let ours = state(Origins::None);
    let system = System::new();
    let (stop, stopping) = watch::channel(false);
    let calls = Calls::new(ours.clone().into_inner(), stopping);
    // Requests of pages go through the layer for browsers, which closes the lane before the application.
    let init = |state| {
        let service = system.block_on(crate::service(state).new_service(AppConfig::default()));
        Rc::new(service.expect("a service of these parts"))
    };
    let (ours, of_pages) = (init(ours), init(state(Origins::Any)));
    let ask: Ask = Box::new(move |request| {
        let request = request.to_request();
        let from_page = request.headers().contains_key(ORIGIN);
        let service = if from_page { Rc::clone(&of_pages) } else { Rc::clone(&ours) };
        Box::pin(async move { service.call(request).await })
    });
    Server { system, ask, calls, _stop: stop }
}

/// A request as HTTP/1.1 writes it: method and path, headers, an empty line, the body. The key of all resources is always
/// sent. Whatever comes, the server has no fault of its own, and a refusal is a text that says why.
pub(super) fn request(bytes: &[u8]) {
    let split = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = split.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 2..]));
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let Some((method, path)) = lines.next().and_then(|line| line.split_once(' ')) else { return };
    let (Ok(method), Ok(uri)) = (Method::from_bytes(method.as_bytes()), Uri::try_from(path)) else { return };
    let mut request = TestRequest::default().method(method).uri(&uri.to_string());
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { return };
        let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name), HeaderValue::try_from(value.trim().as_bytes()))
        else {
            return;
        };
        request = request.append_header((name, value));
    }
    answered(request, body);
}

/// A line with the media type, and a form.
pub(super) fn upload(bytes: &[u8]) {
    let Some(at) = bytes.iter().position(|&byte| byte == b'\n') else { return };
    let (Ok(media_type), form) = (HeaderValue::from_bytes(&bytes[..at]), &bytes[at + 1..]) else { return };
    let request = TestRequest::post().uri("/predict_csv").insert_header(("content-type", media_type));
    answered(request, form);
}

fn answered(request: TestRequest, body: &[u8]) {
    let request = request.insert_header(("x-api-key", KEY)).set_payload(Bytes::copy_from_slice(body));
    SERVER.with(|Server { system, ask, .. }| {
        system.block_on(async {
            let (status, media_type, body) = match ask(request).await {
                Ok(response) => {
                    let media_type = response.headers().get("content-type").cloned();
                    let status = response.status();
                    (status, media_type, to_bytes(response.into_body()).await)
                }
                Err(error) => {
                    let response = error.error_response();
                    let media_type = response.headers().get("content-type").cloned();
                    (response.status(), media_type, to_bytes(response.into_body()).await)
                }
            };
            assert_ne!(status.as_u16(), 500);
            let body = body.unwrap_or_default();
            let is_json = media_type.is_some_and(|value| {
                [&b"/json"[..], b"+json"].iter().any(|end| value.as_bytes().ends_with(end))
            });
            if is_json && !body.is_empty() {
                serde_json::from_slice::<Value>(&body).expect("an answer of JSON is JSON");
            }
        });
    });
}

/// A call of gRPC: a byte for the method, one for how messages are packed, then the body with its prefix.
pub(super) fn call(bytes: &[u8]) {
    const METHODS: [&str; 12] = [
        "inference.GRPCInferenceService/ModelInfer",
        "inference.GRPCInferenceService/ServerLive",
        "inference.GRPCInferenceService/ServerReady",
        "inference.GRPCInferenceService/ModelReady",
        "inference.GRPCInferenceService/ServerMetadata",
        "inference.GRPCInferenceService/ModelMetadata",
        "inference.GRPCInferenceService/RepositoryIndex",
        "inference.GRPCInferenceService/RepositoryModelLoad",
        "inference.GRPCInferenceService/RepositoryModelUnload",
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health/Watch",
        "grpc.health.v1.Health/Other",
    ];
    let &[method, packing, ref body @ ..] = bytes else { return };
    let packing = ["identity", "gzip", "deflate", "snappy"][usize::from(packing) % 4];
    let request = hyper::Request::post(format!("/{}", METHODS[usize::from(method) % METHODS.len()]))
        .header("content-type", "application/grpc")
        .header("grpc-encoding", packing)
        .header("x-api-key", KEY)
        .body(Once(Some(Bytes::copy_from_slice(body))))
        .expect("a request of gRPC");
    SERVER.with(|Server { system, calls, .. }| {
        let response = system.block_on(calls.answer(request));
        let status = response.headers().get("grpc-status").map(|status| status.as_bytes());
        // Unknown, and the server's own fault.
        assert!(!matches!(status, Some(b"2" | b"13")), "{response:?}", response = response.headers());
    });
}

/// A body of one piece.
struct Once(Option<Bytes>);

impl Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|piece| Ok(Frame::data(piece))))
    }
}
