//! Clients that take their time, and those that go away.

use super::{Case, Manner, case, play, raw, request};
use crate::service::boston_row;

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let row = boston_row().to_string();
    let question = request("POST /predict", &[], row.as_bytes());
    let endless = |name, path, header, expected| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n\0");
        case(name, head + &"4\r\n    \r\n".repeat(1000), expected).sent(Manner::Endlessly)
    };
    vec![
        case("nothing at all", "", "408|"),
        case("half a head", "GET /health/li", "408"),
        case(
            "a head, byte by byte",
            "GET /health/live HTTP/1.1\r\nX-Y: ".to_owned() + &"y".repeat(1000),
            "408",
        )
        .sent(Manner::ByteByByte),
        case("a body, byte by byte", raw("Content-Length: 1000\r\n", &" ".repeat(999)), "408")
            .sent(Manner::ByteByByte),
        case("half a body", raw("Content-Length: 1000\r\n", "[1,"), "408"),
        case("half a head, and no more", "GET /health/li", "|400").sent(Manner::ThenFinish),
        case("half a body, and no more", &question[..question.len() - 5], "|400").sent(Manner::ThenFinish),
        endless("an endless body", "/predict", "Transfer-Encoding: chunked", "413"),
        endless("an endless body where nothing is", "/nowhere", "Transfer-Encoding: chunked", "404"),
        endless("an endless body where nothing is posted", "/v1/model", "Transfer-Encoding: chunked", "405"),
        endless("an endless body of 1 TB", "/predict", "Content-Length: 1000000000000", "413"),
        case("a body of 1 TB", raw("Content-Length: 1000000000000\r\n", "["), "413"),
        case(
            "a body that is announced and too large",
            raw("Content-Length: 1000000\r\nExpect: 100-continue\r\n", ""),
            "413|100 413",
        ),
    ]
}

/// The test of these shapes.
pub(super) const TEST: &str = "who_takes_its_time_holds_a_connection_and_no_more";

#[test]
fn who_takes_its_time_holds_a_connection_and_no_more() {
    play(cases());
}
