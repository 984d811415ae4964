//! What no honest client sends, over real sockets: each shape with the answer that it gets, while another client is
//! answered as ever. `docs/security.md` has the same table in words.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::boston_row;

/// Most bytes of a body in these tests.
const LONGEST_BODY: usize = 200_000;
/// Where each protocol takes JSON.
const JSON_PATHS: [&str; 5] = [
    "/predict",
    "/v1/services/predict",
    "/v2/models/boston/infer",
    "/v1/models/boston:predict",
    "/invocations",
];

/// How the bytes are sent.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// At once; then the client waits.
    AtOnce,
    /// At once; then the client says that it sends no more.
    ThenFinish,
    /// One every 50 ms.
    ByteByByte,
    /// Again and again.
    Endlessly,
}

/// One shape.
struct Case {
    name: String,
    bytes: Vec<u8>,
    manner: Manner,
    /// The statuses of the answers in their order; nothing for a connection that is closed without one. Where an answer
    /// may be lost because the client still sends, both stand here.
    expected: Vec<&'static str>,
}

fn case(name: impl Into<String>, bytes: impl Into<Vec<u8>>, expected: &'static str) -> Case {
    let expected = expected.split('|').collect();
    Case { name: name.into(), bytes: bytes.into(), manner: Manner::AtOnce, expected }
}

