//! Rows one a line: answered in their order, each for itself, whatever their number.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::time::Duration;

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use server::state::Limits;

use crate::running::{Running, program, write_artifact};
use crate::service::{Reply, ask_once, ask_within};
use crate::stubs::{self, Stub};

fn lines(uri: &str, body: impl Into<String>) -> TestRequest {
    TestRequest::post()
        .uri(uri)
        .insert_header(("content-type", "application/x-ndjson"))
        .set_payload(body.into())
}

fn answers(reply: &Reply) -> Vec<Value> {
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/x-ndjson"), "{}", reply.text);
    assert!(reply.text.is_empty() || reply.text.ends_with('\n'));
    reply.text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn ask(stub: Stub, uri: &str, body: impl Into<String>) -> Vec<Value> {
    answers(&ask_once(stub, lines(uri, body)))
}

#[test]
fn every_line_is_answered_by_an_object_in_its_place() {
    let body = "[1.2, 3, 5, 1]\r\n\n{\"sepal_length\": 2, \"sepal_width\": 3, \"petal_length\": 50, \"petal_width\": 1}\n[0, 3, 5, 1]";
    let warning = json!([{
        "loc": "petal_length", "msg": "outside the range seen in training", "expected": "from 0 to 8", "got": "50",
    }]);
    let expected = [
        json!({ "prediction": 1 }),
        json!({ "prediction": 2, "warnings": warning }),
        json!({ "prediction": 0 }),
    ];
    let reply = ask_once(stubs::iris(), lines("/predict", body));
    assert_eq!(answers(&reply), expected);
    let named = (reply.header("x-canopy-model"), reply.header("x-canopy-model-version"));
    assert_eq!(named, ("iris", "3"));
    assert!(!reply.header("x-request-id").is_empty());
    assert_eq!(ask(stubs::iris(), "/predict", ""), [] as [Value; 0]);
}

#[test]
fn a_bad_line_is_told_in_its_place_and_the_rest_is_answered() {
    let body = "[1, 3, 5, 1]\n[1, 3]\n{\"sepal\n\n[[1, 3, 5, 1]]\n{\"data\": [[1, 3, 5, 1]]}\n[2, 3, \"x\", 1]\n\"\\xff\n[2, 3, 5, 1]\n";
    let found = ask(stubs::iris(), "/predict", body);
    let told: Vec<_> = found
        .iter()
        .map(|answer| match answer.get("error") {
            Some(error) => {
                format!("{} {} {}", answer["line"], error["status"], error["detail"].as_str().unwrap())
            }
            None => answer["prediction"].to_string(),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    1
    2 422 Each data point must contain 4 features
    3 400 The body is not JSON: EOF while parsing a string at line 3, column 7
    5 422 [0]: not of the right shape (expected a value, and one row a line, got an array) and 1 more
    6 422 data: unknown field (expected one of sepal_length, sepal_width, petal_length, petal_width, got "data") and 4 more
    7 422 [2]: not of the right type (expected a number, got "x")
    8 400 The body is not JSON: invalid escape at line 8, column 3
    2
    "#);
    assert_eq!(found[1]["error"]["errors"][0]["got"], "2");
    assert_eq!(found[1]["error"]["type"], "/redoc#problem-wrong-width");
}

#[test]
fn options_hold_for_every_line() {
    let found = ask(stubs::iris(), "/predict?proba=true&explain=true", "[1.2, 3, 5, 1]\n[0, 3]\n".repeat(40));
    assert_eq!(found.len(), 80);
    for pair in found.chunks(2) {
        assert_eq!(pair[0]["probabilities"], json!({ "0": 0.0, "1": 1.0, "2": 0.0 }));
        assert_eq!(pair[0]["contributions"]["sepal_width"], 0.0);
        assert_eq!(pair[0]["model"], json!({ "name": "iris", "version": 3 }));
        assert_eq!(pair[1]["error"]["status"], 422);
    }
    let lines_of = |number: usize| found[number]["line"].clone();
    assert_eq!((lines_of(1), lines_of(79)), (json!(2), json!(80)));
    let refused = ask_once(stubs::iris(), lines("/predict?interval=0.9", "[1.2, 3, 5, 1]\n"));
    assert_eq!((refused.status, refused.problem()["errors"][0]["loc"].clone()), (422, json!("?interval")));
}

#[test]
fn neither_rows_nor_bytes_are_limited_but_those_of_a_line() {
    let limits = || Limits { maximum_rows: 10, maximum_body_bytes: 64, ..Limits::default() };
    let reply =
        ask_within(stubs::iris(), limits(), [lines("/predict", "[1.2,3,5,1]\n".repeat(20_000))]).remove(0);
    assert_eq!(reply.text, "{\"prediction\":1}\n".repeat(20_000));
    let body = format!("[1.2,3,5,1{}]\n[0,3,5,1]\n", " ".repeat(64));
    let found = answers(&ask_within(stubs::iris(), limits(), [lines("/predict", body)]).remove(0));
    assert_eq!(found[0]["error"]["detail"], "The line is larger than 64 bytes");
    assert_eq!((&found[0]["line"], &found[0]["error"]["status"]), (&json!(1), &json!(413)));
    assert_eq!(found[1], json!({ "prediction": 0 }));
}

#[test]
fn a_long_line_needs_memory_that_others_leave() {
    let limits = Limits { maximum_buffered_bytes: 128 * 1024, ..Limits::default() };
    let body = |length: usize| format!("[0,3,5,1]\n[1.2,3,5,1{}]\n", " ".repeat(length));
    let requests = [lines("/predict", body(100_000)), lines("/predict", body(300_000))];
    let [fits, refused] = ask_within(stubs::iris(), limits, requests).try_into().unwrap();
    assert_eq!(answers(&fits)[1], json!({ "prediction": 1 }));
    let told = answers(&refused);
    assert_eq!(told.last().unwrap()["error"]["status"], 429, "{told:?}");
}

#[test]
fn a_compressed_body_is_unpacked_on_the_way() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, "[1.2,3,5,1]\n".repeat(5000).as_bytes()).unwrap();
    let request = TestRequest::post()
        .uri("/predict")
        .insert_header(("content-type", "application/x-ndjson"))
        .insert_header(("content-encoding", "gzip"))
        .set_payload(packed.finish().unwrap());
    assert_eq!(ask_once(stubs::iris(), request).text, "{\"prediction\":1}\n".repeat(5000));
    // What breaks off is told in a last line.
    let request = TestRequest::post()
        .uri("/predict")
        .insert_header(("content-type", "application/x-ndjson"))
        .insert_header(("content-encoding", "gzip"))
        .set_payload("no gzip at all");
    let found = answers(&ask_once(stubs::iris(), request));
    assert_eq!((found.len(), &found[0]["error"]["status"]), (1, &json!(400)), "{found:?}");
}

#[test]
fn a_model_that_fails_ends_the_stream_with_a_line_that_says_so() {
    let found = ask(stubs::iris().panicking(), "/predict", "[1.2, 3, 5, 1]\n".repeat(1000));
    assert_eq!((found.len(), &found[0]["error"]["status"]), (1, &json!(500)));
    assert!(!found[0].to_string().contains("panic"), "{found:?}");
}

#[test]
fn who_does_not_read_the_answers_is_not_read_from() {
    /// Far more than what the system holds for a connection.
    const MOST_CHUNKS: usize = 2000;
    const LINES_IN_CHUNK: usize = 640;
    let folder = tempfile::tempdir().unwrap();
    write_artifact(folder.path(), "boston", 1, 24.5);
    let server = Running::start(program().arg("--model-folder").arg(folder.path()));
    let mut connection = server.connect();
    connection.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    connection
        .write_all(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n\
              Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    // Each line is refused at more length than it has.
    let lines = format!("{:99}\n", "0").repeat(LINES_IN_CHUNK);
    let chunk = format!("{:x}\r\n{lines}\r\n", lines.len()).into_bytes();
    let mut chunks = 0;
    let rest = 'sent: loop {
        assert!(chunks < MOST_CHUNKS, "128 MB were taken without one answer read");
        chunks += 1;
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            match connection.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    break 'sent rest;
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    // Others are served meanwhile, and with the answers read all goes on.
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
    let mut writing = connection.try_clone().unwrap();
    writing.set_write_timeout(None).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writing.write_all(rest).unwrap();
            writing.write_all(b"a\r\n[1,2,3,4]\n\r\n0\r\n\r\n").unwrap();
        });
        let mut number = 0;
        for line in BufReader::new(connection).lines() {
            let line = line.unwrap();
            if let Some((line, _)) = line.strip_prefix("{\"line\":").and_then(|rest| rest.split_once(',')) {
                number += 1;
                assert_eq!(line, number.to_string());
            }
        }
        assert_eq!(number, chunks * LINES_IN_CHUNK + 1);
    });
}

