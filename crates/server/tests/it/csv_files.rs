//! `POST /predict_csv`: tables of every make, and what is no table.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{Reply, ask_once, boston_row, expected, upload};
use crate::stubs::{self, Stub};

const NAMES: [&str; 13] =
    ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"];

fn line() -> String {
    let row = boston_row();
    row.as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join(",")
}

fn check(stub: Stub, file: impl AsRef<[u8]>, answers: Value) {
    let reply = ask_once(stub, upload(file));
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": answers })));
}

fn refused(stub: Stub, file: impl AsRef<[u8]>, detail: &str) -> Vec<Value> {
    let reply = ask_once(stub, upload(file));
    let problem = reply.problem();
    assert_eq!((reply.status, &problem["detail"]), (422, &json!(detail)), "{problem}");
    problem["errors"].as_array().expect("a list of errors").clone()
}

const NOT_PROCESSED: &str = "Unable to process file";
const WRONG_WIDTH: &str = "Each data point must contain 13 features";

#[test]
fn without_a_header_columns_are_read_by_position() {
    let answer = expected(&boston_row());
    check(stubs::boston(), line(), json!([answer]));
    check(stubs::boston(), format!("{}\n", line()).repeat(506), json!(vec![answer; 506]));
}

#[test]
fn with_a_header_columns_are_matched_by_name_in_any_order() {
    // The zones have levels, so their place in the row shows in the answer: (2 + 0 + 2) / 5 / 2.
    let answer = json!([0.4]);
    check(
        stubs::taxi(),
        "PULocationID,DOLocationID,passenger_count,trip distance,night\n264,1,2,,\n",
        answer.clone(),
    );
    check(
        stubs::taxi(),
        "night,passenger_count,trip_distance,DOLocationID,PULocationID\n,2,NA,1,264\n",
        answer,
    );
    let reversed: Vec<_> = NAMES.into_iter().rev().collect();
    let row: Vec<_> = boston_row().as_array().unwrap().iter().rev().map(Value::to_string).collect();
    check(
        stubs::boston(),
        format!("{}\n{}\n", reversed.join(","), row.join(",")),
        json!([expected(&boston_row())]),
    );
}

#[test]
fn files_from_every_office_are_read() {
    let answer = json!([expected(&boston_row())]);
    let header = NAMES.join(",");
    check(stubs::boston(), format!("\u{feff}{header}\r\n{}\r\n", line()), answer.clone());
    check(stubs::boston(), format!("{header}\n\n{}\n\n", line()), answer.clone());
    check(stubs::boston(), format!("\"{}\"\n", line().replace(',', "\",\"")), answer.clone());
    for delimiter in [";", "\t", "|"] {
        check(stubs::boston(), format!("{header}\n{}\n", line()).replace(',', delimiter), answer.clone());
    }
}

#[test]
fn a_cell_that_is_no_value_is_named_by_line_and_column() {
    let file = format!("{}\n{}\n{}\n", NAMES.join(","), line(), line().replace("0.538", "high"));
    let errors = refused(stubs::boston(), file, NOT_PROCESSED);
    let error = json!({
        "loc": "line 3, column 5", "msg": "not of the right type", "expected": "a number", "got": "\"high\"",
        "line": 3, "column": 5, "column_name": "NOX",
    });
    assert_eq!(errors, [error]);
    let errors = refused(stubs::boston(), line().replace("18,", ","), NOT_PROCESSED);
    assert_eq!(errors[0]["msg"], "a value is required");
}

#[test]
fn a_table_of_another_width_is_told_so() {
    let narrow = |text: &str| text.rsplit_once(',').unwrap().0.to_owned();
    let errors = refused(stubs::boston(), narrow(&line()), WRONG_WIDTH);
    assert_eq!((&errors[0]["line"], &errors[0]["got"]), (&json!(1), &json!("12")));
    refused(stubs::boston(), format!("{},5\n", line()), WRONG_WIDTH);
    refused(stubs::boston(), "1\n2\n3\n", WRONG_WIDTH);
    let errors =
        refused(stubs::boston(), format!("{}\n{}\n", narrow(&NAMES.join(",")), narrow(&line())), WRONG_WIDTH);
    assert_eq!(errors[0]["expected"], "a column LSTAT");
    let errors = refused(stubs::boston(), format!("{},MEDV\n{},24\n", NAMES.join(","), line()), WRONG_WIDTH);
    assert_eq!((&errors[0]["msg"], &errors[0]["got"]), (&json!("unknown column"), &json!("\"MEDV\"")));
}

#[test]
fn a_ragged_line_is_named() {
    let errors = refused(stubs::boston(), format!("{}\n{},7\n{}\n", line(), line(), line()), NOT_PROCESSED);
    let error = json!({
        "loc": "line 2", "msg": "another number of cells", "expected": "13 cells", "got": "14", "line": 2,
    });
    assert_eq!(errors, [error]);
    let long = format!("{}\n{}\n", line(), "9,".repeat(100_000));
    assert_eq!(refused(stubs::boston(), long, NOT_PROCESSED)[0]["line"], 2);
}

