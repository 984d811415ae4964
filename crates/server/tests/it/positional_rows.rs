//! Rows by position: the shapes of the quickstart and of the classifier, and every width that is wrong.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{ask, ask_once, boston_row, expected, predict};
use crate::stubs;

#[test]
fn a_batch_under_data_is_answered_in_its_order() {
    let rows: Vec<Value> = (0..9)
        .map(|index| {
            let mut row = boston_row();
            row[5] = json!(index);
            row
        })
        .collect();
    let batches = (1..=9).map(|size| predict(json!({ "data": rows[..size] }).to_string()));
    for (size, reply) in (1..).zip(ask(stubs::boston(), batches)) {
        let answers: Vec<f64> = rows[..size].iter().map(expected).collect();
        assert_eq!((reply.status, reply.json()), (200, json!({ "data": answers })));
    }
}

#[test]
fn every_other_width_is_refused_with_the_width_of_the_model() {
    let cases =
        || (1..=19).filter(|&width| width != 13).flat_map(|width| (1..=9).map(move |rows| (width, rows)));
    assert_eq!(cases().count(), 162);
    let requests =
        cases().map(|(width, rows)| predict(json!({ "data": vec![vec![0.5; width]; rows] }).to_string()));
    for ((width, rows), reply) in cases().zip(ask(stubs::boston(), requests)) {
        let problem = reply.problem();
        assert_eq!(reply.status, 422, "{rows} rows of {width}");
        assert_eq!(problem["detail"], "Each data point must contain 13 features");
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(rows), "one error for each row");
        assert_eq!(problem["errors"][0]["got"], width.to_string());
    }
}

#[test]
fn the_answer_has_the_shape_of_the_question() {
    let check = |body: Value, answer: Value| {
        let reply = ask_once(stubs::iris(), predict(body.to_string()));
        assert_eq!((reply.status, reply.json()), (200, answer), "{body}");
    };
    check(json!([2.1, 3.0, 5.1, 1.8]), json!(2));
    check(json!([[2.1, 3.0, 5.1, 1.8]]), json!([2]));
    check(json!([[0.2, 3.0, 5.1, 1.8], [1, 3, 5, 1], [2, 3, 5, 1]]), json!([0, 1, 2]));
    check(json!({ "data": [[1, 3, 5, 1]] }), json!({ "data": [1] }));
}

#[test]
fn classes_are_answered_by_name_where_the_config_says_so() {
    let check = |stub, body: &str, answer: Value| {
        assert_eq!(ask_once(stub, predict(body)).json(), answer, "{body}");
    };
    check(stubs::iris().with_names(), "[2.1, 3.0, 5.1, 1.8]", json!("virginica"));
    check(stubs::penguins(), r#"["Biscoe", "A", 39.1, null, 2007]"#, json!("Adelie"));
    check(stubs::penguins(), r#"[["Torgersen", "nobody yet", 39.1, "male", 2007]]"#, json!(["Gentoo"]));
}

#[test]
fn three_values_for_four_features_name_the_four() {
    let reply = ask_once(stubs::iris(), predict("[5.9, 3.0, 5.1]"));
    assert_eq!(reply.status, 422);
    assert_eq!(reply.problem()["detail"], "Each data point must contain 4 features");
}

#[test]
fn a_place_that_may_be_empty_takes_null_by_position() {
    let reply = ask_once(stubs::taxi(), predict(r#"{"data": [[264, 264, null, null, null]]}"#));
    // Zones 264 → level 2, one passenger in place of none, two values missing: (2 + 2 + 1) / 5 / 2.
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": [0.5] })));
    let reply = ask_once(stubs::boston(), predict(json!({ "data": [vec![Value::Null; 13]] }).to_string()));
    assert_eq!(reply.status, 422);
}

#[test]
fn any_content_type_will_do_and_a_compressed_body_too() {
    let body = json!([2.1, 3.0, 5.1, 1.8]).to_string();
    for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"] {
        let request = predict(body.clone()).insert_header(("content-type", content_type));
        assert_eq!(ask_once(stubs::iris(), request).text, "2", "{content_type}");
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, body.as_bytes()).unwrap();
    let request = TestRequest::post()
        .uri("/predict")
        .insert_header(("content-encoding", "gzip"))
        .set_payload(packed.finish().unwrap());
    assert_eq!(ask_once(stubs::iris(), request).text, "2");
}
