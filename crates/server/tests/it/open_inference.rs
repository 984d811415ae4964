//! The Open Inference Protocol (V2) over HTTP: what its clients send, and what they are answered.

use std::io::{Read, Write};

use actix_web::test::TestRequest;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};
use server::state::Limits;

use crate::service::{Reply, ask, ask_once, ask_within, boston_row, expected};
use crate::stubs::{self, Stub};

mod raw_tensors;
mod refusals;
mod standing;

const ROWS: [[f64; 4]; 2] = [[1.2, 3.0, 5.0, 1.0], [0.4, 3.0, 5.5, 1.0]];

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn post(path: &str, body: impl Into<actix_web::web::Bytes>) -> TestRequest {
    TestRequest::post().uri(path).set_payload(body)
}

fn infer(model: &str, body: &Value) -> TestRequest {
    post(&format!("/v2/models/{model}/infer"), body.to_string())
}

/// A request with raw tensors behind its JSON.
fn infer_raw(model: &str, body: &Value, raw: &[u8]) -> TestRequest {
    let json = body.to_string();
    let request = post(&format!("/v2/models/{model}/infer"), [json.as_bytes(), raw].concat());
    request.insert_header(("inference-header-content-length", json.len()))
}

fn matrix(rows: &[[f64; 4]]) -> Value {
    json!({ "name": "input-0", "shape": [rows.len(), 4], "datatype": "FP64", "data": rows })
}

/// The error of a reply, after its status.
#[track_caller]
fn error(reply: &Reply) -> (u16, String) {
    assert_eq!(reply.header("content-type"), "application/json");
    let body = reply.json();
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "{body}");
    assert!(!reply.header("x-request-id").is_empty());
    (reply.status, body["error"].as_str().expect("an error in words").to_owned())
}

fn doubles(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_le_bytes).collect()
}

#[test]
fn a_matrix_is_answered() {
    let body = json!({ "id": "17", "inputs": [matrix(&ROWS)] });
    let reply = ask_once(stubs::iris(), infer("iris", &body));
    let answer = json!({
        "model_name": "iris",
        "model_version": "3",
        "id": "17",
        "outputs": [{ "name": "predict", "shape": [2], "datatype": "INT64", "data": [1, 0] }],
    });
    assert_eq!((reply.status, reply.json()), (200, answer.clone()));
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!((reply.header("x-canopy-model"), reply.header("x-canopy-model-version")), ("iris", "3"));
    let versioned = post("/v2/models/iris/versions/3/infer", body.to_string());
    assert_eq!(ask_once(stubs::iris(), versioned).json(), answer);
}

#[test]
fn numbers_and_names_are_answered_as_by_the_native_api() {
    let body =
        json!({ "inputs": [{ "name": "x", "shape": [1, 13], "datatype": "FP32", "data": boston_row() }] });
    let output = &ask_once(stubs::boston(), infer("boston", &body)).json()["outputs"][0];
    let answer =
        json!({ "name": "predict", "shape": [1], "datatype": "FP64", "data": [expected(&boston_row())] });
    assert_eq!(output, &answer);
    let body = json!({ "inputs": [matrix(&ROWS)] });
    let output = &ask_once(stubs::iris().with_names(), infer("iris", &body)).json()["outputs"][0];
    assert_eq!((&output["datatype"], &output["data"]), (&json!("BYTES"), &json!(["versicolor", "setosa"])));
}

#[test]
fn features_come_by_their_names_in_any_order() {
    let body = json!({ "inputs": [
        { "name": "bill length", "shape": [2], "datatype": "FP32", "data": [39.1, 40] },
        { "name": "year", "shape": [2, 1], "datatype": "INT16", "data": [[2007], [2009]] },
        { "data": ["Dream", "Torgersen"], "datatype": "BYTES", "shape": [2, 1], "name": "island" },
        { "name": "observer", "datatype": "BYTES", "data": ["A", "B"], "shape": [2], "parameters": { "content_type": "str" } },
        { "name": "sex", "shape": [2], "datatype": "BYTES", "data": [null, "male"] },
    ]});
    let reply = ask_once(stubs::penguins(), infer("penguins", &body)).json();
    let output = &reply["outputs"][0];
    assert_eq!(output["data"], json!(["Chinstrap", "Gentoo"]));
    // As Python writes what is missing.
    let bare = post("/v2/models/penguins/infer", body.to_string().replace("null", "NaN"));
    assert_eq!(&ask_once(stubs::penguins(), bare).json()["outputs"][0], output);
}