#[test]
fn a_header_with_a_mistake_is_still_a_header() {
    let header = NAMES.join(",").replace("NOX", "NOXX").replace("ZN", "CRIM");
    let errors = refused(stubs::boston(), format!("{header}\n{}\n", line()), NOT_PROCESSED);
    let shown: Vec<_> =
        errors.iter().map(|error| format!("{}: {}", error["msg"], error["expected"])).collect();
    assert_eq!(
        shown,
        [
            "\"given twice\": \"CRIM once\"",
            "\"unknown column\": \"NOX, the nearest known field\"",
            "\"column missing\": \"a column ZN\"",
            "\"column missing\": \"a column NOX\"",
        ]
    );
}

#[test]
fn what_is_no_table_is_refused() {
    for file in [
        &b""[..],
        b"\xef\xbb\xbf",
        b"\n\n",
        b"this is not a table",
        b"Dear reader,\nthis is a letter\n",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        br#"{"data": [[1, 2]]}"#,
        b"\xff\xfe\x00\x01",
    ] {
        let errors = refused(stubs::boston(), file, NOT_PROCESSED);
        assert!(!errors.is_empty());
    }
    refused(stubs::boston(), NAMES.join(","), NOT_PROCESSED);
}

#[test]
fn the_form_holds_one_file_and_nothing_else() {
    let check = |content_type: &str, body: &str, status: u16, found: &str| {
        let request = TestRequest::post()
            .uri("/predict_csv")
            .insert_header(("content-type", content_type))
            .set_payload(body.to_owned());
        let reply: Reply = ask_once(stubs::boston(), request);
        let detail = reply.problem()["detail"].to_string();
        assert_eq!(reply.status, status, "{detail}");
        assert!(detail.contains(found), "{detail}");
    };
    let form = "multipart/form-data; boundary=x";
    let field = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n1\r\n");
    check(form, "--x--\r\n", 422, "csv_file: a value is required");
    check(form, &format!("{}--x--\r\n", field("other")), 422, "unknown field");
    check(form, &format!("{}{}--x--\r\n", field("csv_file"), field("csv_file")), 422, "given twice");
    check(form, "nonsense", 400, "not a multipart form");
    check("multipart/form-data", "--x--\r\n", 400, "not a multipart form");
    check("text/csv", "1,2,3", 415, "multipart/form-data");
}

fn table(stub: Stub, uri: &str, accept: &str, file: &str) -> Reply {
    let request = TestRequest::post()
        .uri(uri)
        .insert_header(("content-type", "text/csv; charset=utf-8"))
        .insert_header(("accept", accept))
        .set_payload(file.to_owned());
    ask_once(stub, request)
}

#[test]
fn a_table_may_be_the_body_itself() {
    let file = "petal_width,petal_length,sepal_width,sepal_length\n1,5,3,1.2\n1,5,3,0.1\n";
    let reply = table(stubs::iris(), "/predict", "*/*", file);
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": [1, 0] })));
    let reply = table(stubs::iris(), "/predict?proba=true", "application/json", file);
    assert_eq!(reply.json()["probabilities"]["1"], json!([1.0, 0.0]));
    let reply = table(stubs::iris(), "/predict", "*/*", "1,2\n");
    let problem = reply.problem();
    assert_eq!((reply.status, &problem["detail"]), (422, &json!("Each data point must contain 4 features")));
}

#[test]
fn a_table_is_answered_by_a_table_when_asked_for() {
    let file = "1.2,3,5,1\n0.25,3,90,1\n";
    let reply = table(stubs::iris().with_names(), "/predict?proba=true&explain=true", "text/csv", file);
    assert_eq!((reply.header("content-type"), reply.header("x-canopy-warnings")), ("text/csv", "1"));
    assert_eq!(
        reply.text,
        "prediction,probability_setosa,probability_versicolor,probability_virginica,base_value,\
         contribution_sepal_length,contribution_sepal_width,contribution_petal_length,contribution_petal_width\n\
         versicolor,0,1,0,0.3333333333333333,0.6666666666666667,0,0,0\n\
         setosa,1,0,0,0.3333333333333333,0.6666666666666667,0,0,0\n"
    );
    let reply = table(stubs::boston().with_intervals(), "/predict?interval=0.5", "text/csv", &line());
    let answer = expected(&boston_row());
    assert_eq!(reply.text, format!("prediction,lower,upper\n{answer},{},{}\n", answer - 0.25, answer + 0.25));
    let upload = upload(file).insert_header(("accept", "text/csv"));
    assert_eq!(ask_once(stubs::iris(), upload).text, "prediction\n1\n0\n");
    // An error stays a problem document.
    let reply = table(stubs::iris(), "/predict", "text/csv", "1,2\n");
    assert_eq!((reply.status, reply.header("content-type")), (422, "application/problem+json"));
}
