//! The Open Inference Protocol over gRPC, called as its clients call it.

use std::sync::Arc;

use actix_web::rt::System;
use inference_proto::health::health_check_response::ServingStatus;
use inference_proto::health::{HealthCheckRequest, HealthCheckResponse};
use inference_proto::inference::infer_parameter::ParameterChoice;
use inference_proto::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use inference_proto::inference::model_metadata_response::TensorMetadata;
use inference_proto::inference::{
    InferParameter, InferTensorContents, ModelInferRequest, ModelInferResponse, ModelMetadataRequest,
    ModelMetadataResponse, ModelReadyRequest, ModelReadyResponse, RepositoryIndexRequest,
    RepositoryIndexResponse, RepositoryModelLoadRequest, ServerLiveRequest, ServerLiveResponse,
    ServerMetadataRequest, ServerMetadataResponse, ServerReadyRequest, ServerReadyResponse,
};
use prost::Message;
use prost::bytes::Bytes;
use server::state::{AppState, Limits, Served};

use crate::grpc_client::{
    Client, HEALTH, INFERENCE, INTERNAL, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED,
    UNAUTHENTICATED, UNIMPLEMENTED, prefixed,
};
use crate::running::{Running, free_port, program, write_artifact};
use crate::security::{key_lines, secured};
use crate::service::{boston_row, expected};
use crate::stubs::{boston, iris, penguins, taxi};

mod refusals;
mod standing;

