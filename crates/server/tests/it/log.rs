//! What the log says of a request, and what it does not.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{ask_once, boston_row, predict};
use crate::stubs::boston;

thread_local! {
    /// What was logged by this thread, which is one test.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The only line of the log about this request, and the whole log.
fn logged(request: TestRequest) -> (Value, String) {
    // One for all tests: whether a place in the code logs at all is remembered for the whole process, so a subscriber of one
    // test would hear nothing where another test came first.
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| Sink).finish();
        tracing::subscriber::set_global_default(log).unwrap();
    });
    LOGGED.take();
    ask_once(boston(), request);
    let text = String::from_utf8(LOGGED.take()).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.find(|line| line["message"] == "answered").unwrap_or_else(|| panic!("{text:?}"));
    (line, text)
}

#[test]
fn the_line_of_an_answer_names_model_version_protocol_and_rows() {
    let (line, _) = logged(predict(json!({ "data": [boston_row(), boston_row()] }).to_string()));
    assert_eq!(line["status"], 200);
    assert_eq!(line["model"], boston().name());
    assert!(line["version"].is_u64(), "{line}");
    assert_eq!(line["protocol"], "canopy");
    assert_eq!(line["rows"], 2);
    assert_eq!(line["warnings"], 0);
    assert!(line["bytes"].as_u64().unwrap() > 0, "{line}");
    assert!(line["milliseconds"].as_f64().unwrap() > 0.0, "{line}");
}

#[test]
fn a_refused_payload_is_not_logged() {
    let (line, text) = logged(predict(r#"{"a secret of mine": "and another"}"#));
    assert_eq!(line["status"], 422);
    assert_eq!((&line["model"], &line["rows"]), (&boston().name().into(), &0.into()));
    assert!(!text.contains("secret") && !text.contains("another"), "{text}");
}