#[test]
fn a_server_that_stops_says_where_it_left_off() {
    let folder = tempfile::tempdir().unwrap();
    write_artifact(folder.path(), "boston", 1, 24.5);
    let mut server = Running::start(program().arg("--model-folder").arg(folder.path()));
    let row = crate::service::boston_row().to_string() + "\n";
    let chunk = format!("{:x}\r\n{row}\r\n", row.len());
    let head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    // One goes on sending, one waits, one has sent all.
    let mut streams = [0; 3].map(|_| BufReader::new(server.connect()));
    for stream in &mut streams {
        write!(stream.get_mut(), "{head}{chunk}").unwrap();
        while !next_line(stream).starts_with("{\"prediction\"") {}
    }
    server.signal("-TERM");
    let [mut sending, mut waiting, mut done] = streams;
    write!(done.get_mut(), "{chunk}0\r\n\r\n").unwrap();
    assert!(std::iter::repeat_with(|| next_line(&mut done)).any(|line| line == "{\"prediction\":24.5}"));
    let mut sent = 1;
    let told = loop {
        if write!(sending.get_mut(), "{chunk}").is_err() {
            panic!("the stream broke off without a word");
        }
        sent += 1;
        let line =
            std::iter::repeat_with(|| next_line(&mut sending)).find(|line| line.starts_with('{')).unwrap();
        if line.starts_with("{\"line\"") {
            break line;
        }
    };
    assert!(told.starts_with(&format!("{{\"line\":{sent},")) && told.contains("\"status\":503"), "{told}");
    let told = std::iter::repeat_with(|| next_line(&mut waiting)).find(|line| line.starts_with('{')).unwrap();
    assert!(told.starts_with("{\"line\":2,") && told.contains("\"status\":503"), "{told}");
    assert_eq!(server.wait().0, Some(0));
}

/// A line of an answer, be it of the answer itself or of its chunks.
fn next_line(stream: &mut BufReader<std::net::TcpStream>) -> String {
    let mut line = String::new();
    assert!(stream.read_line(&mut line).unwrap() > 0, "the stream broke off without a word");
    line.trim_end().to_owned()
}