impl Case {
    fn sent(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// Sends the shape, and reads what comes until the server closes the connection.
    fn play(&self, server: &Running) -> String {
        let mut stream = server.connect();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut reader = stream.try_clone().unwrap();
        let answers = std::thread::scope(|scope| {
            // Reads meanwhile, so that an answer is not lost when the server closes on a client that still sends.
            let reading = scope.spawn(move || {
                let (mut answers, mut piece) = (Vec::new(), [0; 4096]);
                loop {
                    match reader.read(&mut piece) {
                        Ok(0) => break,
                        Ok(length) => answers.extend_from_slice(&piece[..length]),
                        // Held open long after all limits of time have passed.
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            answers.extend_from_slice(b"HTTP/1.1 and no end");
                            break;
                        }
                        Err(_) => break,
                    }
                }
                answers
            });
            // A server that has refused need not take the rest.
            match self.manner {
                Manner::AtOnce => drop(stream.write_all(&self.bytes)),
                Manner::ThenFinish => {
                    drop(stream.write_all(&self.bytes));
                    drop(stream.shutdown(Shutdown::Write));
                }
                Manner::ByteByByte => {
                    for byte in &self.bytes {
                        if stream.write_all(&[*byte]).is_err() || reading.is_finished() {
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
                Manner::Endlessly => {
                    let (head, piece) = self.bytes.split_at(find(&self.bytes, b"\0").unwrap());
                    let mut sent = stream.write_all(head);
                    while sent.is_ok() && !reading.is_finished() {
                        sent = stream.write_all(&piece[1..]);
                    }
                }
            }
            reading.join().unwrap()
        });
        statuses(&answers)
    }
}

fn find(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|window| window == sought)
}

/// The statuses of the answers, in their order.
fn statuses(mut answers: &[u8]) -> String {
    let mut found = Vec::new();
    while let Some(start) = find(answers, b"HTTP/1.") {
        answers = &answers[start..];
        let Some(status) = answers.get(9..12) else { break };
        found.push(String::from_utf8_lossy(status).into_owned());
        answers = &answers[12..];
    }
    found.join(" ")
}

/// A request to an address, with its headers and a body of the length that is stated.
fn request(line: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{line} HTTP/1.1\r\nHost: x\r\n").into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if !body.is_empty() {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// A question with these headers and this body as they are.
fn raw(headers: &str, body: &str) -> Vec<u8> {
    format!("POST /predict HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}").into_bytes()
}

fn live() -> Vec<u8> {
    request("GET /health/live", &[], b"")
}

/// A request hidden in the body of another one.
const HIDDEN: &str = "0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/// Bodies that say two things, or nothing that can be understood, about their length.
fn framing() -> Vec<Case> {
    let row = boston_row().to_string();
    let length = row.len();
    let hidden = HIDDEN.len();
    let chunked = format!("{length:x}\r\n{row}\r\n0\r\n\r\n");
    let te = "Transfer-Encoding: chunked\r\n";
    let of_length = |text: &str| raw(&format!("Content-Length: {text}\r\n"), &row);
    let of_coding = |header: &str| raw(header, &chunked);
    let of_chunks = |chunks: &str| raw(te, chunks);
    vec![
        case("chunks", of_coding(te), "200"),
        case("length and chunks", raw(&format!("Content-Length: {hidden}\r\n{te}"), HIDDEN), "400"),
        case("chunks and length", raw(&format!("{te}Content-Length: {hidden}\r\n"), HIDDEN), "400"),
        case("two lengths", raw(&format!("Content-Length: {length}\r\nContent-Length: 5\r\n"), &row), "400"),
        case("one length twice", raw(&format!("Content-Length: {length}\r\n").repeat(2), &row), "400"),
        case("two lengths in one header", of_length(&format!("{length}, {length}")), "400"),
        case("a length with a sign", of_length(&format!("+{length}")), "400"),
        case("a length below zero", of_length("-1"), "400"),
        case("a length in hexadecimal", of_length("0x10"), "400"),
        case("a length beyond 64 bits", of_length("99999999999999999999"), "400"),
        case("a length of nothing", of_length(""), "400"),
        case("a length of 18 EB", of_length("18446744073709551615"), "413|400"),
        case(
            "chunks twice",
            of_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "400",
        ),
        case("chunks in chunks", of_coding("Transfer-Encoding: chunked, chunked\r\n"), "400"),
        case("chunks, then identity", of_coding("Transfer-Encoding: chunked, identity\r\n"), "400"),
        case("an unknown coding", of_coding("Transfer-Encoding: xchunked\r\n"), "400"),
        case("chunks behind a vertical tab", of_coding("Transfer-Encoding: \x0bchunked\r\n"), "400"),
        case("chunks in quotes", of_coding("Transfer-Encoding: \"chunked\"\r\n"), "400"),
        case("chunks in a folded line", of_coding("Transfer-Encoding:\r\n chunked\r\n"), "400"),
        case("space before the colon", of_coding("Transfer-Encoding : chunked\r\n"), "400"),
        case("space before a name", of_coding("X: y\r\n Transfer-Encoding: chunked\r\n"), "400"),
        case("chunks in HTTP/1.0", format!("POST /predict HTTP/1.0\r\n{te}\r\n{chunked}"), "400"),
        case("a chunk beyond 64 bits", of_chunks("fffffffffffffffff\r\nx"), "400"),
        case("a chunk of 18 EB", of_chunks("ffffffffffffffff\r\nx"), "408"),
        case("a chunk below zero", of_chunks("-1\r\nx\r\n0\r\n\r\n"), "400"),
        case("a chunk in hexadecimal with 0x", of_chunks("0x5\r\nhello\r\n0\r\n\r\n"), "400"),
        case("a chunk longer than stated", of_chunks("1\r\n[[]]\r\n0\r\n\r\n"), "400"),
        case("chunks by line feeds alone", of_chunks(&chunked.replace("\r\n", "\n")), "400"),
    ]
}

/// Heads that are no heads.
fn heads() -> Vec<Case> {
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

/// Clients that take their time, and those that go away.
fn slow() -> Vec<Case> {
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

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bodies that are larger than they look, or not packed as they say.
fn packed() -> Vec<Case> {
    let mut cases = Vec::new();
    let blanks = vec![b' '; 50_000_000];
    let (zipped, deflated) = (gzip(&blanks), zlib(&blanks));
    let types = JSON_PATHS.map(|path| (path, "application/json"));
    let tables = [
        ("/predict", "text/csv"),
        ("/invocations", "text/csv"),
        ("/predict_csv", "multipart/form-data; boundary=x"),
    ];
    for (path, of) in types.into_iter().chain(tables) {
        let content_type = format!("Content-Type: {of}");
        let post = |encoding: &str, body: &[u8]| {
            let encoding = format!("Content-Encoding: {encoding}");
            request(&format!("POST {path}"), &[&content_type, &encoding], body)
        };
        cases.extend([
            case(format!("{path} {of}: 50 MB in a gzip body"), post("gzip", &zipped), "413|"),
            case(format!("{path} {of}: 50 MB in a deflate body"), post("deflate", &deflated), "413|"),
            case(format!("{path} {of}: no gzip"), post("gzip", b"no gzip at all, at all"), "400"),
            case(format!("{path} {of}: half a gzip"), post("gzip", &gzip(&[b' '; 2000])[..15]), "400"),
        ]);
    }
    let lines = |body: &[u8]| {
        let headers = ["Content-Type: application/x-ndjson", "Content-Encoding: gzip"];
        request("POST /predict", &headers, body)
    };
    cases.push(case("50 MB without a line end in a stream", lines(&zipped), "200"));
    cases.push(case("no gzip in a stream", lines(b"no gzip at all, at all"), "200"));
    cases
}

/// Texts that are no JSON of any protocol, each with what it is.
fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    let row = boston_row();
    let (deep, deep_objects) = ("[".repeat(90_000), "{\"a\":".repeat(30_000));
    let digits = "1".repeat(90_000);
    for path in JSON_PATHS {
        // The question of this protocol around one value.
        let around = |value: &str| match path {
            "/v2/models/boston/infer" => {
                format!(
                    "{{\"inputs\":[{{\"name\":\"x\",\"shape\":[1,13],\"datatype\":\"FP64\",\"data\":[{value}]}}]}}"
                )
            }
            "/v1/models/boston:predict" | "/invocations" => format!("{{\"instances\":[[{value}]]}}"),
            "/v1/services/predict" => format!("[{{\"RM\":{value}}}]"),
            _ => format!("{{\"data\":[[{value}]]}}"),
        };
        let mut add = |name: &str, body: &[u8], expected| {
            let bytes = request(&format!("POST {path}"), &["Content-Type: application/json"], body);
            cases.push(case(format!("{path}: {name}"), bytes, expected));
        };
        let values = row.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        let filled = values.join(",");
        if path != "/v1/services/predict" {
            add("a good question", around(&filled).as_bytes(), "200");
        }
        add("nothing but blanks", b" \n\t ", "400");
        add("90,000 lists in each other", deep.as_bytes(), "400|422");
        add("90,000 lists in a value", around(&deep).as_bytes(), "400");
        add("30,000 objects in each other", deep_objects.as_bytes(), "400|422");
        add("30,000 objects in a value", around(&deep_objects).as_bytes(), "400");
        add(
            "no UTF-8",
            around("\"\u{1}\"")
                .replace('\u{1}', "x")
                .as_bytes()
                .split(|&byte| byte == b'x')
                .collect::<Vec<_>>()
                .join(&b"\xff\xfe"[..])
                .as_slice(),
            "400",
        );
        add("a NUL", around("\0").as_bytes(), "400");
        add("half of a surrogate pair", around("\"\\ud800\"").as_bytes(), "400");
        add("a number of 90,000 digits", around(&digits).as_bytes(), "400|422");
        add("a number beyond a double", around("1e999999999").as_bytes(), "400|422");
        add("a byte order mark", format!("\u{feff}{}", around(&filled)).as_bytes(), "400");
        add("two bodies in one", format!("{0}{0}", around(&filled)).as_bytes(), "400|422");
        add("a list without an end", around("1").trim_end_matches(['}', ']']).as_bytes(), "400|422");
        add(
            "100,000 fields of one name",
            format!("{{{}\"a\":1}}", "\"a\":1,".repeat(30_000)).as_bytes(),
            "422|400",
        );
    }
    let post = |path: &str, body: String| request(&format!("POST {path}"), &[], body.as_bytes());
    let twice = |key: &str| format!("{{\"{key}\":[{row}],\"{key}\":[{row}]}}");
    cases.extend([
        case("/predict: data twice", post("/predict", twice("data")), "422"),
        case("/predict: a feature twice", post("/predict", "{\"RM\":1,\"RM\":2}".into()), "422"),
        case("/v1: instances twice", post("/v1/models/boston:predict", twice("instances")), "422|400"),
        case("/invocations: inputs twice", post("/invocations", twice("inputs")), "422|400"),
        case("/v2: inputs twice", post("/v2/models/boston/infer", twice("inputs")), "422|400"),
    ]);
    cases
}

/// Tensors whose shapes and sizes do not fit what they hold.
fn tensors() -> Vec<Case> {
    let infer =
        |headers: &[&str], body: String| request("POST /v2/models/boston/infer", headers, body.as_bytes());
    let shaped = |shape: &str| {
        infer(
            &[],
            format!(
                "{{\"inputs\":[{{\"name\":\"x\",\"shape\":{shape},\"datatype\":\"FP64\",\"data\":[1,2]}}]}}"
            ),
        )
    };
    let sized = |shape: &str, of: &str, size: &str, tail: &str| {
        let json = format!(
            "{{\"inputs\":[{{\"name\":\"x\",\"shape\":{shape},\"datatype\":\"{of}\",\"parameters\":{{\"binary_data_size\":{size}}}}}]}}"
        );
        let header = format!("Inference-Header-Content-Length: {}", json.len());
        infer(&[&header], json + tail)
    };
    let cut = |length: &str| {
        infer(&[&format!("Inference-Header-Content-Length: {length}")], "{\"inputs\":[]}".into())
    };
    vec![
        case("/v2: a shape of 2^63 - 1 rows", shaped("[9223372036854775807,13]"), "422|400"),
        case("/v2: a shape whose product is 0 in 64 bits", shaped("[4294967296,4294967296]"), "422|400"),
        case("/v2: a shape below zero", shaped("[-1,13]"), "422|400"),
        case("/v2: a shape beyond 64 bits", shaped("[99999999999999999999,13]"), "422|400"),
        case("/v2: a shape of fractions", shaped("[1.5,13]"), "422|400"),
        case("/v2: a shape of 50,000 dimensions", shaped(&format!("{:?}", vec![1; 50_000])), "422|400"),
        case("/v2: no shape", shaped("[]"), "422|400"),
        case("/v2: raw bytes that are not there", sized("[1,13]", "FP64", "104", ""), "422|400"),
        case(
            "/v2: raw bytes beyond 64 bits",
            sized("[1,13]", "FP64", "18446744073709551615", "x"),
            "422|400",
        ),
        case("/v2: fewer raw bytes than the shape says", sized("[1,13]", "FP64", "3", "abc"), "422|400"),
        case("/v2: raw bytes of no input", sized("[1,13]", "FP64", "0", "abc"), "422|400"),
        case("/v2: texts longer than the body", sized("[1,13]", "BYTES", "4", "\x7f\x7f\x7f\x7f"), "422|400"),
        case("/v2: JSON beyond the body", cut("1000"), "422|400"),
        case("/v2: JSON of a length below zero", cut("-1"), "422|400"),
        case("/v2: JSON cut in the middle", cut("5"), "422|400"),
        case("/v2: JSON of no bytes", cut("0"), "422|400"),
    ]
}

/// Forms that hold no file.
fn forms() -> Vec<Case> {
    let form = |content_type: &str, body: &str| {
        request("POST /predict_csv", &[&format!("Content-Type: {content_type}")], body.as_bytes())
    };
    let of = |body: &str| form("multipart/form-data; boundary=x", body);
    let part = "--x\r\nContent-Disposition: form-data; name=\"csv_file\"\r\n\r\n";
    let long = "y".repeat(100_000);
    vec![
        case("a form without a boundary", form("multipart/form-data", part), "400"),
        case(
            "a boundary of 8 kB",
            form(&format!("multipart/form-data; boundary={}", &long[..8000]), part),
            "400",
        ),
        case("a form that never ends", of(&format!("{part}1,2,3")), "400"),
        case("a form without a beginning", of("1,2,3\r\n--x--\r\n"), "400|422"),
        case("an empty form", of("--x--\r\n"), "422|400"),
        case("a part without a name", of("--x\r\n\r\n1\r\n--x--\r\n"), "400|422"),
        case(
            "a part with headers of 100 kB",
            of(&format!("--x\r\nX-Y: {long}\r\n\r\n1\r\n--x--\r\n")),
            "400|422",
        ),
        case(
            "a part with 1000 headers",
            of(&format!("--x\r\n{}\r\n1\r\n--x--\r\n", "X: y\r\n".repeat(1000))),
            "400|422",
        ),
        case("two files", of(&format!("{part}1\r\n{part}1\r\n--x--\r\n")), "422"),
        case(
            "1000 parts",
            of(&format!(
                "{}--x--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(1000)
            )),
            "422|400",
        ),
        case("a file of NULs", of(&format!("{part}{}\r\n--x--\r\n", "\0".repeat(1000))), "422"),
        case("a file of quotes", of(&format!("{part}{}\r\n--x--\r\n", "\"".repeat(9999))), "422"),
        case("a file of 100,000 columns", of(&format!("{part}{}\r\n--x--\r\n", ",".repeat(100_000))), "422"),
    ]
}

#[test]
fn each_shape_gets_its_answer_while_others_are_answered() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(
        program()
            .env("MODEL_FOLDER", folder.path())
            .args(["--max-body-bytes", &LONGEST_BODY.to_string()])
            // A connection ends soon after its answer.
            .args(["--keep-alive", "1", "--request-timeout", "4"])
            .args(["--log-level", "warn,server::serve=info"]),
    );
    let cases: Vec<_> =
        [framing(), heads(), slow(), packed(), texts(), tensors(), forms()].into_iter().flatten().collect();
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "each shape has a name of its own");
    let ended = AtomicBool::new(false);
    let row = boston_row().to_string();
    let (found, answered) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut answered = 0;
            while !ended.load(Ordering::Relaxed) || answered == 0 {
                let answer = server.post("/predict", &row);
                assert!(answer.ends_with("\r\n\r\n21.5"), "{answer}");
                answered += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            answered
        });
        let playing: Vec<_> = cases.iter().map(|case| scope.spawn(|| case.play(&server))).collect();
        let found: Vec<_> = playing.into_iter().map(|case| case.join().unwrap()).collect();
        ended.store(true, Ordering::Relaxed);
        (found, other.join().unwrap())
    });
    for (case, found) in cases.iter().zip(&found) {
        println!("{found:>9}  {}", case.name);
    }
    let surprises: Vec<_> = cases
        .iter()
        .zip(&found)
        .filter(|(case, found)| !case.expected.contains(&found.as_str()))
        .map(|(case, found)| format!("{}: expected {:?}, got {found:?}", case.name, case.expected))
        .collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    println!("{} shapes; another client was answered {answered} times meanwhile", cases.len());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn answers_to_requests_in_one_piece_come_in_their_order() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(program().env("MODEL_FOLDER", folder.path()));
    // Large and small ones in turn: the large ones are worked at aside, and take longer.
    let row = boston_row();
    let large = json!({ "data": vec![&row; 2000] }).to_string();
    let bodies = [large, row.to_string(), "[".into()];
    let piece: Vec<u8> = (0..30)
        .flat_map(|index| {
            let id = format!("X-Request-Id: request-{index}");
            request("POST /predict", &[&id], bodies[index % bodies.len()].as_bytes())
        })
        .collect();
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || {
        writer.write_all(&piece).unwrap();
        writer.write_all(&request("GET /health/live", &["Connection: close"], b"")).unwrap();
    });
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    writing.join().unwrap();
    let ids: Vec<_> =
        answers.lines().filter_map(|line| line.strip_prefix("x-request-id: request-")).collect();
    assert_eq!(ids, (0..30).map(|index| index.to_string()).collect::<Vec<_>>());
    assert_eq!(statuses(answers.as_bytes()), "200 200 400 ".repeat(10) + "200");
}
