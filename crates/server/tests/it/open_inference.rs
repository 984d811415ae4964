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
fn the_server_says_who_it_is_and_whether_it_is_ready() {
    let server = json!({
        "name": "canopy",
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": ["binary_tensor_data", "model_repository", "statistics"],
    });
    for (path, expected) in [
        ("/v2", server.clone()),
        ("/v2/", server),
        ("/v2/health/live", json!({ "live": true })),
        ("/v2/health/ready", json!({ "live": true, "ready": true })),
        ("/v2/models/iris/ready", json!({ "name": "iris", "ready": true })),
        ("/v2/models/iris/versions/3/ready", json!({ "name": "iris", "ready": true })),
    ] {
        let reply = ask_once(stubs::iris(), get(path));
        assert_eq!((reply.status, reply.json()), (200, expected), "{path}");
        let head =
            ask_once(stubs::iris(), TestRequest::default().method(actix_web::http::Method::HEAD).uri(path));
        assert_eq!(head.status, 200, "{path}");
    }
}

#[test]
fn a_model_describes_its_tensors() {
    let check = |stub: Stub, inputs: Value, outputs: Value| {
        let name = stub.name().to_owned();
        let reply = ask_once(stub, get(&format!("/v2/models/{name}")));
        let expected = json!({
            "name": name,
            "versions": ["3"],
            "platform": "canopy_forest",
            "inputs": inputs,
            "outputs": outputs,
        });
        assert_eq!((reply.status, reply.json()), (200, expected));
        assert_eq!(reply.header("x-canopy-model-version"), "3");
    };
    let tensor = |name: &str, datatype: &str, shape: Value| json!({ "name": name, "datatype": datatype, "shape": shape });
    let input = |name: &str, datatype: &str| tensor(name, datatype, json!([-1]));
    check(
        stubs::penguins(),
        json!([
            input("island", "BYTES"),
            input("observer", "BYTES"),
            input("bill_length", "FP64"),
            input("sex", "BYTES"),
            input("year", "INT64"),
        ]),
        json!([
            tensor("predict", "BYTES", json!([-1])),
            tensor("predict_proba", "FP64", json!([-1, 3])),
            tensor("explain", "FP64", json!([-1, 5])),
            tensor("explain_base", "FP64", json!([-1])),
        ]),
    );
    check(
        stubs::taxi().with_intervals().silent(),
        json!([
            input("PULocationID", "INT64"),
            input("DOLocationID", "INT64"),
            input("passenger_count", "FP64"),
            input("trip_distance", "FP64"),
            input("night", "BOOL"),
        ]),
        json!([tensor("predict", "FP64", json!([-1])), tensor("interval", "FP64", json!([-1, 2]))]),
    );
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
fn raw_tensors_go_both_ways() {
    let raw = doubles(ROWS.into_iter().flatten());
    let input = json!({
        "name": "x", "shape": [2, 4], "datatype": "FP64", "parameters": { "binary_data_size": raw.len() },
    });
    // As tritonclient asks without a word of its caller.
    let body = json!({ "id": "", "inputs": [input], "parameters": { "binary_data_output": true } });
    let reply = ask_once(stubs::iris(), infer_raw("iris", &body, &raw));
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/octet-stream"));
    let json: usize = reply.header("inference-header-content-length").parse().unwrap();
    let answer: Value = serde_json::from_slice(&reply.bytes[..json]).unwrap();
    let output = json!({
        "name": "predict", "shape": [2], "datatype": "INT64", "parameters": { "binary_data_size": 16 },
    });
    assert_eq!((&answer["id"], &answer["outputs"]), (&json!(""), &json!([output])));
    assert_eq!(reply.bytes[json..], [1_i64.to_le_bytes(), 0_i64.to_le_bytes()].concat());

    // One output of each kind, and texts.
    let mut body = body;
    body["outputs"] =
        json!([{ "name": "predict_proba", "parameters": { "binary_data": false } }, { "name": "predict" }]);
    let reply = ask_once(stubs::iris().with_names(), infer_raw("iris", &body, &raw));
    let json: usize = reply.header("inference-header-content-length").parse().unwrap();
    let answer: Value = serde_json::from_slice(&reply.bytes[..json]).unwrap();
    assert_eq!(answer["outputs"][0]["data"], json!([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]));
    assert_eq!(answer["outputs"][1]["parameters"]["binary_data_size"], 24);
    assert_eq!(reply.bytes[json..], *b"\x0a\0\0\0versicolor\x06\0\0\0setosa");
}

#[test]
fn several_raw_tensors_lie_in_the_order_of_the_inputs() {
    let texts = |texts: [&str; 2]| -> Vec<u8> {
        texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()).collect()
    };
    let columns = [
        ("observer", "BYTES", texts(["A", "B"])),
        ("year", "INT32", [2007_i32, 2009].map(i32::to_le_bytes).concat()),
        ("island", "BYTES", texts(["Dream", "Torgersen"])),
    ];
    let input = |(name, datatype, raw): &(&str, &str, Vec<u8>)| json!({ "name": name, "datatype": datatype, "shape": [2], "parameters": { "binary_data_size": raw.len() } });
    let mut inputs: Vec<_> = columns.iter().map(input).collect();
    inputs
        .insert(1, json!({ "name": "bill_length", "datatype": "FP64", "shape": [2], "data": [39.1, 40.0] }));
    let raw = columns.map(|(_, _, raw)| raw).concat();
    let body = json!({ "inputs": inputs });
    let reply = ask_once(stubs::penguins(), infer_raw("penguins", &body, &raw));
    assert_eq!((reply.status, &reply.json()["outputs"][0]["data"]), (200, &json!(["Chinstrap", "Gentoo"])));

    let refused = |raw: &[u8], words: &str| {
        assert_eq!(
            error(&ask_once(stubs::penguins(), infer_raw("penguins", &body, raw))),
            (400, words.to_owned())
        );
    };
    refused(
        &[&raw[..], b"more"].concat(),
        "body: bytes behind the last raw tensor (expected as many as the inputs' binary_data_size say, got 4 bytes more)",
    );
    refused(
        &raw[..raw.len() - 1],
        "island: the raw tensor breaks off (expected 22 bytes, as its binary_data_size says, got 21 bytes) and 1 more",
    );
}

