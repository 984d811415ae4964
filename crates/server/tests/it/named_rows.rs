//! Rows of named features: objects and lists of objects.

use serde_json::{Value, json};

use crate::service::{ask_once, predict};
use crate::stubs::{self, Stub};

fn check(stub: Stub, body: Value, answer: Value) {
    let reply = ask_once(stub, predict(body.to_string()));
    assert_eq!((reply.status, reply.json()), (200, answer), "{body}");
}

/// Checks the place and the wording of the first error.
fn check_error(stub: Stub, body: &str, loc: &str, msg: &str, expected: &str, got: &str) {
    let reply = ask_once(stub, predict(body));
    assert_eq!(reply.status, 422, "{body}");
    let error = json!({ "loc": loc, "msg": msg, "expected": expected, "got": got });
    assert_eq!(reply.problem()["errors"][0], error, "{body}");
    let detail = reply.problem()["detail"].to_string();
    assert!(detail.contains(loc), "{detail} names {loc}");
}

#[test]
fn an_object_is_answered_under_the_field_of_the_config() {
    // Levels 2 and 2, two passengers: (2 + 2 + 2) / 5 / 2.
    let trip = json!({ "PULocationID": 264, "DOLocationID": 264, "passenger_count": 2 });
    check(stubs::taxi(), trip.clone(), json!({ "trip_duration_prediction": 0.6 }));
    check(stubs::taxi(), json!([trip]), json!([{ "trip_duration_prediction": 0.6 }]));
}

#[test]
fn both_spellings_of_a_column_are_understood() {
    let identifiers = json!({
        "Birth_Rate": 10, "Fertility_Rate": 2, "Infant_mortality": 20, "Maternal_mortality_ratio": 30,
        "Physicians_per_thousand": 8,
    });
    let mixed = json!({
        "Birth Rate": 10, "Fertility_Rate": 2, "Infant mortality": 20, "Maternal mortality ratio": 30,
        "Physicians_per_thousand": 8,
    });
    // 70 / 5 / 2
    check(stubs::life(), identifiers, json!({ "prediction": 7.0 }));
    check(stubs::life(), mixed, json!({ "prediction": 7.0 }));
}

#[test]
fn a_missing_value_is_imputed_left_to_the_model_or_refused() {
    // One passenger in place of none: (2 + 2 + 1) / 5 / 2.
    let expected = json!({ "trip_duration_prediction": 0.5 });
    check(stubs::taxi(), json!({ "PULocationID": 264, "DOLocationID": 264 }), expected.clone());
    let nulls = json!({
        "PULocationID": 264, "DOLocationID": 264, "passenger_count": null, "trip distance": null, "night": null,
    });
    check(stubs::taxi(), nulls, expected);
    check_error(
        stubs::taxi(),
        r#"{"PULocationID": null, "DOLocationID": 264}"#,
        "PULocationID",
        "a value is required",
        "an integer from 1 to 265",
        "nothing",
    );
}

#[test]
fn an_unseen_zone_is_answered_and_an_impossible_one_refused() {
    let reply = ask_once(stubs::taxi(), predict(r#"{"PULocationID": 100, "DOLocationID": 264}"#));
    assert_eq!(reply.status, 200);
    for (zone, got) in [("9999", "9999"), ("-1", "-1"), ("0", "0"), ("266", "266")] {
        let body = format!(r#"{{"PULocationID": {zone}, "DOLocationID": 264}}"#);
        check_error(stubs::taxi(), &body, "PULocationID", "out of bounds", "an integer from 1 to 265", got);
    }
    let body = r#"[{"PULocationID": 264, "DOLocationID": 264, "passenger_count": 2.5}]"#;
    check_error(
        stubs::taxi(),
        body,
        "[0].passenger_count",
        "not of the right type",
        "an integer from 0 to 9",
        "2.5",
    );
}

#[test]
fn values_of_another_type_are_refused_at_their_place() {
    let body = |value: &str| {
        format!(
            r#"{{"Birth_Rate": {value}, "Fertility_Rate": 2, "Infant_mortality": 20, "Maternal_mortality_ratio": 30,
                 "Physicians_per_thousand": 8}}"#
        )
    };
    let check = |value: &str, msg: &str, got: &str| {
        check_error(stubs::life(), &body(value), "Birth_Rate", msg, "a number", got);
    };
    check("\"high\"", "not of the right type", "\"high\"");
    check("\"0.5\"", "not of the right type", "\"0.5\"");
    check("true", "not of the right type", "true");
    check("[1]", "not of the right type", "an array");
    check("{\"x\": {}}", "not of the right type", "an object");
    check("null", "a value is required", "nothing");
    let long = format!("\"{}\"", "x".repeat(100_000));
    check(&long, "not of the right type", &format!("\"{}\"…", "x".repeat(40)));
}

#[test]
fn fields_are_known_and_given_once() {
    check_error(
        stubs::life(),
        r#"{"birth rate": 1}"#,
        "birth rate",
        "unknown field",
        "Birth Rate, the nearest known field",
        "\"birth rate\"",
    );
    check_error(
        stubs::taxi(),
        r#"{"tip": 1}"#,
        "tip",
        "unknown field",
        "one of PULocationID, DOLocationID, passenger_count, trip_distance, night",
        "\"tip\"",
    );
    let twice = r#"{"Birth_Rate": 1, "Birth Rate": 1}"#;
    check_error(stubs::life(), twice, "Birth Rate", "given twice", "Birth_Rate once", "\"Birth Rate\"");
    let same_key = r#"[{"Birth_Rate": 1, "Birth_Rate": 1}]"#;
    check_error(
        stubs::life(),
        same_key,
        "[0].Birth_Rate",
        "given twice",
        "Birth_Rate once",
        "\"Birth_Rate\"",
    );
}

#[test]
fn closed_levels_and_allowed_values_are_kept() {
    let body = r#"{"island": "Tahiti", "observer": "A", "bill_length": 40, "year": 2007}"#;
    let islands = "one of \"Biscoe\", \"Dream\", \"Torgersen\"";
    check_error(stubs::penguins(), body, "island", "not an allowed value", islands, "\"Tahiti\"");
    let body = r#"{"island": "Dream", "observer": "A", "bill_length": 40, "year": 2010}"#;
    check_error(stubs::penguins(), body, "year", "not an allowed value", "one of 2007, 2008, 2009", "2010");
    let body = json!({ "island": "Dream", "observer": "new", "bill_length": 40, "year": 2008.0 });
    let reply = ask_once(stubs::penguins(), predict(body.to_string()));
    assert_eq!((reply.status, &reply.json()["prediction"]), (200, &json!("Chinstrap")));
}

#[test]
fn all_errors_are_found_at_once_and_the_list_is_capped() {
    let rows: Vec<Value> = (0..30).map(|_| json!({ "CHAS": 0.5 })).collect();
    let reply = ask_once(stubs::boston(), predict(json!(rows).to_string()));
    let problem = reply.problem();
    // Each row: CHAS and twelve missing features.
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(20));
    assert_eq!(problem["more_errors"], 30 * 13 - 20);
}