fn row() -> Vec<f64> {
    boston_row().as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn doubles(values: &[f64]) -> Bytes {
    values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into()
}

fn input(name: &str, datatype: &str, shape: &[i64]) -> InferInputTensor {
    InferInputTensor {
        name: name.into(),
        datatype: datatype.into(),
        shape: shape.into(),
        ..InferInputTensor::default()
    }
}

/// A question with typed elements.
fn typed(tensors: impl IntoIterator<Item = (InferInputTensor, InferTensorContents)>) -> ModelInferRequest {
    let tensors =
        tensors.into_iter().map(|(input, contents)| InferInputTensor { contents: Some(contents), ..input });
    ModelInferRequest { inputs: tensors.collect(), ..ModelInferRequest::default() }
}

/// A question with raw elements.
fn raw(tensors: impl IntoIterator<Item = (InferInputTensor, Bytes)>) -> ModelInferRequest {
    let (inputs, raw_input_contents) = tensors.into_iter().unzip();
    ModelInferRequest { inputs, raw_input_contents, ..ModelInferRequest::default() }
}

fn of_doubles(fp64_contents: Vec<f64>) -> InferTensorContents {
    InferTensorContents { fp64_contents, ..InferTensorContents::default() }
}

/// Rows of Boston, raw.
fn rows(count: i64) -> ModelInferRequest {
    let values = row().repeat(usize::try_from(count).unwrap());
    raw([(input("x", "FP64", &[count, 13]), doubles(&values))])
}

fn run(test: impl Future<Output = ()>) {
    System::new().block_on(test);
}

#[test]
fn elements_are_answered_as_they_are_asked_typed_or_raw() {
    run(async {
        let client = Client::of(boston());
        let outcome = client.infer(&rows(2)).await;
        assert_eq!(
            (outcome.header("x-canopy-model"), outcome.header("x-canopy-model-version")),
            ("boston", "3")
        );
        assert!(!outcome.header("x-request-id").is_empty());
        let answer: ModelInferResponse = outcome.message();
        assert_eq!((&*answer.model_name, &*answer.model_version), ("boston", "3"));
        assert_eq!(answer.id, outcome.header("x-request-id"));
        assert_eq!(answer.raw_output_contents, [doubles(&[expected(&boston_row()); 2])]);
        assert_eq!((&*answer.outputs[0].name, &*answer.outputs[0].datatype), ("predict", "FP64"));
        assert_eq!((&*answer.outputs[0].shape, &answer.outputs[0].contents), (&[2][..], &None));

        let mut question = typed([(input("x", "FP64", &[1, 13]), of_doubles(row()))]);
        question.id = "mine".into();
        question.model_name = "boston".into();
        question.model_version = "3".into();
        let answer = client.answers(&question).await;
        assert_eq!((&*answer.id, answer.raw_output_contents.len()), ("mine", 0));
        assert_eq!(answer.outputs[0].contents, Some(of_doubles(vec![expected(&boston_row())])));
    });
}

#[test]
fn each_feature_may_have_a_tensor_of_its_own_type() {
    run(async {
        let none = InferTensorContents::default;
        let texts = |texts: &[&str]| InferTensorContents {
            bytes_contents: texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect(),
            ..none()
        };
        let question = typed([
            (input("island", "BYTES", &[2]), texts(&["Torgersen", "Biscoe"])),
            (input("observer", "BYTES", &[2, 1]), texts(&["A", "nobody yet"])),
            (
                input("bill_length", "FP32", &[2]),
                InferTensorContents { fp32_contents: vec![39.1, 40.0], ..none() },
            ),
            (
                input("year", "UINT16", &[2]),
                InferTensorContents { uint_contents: vec![2007, 2008], ..none() },
            ),
        ]);
        let outcome = Client::of(penguins()).infer(&question).await;
        assert_eq!(outcome.header("x-canopy-warnings"), "1");
        let output = outcome.message::<ModelInferResponse>().outputs.remove(0);
        assert_eq!((&*output.datatype, output.contents), ("BYTES", Some(texts(&["Gentoo", "Adelie"]))));

        let integers = |int64_contents: Vec<i64>| InferTensorContents { int64_contents, ..none() };
        let question = typed([
            (input("PULocationID", "INT64", &[1]), integers(vec![264])),
            (input("DOLocationID", "INT32", &[1]), InferTensorContents { int_contents: vec![264], ..none() }),
            (
                input("passenger_count", "UINT64", &[1]),
                InferTensorContents { uint64_contents: vec![2], ..none() },
            ),
            (input("trip_distance", "FP64", &[1]), of_doubles(vec![f64::NAN])),
            (input("night", "BOOL", &[1]), InferTensorContents { bool_contents: vec![true], ..none() }),
        ]);
        let output = Client::of(taxi()).answers(&question).await.outputs.remove(0);
        assert_eq!(output.contents, Some(of_doubles(vec![0.5 * (2.0 + 2.0 + 2.0 + 1.0) / 5.0])));
    });
}

#[test]
fn outputs_are_chosen_by_name() {
    run(async {
        let output = |name: &str| InferRequestedOutputTensor { name: name.into(), ..<_>::default() };
        let mut question = typed([(input("x", "FP64", &[1, 4]), of_doubles(vec![2.0, 3.0, 5.1, 1.8]))]);
        question.outputs = ["predict_proba", "explain", "predict"].map(output).into();
        let answer = Client::of(iris()).answers(&question).await;
        let shapes: Vec<_> = answer.outputs.iter().map(|output| (&*output.name, &*output.shape)).collect();
        assert_eq!(shapes, [("predict_proba", &[1, 3][..]), ("explain", &[1, 4]), ("predict", &[1])]);
        assert_eq!(answer.outputs[2].contents.as_ref().unwrap().int64_contents, [2]);

        let level = |choice| InferParameter { parameter_choice: Some(choice) };
        let mut question = rows(1);
        question.parameters.insert("interval".into(), level(ParameterChoice::DoubleParam(0.8)));
        // Those of other servers mean nothing here.
        question.parameters.insert("priority".into(), level(ParameterChoice::Uint64Param(1)));
        let answer = Client::of(boston().with_intervals()).answers(&question).await;
        let middle = expected(&boston_row());
        assert_eq!(answer.outputs[1].name, "interval");
        assert_eq!(answer.raw_output_contents[1], doubles(&[middle - 0.4, middle + 0.4]));
    });
}

#[test]
fn a_call_keeps_the_id_of_its_caller_and_is_answered_packed_when_it_came_so() {
    run(async {
        let client = Client::of(boston());
        let path = format!("{INFERENCE}ModelInfer");
        let outcome = client.call_packed(&path, &rows(500)).await;
        assert_eq!(outcome.header("grpc-encoding"), "gzip");
        assert_eq!(outcome.message::<ModelInferResponse>().raw_output_contents[0].len(), 8 * 500);
        let empty = prefixed(0, b"");
        let outcome = client.send(&path, empty.clone(), &[("x-request-id", "mine-7")]).await;
        assert_eq!((outcome.code, outcome.header("x-request-id")), (INVALID_ARGUMENT, "mine-7"));
        let outcome = client.send(&format!("{INFERENCE}Nonsense"), empty, &[]).await;
        assert_eq!(outcome.code, UNIMPLEMENTED);
    });
}
