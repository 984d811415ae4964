//! What no honest client sends, over real sockets: each shape with the answer that it gets, while another client is
//! answered as ever. `docs/hostile.md` is written from these shapes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::boston_row;

mod forms;
mod framing;
mod heads;
mod packed;
mod slow;
mod tensors;
mod texts;

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

/// All shapes, each group with the name of its test.
fn groups() -> [(&'static str, Vec<Case>); 7] {
    [
        (framing::TEST, framing::cases()),
        (heads::TEST, heads::cases()),
        (slow::TEST, slow::cases()),
        (packed::TEST, packed::cases()),
        (texts::TEST, texts::cases()),
        (tensors::TEST, tensors::cases()),
        (forms::TEST, forms::cases()),
    ]
}

/// `docs/hostile.md` has every shape with its answer. With UPDATE_HOSTILE it is written again.
#[test]
fn the_document_of_hostile_inputs_is_what_is_sent() {
    let mut written = String::from(INTRODUCTION);
    let mut names = BTreeSet::new();
    for (test, cases) in groups() {
        write!(written, "\n## `test:{test}`\n\n| input | answer |\n|---|---|\n").unwrap();
        for Case { name, manner, expected, .. } in cases {
            let how = match manner {
                Manner::AtOnce | Manner::Endlessly => "",
                Manner::ThenFinish => ", then the client's end",
                Manner::ByteByByte => ", one every 50 ms",
            };
            let answers = expected.iter().map(|status| if status.is_empty() { "closed" } else { status });
            let answers = answers.collect::<Vec<_>>().join(" or ");
            writeln!(written, "| {name}{how} | {answers} |").unwrap();
            assert!(names.insert(name), "each shape has a name of its own");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hostile.md");
    if std::env::var_os("UPDATE_HOSTILE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == written, "docs/hostile.md is not what is sent: UPDATE_HOSTILE=1 writes it again");
}

const INTRODUCTION: &str = "\
# Hostile inputs

Every shape that `crates/server/tests/it/hostile.rs` sends to the built program over a connection of its own, with the status of the answer. All of
a group are sent at once, while another client is answered as ever; no shape gets a 5xx or ends the program. \"Closed\" is a
connection that ends without an answer; two statuses stand where a client that still sends may lose one. What is refused otherwise, such as floods
and slow readers, stands in [security.md](security.md#what-no-honest-client-sends). The tests write this file.
";

/// Plays all shapes at once on a server of their own, beside another client that must be answered as ever.
fn play(cases: Vec<Case>) {
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
