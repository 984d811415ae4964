//! HTTP/2 as no honest client speaks it, frame by frame, to the ports of HTTP and of gRPC. Others are answered whatever comes,
//! and an answer that comes before its body is whole.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use rustls::{ClientConnection, StreamOwned};
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::boston_row;
use crate::tls::Authority;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// Kinds of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
// Flags.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame: its kind, its flags, its stream and what it carries.
type Frame = (u8, u8, u32, Vec<u8>);

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header as it is, in no table.
fn literal(name: &str, value: &str) -> Vec<u8> {
    assert!(name.len() < 127 && value.len() < 127);
    [&[0, name.len() as u8], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
}

/// The head of a question.
fn head(method: &str, path: &str) -> Vec<u8> {
    let fields = [
        (":method", method),
        (":scheme", "https"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/json"),
    ];
    fields.iter().flat_map(|(name, value)| literal(name, value)).collect()
}

/// A client over TLS.
struct Peer(StreamOwned<ClientConnection, TcpStream>);

impl Peer {
    /// Sends as much as the server takes.
    fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).and_then(|()| self.0.flush()).is_ok()
    }

    /// Begins as a client does, with the head of a first question.
    fn ask(&mut self, head: &[u8]) {
        let first = frame(HEADERS, END_HEADERS, 1, head);
        assert!(self.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &first].concat()));
    }

    /// The next frame; none when the connection ends, or nothing comes for long.
    fn next(&mut self) -> Option<Frame> {
        let mut start = [0; 9];
        self.0.read_exact(&mut start).ok()?;
        let [a, b, c, kind, flags, stream @ ..] = start;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.0.read_exact(&mut payload).ok()?;
        Some((kind, flags, u32::from_be_bytes(stream), payload))
    }

    /// The body of the next answer.
    fn body(&mut self) -> String {
        while let Some((kind, _, _, payload)) = self.next() {
            if kind == DATA && !payload.is_empty() {
                return String::from_utf8(payload).unwrap();
            }
        }
        panic!("no answer");
    }

    /// How the server ends the connection: with a code, or without a word. Nothing when it is held open.
    fn farewell(&mut self) -> String {
        let mut code = "closed".to_owned();
        loop {
            let mut start = [0; 9];
            match self.0.read_exact(&mut start) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return "held".into();
                }
                Err(_) => return code,
                Ok(()) => {}
            }
            let mut payload = vec![0; u32::from_be_bytes([0, start[0], start[1], start[2]]) as usize];
            if self.0.read_exact(&mut payload).is_err() {
                return code;
            }
            if start[3] == GOAWAY {
                code = payload[7].to_string();
            }
        }
    }
}

/// A server that speaks HTTP and gRPC, both encrypted.
struct Served {
    server: Running,
    authority: Authority,
    grpc_port: u16,
    _folder: TempDir,
}

impl Served {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        write_artifact(folder.path(), "boston", 1, 21.5);
        let authority = Authority::new();
        let issued = authority.issue("localhost");
        let grpc_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Running::start(
            program()
                .env("MODEL_FOLDER", folder.path())
                .arg("--tls-cert")
                .arg(&issued.certificate)
                .arg("--tls-key")
                .arg(&issued.key)
                .args(["--grpc-port", &grpc_port.to_string(), "--request-timeout", "20"])
                .args(["--log-level", "warn,server::serve=info"]),
        );
        Self { server, authority, grpc_port, _folder: folder }
    }

    fn http(&self) -> Peer {
        Peer(self.authority.open(self.server.port, None, b"h2"))
    }

    fn grpc(&self) -> Peer {
        Peer(self.authority.open(self.grpc_port, None, b"h2"))
    }
}

#[test]
fn an_answer_before_its_body_is_whole() {
    let served = Served::start();
    let mut peer = served.http();
    peer.ask(&head("POST", "/nowhere"));
    assert!(peer.body().contains("\"status\":404"));
    // What the client was about to send is taken, and the stream is not broken off.
    peer.send(&[frame(DATA, END_STREAM, 1, b"[1, 2]"), frame(PING, 0, 0, b"are you?")].concat());
    loop {
        let (kind, flags, ..) = peer.next().expect("the connection goes on");
        assert_ne!(kind, RST_STREAM);
        if (kind, flags) == (PING, ACK) {
            break;
        }
    }
}

