//! What a caller may ask for beside the predictions: probabilities, intervals, contributions.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{Reply, ask_once, boston_row, predict, upload};
use crate::stubs::{self, Stub};

const MODEL: &str = r#"{"name":"iris","version":3}"#;

fn asked(stub: Stub, query: &str, body: &Value) -> Reply {
    let uri = format!("/predict?{query}");
    ask_once(stub, TestRequest::post().uri(&uri).set_payload(body.to_string()))
}

#[test]
fn an_answer_in_an_object_holds_all_that_was_asked_for() {
    let body = json!({ "sepal_length": 1.2, "sepal_width": 3, "petal_length": 5, "petal_width": 1 });
    let answer = json!({
        "prediction": 1,
        "probabilities": { "0": 0.0, "1": 1.0, "2": 0.0 },
        "contributions": {
            "base": 1.0 / 3.0,
            "sepal_length": 1.0 - 1.0 / 3.0,
            "sepal_width": 0.0,
            "petal_length": 0.0,
            "petal_width": 0.0,
        },
        "model": { "name": "iris", "version": 3 },
    });
    let reply = asked(stubs::iris(), "proba=true&explain=true", &body);
    assert_eq!((reply.status, reply.json()), (200, answer.clone()));
    let mut with_options = body.clone();
    with_options["options"] = json!({ "proba": true, "explain": true });
    assert_eq!(ask_once(stubs::iris(), predict(with_options.to_string())).json(), answer);
    // A bare row has no room beside its answer and gets the object; so do the rows of a list.
    assert_eq!(asked(stubs::iris(), "proba=true&explain=true", &json!([1.2, 3, 5, 1])).json(), answer);
    let list = asked(stubs::iris(), "proba=true&explain=true", &json!([[1.2, 3, 5, 1], [1.2, 3, 5, 1]]));
    assert_eq!(list.json(), json!([answer, answer]));
    assert_eq!(asked(stubs::iris(), "proba=true&explain=true", &json!([body])).json(), json!([answer]));
}

#[test]
fn under_data_each_number_is_a_list() {
    let body = json!({
        "data": [[1.2, 3, 5, 1], [0.4, 3, 5, 1]],
        "options": { "proba": true, "explain": true },
    });
    let reply = ask_once(stubs::iris().with_names(), predict(body.to_string()));
    let added = 1.0 - 1.0 / 3.0;
    let answer = json!({
        "data": ["versicolor", "setosa"],
        "probabilities": { "setosa": [0.0, 1.0], "versicolor": [1.0, 0.0], "virginica": [0.0, 0.0] },
        "contributions": {
            "base": [1.0 / 3.0, 1.0 / 3.0],
            "sepal_length": [added, added],
            "sepal_width": [0.0, 0.0],
            "petal_length": [0.0, 0.0],
            "petal_width": [0.0, 0.0],
        },
        "model": { "name": "iris", "version": 3 },
    });
    assert_eq!((reply.status, reply.json()), (200, answer));
}

#[test]
fn classes_of_one_name_are_told_apart_by_their_values() {
    let answer = asked(stubs::iris().with_one_name(), "proba=true", &json!([1.2, 3, 5, 1])).json();
    assert_eq!((&answer["prediction"], &answer["probabilities"]["1"]), (&json!("iris"), &json!(1.0)));
}

