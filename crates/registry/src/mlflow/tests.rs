//! A fake server that says what it likes: nothing of it does harm, and the message says what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use model_core::artifact::encode;
use tempfile::TempDir;

use super::*;
use crate::Selector;
use crate::folder::tests::{author, model};

/// A server that answers every request by what a function makes of it.
struct Fake {
    port: u16,
    /// Request line and `authorization` of all that was asked.
    asked: Arc<Mutex<Vec<String>>>,
}

/// What comes back: status, body, and how many bytes more are stated or sent.
enum Said {
    Json(u16, String),
    Bytes(Vec<u8>),
    /// Bytes without an end after these.
    Endless(&'static str),
    /// A length, and nothing behind it.
    Cut(u64),
    Nothing,
}

impl Fake {
    fn new(answer: impl Fn(&str, usize) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who hangs up early is no matter of the server.
                let _ = Self::serve(&stream, &answer, &noted);
            }
        });
        Self { port, asked }
    }

    fn serve(
        stream: &TcpStream,
        answer: impl Fn(&str, usize) -> Said,
        noted: &Mutex<Vec<String>>,
    ) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if head.is_empty() || line.to_ascii_lowercase().starts_with("authorization:") {
                head.push_str(line.trim_end());
            }
        }
        std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut all = noted.lock().unwrap();
        all.push(head);
        let count = all.len();
        drop(all);
        let mut stream = stream;
        let mut whole = |status: u16, length: u64, body: &[u8]| {
            write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")?;
            stream.write_all(body)
        };
        match answer(&path, count) {
            Said::Json(status, body) => whole(status, body.len() as u64, body.as_bytes()),
            Said::Bytes(body) => whole(200, body.len() as u64, &body),
            Said::Cut(length) => whole(200, length, b"{"),
            Said::Nothing => Ok(()),
            Said::Endless(start) => {
                write!(stream, "HTTP/1.1 200 X\r\nconnection: close\r\n\r\n{start}")?;
                let block = [b' '; 1 << 16];
                loop {
                    stream.write_all(&block)?;
                }
            }
        }
    }

    fn registry(&self) -> MlflowRegistry {
        let server = TrackingServer::parse(&format!("http://ada:secret@127.0.0.1:{}", self.port)).unwrap();
        MlflowRegistry::new(server).unwrap()
    }

    fn count(&self, part: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|line| line.contains(part)).count()
    }
}

fn json(text: &str) -> Said {
    Said::Json(200, text.into())
}

fn bytes_of_version_7() -> Vec<u8> {
    let (header, payload) = model("boston");
    encode(&Header { version: 7, ..header }, &payload).unwrap()
}

