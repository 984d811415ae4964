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
fn what_is_wrong_with_a_question_is_told_and_others_are_answered() {
    run(async {
        let client = Client::of(boston());
        let matrix = || input("x", "FP64", &[1, 13]);
        let check = async |question: ModelInferRequest, code: u16, words: &str| {
            let outcome = client.infer(&question).await;
            assert_eq!(outcome.code, code, "{outcome:?}");
            assert!(outcome.reason.contains(words), "{:?} says {words:?}", outcome.reason);
            assert_eq!(client.infer(&rows(1)).await.code, 0);
        };
        let invalid = INVALID_ARGUMENT;
        check(ModelInferRequest::default(), invalid, "no rows").await;
        check(raw([(matrix(), doubles(&row()[1..]))]), invalid, "another number of bytes").await;
        check(typed([(matrix(), of_doubles(row()[1..].into()))]), invalid, "another number of elements")
            .await;
        check(typed([(matrix(), InferTensorContents::default())]), invalid, "another number of elements")
            .await;
        let no_contents = ModelInferRequest { inputs: vec![matrix()], ..<_>::default() };
        check(no_contents, invalid, "another number of elements").await;
        let mut both = typed([(matrix(), of_doubles(row()))]);
        both.raw_input_contents = vec![doubles(&row())];
        check(both, invalid, "data given twice").await;
        let mut more = rows(1);
        more.raw_input_contents.push(Bytes::new());
        check(more, invalid, "another number of tensors").await;
        let other = InferTensorContents { fp32_contents: vec![1.0; 13], ..InferTensorContents::default() };
        check(typed([(matrix(), other)]), invalid, "expected fp64_contents for FP64, got fp32_contents")
            .await;
        check(raw([(input("x", "FP64", &[1, 12]), doubles(&row()))]), invalid, "not of the right shape")
            .await;
        for shape in [&[i64::MAX, 13][..], &[i64::MIN, 13], &[-1, 13], &[1 << 40, 1 << 40], &[1; 5000]] {
            check(raw([(input("x", "FP64", shape), doubles(&row()))]), invalid, "").await;
        }
        check(raw([(input("x", "FP16", &[1, 13]), Bytes::from(vec![0; 26]))]), invalid, "unknown datatype")
            .await;
        check(ModelInferRequest { id: "x".repeat(257), ..rows(1) }, invalid, "id: too long").await;
        let output = InferRequestedOutputTensor { name: "nonsense".into(), ..<_>::default() };
        check(ModelInferRequest { outputs: vec![output], ..rows(1) }, invalid, "no output of this name")
            .await;
        let of = |model: &str, version: &str| ModelInferRequest {
            model_name: model.into(),
            model_version: version.into(),
            ..rows(1)
        };
        check(of("moscow", ""), NOT_FOUND, "No model \"moscow\"; there is: boston").await;
        check(of("boston", "4"), NOT_FOUND, "No version \"4\"; there is: 3").await;
        check(of("boston", "champion"), NOT_FOUND, "No alias \"champion\"").await;
        check(rows(10_001), invalid, "at most 10000 rows").await;
    });
}

#[test]
fn a_message_beyond_the_limits_is_refused_before_it_is_read() {
    run(async {
        let limits = Limits { maximum_body_bytes: 100_000, ..Limits::default() };
        let client = Client::within(boston(), limits);
        let too_large = async |outcome: crate::grpc_client::Outcome| {
            assert_eq!(
                (outcome.code, outcome.reason.contains("larger")),
                (RESOURCE_EXHAUSTED, true),
                "{outcome:?}"
            );
            assert_eq!(client.infer(&rows(900)).await.code, 0);
        };
        too_large(client.infer(&rows(1000)).await).await;
        // Packed, it passes as few bytes, and is as large.
        let path = format!("{INFERENCE}ModelInfer");
        too_large(client.call_packed(&path, &rows(1000)).await).await;
        // What is only announced takes no memory.
        too_large(client.send(&path, b"\0\xff\xff\xff\xff".to_vec(), &[]).await).await;
        // Few bytes that would be hundreds of megabytes.
        let client = Client::of(boston());
        let inputs = vec![InferInputTensor::default(); 1_000_000];
        let outcome = client.infer(&ModelInferRequest { inputs, ..<_>::default() }).await;
        assert_eq!(
            (outcome.code, outcome.reason.contains("memory")),
            (INVALID_ARGUMENT, true),
            "{outcome:?}"
        );
        assert_eq!(client.infer(&rows(1)).await.code, 0);
    });
}

