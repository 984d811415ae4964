//! Whether what is asked is still what the model was trained on: counted in every protocol, told by the API and the metrics.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use server::state::{AppState, Limits, Served};
use server::watch::Watch;
use std::sync::Arc;

use crate::service::{ask, ask_state, boston_row, predict, upload};
use crate::stubs::boston;

fn drift() -> TestRequest {
    TestRequest::get().uri("/v1/models/boston/drift")
}

/// What is told of drift after these requests.
fn told(requests: impl IntoIterator<Item = TestRequest>) -> Value {
    let reply = ask(boston(), requests.into_iter().chain([drift()])).pop().unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("x-canopy-model"), "boston");
    reply.json()
}

#[test]
fn every_protocol_is_counted_and_mistakes_are_not() {
    let row = boston_row();
    let line = row.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let post = |path: &str, body: Value| TestRequest::post().uri(path).set_payload(body.to_string());
    let tensor = json!({ "name": "x", "shape": [1, 13], "datatype": "FP64", "data": row });
    let one_each = [
        predict(row.to_string()),
        predict(line.clone()).insert_header(("content-type", "text/csv")),
        upload(format!("{line}\n")),
        predict(format!("{row}\n")).insert_header(("content-type", "application/x-ndjson")),
        post("/v2/models/boston/infer", json!({ "inputs": [tensor] })),
        post("/v1/models/boston:predict", json!({ "instances": [row] })),
        post("/invocations", json!({ "inputs": [row] })),
    ];
    let count = one_each.len();
    let mistakes = [predict("[1]"), predict("nonsense"), TestRequest::get().uri("/nowhere")];
    let found = told(one_each.into_iter().chain(mistakes));
    assert_eq!((&found["rows"], &found["state"]), (&json!(count), &json!("too_few_rows")), "{found:#}");
    assert_eq!(found["features"].as_array().unwrap().len(), 13);
    // A stub is as an artifact of an older version.
    assert_eq!(found["predictions"], Value::Null);
    assert!(found["not_compared"].to_string().contains("predictions cannot be compared"));
}

#[test]
fn one_row_again_and_again_is_another_population() {
    let row = boston_row();
    let requests = || (0..200).map(|_| predict(row.to_string()));
    let found = told(requests());
    assert_eq!(found["state"], "drift", "{found:#}");
    let drifted = |found: &Value| found["verdict"] == "drifted";
    let count = found["features"].as_array().unwrap().iter().filter(|found| drifted(found)).count();
    assert!(count > 5, "{count}");

    let page = ask(boston(), requests().chain([TestRequest::get().uri("/metrics")])).pop().unwrap().text;
    assert!(page.contains("canopy_drift_rows{model=\"boston\",version=\"3\"} 200"), "{page}");
    assert!(
        page.contains(&format!("canopy_drift_columns{{model=\"boston\",version=\"3\"}} {count}")),
        "{page}"
    );
    assert_eq!(page.matches("\ncanopy_drift_psi{").count(), 13);
    assert!(page.contains("canopy_captured_rows_total{fate=\"written\"} 0"));
    // Nothing is told of columns before there are enough rows.
    let page =
        ask(boston(), [predict(row.to_string()), TestRequest::get().uri("/metrics")]).pop().unwrap().text;
    assert!(page.contains("canopy_drift_rows{model=\"boston\",version=\"3\"} 1"), "{page}");
    assert!(!page.contains("\ncanopy_drift_psi{"));
}

#[test]
fn a_name_that_no_model_has_is_a_problem_and_kserves_paths_stay_kserves() {
    let get = |path: &str| TestRequest::get().uri(path);
    let paths = [
        "/v1/models/nobody/drift",
        "/v1/models/boston/versions/9/drift",
        "/v1/models/boston/versions/3/drift",
        "/v1/models/drift",
        "/v1/models/boston",
    ];
    let replies = ask(boston(), paths.map(get));
    assert_eq!(replies[0].problem()["status"], 404);
    assert_eq!(replies[1].problem()["status"], 404);
    assert_eq!((replies[2].status, &replies[2].json()["version"]), (200, &json!(3)));
    assert_eq!(replies[3].status, 404);
    assert!(replies[3].json()["error"].is_string(), "{:?}", replies[3]);
    assert_eq!(replies[4].json()["ready"], true);
}

#[test]
fn it_can_be_switched_off() {
    let limits = Limits::default();
    let served = Served::new(Arc::new(boston()), None, None, &limits).unwrap();
    let state = AppState::new(served.watched_by(&Watch { window: 0, capture: None }), limits);
    let replies = ask_state(state, [predict(boston_row().to_string()), drift()]);
    assert_eq!((&replies[1].json()["state"], &replies[1].json()["rows"]), (&json!("off"), &json!(0)));
}
