//! Reference block E: the duration of taxi trips, with a derived target and zones of high cardinality.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::programs;
use crate::serving::Serving;
use crate::trained::{self, Trained};
use crate::workspace;

const FIELD: &str = "trip_duration_prediction";

fn served() -> Serving {
    Serving::model(&trained::taxi().artifact)
}

fn trip(from: impl Into<Value>, to: impl Into<Value>, passengers: impl Into<Value>) -> Value {
    json!({ "PULocationID": from.into(), "DOLocationID": to.into(), "passenger_count": passengers.into() })
}

#[test]
fn a_trip_between_unknown_zones_takes_1_to_60_minutes() {
    let server = served();
    let answer = server
        .post_bytes(
            "/predict",
            "application/json",
            br#"{"PULocationID":264,"DOLocationID":264,"passenger_count":2}"#,
        )
        .ok();
    let minutes = answer[FIELD].as_f64().unwrap();
    assert!((1.0..=60.0).contains(&minutes), "{answer}");
    let one = trip(264, 264, 2);
    let answers = server.post("/predict", &json!([one, one])).ok();
    assert_eq!(answers, json!([answer, answer]));
}

#[test]
fn the_bounds_of_the_config_reach_requests_and_document() {
    let server = served();
    for (body, field) in [
        (trip(9999, 1, 1), "PULocationID"),
        (trip(1, -1, 1), "DOLocationID"),
        (trip(0, 1, 1), "PULocationID"),
        (trip(1, 2.5, 1), "DOLocationID"),
        (trip(1, 1, 10), "passenger_count"),
        (trip(1, 1, -1), "passenger_count"),
    ] {
        let problem = server.post("/predict", &body).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(field), "{body}: {problem:#}");
    }
    let document = server.get("/openapi.json").ok();
    for (field, minimum, maximum) in
        [("PULocationID", 1, 265), ("DOLocationID", 1, 265), ("passenger_count", 0, 9)]
    {
        let property = property(&document, field);
        assert_eq!(property["minimum"], minimum, "{property:#}");
        assert_eq!(property["maximum"], maximum, "{property:#}");
        assert!(property["type"].to_string().contains("integer"), "{property:#}");
    }
}

/// A property of any schema in the document.
fn property<'a>(document: &'a Value, name: &str) -> &'a Value {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    schemas.values().find_map(|schema| schema["properties"].get(name)).unwrap()
}

#[test]
fn an_unseen_zone_is_answered_and_a_null_count_follows_the_config() {
    let model = trained::taxi();
    let server = served();
    let zones =
        model.features()[0].pointer("/kind/category/levels/integer/values").unwrap().as_array().unwrap();
    let unseen = (1..=265).find(|zone| !zones.contains(&json!(zone))).unwrap();
    let answer = server.post("/predict", &trip(unseen, 1, 1)).ok();
    assert!((1.0..=60.0).contains(&answer[FIELD].as_f64().unwrap()), "{answer}");
    server.post("/predict", &trip(Value::Null, 1, 1)).problem(422);

    let passengers = model.features().iter().find(|feature| feature["name"] == "passenger_count").unwrap();
    let answer = server.post("/predict", &trip(161, 236, Value::Null));
    match &passengers["missing"] {
        Value::String(policy) if policy == "refuse" => {
            answer.problem(422);
        }
        policy => {
            if let Some(default) = policy.pointer("/default/integer") {
                let stated = server.post("/predict", &trip(161, 236, default.clone())).ok();
                assert_eq!(answer.ok(), stated);
            } else {
                answer.ok();
            }
        }
    }
}

#[test]
fn durations_from_1_to_60_minutes_are_kept_and_learnt() {
    check_fit(trained::taxi());
    let rows = trained::taxi().number("/data/rows_train") + trained::taxi().number("/data/rows_test");
    if workspace::shared_data("nyc_taxis_2019-03_raw.csv").is_some() {
        assert_eq!((trained::taxi().number("/data/rows_read"), rows), (6500.0, 6347.0));
        check_fit(&Trained::from_config(
            &workspace::path("configs/taxi.json"),
            &workspace::path("data/nyc_taxis_2019-03_raw.csv"),
            &trained::empty_folder("taxi-synthetic"),
            &[],
        ));
    }
}

fn check_fit(model: &Trained) {
    let error = model.test_metric("rmse");
    assert!(error <= 8.6, "RMSE {error} on {}", model.data.display());
}

#[test]
fn the_front_page_introduces_the_app() {
    let app = served().get_as("/", "application/json").ok();
    assert_eq!(app["title"], "TripDurationPredictionApp", "{app:#}");
    for field in ["description", "app_version", "model_version"] {
        assert!(!app[field].is_null(), "{field} in {app:#}");
    }
}

#[test]
fn sigterm_ends_the_server_well_and_soon() {
    let mut server = served();
    server.get("/health/live");
    let told = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(server.ends_within(Duration::from_secs(3)), Some(0));
}

#[test]
fn many_connections_at_once_meet_no_error() {
    const CONNECTIONS: usize = 64;
    const REQUESTS: usize = 50;
    let mut command = programs::server();
    let server = Serving::started(command.arg("--model").arg(&trained::taxi().artifact));
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let client = server.another();
            scope.spawn(move || {
                for request in 0..REQUESTS {
                    let from = 1 + (connection * 31 + request * 7) % 265;
                    let answer = client.post("/predict", &trip(from, 236, 1)).ok();
                    assert!((1.0..=60.0).contains(&answer[FIELD].as_f64().unwrap()), "{answer}");
                }
            });
        }
    });
}
