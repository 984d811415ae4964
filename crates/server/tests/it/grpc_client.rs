//! Calls of gRPC, in this process or over a connection.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::web::Data;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hyper::body::{Body, Frame};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use inference_proto::inference::model_infer_request::InferInputTensor;
use inference_proto::inference::{InferTensorContents, ModelInferRequest, ModelInferResponse};
use prost::Message;
use prost::bytes::Bytes;
use server::grpc::Calls;
use server::state::{AppState, Limits, Served};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::service::boston_row;
use crate::stubs::Stub;

pub(crate) const INFERENCE: &str = "/inference.GRPCInferenceService/";
pub(crate) const HEALTH: &str = "/grpc.health.v1.Health/";

/// Codes of the protocol.
pub(crate) const INVALID_ARGUMENT: u16 = 3;
pub(crate) const NOT_FOUND: u16 = 5;
pub(crate) const PERMISSION_DENIED: u16 = 7;
pub(crate) const RESOURCE_EXHAUSTED: u16 = 8;
pub(crate) const UNIMPLEMENTED: u16 = 12;
pub(crate) const INTERNAL: u16 = 13;
pub(crate) const UNAUTHENTICATED: u16 = 16;

/// Asks for the answer to the row of [`boston_row`].
pub(crate) fn boston_question() -> ModelInferRequest {
    let values = boston_row().as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    ModelInferRequest {
        inputs: vec![InferInputTensor {
            name: "x".into(),
            datatype: "FP64".into(),
            shape: vec![1, 13],
            contents: Some(InferTensorContents { fp64_contents: values, ..Default::default() }),
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// A client.
#[derive(Clone)]
pub(crate) enum Client {
    Here(Calls, Arc<watch::Sender<bool>>),
    There(SendRequest<Once>),
}

/// A body of one piece.
pub(crate) struct Once(Option<Bytes>);

impl Body for Once {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|piece| Ok(Frame::data(piece))))
    }
}

/// What came back of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) metadata: HeaderMap,
    pub(crate) code: u16,
    /// Why it was refused, as it is encoded.
    pub(crate) reason: String,
    pub(crate) messages: Vec<Vec<u8>>,
}

impl Outcome {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.metadata.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The only message of a call that ended well.
    #[track_caller]
    pub(crate) fn message<A: Message + Default>(&self) -> A {
        assert_eq!((self.code, self.messages.len()), (0, 1), "{self:?}");
        A::decode(&*self.messages[0]).unwrap()
    }
}

impl Client {
    /// Of an application of this model in this process.
    pub(crate) fn of(stub: Stub) -> Self {
        Self::within(stub, Limits::default())
    }

    /// The same with other limits.
    pub(crate) fn within(stub: Stub, limits: Limits) -> Self {
        let served = Served::new(Arc::new(stub), None, None, &limits).unwrap();
        Self::of_state(AppState::new(served, limits))
    }

    pub(crate) fn of_state(state: AppState) -> Self {
        let (stop, stopping) = watch::channel(false);
        let state = Data::new(state);
        Self::Here(Calls::new(state.into_inner(), stopping), Arc::new(stop))
    }

    /// Of a server on this port of this machine.
    pub(crate) async fn connect(port: u16) -> Self {
        Self::over(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap()).await
    }

    /// Over a connection of any kind.
    pub(crate) async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self::There(sender)
    }

    /// Calls a method with a message.
    pub(crate) async fn call(&self, path: &str, question: &impl Message) -> Outcome {
        self.send(path, prefixed(0, &question.encode_to_vec()), &[]).await
    }

    /// The same, packed.
    pub(crate) async fn call_packed(&self, path: &str, question: &impl Message) -> Outcome {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::Write::write_all(&mut packer, &question.encode_to_vec()).unwrap();
        self.send(path, prefixed(1, &packer.finish().unwrap()), &[("grpc-encoding", "gzip")]).await
    }

    /// Sends any body.
    pub(crate) async fn send(&self, path: &str, body: Vec<u8>, metadata: &[(&str, &str)]) -> Outcome {
        self.try_send(path, body, metadata).await.unwrap()
    }

    async fn try_send(&self, path: &str, body: Vec<u8>, metadata: &[(&str, &str)]) -> hyper::Result<Outcome> {
        let uri = format!("http://localhost{path}");
        let mut request = Request::post(uri).header("content-type", "application/grpc");
        for (name, value) in metadata {
            request = request.header(*name, *value);
        }
        let request = request.body(Once(Some(body.into()))).unwrap();
        Ok(match self {
            Self::Here(calls, _) => collected(calls.answer(request).await).await,
            Self::There(sender) => collected(sender.clone().send_request(request).await?).await,
        })
    }

    /// A question on a connection that may be refused.
    pub(crate) async fn try_infer(&self, question: &ModelInferRequest) -> hyper::Result<Outcome> {
        self.try_send(&format!("{INFERENCE}ModelInfer"), prefixed(0, &question.encode_to_vec()), &[]).await
    }

    pub(crate) async fn infer(&self, question: &ModelInferRequest) -> Outcome {
        self.call(&format!("{INFERENCE}ModelInfer"), question).await
    }

    /// The answer to a question that is answered.
    pub(crate) async fn answers(&self, question: &ModelInferRequest) -> ModelInferResponse {
        self.infer(question).await.message()
    }
}

/// A message behind its prefix.
pub(crate) fn prefixed(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

async fn collected<B>(response: Response<B>) -> Outcome
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Debug,
{
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    let (head, mut body) = response.into_parts();
    let mut metadata = head.headers;
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.unwrap().into_data() {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(trailers) => metadata.extend(trailers.into_trailers().unwrap()),
        }
    }
    let mut messages = Vec::new();
    let mut rest = &*bytes;
    while let [flag, a, b, c, d, behind @ ..] = rest {
        let (message, behind) = behind.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        rest = behind;
        let mut unpacked = Vec::new();
        if *flag == 1 {
            assert_eq!(metadata["grpc-encoding"], "gzip");
            std::io::Read::read_to_end(&mut GzDecoder::new(message), &mut unpacked).unwrap();
        } else {
            unpacked.extend_from_slice(message);
        }
        messages.push(unpacked);
    }
    assert!(rest.is_empty());
    let code = metadata["grpc-status"].to_str().unwrap().parse().unwrap();
    let reason = metadata.get("grpc-message").map_or("", |reason| reason.to_str().unwrap()).to_owned();
    Outcome { metadata, code, reason, messages }
}