#[test]
fn a_request_and_a_connection_have_limits() {
    let served = Served::start();
    let mut peer = served.http();
    // A byte for each header: the entry that the first one left in the table.
    let bomb = [head("POST", "/predict"), b"\x40\x01a\x01b".to_vec(), vec![0x80 | 62; 10_000]].concat();
    peer.ask(&bomb);
    assert!(peer.body().contains("\"status\":431"));

    let mut peer = served.http();
    peer.ask(&head("POST", "/predict"));
    let more = (1..400).map(|index| frame(HEADERS, END_HEADERS, 2 * index + 1, &head("POST", "/predict")));
    assert!(peer.send(&more.collect::<Vec<_>>().concat()));
    for _ in 0..400 - 256 {
        assert!(peer.body().contains("\"status\":429"));
    }
}

#[test]
fn whatever_is_said_in_frames_others_are_answered() {
    let served = Served::start();
    let start = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let reset = |index: u32| {
        let stream = 2 * index + 1;
        let head = head("POST", "/predict");
        [frame(HEADERS, END_HEADERS, stream, &head), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
    };
    let open = frame(HEADERS, 0, 1, &head("POST", "/predict"));
    let piece = frame(CONTINUATION, 0, 1, &literal("x", &"y".repeat(100)).repeat(100));
    let nothing = frame(CONTINUATION, 0, 1, &[]);
    // (what is sent, its beginning, what is repeated, how often, how it may end)
    type Flood<'a> = (&'a str, Vec<u8>, Box<dyn Fn(u32) -> Vec<u8> + 'a>, u32, &'a [&'a str]);
    let floods: [Flood<'_>; 8] = [
        ("bytes", vec![], Box::new(|_| (0..=255).collect()), 40, &["closed", "1"]),
        ("HTTP/1", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".into(), Box::new(|_| vec![]), 0, &["closed", "1"]),
        ("a frame of 16 MB", start.clone(), Box::new(|_| vec![0xff; 64]), 1, &["closed", "6"]),
        (
            "settings of half a setting",
            start.clone(),
            Box::new(|_| frame(SETTINGS, 0, 0, &[1])),
            1,
            &["1", "6"],
        ),
        ("rapid resets", start.clone(), Box::new(reset), 20_000, &["11", "closed"]),
        (
            "heads that never end",
            [&*start, &open].concat(),
            Box::new(|_| piece.clone()),
            10_000,
            &["11", "closed"],
        ),
        (
            "heads of nothing",
            [&*start, &open].concat(),
            Box::new(|_| nothing.clone()),
            100_000,
            &["11", "closed"],
        ),
        ("a head in a head", [&*start, &open].concat(), Box::new(|_| open.clone()), 1, &["1"]),
    ];
    let mut surprises = Vec::new();
    for (name, beginning, piece, times, expected) in &floods {
        for (port, mut peer) in [("HTTP", served.http()), ("gRPC", served.grpc())] {
            let mut taken = peer.send(beginning);
            let mut index = 0;
            while taken && index < *times {
                let batch: Vec<u8> = (index..(index + 100).min(*times)).flat_map(piece).collect();
                taken = peer.send(&batch);
                index += 100;
            }
            let found = peer.farewell();
            println!("{port}: {name}: {found}");
            if !expected.contains(&&*found) {
                surprises.push(format!("{port}: {name}: {found}"));
            }
            // Another client.
            let mut other = served.http();
            other.ask(&head("POST", "/predict"));
            other.send(&frame(DATA, END_STREAM, 1, boston_row().to_string().as_bytes()));
            assert_eq!(other.body(), "21.5", "after {name}");
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(!served.server.log().contains("panicked"), "{}", served.server.log());
}
