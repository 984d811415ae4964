//! Limits on the size of requests.

use std::time::Duration;

use serde_json::json;
use server::state::Limits;

use crate::service::{ask_within, boston_row, predict, upload};
use crate::stubs;

fn limits() -> Limits {
    Limits {
        maximum_body_bytes: 4096,
        maximum_rows: 10,
        request_timeout: Duration::from_secs(5),
        ..Limits::default()
    }
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let body = json!([vec!["x"; 3000]]).to_string();
    let packed = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packed, &vec![b' '; 1_000_000]).unwrap();
        packed.finish().unwrap()
    };
    assert!(packed.len() < 4096);
    let bomb = actix_web::test::TestRequest::post()
        .uri("/predict")
        .insert_header(("content-encoding", "gzip"))
        .set_payload(packed);
    let stated = predict("[]").insert_header(("content-length", "5000"));
    let requests = [predict(body.clone()), upload(body), bomb, stated];
    for reply in ask_within(stubs::boston(), limits(), requests) {
        assert_eq!(reply.status, 413);
        assert_eq!(reply.problem()["detail"], "The body is larger than 4096 bytes");
    }
}

#[test]
fn rows_are_counted_in_every_shape() {
    let zone = json!({ "PULocationID": 264, "DOLocationID": 264 });
    let row = json!([264, 264, 1, null, null]);
    let with = |rows: usize| {
        [
            predict(json!(vec![&zone; rows]).to_string()),
            predict(json!(vec![&row; rows]).to_string()),
            predict(json!({ "data": vec![&row; rows] }).to_string()),
            upload("264,264,1,,\n".repeat(rows)),
        ]
    };
    for reply in ask_within(stubs::taxi(), limits(), with(10)) {
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    for reply in ask_within(stubs::taxi(), limits(), with(11)) {
        assert_eq!(reply.status, 422);
        assert_eq!(reply.problem()["detail"], "Expected at most 10 rows in one request, got 11");
    }
}

#[test]
fn ten_thousand_rows_are_answered_in_order() {
    let rows: Vec<_> = (0..10_000)
        .map(|index| {
            let mut row = boston_row();
            row[4] = json!(index);
            row
        })
        .collect();
    let replies =
        ask_within(stubs::boston(), Limits::default(), [predict(json!({ "data": rows }).to_string())]);
    let answers: Vec<f64> = rows.iter().map(crate::service::expected).collect();
    assert_eq!(replies[0].json()["data"], json!(answers));
}