#[test]
fn bodies_are_packed_both_ways() {
    let body = json!({ "inputs": [matrix(&[ROWS[0]; 500])], "outputs": [{ "name": "predict_proba" }] });
    let plain = ask_once(stubs::iris(), infer("iris", &body));
    assert_eq!(plain.header("content-encoding"), "");
    let gzip = |bytes: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let zlib = |bytes: &[u8]| {
        let mut packer = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    for (encoding, packed) in
        [("gzip", gzip(body.to_string().as_bytes())), ("deflate", zlib(body.to_string().as_bytes()))]
    {
        let request = post("/v2/models/iris/infer", packed)
            .insert_header(("content-encoding", encoding))
            .insert_header(("inference-header-content-length", body.to_string().len()))
            .insert_header(("accept-encoding", encoding));
        let reply = ask_once(stubs::iris(), request);
        assert_eq!((reply.status, reply.header("content-encoding")), (200, encoding));
        let mut unpacked = Vec::new();
        match encoding {
            "gzip" => GzDecoder::new(&*reply.bytes).read_to_end(&mut unpacked).unwrap(),
            _ => ZlibDecoder::new(&*reply.bytes).read_to_end(&mut unpacked).unwrap(),
        };
        let unpacked: Value = serde_json::from_slice(&unpacked).unwrap();
        assert_eq!(unpacked["outputs"], plain.json()["outputs"]);
        assert!(reply.bytes.len() < plain.bytes.len() / 10);
    }
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

#[test]
fn values_outside_the_training_range_are_told_or_refused() {
    let body = json!({ "inputs": [matrix(&[[1.2, 3.0, 50.0, 1.0], [60.0, 3.0, 5.0, 1.0]])] });
    let reply = ask_once(stubs::iris(), infer("iris", &body));
    let words = "input-0[0][2]: outside the range seen in training (from 0 to 8), got 50.0";
    assert_eq!(reply.json()["parameters"], json!({ "warnings": 2, "warning": words }));
    assert_eq!(reply.header("x-canopy-warnings"), "2");
    let (status, words) = error(&ask_once(stubs::iris().strict(), infer("iris", &body)));
    let expected =
        "input-0[0][2]: outside the range seen in training (expected from 0 to 8, got 50.0) and 1 more";
    assert_eq!((status, &*words), (400, expected));
}

#[test]
fn what_is_wrong_is_said_in_the_form_of_the_protocol() {
    let check = |request: TestRequest, status: u16, words: &str| {
        assert_eq!(error(&ask_once(stubs::iris(), request)), (status, words.to_owned()));
    };
    check(get("/v2/nothing"), 404, "Not Found");
    check(get("/v2/models/iriss"), 404, "No model \"iriss\"; there is: iris");
    check(get("/v2/models/iris/versions/4"), 404, "No version \"4\"; there is: 3");
    check(get("/v2/models/iris/versions/champion/ready"), 404, "No alias \"champion\"; there is none");
    check(infer("iriss", &json!({ "inputs": [] })), 404, "No model \"iriss\"; there is: iris");
    check(get("/v2/models/iris/infer"), 405, "Method Not Allowed");
    let infer_text = |body: &str| post("/v2/models/iris/infer", body.to_owned());
    check(infer_text(""), 400, "The body is empty; expected JSON");
    check(infer_text("{"), 400, "The body is not JSON: EOF while parsing an object at line 1, column 1");
    let expected = "(expected an inference request, got";
    check(
        infer_text("{}"),
        400,
        &format!("line 1, column 2: not of the protocol {expected} missing field `inputs`)"),
    );
    check(
        infer_text(r#"{"inputs": [{"name": 7}]}"#),
        400,
        &format!(
            "line 1, column 22: not of the protocol {expected} invalid type: integer `7`, expected a string)"
        ),
    );
    check(
        infer_text(r#"{"inputs": [{"name": "x", "shape": [1, 4]}]}"#),
        400,
        &format!("line 1, column 42: not of the protocol {expected} missing field `datatype`)"),
    );
    check(
        infer("iris", &json!({ "inputs": [] })),
        400,
        "inputs: no rows (expected at least one row, got no tensor)",
    );
    let data = |data: Value| {
        infer(
            "iris",
            &json!({ "inputs": [{ "name": "x", "shape": [1, 4], "datatype": "FP64", "data": data }] }),
        )
    };
    check(data(json!(1)), 400, "x: another number of elements (expected 4, as its shape says, got 0)");
    check(
        data(json!([1, 2, 3])),
        400,
        "x: another number of elements (expected 4, as its shape says, got 3)",
    );
    check(
        data(json!([[1, 2, 3], [4]])),
        400,
        "x: another number of elements (expected 4 in each row, as its shape says, got 3) and 1 more",
    );
    check(
        data(json!([1, "2", [3], {"4": 5}])),
        400,
        "x[0][1]: not of the tensor's datatype (expected an element of FP64, got \"2\") and 2 more",
    );
    check(data(json!([1, 2, null, 4])), 400, "x[0][2]: a value is required (expected a number, got nothing)");
    check(
        infer("iris", &json!({ "inputs": [{ "name": "x", "shape": [1, 4], "datatype": "FP64" }] })),
        400,
        "x: no data (expected `data`, or raw bytes and the parameter binary_data_size, got none)",
    );
    check(
        data(json!([1, 2, 3, 4])).insert_header(("inference-header-content-length", "many")),
        400,
        "inference-header-content-length: not of the right type (expected a number of bytes, got \"many\")",
    );
    check(
        infer_text("{}").insert_header(("inference-header-content-length", "3")),
        400,
        "inference-header-content-length: beyond the body (expected at most the 2 bytes of the body, got 3)",
    );
    let huge = json!({ "inputs": [{ "name": "x", "shape": [1_u64 << 40, 1_u64 << 40], "datatype": "FP64", "data": [] }] });
    check(
        infer("iris", &huge),
        400,
        "x: not of the right shape \
         (expected [n, 4], or one tensor a feature, got [1099511627776, 1099511627776])",
    );
    let long =
        json!({ "inputs": [{ "name": "x", "shape": [1_u64 << 40, 4], "datatype": "FP64", "data": [1] }] });
    check(infer("iris", &long), 400, "Expected at most 10000 rows in one request, got 1099511627776");
    let long = json!({ "inputs": [{ "name": "x".repeat(200_000), "shape": [1], "datatype": "y".repeat(99), "data": [1] }] });
    let (status, words) = error(&ask_once(stubs::iris(), infer("iris", &long)));
    assert!(status == 400 && words.len() < 500, "{words}");
    let text = json!({ "inputs": "z".repeat(200_000) });
    let (status, words) = error(&ask_once(stubs::iris(), infer("iris", &text)));
    assert!(status == 400 && words.len() < 500, "{words}");
}

#[test]
fn refusals_of_the_server_keep_their_headers() {
    let limits = Limits { maximum_buffered_bytes: 0, ..Limits::default() };
    let body = json!({ "inputs": [matrix(&[ROWS[0]; 8000])] });
    let reply = ask_within(stubs::iris(), limits, [infer("iris", &body)]).remove(0);
    let (status, words) = error(&reply);
    assert_eq!((status, reply.header("retry-after")), (429, "1"), "{words}");
    let reply = ask_once(stubs::iris(), post("/v2/models/iris", ""));
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD, OPTIONS"));
    let reply = ask_once(stubs::iris().panicking(), infer("iris", &json!({ "inputs": [matrix(&ROWS)] })));
    assert_eq!(error(&reply).0, 500);
}

#[test]
fn the_repository_lists_its_versions() {
    let entry = json!([{ "name": "iris", "version": "3", "state": "READY", "reason": "" }]);
    for body in ["", "{}", r#"{"ready": true}"#] {
        let reply = ask_once(stubs::iris(), post("/v2/repository/index", body));
        assert_eq!((reply.status, reply.json()), (200, entry.clone()), "{body}");
    }
    let reply = ask_once(stubs::iris(), post("/v2/repository/index", "nonsense"));
    assert_eq!(error(&reply).0, 400);
}

#[test]
fn answers_are_counted_by_rows_and_requests() {
    let good = || infer("iris", &json!({ "inputs": [matrix(&ROWS)] }));
    let bad = infer("iris", &json!({ "inputs": [] }));
    let native = crate::service::predict("[1.2, 3, 5, 1]");
    let paths = ["/v2/models/iris/stats", "/v2/models/iris/versions/3/stats", "/v2/models/stats"];
    let asked = [good(), good(), bad, native].into_iter().chain(paths.map(get));
    for reply in ask(stubs::iris(), asked).split_off(4) {
        let answer = reply.json();
        assert_eq!(
            (reply.status, answer["model_stats"].as_array().map(Vec::len)),
            (200, Some(1)),
            "{answer}"
        );
        let stats = &answer["model_stats"][0];
        assert_eq!((&stats["name"], &stats["version"]), (&json!("iris"), &json!("3")));
        assert_eq!((&stats["inference_count"], &stats["execution_count"]), (&json!(5), &json!(3)));
        let counted = |name: &str| stats["inference_stats"][name]["count"].as_u64();
        assert_eq!(
            (counted("success"), counted("fail"), counted("compute_infer")),
            (Some(3), Some(1), Some(3))
        );
        assert!(stats["inference_stats"]["success"]["ns"].as_u64() > Some(0));
    }
    let reply = ask_once(stubs::iris(), get("/v2/models/iris/versions/4/stats"));
    assert_eq!(error(&reply).0, 404);
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
