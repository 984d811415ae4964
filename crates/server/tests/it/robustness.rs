//! No body, however strange, makes the server fail, and what it refuses it refuses in JSON.

use actix_web::test::TestRequest;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::service::{ask, boston_row, predict, upload};
use crate::stubs;

/// Any JSON, with a liking for what the models know.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..300_i64).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("Biscoe")),
    ];
    let key = prop_oneof![
        Just("data".to_owned()),
        Just("PULocationID".to_owned()),
        Just("trip distance".to_owned()),
        Just("trip_distance".to_owned()),
        Just("CHAS".to_owned()),
        Just("columns".to_owned()),
        ".{0,6}",
    ];
    leaf.prop_recursive(4, 40, 14, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..14).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Draws many cases and asks them of one application.
fn check<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, request: impl Fn(&T) -> TestRequest) {
    let mut runner = TestRunner::new(Config::default());
    let cases: Vec<T> = (0..300).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect();
    for model in [stubs::boston, stubs::taxi, stubs::penguins] {
        for (case, reply) in cases.iter().zip(ask(model(), cases.iter().map(&request))) {
            assert!(reply.status < 500, "{case:?}: {reply:?}");
            if reply.header("content-type") == "application/x-ndjson" {
                let lines: Vec<Value> =
                    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert!(lines.iter().all(|line| line["error"]["status"] != 500), "{case:?}: {reply:?}");
            } else if reply.status == 200 || reply.header("content-type") == "application/json" {
                reply.json();
            } else {
                reply.problem();
            }
        }
    }
}

#[test]
fn any_json_is_answered_or_refused() {
    check(any_json(), |body| predict(body.to_string()));
    check(any_json(), |body| {
        TestRequest::post().uri("/v1/services/predict").set_payload(json!([body]).to_string())
    });
}

#[test]
fn any_options_are_taken_or_refused() {
    let value =
        prop_oneof![any_json(), any::<bool>().prop_map(Value::from), (0.4_f64..1.1).prop_map(Value::from),];
    let name = prop_oneof![Just("proba"), Just("interval"), Just("explain"), Just("data"), Just("options")];
    let options = prop::collection::vec((name, value), 0..4);
    check(options.clone(), |options| {
        let options: serde_json::Map<_, _> =
            options.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        predict(json!({ "options": options, "data": [boston_row()] }).to_string())
    });
    check(options, |options| {
        let pairs: Vec<_> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query: String = pairs
            .join("&")
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() || b"=&.".contains(&byte) {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
        TestRequest::post().uri(&format!("/predict?{query}")).set_payload(boston_row().to_string())
    });
}

#[test]
fn any_lines_are_answered_or_refused_each_for_itself() {
    let lines = |text: &[u8]| {
        TestRequest::post()
            .uri("/predict")
            .insert_header(("content-type", "application/x-ndjson"))
            .set_payload(text.to_vec())
    };
    check(prop::collection::vec(any::<u8>(), 0..200), |body| lines(body));
    check(prop::collection::vec(any_json(), 0..5), |rows| {
        let rows: Vec<_> = rows.iter().map(Value::to_string).collect();
        lines(rows.join("\n").as_bytes())
    });
}

#[test]
fn any_row_is_answered_or_refused() {
    let row = prop::collection::vec(any_json(), 12..14);
    check(row, |row| predict(json!({ "data": [boston_row(), row] }).to_string()));
}

#[test]
fn any_bytes_are_refused_or_answered() {
    check(prop::collection::vec(any::<u8>(), 0..200), |body| {
        TestRequest::post().uri("/predict").set_payload(body.clone())
    });
    check("[\\[\\]{},:\"0-9a-z.e+-]{0,60}", |body| predict(body.as_str()));
}

#[test]
fn any_file_is_refused_or_answered() {
    check(prop::collection::vec(any::<u8>(), 0..200), |file| upload(file));
    check("([A-Z\"]{0,4}[,;\t\n\r0-9.]{0,12}){0,12}", |file| upload(file));
    check("([A-Z\"]{0,4}[,;\t\n\r0-9.]{0,12}){0,12}", |file| {
        predict(file.as_str()).insert_header(("content-type", "text/csv"))
    });
}

#[test]
fn any_form_of_another_protocol_is_refused_or_answered() {
    let key = prop_oneof![
        Just("instances"),
        Just("inputs"),
        Just("dataframe_split"),
        Just("dataframe_records"),
        Just("params"),
        Just("parameters"),
    ];
    let body = prop::collection::vec((key, any_json()), 1..4).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    let body = body.boxed();
    let post = |uri: &str, content_type: &str, body: String| {
        TestRequest::post().uri(uri).insert_header(("content-type", content_type)).set_payload(body)
    };
    check(body.clone(), |body| post("/invocations", "application/json", body.clone()));
    check(body, |body| post("/v1/models/boston:predict", "application/json", body.clone()));
    check("([A-Z\"]{0,4}[,;\t\n\r0-9.]{0,12}){0,12}", |file| post("/invocations", "text/csv", file.clone()));
    check("[\\[\\]{},:\"0-9a-zN.e+-]{0,60}", |text| post("/invocations", "application/json", text.clone()));
}
