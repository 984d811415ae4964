//! What the protocol is refused, and in which words.

use super::*;

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
