//! The MLflow scoring server: its four forms and its tables, which all ask the same, and its errors.

use actix_web::test::TestRequest;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use server::state::Limits;

use crate::service::{Reply, ask, ask_once, ask_within, predict};
use crate::stubs;

mod refusals;

const PENGUINS: [&str; 5] = ["island", "observer", "bill length", "sex", "year"];

fn invoke(body: impl ToString) -> TestRequest {
    let post = TestRequest::post().uri("/invocations").set_payload(body.to_string());
    post.insert_header(("content-type", "application/json"))
}

fn invoke_table(body: impl ToString) -> TestRequest {
    let post = TestRequest::post().uri("/invocations").set_payload(body.to_string());
    post.insert_header(("content-type", "text/csv"))
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

/// Code and sentence of an error.
fn error(reply: &Reply) -> (String, String) {
    assert_eq!(reply.header("content-type"), "application/json", "{reply:?}");
    let json = reply.json();
    assert_eq!(json.as_object().map(Map::len), Some(2), "{reply:?}");
    let text = |key: &str| json[key].as_str().unwrap().to_owned();
    (text("error_code"), text("message"))
}

#[test]
fn probes_and_version_are_text() {
    let check = |path: &str, text: &str| {
        let reply = ask_once(stubs::iris(), get(path));
        assert_eq!((reply.status, reply.text.as_str()), (200, text), "{path}");
    };
    check("/ping", "\n");
    check("/health", "\n");
    check("/version", env!("CARGO_PKG_VERSION"));
}

/// The same rows in every form, with the columns in another order and one column more.
fn forms(columns: &[&str], rows: &[Vec<Value>]) -> Vec<(&'static str, TestRequest)> {
    let mut order: Vec<usize> = (0..columns.len()).rev().collect();
    order.rotate_left(1);
    let names: Vec<_> = order.iter().map(|&column| columns[column]).chain(["nobody knows"]).collect();
    let shuffled = |row: &Vec<Value>| -> Vec<Value> {
        order.iter().map(|&column| row[column].clone()).chain([json!({ "x": [1] })]).collect()
    };
    let table: Vec<Vec<Value>> = rows.iter().map(shuffled).collect();
    let object = |row: &Vec<Value>| -> Value {
        Value::Object(names.iter().map(|name| (*name).to_owned()).zip(row.clone()).collect())
    };
    let objects: Vec<Value> = table.iter().map(object).collect();
    let lists: Map<String, Value> = (0..names.len())
        .map(|column| (names[column].to_owned(), table.iter().map(|row| row[column].clone()).collect()))
        .collect();
    let (names, data) = (json!(names), json!(table));
    vec![
        (
            "split",
            invoke(format!("{{\"dataframe_split\":{{\"index\":[7],\"columns\":{names},\"data\":{data}}}}}")),
        ),
        (
            "split, data first",
            invoke(format!("{{\"dataframe_split\":{{\"data\":{data},\"columns\":{names}}}}}")),
        ),
        ("records", invoke(json!({ "dataframe_records": objects }))),
        ("instances by name", invoke(json!({ "instances": objects }))),
        ("instances by position", invoke(json!({ "instances": rows }))),
        ("inputs by name", invoke(json!({ "inputs": objects }))),
        ("inputs by position", invoke(json!({ "inputs": rows }))),
        ("inputs by column", invoke(json!({ "inputs": lists }))),
        ("csv", invoke_table(csv(columns, &order, rows))),
    ]
}

fn csv(columns: &[&str], order: &[usize], rows: &[Vec<Value>]) -> String {
    let mut table = csv_writer();
    table.write_record(order.iter().map(|&column| columns[column]).chain(["nobody knows"])).unwrap();
    for row in rows {
        let cell = |&column: &usize| match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        table.write_record(order.iter().map(cell).chain(["x, y".to_owned()])).unwrap();
    }
    String::from_utf8(table.into_inner().unwrap()).unwrap()
}

fn csv_writer() -> csv::Writer<Vec<u8>> {
    csv::Writer::from_writer(Vec::new())
}

/// Rows of penguins: missing values where they may be, levels and numbers that training never saw.
fn penguins() -> impl Strategy<Value = Vec<Vec<Value>>> {
    let text = |words: &'static [&'static str]| prop::sample::select(words).prop_map(Value::from);
    let row = (
        text(&["Biscoe", "Dream", "Torgersen"]),
        text(&["A", "B", "somebody new"]),
        (0.0_f64..99.0).prop_map(Value::from),
        prop_oneof![Just(Value::Null), text(&["female", "male"])],
        (2007..=2009_i64).prop_map(Value::from),
    );
    prop::collection::vec(row.prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]), 1..8)
}

#[test]
fn all_forms_ask_the_same() {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..64 {
        let rows = penguins().new_tree(&mut runner).unwrap().current();
        let native = predict(json!({ "data": rows }).to_string());
        let (names, requests): (Vec<_>, Vec<_>) = forms(&PENGUINS, &rows).into_iter().unzip();
        let mut replies = ask(stubs::penguins(), std::iter::once(native).chain(requests));
        let native = replies.remove(0);
        assert_eq!(native.status, 200, "{native:?}");
        for (name, reply) in names.iter().zip(replies) {
            assert_eq!(reply.status, 200, "{name}: {rows:?} {reply:?}");
            assert_eq!(reply.json()["predictions"], native.json()["data"], "{name}: {rows:?}");
            let warnings = |reply: &Reply| reply.header("x-canopy-warnings").to_owned();
            assert_eq!(warnings(&reply), warnings(&native), "{name}: {rows:?}");
            assert_eq!(reply.header("x-canopy-model-version"), "3");
        }
    }
}

