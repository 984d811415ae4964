//! The program itself, on a real socket and a real artifact.

use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use model_core::artifact::file_name;
use tempfile::TempDir;

use crate::running::{Running, program, read_answer, write_artifact};

/// Runs a program that is expected to give up.
fn fails(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn the_newest_version_is_served_or_the_one_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 9, 9.0);
    write_artifact(folder.path(), "boston", 10, 10.0);
    std::fs::write(folder.path().join("broken.canopy"), "no artifact").unwrap();
    let newest = Running::start(program().env("MODEL_FOLDER", folder.path()).env("MODEL_VERSION", ""));
    assert!(newest.get("/v1/model").contains("\"version\":10"));
    let older = Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-version", "9"]));
    assert!(older.get("/v1/model").contains("\"version\":9"));
    let path = folder.path().join(file_name("boston", 9, "2026-11-20T08:15:00Z"));
    let by_path = Running::start(program().env("MODEL_FOLDER", "/nowhere").arg("--model").arg(path));
    assert!(by_path.get("/").contains("\"model_version\":9"));
}

#[test]
fn a_missing_model_is_told_with_the_cure() {
    let folder = TempDir::new().unwrap();
    let check = |command: &mut Command, words: &[&str]| {
        let message = fails(command);
        for word in words {
            assert!(message.contains(word), "{message} says {word}");
        }
    };
    check(&mut program(), &["MODEL_FOLDER", "--model"]);
    check(program().env("MODEL_FOLDER", ""), &["MODEL_FOLDER", "--model"]);
    check(program().env("MODEL_FOLDER", folder.path()), &["MODEL_FOLDER", "no artifact", "train"]);
    check(program().env("MODEL_FOLDER", "/nowhere/at/all"), &["MODEL_FOLDER", "/nowhere/at/all"]);
    write_artifact(folder.path(), "boston", 1, 1.0);
    check(
        program().env("MODEL_FOLDER", folder.path()).env("MODEL_VERSION", "7"),
        &["model of version 7", "boston version 1"],
    );
    write_artifact(folder.path(), "iris", 1, 1.0);
    check(program().env("MODEL_FOLDER", folder.path()), &["boston, iris", "MODEL_NAME"]);
    let path = folder.path().join("flipped.canopy");
    let mut bytes = std::fs::read(folder.path().join(file_name("iris", 1, "2026-11-20T08:15:00Z"))).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    check(program().arg("--model").arg(&path), &["flipped.canopy", "damaged"]);
}

#[test]
fn a_port_in_use_is_told() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let message = fails(program().env("MODEL_FOLDER", folder.path()).env("PORT", &port));
    assert!(message.contains(&format!("port {port}")) && message.contains("another program"), "{message}");
}

#[test]
fn a_signal_stops_it_in_good_order_though_connections_are_open() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    for signal in ["-TERM", "-INT"] {
        let mut server = Running::start(program().env("MODEL_FOLDER", folder.path()));
        let mut idle = server.connect();
        idle.write_all(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        idle.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        server.signal(signal);
        let (code, elapsed) = server.wait();
        assert_eq!(code, Some(0));
        assert!(elapsed < Duration::from_secs(3), "stopped after {elapsed:?}");
    }
}

#[test]
fn sixty_four_connections_are_answered_without_an_error() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(
        program().env("MODEL_FOLDER", folder.path()).env("LOG_LEVEL", "info,server=warn,server::serve=info"),
    );
    let row = crate::service::boston_row().to_string();
    let request = format!("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{row}", row.len());
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut stream = BufReader::new(server.connect());
                for _ in 0..50 {
                    stream.get_mut().write_all(request.as_bytes()).unwrap();
                    assert_eq!(read_answer(&mut stream), "21.5");
                }
            });
        }
    });
}

#[test]
fn a_body_that_is_too_large_is_refused_on_the_wire_too() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server = Running::start(program().env("MODEL_FOLDER", folder.path()).env("MAX_BODY_BYTES", "1000"));
    let mut stream = server.connect();
    write!(stream, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn help_names_every_variable() {
    let help = program().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for variable in ["MODEL", "MODEL_FOLDER", "MODEL_NAME", "MODEL_VERSION", "BIND", "HOST", "PORT", "STRICT"]
    {
        assert!(help.contains(&format!("[env: {variable}=")), "{variable}");
    }
}

/// A worker does not wait for a processor that a large request has.
#[test]
#[cfg(target_os = "linux")]
fn threads_that_share_large_work_yield_to_the_workers() {
    let folder = tempfile::tempdir().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server = Running::start(program().arg("--model-folder").arg(folder.path()));
    let nice_of = |name: &str| -> Vec<i32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.child.id())).unwrap();
        let stat = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("stat")).ok();
        let stats =
            tasks.filter_map(|task| stat(task.ok()?)).filter(|stat| stat.contains(&format!("({name}")));
        // Behind the name in parentheses the nice value is the 17th field.
        stats.filter_map(|stat| stat.rsplit_once(") ")?.1.split(' ').nth(16)?.parse().ok()).collect()
    };
    // The first thread is called as the program is, and the workers are as nice as it.
    let expected = nice_of("server").first().map(|nice| (nice + 5).min(19));
    // A thread has its name a moment before it is nicer.
    for _ in 0..100 {
        if nice_of("share-").iter().all(|&nice| Some(nice) == expected) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let shared = nice_of("share-");
    assert!(
        !shared.is_empty() && shared.iter().all(|&nice| Some(nice) == expected),
        "{shared:?} {expected:?}"
    );
}