#[test]
fn bodies_that_are_no_message_are_refused() {
    run(async {
        let client = Client::of(boston());
        let path = format!("{INFERENCE}ModelInfer");
        let messages =
            [&b"\xff\xff\xff"[..], b"\x0a\x05ab", b"\x2a\x02\x0a\x01", b"\x0b\x0c", b"\x0a\x01\xff"];
        let whole = messages.map(|message| prefixed(0, message));
        let broken = [
            b"".to_vec(),
            b"\0\0".to_vec(),
            b"\0\0\0\0\x09ab".to_vec(),
            prefixed(1, b"ab"),
            prefixed(7, b""),
        ];
        for body in whole.into_iter().chain(broken) {
            let outcome = client.send(&path, body.clone(), &[]).await;
            assert_eq!(outcome.code, INVALID_ARGUMENT, "{body:?} {outcome:?}");
        }
        let outcome = client.send(&path, prefixed(1, b"no gzip"), &[("grpc-encoding", "gzip")]).await;
        assert_eq!(outcome.code, INVALID_ARGUMENT, "{outcome:?}");
        let outcome = client.send(&path, prefixed(1, b"ab"), &[("grpc-encoding", "snappy")]).await;
        assert_eq!(outcome.code, UNIMPLEMENTED, "{outcome:?}");
        assert_eq!(outcome.header("grpc-accept-encoding"), "gzip, deflate, identity");
        assert_eq!(client.infer(&rows(1)).await.code, 0);
    });
}

#[test]
fn more_than_the_server_takes_on_is_told_when_to_come_again() {
    run(async {
        let limits = Limits { maximum_buffered_bytes: 210_000, ..Limits::default() };
        let client = Client::within(boston(), limits);
        let outcome = client.infer(&rows(3000)).await;
        assert_eq!((outcome.code, outcome.header("retry-after")), (RESOURCE_EXHAUSTED, "1"), "{outcome:?}");
        assert_eq!(client.infer(&rows(500)).await.code, 0);
    });
}