#[test]
fn an_interval_has_its_level_and_contributions_add_up() {
    let stub = || stubs::boston().with_intervals();
    let [plain, row] =
        [stub(), stub()].map(|stub| asked(stub, "", &boston_row()).json().as_f64().expect("a number"));
    assert_eq!(plain, row);
    let answer = asked(stub(), "interval=0.9&explain=true", &boston_row()).json();
    let interval = json!({ "level": 0.9, "lower": plain - 0.45, "upper": plain + 0.45 });
    assert_eq!(answer["interval"], interval);
    let sum: f64 =
        answer["contributions"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
    assert!((sum - plain).abs() < 1e-9, "{sum} {plain}");
    let two = json!({ "data": [boston_row(), boston_row()], "options": { "interval": 0.5 } });
    let interval =
        json!({ "level": 0.5, "lower": [plain - 0.25, plain - 0.25], "upper": [plain + 0.25, plain + 0.25] });
    let reply = ask_once(stub(), predict(two.to_string()));
    assert_eq!(reply.json()["interval"], interval);
}

#[test]
fn nothing_asked_changes_nothing() {
    for query in ["", "proba=false", "proba=false&explain=false"] {
        assert_eq!(asked(stubs::iris(), query, &json!([1.2, 3, 5, 1])).text, "1");
        assert_eq!(asked(stubs::iris(), query, &json!({ "data": [[1.2, 3, 5, 1]] })).text, r#"{"data":[1]}"#);
    }
    let body = json!({ "data": [[1.2, 3, 5, 1]], "options": {} });
    assert_eq!(ask_once(stubs::iris(), predict(body.to_string())).text, r#"{"data":[1]}"#);
}

#[test]
fn every_answer_says_which_model_gave_it() {
    let row = || predict("[1.2, 3, 5, 1]");
    let labelled = TestRequest::post().uri("/v1/services/predict").set_payload("[]");
    let get = |path| TestRequest::get().uri(path);
    let asked_for = [row(), predict("[1]"), predict("{"), upload("1.2,3,5,1\n"), upload("x"), labelled];
    for request in asked_for.into_iter().chain(["/", "/v1/model", "/openapi.json", "/redoc"].map(get)) {
        let reply = ask_once(stubs::iris(), request);
        let named = (reply.header("x-canopy-model"), reply.header("x-canopy-model-version"));
        assert_eq!(named, ("iris", "3"), "{}", reply.text);
    }
    assert!(asked(stubs::iris(), "proba=true", &json!([1.2, 3, 5, 1])).text.contains(MODEL));
}

#[test]
fn warnings_stand_beside_what_was_asked_for() {
    let check = |body: Value, place: &str, loc: &str| {
        let reply = asked(stubs::iris(), "proba=true", &body);
        let warning = reply.json().pointer(place).cloned().unwrap_or_else(|| panic!("{}", reply.text));
        assert_eq!((reply.header("x-canopy-warnings"), &warning["loc"]), ("1", &json!(loc)));
    };
    check(json!([1.2, 3, 50, 1]), "/warnings/0", "[2]");
    check(json!([[1, 2, 3, 4], [1.2, 3, 50, 1]]), "/1/warnings/0", "[1][2]");
    check(json!({ "data": [[1.2, 3, 50, 1]] }), "/warnings/0", "data[0][2]");
}

#[test]
fn what_a_model_cannot_give_is_refused_with_the_cure() {
    let check = |stub: Stub, query: &str, expected: &str| {
        let width = if stub.name() == "iris" { 4 } else { 13 };
        let reply = asked(stub, query, &json!(vec![1; width]));
        assert_eq!((reply.status, &reply.problem()["detail"]), (422, &json!(expected)));
    };
    check(
        stubs::boston(),
        "proba=true",
        "?proba: a regression has no classes (expected an interval in place of probabilities, got true)",
    );
    check(
        stubs::boston(),
        "interval=0.9",
        "?interval: the model has no intervals \
         (expected a model that was trained with `model.interval` in its config, got 0.9)",
    );
    check(
        stubs::iris(),
        "interval=0.9",
        "?interval: a classification has no intervals (expected probabilities in place of an interval, got 0.9)",
    );
    check(
        stubs::boston().silent(),
        "explain=true",
        "?explain: the model cannot explain its answers \
         (expected a model that was trained by this version of the trainer, got true)",
    );
    check(
        stubs::iris().answering_as("model"),
        "proba=true",
        "options: the answer has a field of this name \
         (expected a model trained with another serving.response_field in its config, got model)",
    );
    check(
        stubs::iris(),
        "prob=true",
        "?prob: unknown option (expected proba, interval or explain, got \"prob\")",
    );
}

#[test]
fn options_in_the_body_are_checked_like_the_rest_of_it() {
    let check = |options: &str, expected: &str| {
        let body = format!(r#"{{"data": [[1, 2, 3, 4]], "options": {options}}}"#);
        let reply = ask_once(stubs::iris(), predict(body));
        assert_eq!((reply.status, &reply.problem()["detail"]), (422, &json!(expected)));
    };
    check("true", "options: not of the right type (expected an object of options, got true)");
    check("null", "options: not of the right type (expected an object of options, got null)");
    check("[1]", "options: not of the right type (expected an object of options, got an array)");
    check(r#"{"proba": 1}"#, "options.proba: not of the right type (expected true or false, got 1)");
    check(r#"{"proba": null}"#, "options.proba: not of the right type (expected true or false, got null)");
    check(
        r#"{"explain": {"deep": []}}"#,
        "options.explain: not of the right type (expected true or false, got an object)",
    );
    check(
        r#"{"interval": 1.5}"#,
        "options.interval: out of bounds (expected a number from 0.5 to 0.99, got 1.5)",
    );
    check(
        r#"{"proba": true, "proba": true}"#,
        "options.proba: given twice (expected the option once, got true)",
    );
    check(r#"{}, "options": {}"#, "options: given twice (expected `options` once, got a second object)");
    check(
        r#"{}, "other": 1"#,
        "other: unknown field \
         (expected one of sepal_length, sepal_width, petal_length, petal_width, got \"other\") and 1 more",
    );
    // The body goes before the address.
    let body = json!({ "data": [[1, 2, 3, 4]], "options": { "proba": false } });
    let answer = asked(stubs::iris(), "proba=true&explain=true", &body).json();
    assert!(answer.get("probabilities").is_none() && answer.get("contributions").is_some(), "{answer}");
}

#[test]
fn explanations_have_a_limit_of_rows() {
    let rows = |count: usize| json!({ "data": vec![[1, 2, 3, 4]; count] });
    assert_eq!(asked(stubs::iris(), "explain=true", &rows(1000)).status, 200);
    let reply = asked(stubs::iris(), "explain=true", &rows(1001));
    assert_eq!(
        (reply.status, &reply.problem()["detail"]),
        (
            422,
            &json!(
                "?explain: too many rows to explain (expected at most 1000 rows to explain at once, got 1001)"
            )
        )
    );
}