#[test]
fn outputs_are_chosen_by_name() {
    let ask = |stub: Stub, outputs: Value, parameters: Value| {
        let name = stub.name().to_owned();
        let row = if name == "iris" { json!(ROWS[0]) } else { boston_row() };
        let input = json!({ "name": "x", "shape": [1, row.as_array().unwrap().len()], "datatype": "FP64", "data": row });
        let body = json!({ "inputs": [input], "outputs": outputs, "parameters": parameters });
        ask_once(stub, infer(&name, &body))
    };
    let outputs = json!([{ "name": "explain_base" }, { "name": "predict_proba" }, { "name": "explain" }]);
    let answer = json!([
        { "name": "explain_base", "shape": [1], "datatype": "FP64", "data": [1.0 / 3.0] },
        { "name": "predict_proba", "shape": [1, 3], "datatype": "FP64", "data": [0.0, 1.0, 0.0] },
        { "name": "explain", "shape": [1, 4], "datatype": "FP64", "data": [1.0 - 1.0 / 3.0, 0.0, 0.0, 0.0] },
    ]);
    assert_eq!(ask(stubs::iris(), outputs, Value::Null).json()["outputs"], answer);

    let mean = expected(&boston_row());
    let interval = |level: f64| {
        json!({
            "name": "interval",
            "shape": [1, 2],
            "datatype": "FP64",
            "parameters": { "level": level },
            "data": [mean - level / 2.0, mean + level / 2.0],
        })
    };
    let stub = || stubs::boston().with_intervals();
    let reply = ask(stub(), json!([]), json!({ "interval": 0.9 }));
    assert_eq!(reply.json()["outputs"][0]["name"], "predict");
    assert_eq!(reply.json()["outputs"][1], interval(0.9));
    let asked = || json!([{ "name": "interval" }]);
    assert_eq!(ask(stub(), asked(), Value::Null).json()["outputs"], json!([interval(0.8)]));
    assert_eq!(ask(stub(), asked(), json!({ "interval": 0.5 })).json()["outputs"], json!([interval(0.5)]));

    let refused = |stub: Stub, outputs: Value, parameters: Value, words: &str| {
        assert_eq!(error(&ask(stub, outputs, parameters)), (400, words.to_owned()));
    };
    refused(
        stubs::iris(),
        json!([{ "name": "predict" }, { "name": "probabilities" }]),
        Value::Null,
        "outputs[1]: no output of this name \
         (expected one of predict, predict_proba, explain, explain_base, got \"probabilities\")",
    );
    refused(
        stubs::iris(),
        json!([{ "name": "predict" }, { "name": "predict" }]),
        Value::Null,
        "outputs[1]: asked for twice (expected predict once, got predict)",
    );
    refused(
        stubs::boston(),
        json!([{ "name": "predict_proba" }]),
        Value::Null,
        "outputs: a regression has no classes (expected an interval in place of probabilities, got predict_proba)",
    );
    refused(
        stubs::boston(),
        asked(),
        Value::Null,
        "outputs: the model has no intervals \
         (expected a model that was trained with `model.interval` in its config, got interval)",
    );
    refused(
        stub(),
        asked(),
        json!({ "interval": 90 }),
        "parameters.interval: out of bounds (expected a number from 0.5 to 0.99, got 90.0)",
    );
}

#[test]
fn an_id_is_always_returned() {
    let body = json!({ "inputs": [matrix(&ROWS)] });
    let reply = ask_once(stubs::iris(), infer("iris", &body));
    assert_eq!(reply.json()["id"], reply.header("x-request-id"));
    let reply = ask_once(stubs::iris(), infer("iris", &body).insert_header(("x-request-id", "abc-1")));
    assert_eq!(reply.json()["id"], "abc-1");
    let body = json!({ "inputs": [matrix(&ROWS)], "id": "x".repeat(257) });
    let (status, words) = error(&ask_once(stubs::iris(), infer("iris", &body)));
    assert_eq!(
        (status, &*words),
        (400, "id: too long (expected at most 256 characters, got 257 characters)")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn flat_nested_raw_and_named_tensors_are_answered_alike(
        rows in prop::collection::vec(prop::array::uniform4(0.0_f64..8.0), 1..5),
        backwards in any::<bool>(),
    ) {
        let outputs = json!([{ "name": "explain" }, { "name": "predict_proba" }]);
        let n = rows.len();
        let flat: Vec<f64> = rows.iter().copied().flatten().collect();
        let raw = doubles(flat.iter().copied());
        let body = |inputs: Value| json!({ "inputs": inputs, "outputs": outputs });
        let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
        let mut columns: Vec<Value> = (0..4)
            .map(|column| {
                let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
                json!({ "name": names[column], "shape": [n, 1], "datatype": "FP64", "data": values })
            })
            .collect();
        if backwards {
            columns.reverse();
        }
        let tensor = |field: &str, value: Value| {
            let mut tensor = json!({ "name": "x", "shape": [n, 4], "datatype": "FP64" });
            tensor[field] = value;
            json!([tensor])
        };
        // Data that stands before its shape is read just so.
        let early = format!(
            r#"{{"outputs": {outputs}, "inputs": [{{"data": {}, "datatype": "FP64", "shape": [{n}, 4], "name": "x"}}]}}"#,
            json!(rows),
        );
        let requests = [
            infer("iris", &body(tensor("data", json!(rows)))),
            infer("iris", &body(tensor("data", json!(flat)))),
            infer_raw("iris", &body(tensor("parameters", json!({ "binary_data_size": raw.len() }))), &raw),
            infer("iris", &body(json!(columns))),
            post("/v2/models/iris/infer", early),
        ];
        let replies = ask(stubs::iris(), requests);
        for reply in &replies {
            prop_assert_eq!(reply.status, 200, "{}", reply.text);
            prop_assert_eq!(&reply.json()["outputs"], &replies[0].json()["outputs"]);
        }
    }
}
