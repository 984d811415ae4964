//! Asking a server over gRPC: one question to `ModelInfer`, as any client of the protocol puts it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Request;
use hyper::body::{Body, Frame};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use inference_proto::inference::model_infer_request::InferInputTensor;
use inference_proto::inference::{InferTensorContents, ModelInferRequest, ModelInferResponse};
use prost::Message;
use prost::bytes::Bytes;
use serde_json::{Value, json};

/// The first output of the answer to tensors as JSON spells them, from the server on this port.
pub(crate) fn infer(port: u16, model: &str, tensors: &[Value]) -> Vec<Value> {
    let question = ModelInferRequest {
        model_name: model.to_owned(),
        inputs: tensors.iter().map(tensor).collect(),
        ..ModelInferRequest::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(called(port, &question));
    let contents = answer.outputs[0].contents.clone().unwrap();
    let text = |bytes: &Bytes| json!(std::str::from_utf8(bytes).unwrap());
    let numbers = contents.fp64_contents.iter().map(|number| json!(number));
    let integers = contents.int64_contents.iter().map(|number| json!(number));
    numbers.chain(integers).chain(contents.bytes_contents.iter().map(text)).collect()
}

/// A tensor with its elements in the field for its type; a missing number is NaN.
fn tensor(tensor: &Value) -> InferInputTensor {
    let data = tensor["data"].as_array().unwrap();
    let mut contents = InferTensorContents::default();
    let datatype = tensor["datatype"].as_str().unwrap();
    match datatype {
        "FP64" => {
            contents.fp64_contents = data.iter().map(|cell| cell.as_f64().unwrap_or(f64::NAN)).collect();
        }
        "INT64" => contents.int64_contents = data.iter().map(|cell| cell.as_i64().unwrap()).collect(),
        "BOOL" => contents.bool_contents = data.iter().map(|cell| cell.as_bool().unwrap()).collect(),
        "BYTES" => {
            let text = |cell: &Value| cell.as_str().unwrap().to_owned().into();
            contents.bytes_contents = data.iter().map(text).collect();
        }
        other => panic!("a tensor of {other}"),
    }
    InferInputTensor {
        name: tensor["name"].as_str().unwrap().into(),
        datatype: datatype.into(),
        shape: tensor["shape"].as_array().unwrap().iter().map(|size| size.as_i64().unwrap()).collect(),
        contents: Some(contents),
        ..InferInputTensor::default()
    }
}

async fn called(port: u16, question: &ModelInferRequest) -> ModelInferResponse {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let message = question.encode_to_vec();
    let body = [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), &message].concat();
    let request = Request::post("http://localhost/inference.GRPCInferenceService/ModelInfer")
        .header("content-type", "application/grpc")
        .body(Once(Some(body.into())))
        .unwrap();
    let (head, mut body) = sender.send_request(request).await.unwrap().into_parts();
    let (mut trailers, mut bytes) = (head.headers, Vec::new());
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.unwrap().into_data() {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(frame) => trailers.extend(frame.into_trailers().unwrap()),
        }
    }
    assert_eq!(trailers["grpc-status"], "0", "{trailers:?}");
    ModelInferResponse::decode(&bytes[5..]).unwrap()
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