#[test]
fn a_panic_is_an_internal_error_and_the_server_lives_on() {
    run(async {
        let client = Client::of(boston().panicking());
        for count in [1, 1000] {
            let outcome = client.infer(&rows(count)).await;
            assert_eq!(outcome.code, INTERNAL, "{outcome:?}");
            assert!(!outcome.reason.contains("told to panic"), "{outcome:?}");
            assert!(!outcome.header("x-request-id").is_empty());
        }
        let live = client.call(&format!("{INFERENCE}ServerLive"), &ServerLiveRequest {}).await;
        assert!(live.message::<ServerLiveResponse>().live);
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

#[test]
fn server_and_model_say_what_they_are() {
    run(async {
        let client = Client::of(penguins());
        let path = |method: &str| format!("{INFERENCE}{method}");
        let ready: ServerReadyResponse =
            client.call(&path("ServerReady"), &ServerReadyRequest {}).await.message();
        assert!(ready.ready);
        let server: ServerMetadataResponse =
            client.call(&path("ServerMetadata"), &ServerMetadataRequest {}).await.message();
        assert_eq!(server.name, "canopy");
        let of = |name: &str| ModelReadyRequest { name: name.into(), version: String::new() };
        let ready: ModelReadyResponse = client.call(&path("ModelReady"), &of("penguins")).await.message();
        assert!(ready.ready);
        assert_eq!(client.call(&path("ModelReady"), &of("puffins")).await.code, NOT_FOUND);
        let metadata = ModelMetadataRequest { name: "penguins".into(), version: "3".into() };
        let model: ModelMetadataResponse = client.call(&path("ModelMetadata"), &metadata).await.message();
        let tensors = |tensors: &[TensorMetadata]| -> Vec<_> {
            let text =
                |tensor: &TensorMetadata| format!("{} {} {:?}", tensor.name, tensor.datatype, tensor.shape);
            tensors.iter().map(text).collect()
        };
        assert_eq!(model.versions, ["3"]);
        assert_eq!(
            tensors(&model.inputs),
            [
                "island BYTES [-1]",
                "observer BYTES [-1]",
                "bill_length FP64 [-1]",
                "sex BYTES [-1]",
                "year INT64 [-1]"
            ]
        );
        assert_eq!(tensors(&model.outputs)[..2], ["predict BYTES [-1]", "predict_proba FP64 [-1, 3]"]);
        let index: RepositoryIndexResponse =
            client.call(&path("RepositoryIndex"), &RepositoryIndexRequest::default()).await.message();
        assert_eq!((&*index.models[0].name, &*index.models[0].state), ("penguins", "READY"));
        let load = RepositoryModelLoadRequest { model_name: "penguins".into(), ..<_>::default() };
        assert_eq!(client.call(&path("RepositoryModelLoad"), &load).await.code, UNIMPLEMENTED);
    });
}

#[test]
fn health_is_told_of_the_server_and_of_each_model() {
    run(async {
        let client = Client::of(boston());
        let path = format!("{HEALTH}Check");
        let of = |service: &str| HealthCheckRequest { service: service.into() };
        for service in ["", "inference.GRPCInferenceService", "boston"] {
            let health: HealthCheckResponse = client.call(&path, &of(service)).await.message();
            assert_eq!(health.status(), ServingStatus::Serving, "{service:?}");
        }
        assert_eq!(client.call(&path, &of("moscow")).await.code, NOT_FOUND);
        // Those that watch are told at once, and no more when the server stops.
        let Client::Here(_, stop) = &client else { panic!("a client in this process") };
        stop.send(true).unwrap();
        let health: HealthCheckResponse =
            client.call(&format!("{HEALTH}Watch"), &of("moscow")).await.message();
        assert_eq!(health.status(), ServingStatus::ServiceUnknown);
    });
}

#[test]
fn a_call_needs_the_key_that_its_sister_over_http_needs() {
    run(async {
        let limits = Limits::default();
        let served = Served::new(Arc::new(boston()), None, None, &limits).unwrap();
        let secured = AppState::new(served, limits).secured(secured(&["--api-keys", &key_lines()]));
        let client = Client::of_state(secured);
        let empty = prefixed(0, b"");
        let check = async |method: &str, key: Option<&str>, expected: u16| {
            let bearer = key.map(|key| format!("Bearer {key}"));
            let metadata: Vec<_> = bearer.iter().map(|bearer| ("authorization", &**bearer)).collect();
            let outcome = client.send(method, empty.clone(), &metadata).await;
            assert_eq!(outcome.code, expected, "{method} {key:?} {outcome:?}");
        };
        let of = |method: &str| format!("{INFERENCE}{method}");
        check(&format!("{HEALTH}Check"), None, 0).await;
        check(&of("ServerReady"), None, 0).await;
        check(&of("ServerMetadata"), None, UNAUTHENTICATED).await;
        check(&of("ServerMetadata"), Some("key-metadata"), 0).await;
        check(&of("ModelInfer"), None, UNAUTHENTICATED).await;
        check(&of("ModelInfer"), Some("nonsense"), UNAUTHENTICATED).await;
        check(&of("ModelInfer"), Some("key-metadata"), PERMISSION_DENIED).await;
        // An empty question is read, and refused for what it lacks.
        check(&of("ModelInfer"), Some("key-predict"), INVALID_ARGUMENT).await;
        check(&of("RepositoryModelLoad"), Some("key-predict"), PERMISSION_DENIED).await;
        // Nobody may do here what stands at the admin address.
        check(&of("RepositoryModelLoad"), Some("key-admin"), UNIMPLEMENTED).await;
        let outcome =
            client.call(&format!("{HEALTH}Check"), &HealthCheckRequest { service: "x".into() }).await;
        assert!(outcome.code == NOT_FOUND && !outcome.reason.contains("boston"), "{outcome:?}");
    });
}

#[test]
fn a_signal_tells_those_who_watch_and_ends_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let port = free_port();
    let mut server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).env("GRPC_PORT", port.to_string()));
    run(async {
        let client = Client::connect(port).await;
        let answer = client.answers(&rows(3)).await;
        assert_eq!(answer.raw_output_contents, [doubles(&[21.5; 3])]);
        // The watch is told of the state before, of the end, and then ends; the connection with it.
        let (path, all) = (format!("{HEALTH}Watch"), HealthCheckRequest::default());
        let watch = client.call(&path, &all);
        let signal = async {
            actix_web::rt::time::sleep(std::time::Duration::from_millis(200)).await;
            server.signal("-TERM");
        };
        let (outcome, ()) = tokio::join!(watch, signal);
        let standings: Vec<_> = outcome
            .messages
            .iter()
            .map(|message| HealthCheckResponse::decode(&**message).unwrap().status())
            .collect();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert_eq!(standings, [ServingStatus::Serving, ServingStatus::NotServing]);
    });
    assert_eq!(server.wait().0, Some(0));
}
