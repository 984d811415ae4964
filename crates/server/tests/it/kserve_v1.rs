//! KServe V1 and TensorFlow Serving's REST API: the paths, the bodies, the answers and the errors.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use server::state::Limits;

use crate::service::{Reply, ask, ask_once, ask_within, boston_row, expected, predict};
use crate::stubs;
use crate::stubs::Stub;

fn post(path: &str, body: impl ToString) -> TestRequest {
    TestRequest::post().uri(path).set_payload(body.to_string())
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

/// The sentence of an error.
fn error(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "application/json", "{reply:?}");
    let json = reply.json();
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(1), "{reply:?}");
    json["error"].as_str().unwrap().to_owned()
}

#[test]
fn models_and_versions_tell_that_they_are_ready() {
    let state = json!({ "version": "3", "state": "AVAILABLE", "status": { "error_code": "OK", "error_message": "" } });
    let status = json!({ "name": "iris", "ready": true, "model_version_status": [state] });
    let check = |path: &str, answer: Value| {
        let reply = ask_once(stubs::iris(), get(path));
        assert_eq!((reply.status, reply.json()), (200, answer), "{path}");
    };
    check("/v1/models", json!({ "models": ["iris"] }));
    check("/v1/models/iris", status.clone());
    check("/v1/models/iris/versions/3", status);
}

#[test]
fn what_is_not_there_is_told_as_these_clients_read_it() {
    let check = |request: TestRequest, status: u16, sentence: &str| {
        let reply = ask_once(stubs::iris(), request);
        assert_eq!((reply.status, error(&reply).as_str()), (status, sentence));
    };
    let body = json!({ "instances": [[2, 3, 5, 1]] });
    check(get("/v1/models/nobody"), 404, "No model \"nobody\"; there is: iris");
    check(get("/v1/models/iris/versions/4"), 404, "No version \"4\"; there is: 3");
    check(get("/v1/models/iris/versions/four"), 404, "Not Found");
    check(get("/v1/models/iris/labels/stable"), 404, "No alias \"stable\"; there is none");
    check(get("/v1/models/iris/metadata"), 404, "Not Found");
    check(get("/v1/models/iris:predict"), 405, "Method Not Allowed");
    check(post("/v1/models/iris", &body), 405, "Method Not Allowed");
    check(post("/v1/models/nobody:predict", &body), 404, "No model \"nobody\"; there is: iris");
    check(post("/v1/models/iris/versions/4:predict", &body), 404, "No version \"4\"; there is: 3");
    check(post("/v1/models/iris:classify", &body), 405, "Method Not Allowed");
}

#[test]
fn instances_are_answered_in_their_order_on_every_path() {
    let rows = [json!([0, 3, 5, 1]), json!([2.1, 3, 5, 1]), json!([1, 3, 5, 1])];
    let named = |row: &Value| {
        json!({
            "sepal_length": row[0], "sepal_width": row[1], "petal_width": row[3], "petal_length": row[2],
        })
    };
    let objects: Vec<Value> = rows.iter().map(named).collect();
    for path in ["/v1/models/iris:predict", "/v1/models/iris%3Apredict", "/v1/models/iris/versions/3:predict"]
    {
        for instances in [json!(rows), json!(objects)] {
            let reply = ask_once(stubs::iris(), post(path, json!({ "instances": instances })));
            assert_eq!((reply.status, reply.json()), (200, json!({ "predictions": [0, 2, 1] })), "{path}");
            assert_eq!(reply.header("x-canopy-model"), "iris");
            assert_eq!(reply.header("x-canopy-model-version"), "3");
        }
    }
}

#[test]
fn answers_are_those_of_the_native_api() {
    let row = boston_row();
    let replies = ask(
        stubs::boston(),
        [
            predict(json!({ "data": [row] }).to_string()),
            post(
                "/v1/models/boston:predict",
                json!({ "instances": [row], "signature_name": "serving_default" }),
            ),
        ],
    );
    assert_eq!(replies[0].json()["data"], replies[1].json()["predictions"]);
    assert_eq!(replies[1].json(), json!({ "predictions": [expected(&row)] }));
}

#[test]
fn parameters_ask_for_more_as_the_address_does() {
    let rows = json!([[2, 3, 5, 1]]);
    let full = ask_once(
        stubs::iris(),
        post("/v1/models/iris:predict", json!({ "parameters": { "proba": true }, "instances": rows })),
    );
    let answer = json!({ "predictions": [{
        "prediction": 2, "probabilities": { "0": 0.0, "1": 0.0, "2": 1.0 }, "model": { "name": "iris", "version": 3 },
    }] });
    assert_eq!((full.status, full.json()), (200, answer));
    let short =
        ask_once(stubs::iris(), post("/v1/models/iris:predict?proba=true", json!({ "instances": rows })));
    assert_eq!(short.text, full.text);
}

