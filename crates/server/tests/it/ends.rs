//! How the program ends: told to stop, it answers what it has taken on; killed, it leaves whole files.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::boston_row;

/// Reads a head, and returns its first line.
fn read_head(stream: &mut BufReader<TcpStream>) -> String {
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    let mut line = first.clone();
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "closed after {first:?}");
    }
    first
}

#[test]
fn a_request_that_was_taken_on_is_answered_though_the_server_is_told_to_stop() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let mut server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--shutdown-timeout", "20"]));
    let body = json!({ "data": vec![boston_row(); 2000] }).to_string();
    let head = format!(
        "POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut accepted: Vec<_> = (0..32).map(|_| BufReader::new(server.connect())).collect();
    for stream in &mut accepted {
        stream.get_mut().write_all(head.as_bytes()).unwrap();
    }
    // The server says that it has taken them on.
    for stream in &mut accepted {
        assert!(read_head(stream).starts_with("HTTP/1.1 100 "));
    }
    // The main address takes no more connections then; probes ask the other one.
    let readiness = || server.get_from(server.admin_port, "/health/ready")[9..12].to_owned();
    assert_eq!(readiness(), "200");
    server.signal("-TERM");
    server.waits_for("told to stop");
    // A moment may pass between the log and the change.
    while readiness() != "503" {
        std::thread::sleep(Duration::from_millis(10));
    }
    for stream in &mut accepted {
        stream.get_mut().write_all(body.as_bytes()).unwrap();
    }
    for mut stream in accepted {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert_eq!(answer.matches("21.5").count(), 2000);
    }
    let (code, elapsed) = server.wait();
    assert_eq!(code, Some(0));
    assert!(elapsed < Duration::from_secs(20), "it does not wait for its deadline when all is answered");
}

#[test]
fn a_client_that_never_ends_its_request_does_not_keep_the_server_from_stopping() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let mut server = Running::start(program().env("MODEL_FOLDER", folder.path()).args([
        "--shutdown-timeout",
        "1",
        "--request-timeout",
        "600",
    ]));
    let mut stream = server.connect();
    stream.write_all(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[").unwrap();
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200 "));
    server.signal("-TERM");
    assert_eq!(server.wait().0, Some(0));
}

/// Moves the alias to and fro until the server is gone; counts the orders that were confirmed.
fn move_alias(port: u16, confirmed: &AtomicU64) -> std::io::Result<()> {
    for order in confirmed.load(Ordering::SeqCst) + 1.. {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        let body = json!({ "version": version_after(order) }).to_string();
        write!(
            stream,
            "PUT /admin/models/boston/aliases/champion HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if !answer.starts_with("HTTP/1.1 200 ") {
            return Err(std::io::Error::other(answer));
        }
        confirmed.store(order, Ordering::SeqCst);
    }
    Ok(())
}

/// What the alias means when so many orders were obeyed.
fn version_after(orders: u64) -> u64 {
    1 + orders % 3
}

#[test]
fn a_killed_server_leaves_the_last_confirmed_order_on_disk() {
    let folder = TempDir::new().unwrap();
    for version in 1..=3 {
        write_artifact(folder.path(), "boston", version, version as f64);
    }
    let path = folder.path().join("models.json");
    std::fs::write(
        &path,
        json!({ "models": { "boston": { "policy": "all", "aliases": { "champion": 1 } } } }).to_string(),
    )
    .unwrap();
    // What a process left that was killed while it wrote; no process has such a number.
    let left = folder.path().join("models.json.4294967295.tmp");
    std::fs::write(&left, "{\"models").unwrap();
    let confirmed = AtomicU64::new(0);
    for round in 0..8_u64 {
        let mut server = Running::start(program().env("MODEL_FOLDER", folder.path()));
        let before = confirmed.load(Ordering::SeqCst);
        std::thread::scope(|scope| {
            let orders = scope.spawn(|| move_alias(server.admin_port, &confirmed));
            while confirmed.load(Ordering::SeqCst) < before + 2 && !orders.is_finished() {
                std::thread::sleep(Duration::from_millis(1));
            }
            // Somewhere in an order, each time elsewhere.
            std::thread::sleep(Duration::from_micros(700 * round));
            server.signal("-KILL");
            let ended = orders.join().unwrap().unwrap_err();
            assert!(!ended.to_string().contains("HTTP/1.1"), "{ended}");
        });
        assert_eq!(server.wait().0, None, "a signal ended it");
        let text = std::fs::read_to_string(&path).unwrap();
        let rules: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let kept = rules["models"]["boston"]["aliases"]["champion"].as_u64().unwrap();
        // The order under way was obeyed or not; the one before was confirmed, and holds.
        let last = confirmed.load(Ordering::SeqCst);
        assert!([version_after(last), version_after(last + 1)].contains(&kept), "{kept} after {last} orders");
        if kept != version_after(last) {
            confirmed.store(last + 1, Ordering::SeqCst);
        }
        let server = Running::start(program().env("MODEL_FOLDER", folder.path()));
        let answer = server.post("/models/boston/versions/champion/predict", &boston_row().to_string());
        assert!(answer.ends_with(&format!("\r\n\r\n{kept}.0")), "{answer}");
    }
    assert!(confirmed.load(Ordering::SeqCst) >= 16);
    assert!(!left.exists(), "who writes removes what the dead left");
}