/// A registry with version 3 of boston, whose files and artifact are as given.
fn with_artifact(files: &'static str, artifact: fn() -> Said) -> Fake {
    Fake::new(move |path, _| match path {
        _ if path.contains("get-download-uri") => {
            json(r#"{"artifact_uri": "mlflow-artifacts:/1/r/artifacts/model"}"#)
        }
        _ if path.contains("artifacts?path=1%2Fr%2Fartifacts%2Fmodel") => json(files),
        _ if path.ends_with("/1/r/artifacts/model/model%2Ecanopy") => artifact(),
        _ => Said::Json(404, r#"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"}"#.into()),
    })
}

const FILES: &str = r#"{"files": [{"path": "MLmodel"}, {"path": "model.canopy", "is_dir": false}, {"path": "x", "is_dir": true}]}"#;

#[test]
fn an_artifact_gets_the_name_and_number_of_the_registry() {
    let fake = with_artifact(FILES, || Said::Bytes(bytes_of_version_7()));
    let (bytes, rows) = fake.registry().fetch("houses", 3).unwrap();
    let artifact = model_core::Artifact::decode(bytes).unwrap();
    assert_eq!((artifact.header().name.as_str(), artifact.header().version), ("houses", 3));
    let before = model_core::Artifact::decode(bytes_of_version_7()).unwrap();
    assert_eq!(artifact.checksum(), before.checksum());
    assert_eq!(rows, None);
    assert_eq!(fake.count("Basic YWRhOnNlY3JldA=="), fake.count(""), "{:?}", fake.asked.lock().unwrap());
}

#[test]
fn a_hostile_artifact_is_refused_and_writes_nothing() {
    let check = |files: &'static str, artifact: fn() -> Said, part: &str| {
        let fake = with_artifact(files, artifact);
        let folder = TempDir::new().unwrap();
        let told = fake.registry().pull("boston", 3, &folder.path().join("b.canopy")).unwrap_err();
        assert!(told.to_string().contains(part), "expected {part}, got {told}");
        assert!(!told.to_string().contains("secret"), "{told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{part}");
    };
    check(FILES, || Said::Bytes(b"not an artifact at all, however long it is".to_vec()), "no MLflow server");
    check(FILES, || Said::Endless("not an artifact "), "no MLflow server");
    check(FILES, || Said::Bytes(b"CANOPY".to_vec()), "a file of 6 bytes");
    let changed = || {
        let mut bytes = bytes_of_version_7();
        let last = bytes.len() - 40;
        bytes[last] ^= 1;
        Said::Bytes(bytes)
    };
    check(FILES, changed, "checksum");
    check(FILES, || Said::Bytes(bytes_of_version_7()[..500].to_vec()), "cut");
    check(FILES, || Said::Bytes([bytes_of_version_7(), b"more".to_vec()].concat()), "");
    let huge = || {
        let mut bytes = bytes_of_version_7();
        bytes[16..24].copy_from_slice(&(1u64 << 50).to_le_bytes());
        Said::Bytes(bytes)
    };
    check(FILES, huge, "more than 4294967296");
    check(FILES, || Said::Cut(1 << 40), "");
    check(r#"{"files": []}"#, || Said::Nothing, "holds 0 files that end in .canopy");
    check(r#"{"files": [{"path": "a.canopy"}, {"path": "b.canopy"}]}"#, || Said::Nothing, "holds 2 files");
    check(r#"{"files": [{"path": "../../.canopy"}]}"#, || Said::Nothing, "holds 0 files");
    check(r#"{"files": 7}"#, || Said::Nothing, "no MLflow server would say: invalid type");
}

#[test]
fn a_hostile_answer_is_told_and_not_obeyed() {
    let check = |answer: fn() -> Said, part: &str| {
        let fake = Fake::new(move |_, _| answer());
        let told = fake.registry().survey("boston").unwrap_err().to_string();
        assert!(told.contains(part), "expected {part}, got {told}");
        assert!(!told.contains("secret") && told.len() < 1000, "{told}");
        assert!(
            told.contains(&format!("http://127.0.0.1:{}/api/2.0/mlflow/", fake.port)) || part == "another"
        );
    };
    check(|| Said::Json(200, "<html>".into()), "no MLflow server would say");
    check(|| Said::Json(200, r#"{"registered_model": {"name": "iris"}}"#.into()), "another");
    let deep = || Said::Json(200, format!(r#"{{"registered_model": {}"#, "[".repeat(100_000)));
    check(deep, "no MLflow server would say");
    check(|| Said::Endless("{"), "more than");
    check(|| Said::Json(404, "<html>".into()), "is this the address of an MLflow server?");
    check(
        || {
            Said::Json(
                403,
                r#"{"error_code": "PERMISSION_DENIED", "message": "Permission denied\u0007\nx"}"#.into(),
            )
        },
        "403 (PERMISSION_DENIED): Permission denied; set MLFLOW_TRACKING_USERNAME",
    );
    let long = || Said::Json(400, format!(r#"{{"error_code": "A", "message": "{}"}}"#, "m".repeat(100_000)));
    check(long, "400 (A): mmm");
    check(|| Said::Nothing, "cannot be reached");
    // A port where nobody listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = TrackingServer::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let told = MlflowRegistry::for_polling(server).unwrap().survey("boston").unwrap_err().to_string();
    assert!(told.contains("cannot be reached") && told.contains("MLFLOW_TRACKING_URI"), "{told}");
}

#[test]
fn a_place_elsewhere_is_never_asked() {
    for uri in ["s3://bucket/x", "file:///etc", "http://169.254.169.254/x", "mlflow-artifacts:/../../x"] {
        let fake = Fake::new(move |_, _| Said::Json(200, format!(r#"{{"artifact_uri": "{uri}"}}"#)));
        let told = fake.registry().fetch("boston", 3).unwrap_err().to_string();
        assert!(told.contains("not reached through the MLflow server"), "{uri}: {told}");
        assert_eq!(fake.count(""), 1, "{uri}");
    }
}

#[test]
fn only_what_is_harmless_is_asked_twice() {
    let survey = |count: usize| match count {
        1 | 2 => Said::Json(503, String::new()),
        3 => json(
            r#"{"registered_model": {"name": "boston", "aliases": [{"alias": "champion", "version": "2"}]}}"#,
        ),
        _ => json(
            r#"{"model_versions": [{"name": "boston", "version": "2", "current_stage": "Production"},
            {"name": "boston", "version": 3}, {"name": "boston", "version": "x"}, {"name": "iris", "version": "9"},
            {"name": "boston", "version": "4", "status": "PENDING_REGISTRATION"}]}"#,
        ),
    };
    let fake = Fake::new(move |_, count| survey(count));
    let found = fake.registry().survey("boston").unwrap();
    assert_eq!(fake.count(""), 4);
    let check = |text: &str, expected: Option<u64>| {
        let selector: Selector = text.parse::<crate::Reference>().unwrap().selector;
        assert_eq!(found.choose(&selector).ok(), expected, "{text}");
    };
    check("boston", Some(2));
    check("boston@champion", Some(2));
    check("boston/Production", Some(2));
    check("boston/latest", Some(3));
    check("boston/3", Some(3));
    check("boston/4", None);
    check("boston/Staging", None);
    check("boston@challenger", None);

    let fake = Fake::new(|path, _| match path {
        _ if path.contains("experiments/get-by-name") => json(r#"{"experiment": {"experiment_id": "1"}}"#),
        _ if path.contains("registered-models/get") => json(r#"{"registered_model": {"name": "boston"}}"#),
        _ if path.contains("model-versions/search") => json("{}"),
        _ => Said::Json(503, String::new()),
    });
    let folder = TempDir::new().unwrap();
    let artifact = folder.path().join("boston-v7-x.canopy");
    fs::write(&artifact, bytes_of_version_7()).unwrap();
    let told = fake.registry().push(&artifact, &author()).unwrap_err().to_string();
    assert!(told.contains("/api/2.0/mlflow/runs/create was answered with the status 503"), "{told}");
    assert_eq!(fake.count("runs/create"), 1);
}