#[test]
fn a_value_that_training_never_saw_is_answered_with_a_warning() {
    let body = json!({ "instances": [[2, 3, 5, 99]] });
    let reply = ask_once(stubs::iris(), post("/v1/models/iris:predict", &body));
    assert_eq!((reply.status, reply.header("x-canopy-warnings")), (200, "1"));
    let warning = &reply.json()["warnings"][0];
    assert_eq!((&warning["loc"], &warning["got"]), (&json!("instances[0][3]"), &json!("99")));
    let reply = ask_once(stubs::iris().strict(), post("/v1/models/iris:predict", &body));
    assert_eq!(reply.status, 400);
    assert!(error(&reply).starts_with("instances[0][3]: outside the range"), "{reply:?}");
}

#[test]
fn every_wrong_body_is_told_why() {
    let check = |body: &str, sentence: &str| {
        let reply = ask_once(stubs::iris(), post("/v1/models/iris:predict", body));
        assert_eq!((reply.status, error(&reply).as_str()), (400, sentence), "{body}");
    };
    check("", "The body is empty; expected JSON");
    check("{\"instances\": [[1,", "The body is not JSON: EOF while parsing a value at line 1, column 18");
    check(
        "[[1, 2, 3, 4]]",
        "body: not of the right shape (expected an object with `instances`, got an array)",
    );
    check("null", "body: not of the right shape (expected an object with `instances`, got null)");
    check("{}", "body: no rows (expected `instances`, got none)");
    check("{\"instances\": []}", "instances: no rows (expected at least one row, got an empty list)");
    check(
        "{\"instances\": {\"sepal_length\": [1]}}",
        "instances: not of the right shape (expected a list of rows, got an object)",
    );
    check("{\"instances\": 5}", "instances: not of the right shape (expected a list of rows, got 5)");
    check(
        "{\"instances\": [5]}",
        "instances[0]: not of the right shape (expected a list of values or an object of features, got 5)",
    );
    check(
        "{\"instances\": [[1, 2, 3, 4], {}]}",
        "Each data point must contain 4 features: instances[1]: not of the right shape (expected a list of values, \
         got an object)",
    );
    check(
        "{\"instances\": [[1, 2, 3]]}",
        "Each data point must contain 4 features: instances[0]: another number of values (expected 4 values, got 3)",
    );
    check(
        "{\"instances\": [[1, 2, 3, \"x\"]]}",
        "instances[0][3]: not of the right type (expected a number, got \"x\")",
    );
    check(
        "{\"instances\": [{\"petal_lenght\": 1}]}",
        "instances[0].petal_lenght: unknown field (expected petal_length, the nearest known field, got \
         \"petal_lenght\") and 4 more",
    );
    check(
        "{\"instances\": [[1, 2, 3, 4]], \"instances\": [[1, 2, 3, 4]]}",
        "body: given twice (expected `instances`, got instances twice)",
    );
    check(
        "{\"instances\": [[1, 2, 3, 4]], \"signature\": \"x\"}",
        "body: unknown field (expected `instances` and perhaps `parameters`, got \"signature\")",
    );
    check(
        "{\"instances\": [[1, 2, 3, 4]], \"parameters\": {\"prob\": true}}",
        "parameters.prob: unknown option (expected proba, interval or explain, got \"prob\")",
    );
    check(
        "{\"instances\": [[1, 2, 3, 4]], \"parameters\": {\"interval\": 0.9}}",
        "parameters.interval: a classification has no intervals (expected probabilities in place of an interval, \
         got 0.9)",
    );
}

#[test]
fn limits_hold_and_say_so() {
    let check = |stub: Stub, limits: Limits, body: Value, status: u16, sentence: &str| {
        let reply = ask_within(stub, limits, [post("/v1/models/iris:predict", body)]).remove(0);
        assert_eq!((reply.status, error(&reply).as_str()), (status, sentence));
    };
    let body = || json!({ "instances": vec![vec![1; 4]; 3] });
    let limits = Limits { maximum_rows: 2, ..Limits::default() };
    check(stubs::iris(), limits, body(), 400, "Expected at most 2 rows in one request, got 3");
    let limits = Limits { maximum_body_bytes: 20, ..Limits::default() };
    check(stubs::iris(), limits, body(), 413, "The body is larger than 20 bytes");
    let sentence = "The server failed; its log has the cause under the request id";
    check(stubs::iris().panicking(), Limits::default(), body(), 500, sentence);
}
