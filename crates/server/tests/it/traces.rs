//! Spans as a collector gets them, from the built program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::running::{Running, program, read_answer, write_artifact};
use crate::service::boston_row;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector that answers with this status, and passes on what it gets: the head, and the message.
fn collector(status: u16) -> (u16, Receiver<(String, Value)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (pass, passed) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(stream.read_line(&mut head).unwrap() > 0);
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            write!(stream.get_mut(), "HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
            if pass.send((head, serde_json::from_slice(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (port, passed)
}

/// A server whose spans go to this port.
fn traced(port: u16, arguments: &[&str]) -> (Running, TempDir) {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(
        program()
            .env("MODEL_FOLDER", folder.path())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"))
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .args(arguments),
    );
    (server, folder)
}

fn attribute<'a>(of: &'a Value, key: &str) -> &'a Value {
    let attributes = of["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no {key} in {of}"))["value"]
}

fn hexadecimal(value: &Value, digits: usize) -> bool {
    let text = value.as_str().unwrap();
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

#[test]
fn a_request_is_a_span_of_its_callers_trace() {
    let (port, passed) = collector(200);
    let arguments = ["--service-name=houses", "--otlp-headers=x-key=sesame", "--resource-attributes=a.b=c"];
    let (server, _folder) = traced(port, &arguments);
    let row = boston_row().to_string();
    let mut stream = BufReader::new(server.connect());
    let length = row.len();
    write!(
        stream.get_mut(),
        "POST /predict HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{TRACE}-{CALLER}-01\r\ntracestate: a=1\r\n\
         Content-Length: {length}\r\n\r\n{row}"
    )
    .unwrap();
    assert_eq!(read_answer(&mut stream), "21.5");
    let (head, message) = passed.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/json\r\n") && head.contains("x-key: sesame\r\n"),
        "{head}"
    );

    let resource = &message["resourceSpans"][0]["resource"];
    assert_eq!(attribute(resource, "service.name")["stringValue"], "houses");
    assert_eq!(attribute(resource, "a.b")["stringValue"], "c");
    let span = &message["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &CALLER.into()));
    assert!(hexadecimal(&span["spanId"], 16), "{span}");
    assert_eq!(span["traceState"], "a=1");
    assert_eq!((&span["name"], &span["kind"]), (&"POST /predict".into(), &2.into()));
    let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(time("startTimeUnixNano") < time("endTimeUnixNano"), "{span}");
    assert_eq!(attribute(span, "http.request.method")["stringValue"], "POST");
    assert_eq!(attribute(span, "http.route")["stringValue"], "/predict");
    assert_eq!(attribute(span, "url.path")["stringValue"], "/predict");
    assert_eq!(attribute(span, "http.response.status_code")["intValue"], "200");
    assert_eq!(attribute(span, "canopy.model.name")["stringValue"], "boston");
    assert_eq!(attribute(span, "canopy.rows")["intValue"], "1");
}

/// The spans of a message, the one of the request first.
fn spans(message: &Value) -> &[Value] {
    message["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap()
}

#[test]
fn the_steps_of_an_answer_are_spans_below_its_own() {
    let (port, passed) = collector(200);
    let (server, _folder) = traced(port, &[]);
    let row = boston_row().to_string();
    let many = format!("[{}]", vec![row.as_str(); 1500].join(","));
    let check = |path: &str, body: &str, content_type: &str, expected: &[&str]| {
        let answer = server.post_with(path, body, &[("content-type", content_type)]);
        let (_, message) = passed.recv_timeout(Duration::from_secs(20)).unwrap();
        let [request, steps @ ..] = spans(&message) else { panic!("{message}") };
        let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{path} {answer}");
        let time = |span: &Value, name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        let mut last = time(request, "startTimeUnixNano");
        for step in steps {
            assert_eq!(
                (&step["traceId"], &step["parentSpanId"], &step["kind"]),
                (&request["traceId"], &request["spanId"], &1.into()),
                "{step}"
            );
            assert_eq!(time(step, "startTimeUnixNano"), last, "one begins where the one before ends: {step}");
            last = time(step, "endTimeUnixNano");
        }
        assert!(last <= time(request, "endTimeUnixNano"), "{message}");
        assert!(steps.iter().all(|step| hexadecimal(&step["spanId"], 16)), "{message}");
    };
    let json = "application/json";
    let done = ["read body", "encode", "predict", "answer"];
    check("/predict", &row, json, &done);
    check("/invocations", &format!("{{\"instances\":[{row}]}}"), json, &done);
    check("/predict", &many, json, &["read body", "wait", "encode", "predict", "answer"]);
    check("/predict", "[1]", json, &[]);
    check("/predict", &format!("{row}\n"), "application/x-ndjson", &[]);
}

#[test]
fn a_request_without_a_trace_begins_one_unless_the_sampler_says_no() {
    let (port, passed) = collector(200);
    let (server, _folder) = traced(port, &[]);
    assert!(server.get("/nowhere").starts_with("HTTP/1.1 404"));
    let (_, message) = passed.recv_timeout(Duration::from_secs(20)).unwrap();
    let span = &message["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert!(hexadecimal(&span["traceId"], 32) && span.get("parentSpanId").is_none(), "{span}");
    drop(server);

    let (mut silent, _folder) = traced(port, &["--traces-sampler=always_off"]);
    assert!(silent.get("/health/live").starts_with("HTTP/1.1 200"));
    // What there was to send was sent when it ends.
    silent.signal("-TERM");
    assert_eq!(silent.wait().0, Some(0));
    assert!(passed.try_recv().is_err());
}

#[test]
fn the_last_spans_are_sent_before_the_server_ends() {
    let (port, passed) = collector(200);
    let (mut server, _folder) = traced(port, &["--span-delay=600000"]);
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
    server.signal("-TERM");
    assert_eq!(server.wait().0, Some(0));
    let (_, message) = passed.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(message["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"], "GET /health/live");
}

#[test]
fn a_collector_that_refuses_or_is_gone_holds_up_nobody() {
    let gone = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let (refusing, _passed) = collector(400);
    for port in [refusing, gone] {
        let (server, _folder) = traced(port, &["--span-queue=1"]);
        let row = boston_row().to_string();
        for _ in 0..50 {
            assert!(server.post("/predict", &row).ends_with("21.5"));
        }
        let dropped = |page: &str| -> f64 {
            let lines = page.lines().filter(|line| line.starts_with("canopy_spans_dropped_total{"));
            lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
        };
        for _ in 0..500 {
            if dropped(&server.get_from(server.admin_port, "/metrics")) > 0.0 {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        assert!(dropped(&server.get_from(server.admin_port, "/metrics")) > 0.0);
        assert!(TcpStream::connect(("127.0.0.1", server.port)).is_ok());
    }
}
