//! Heads that are no heads.

use super::{Case, Manner, case, live, play, request};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    let with = |header: &str| format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
    let many = |count: usize| (0..count).map(|index| format!("X-{index}: y\r\n")).collect::<String>();
    let many_fields = |count| format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{}\r\n", many(count));
    let long = "x".repeat(300_000);
    vec![
        case("a good request", live(), "200"),
        case("line feeds alone", "GET /health/live HTTP/1.1\nHost: x\n\n", "200"),
        case("carriage returns alone", "GET /health/live HTTP/1.1\rHost: x\r\r", "400"),
        case("HTTP/0.9", "GET /health/live\r\n\r\n", "400"),
        case("HTTP/2.0 in words", "GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n", "400"),
        case("HTTP/9.9", "GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n", "400"),
        case("a method in lower case", "get /health/live HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        case("a method that is none", "G@T /health/live HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        case("an unknown method", "BREW /predict HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        case("TRACE", "TRACE /predict HTTP/1.1\r\nHost: x\r\nX-Secret: y\r\n\r\n", "405"),
        case("CONNECT", "CONNECT example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        case("the form of a proxy", get("http://x/health/live"), "200"),
        case("a port that is none", get("http://x:99999999/health/live"), "200"),
        case("two slashes", get("//health/live"), "404"),
        case("the parent folder", get("/docs/../../../etc/passwd"), "404"),
        case("the parent folder in percent", get("/docs/..%2f..%2f..%2fetc%2fpasswd"), "404"),
        case("percent and nothing", get("/models/%"), "404"),
        case("percent and no digits", get("/models/%zz"), "404"),
        case("a NUL in percent", get("/models/%00"), "404"),
        case("no UTF-8 in percent", get("/models/%ff%fe"), "404"),
        case("no UTF-8 in a query", request("POST /predict?proba=%ff", &[], b"[1]"), "422"),
        case(
            "many options",
            request(&format!("POST /predict?{}", "a=b&".repeat(10_000)), &[], b"[1]"),
            "422",
        ),
        case("a NUL in the target", get("/health/\0live"), "400"),
        case("a space in the target", get("/health /live"), "400"),
        case("a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "404|400"),
        case("an empty target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        case("a long target", get(&format!("/{long}")), "400|431"),
        case("no host", "GET /health/live HTTP/1.1\r\n\r\n", "400"),
        case("two hosts", with("Host: y"), "400"),
        case("a NUL in a header", with("X-Y: a\0b"), "400"),
        case(
            "no UTF-8 in a header",
            [with("X-Y: ").trim_end().as_bytes(), b"\xff\xfe\r\n\r\n"].concat(),
            "200",
        ),
        case("a header without a name", with(": y"), "400"),
        case("a header without a colon", with("nonsense"), "400"),
        case("a header of 300 kB", with(&format!("X-Y: {long}")), "431|400"),
        case("90 headers", many_fields(90), "200"),
        case("200 headers", many_fields(200), "431"),
        case("20,000 headers", many_fields(20_000), "400|431"),
        case(
            "endless headers",
            [b"GET /health/live HTTP/1.1\r\n\0".as_slice(), &b"X: y\r\n".repeat(1000)].concat(),
            "400|431",
        )
        .sent(Manner::Endlessly),
        case(
            "an expectation that is none",
            request("POST /predict", &["Expect: miracles"], b"[1]"),
            "422|417",
        ),
        case(
            "an upgrade to HTTP/2",
            with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
            "200",
        ),
        case(
            "HTTP/2 with prior knowledge",
            [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &[0xff; 4000]].concat(),
            "400",
        ),
        case("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), "400"),
        case("another protocol", "SSH-2.0-OpenSSH_9.6\r\n", "400"),
        case("bytes", (0..=255).collect::<Vec<u8>>(), "400"),
    ]
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_head_that_is_none_is_refused";

#[test]
fn a_head_that_is_none_is_refused() {
    play(cases());
}