#[test]
fn numbers_travel_alike_in_all_forms() {
    let columns = ["PULocationID", "DOLocationID", "passenger_count", "trip distance", "night"];
    let rows = vec![
        vec![json!(264), json!(1), json!(null), json!(0.1), json!(true)],
        vec![json!(1), json!(7), json!(4), json!(null), json!(null)],
        vec![json!(200), json!(7), json!(9), json!(1e-7), json!(false)],
    ];
    let native = predict(json!({ "data": rows }).to_string());
    let (names, requests): (Vec<_>, Vec<_>) = forms(&columns, &rows).into_iter().unzip();
    let mut replies = ask(stubs::taxi(), std::iter::once(native).chain(requests));
    let native = replies.remove(0).json();
    for (name, reply) in names.iter().zip(replies) {
        assert_eq!(reply.json()["predictions"], native["data"], "{name}");
    }
}

#[test]
fn a_column_that_may_be_missing_may_be_absent() {
    let check = |body: Value| {
        let reply = ask_once(stubs::taxi(), invoke(&body));
        // Zone 264 → level 2, one passenger in place of none, two values missing: (2 + 2 + 1) / 5 / 2.
        assert_eq!((reply.status, reply.json()), (200, json!({ "predictions": [0.5] })), "{body}");
    };
    check(
        json!({ "dataframe_split": { "columns": ["DOLocationID", "PULocationID"], "data": [[264, 264]] } }),
    );
    check(json!({ "dataframe_records": [{ "DOLocationID": 264, "PULocationID": 264 }] }));
    check(json!({ "inputs": { "DOLocationID": [264], "PULocationID": [264] } }));
    check(json!({ "inputs": { "DOLocationID": 264, "PULocationID": 264 } }));
    let reply = ask_once(stubs::taxi(), invoke_table("DOLocationID,PULocationID\n264,264\n"));
    assert_eq!((reply.status, reply.json()), (200, json!({ "predictions": [0.5] })));
}

#[test]
fn a_bare_nan_is_a_missing_value_and_never_comes_back() {
    let body = r#"{"dataframe_split": {"columns": ["PULocationID", "DOLocationID", "trip distance", "night"],
        "data": [[264, 264, NaN, NaN]]}}"#;
    let reply = ask_once(stubs::taxi(), invoke(body));
    assert_eq!((reply.status, reply.text.as_str()), (200, "{\"predictions\":[0.5]}"));
    let reply =
        ask_once(stubs::boston(), invoke(r#"{"instances": [[NaN, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]}"#));
    let message = "instances[0][0]: a value is required (expected a number, got nothing)".to_owned();
    assert_eq!((reply.status, error(&reply)), (400, ("INVALID_PARAMETER_VALUE".into(), message)));
}

#[test]
fn params_ask_for_more_as_the_address_does() {
    let rows = json!([[2, 3, 5, 1]]);
    let answer = json!({ "predictions": [{
        "prediction": 2, "probabilities": { "0": 0.0, "1": 0.0, "2": 1.0 }, "model": { "name": "iris", "version": 3 },
    }] });
    let full = ask_once(stubs::iris(), invoke(json!({ "params": { "proba": true }, "instances": rows })));
    assert_eq!((full.status, full.json()), (200, answer));
    let table = invoke_table("petal_width,petal_length,sepal_width,sepal_length\n1,5,3,2\n");
    let table = ask_once(stubs::iris(), table.uri("/invocations?proba=true"));
    assert_eq!(table.text, full.text);
    let reply = ask_once(
        stubs::life().with_intervals(),
        invoke(json!({ "inputs": [[30, 4, 40, 600, 0.3]], "params": { "interval": 0.9, "explain": true } })),
    );
    assert_eq!(reply.json()["predictions"][0]["interval"]["level"], 0.9, "{reply:?}");
    assert_eq!(reply.json()["predictions"][0]["contributions"]["base"], 0.0, "{reply:?}");
}

#[test]
fn warnings_stand_in_the_order_of_the_rows() {
    let lists = json!({ "inputs": {
        "sepal_length": [1, 99, 98], "sepal_width": [97, 1, 1], "petal_length": [1, 1, 1], "petal_width": [1, 96, 1],
    } });
    let reply = ask_once(stubs::iris(), invoke(lists));
    let places: Vec<_> =
        reply.json()["warnings"].as_array().unwrap().iter().map(|w| w["loc"].clone()).collect();
    let expected = [
        "inputs.sepal_width[0]",
        "inputs.sepal_length[1]",
        "inputs.petal_width[1]",
        "inputs.sepal_length[2]",
    ];
    assert_eq!(places, expected);
}

#[test]
fn large_bodies_of_every_form_are_answered() {
    let columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let rows: Vec<_> = (0..9000).map(|row| vec![json!(row % 3), json!(1.5), json!(2), json!(3)]).collect();
    let expected: Vec<_> = (0..9000).map(|row| row % 3).collect();
    let (names, requests): (Vec<_>, Vec<_>) = forms(&columns, &rows).into_iter().unzip();
    for (name, reply) in names.iter().zip(ask(stubs::iris(), requests)) {
        assert_eq!(reply.status, 200, "{name}");
        assert_eq!(reply.json(), json!({ "predictions": expected }), "{name}");
    }
}
