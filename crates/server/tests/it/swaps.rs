//! Versions that change under load. `make swaps` prints what it costs the callers.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model_core::artifact::file_name;
use tempfile::TempDir;

use crate::running::{Running, program, write_forest};
use crate::service::boston_row;

const CONNECTIONS: usize = 64;
const EVERY: Duration = Duration::from_millis(200);
/// Trees of a version, with 256 leaves each: a forest as large as that of the Boston houses.
const TREES: usize = 100;

/// What one connection got in one answer.
struct Got {
    took: Duration,
    version: u64,
}

/// Asks over 64 connections until told to stop. Every answer is a good one, and its value is that of the version that its
/// header names.
fn load(server: &Running, stop: &AtomicBool) -> Vec<Got> {
    let row = boston_row().to_string();
    let request = format!("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{row}", row.len());
    let ask = || {
        let mut stream = BufReader::new(server.connect());
        let mut got = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let started = Instant::now();
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            let (version, value) = read_signed(&mut stream);
            assert_eq!(value, version as f64, "version {version} answers its number");
            got.push(Got { took: started.elapsed(), version });
        }
        got
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Version and value of one answer, which must be a good one.
fn read_signed(stream: &mut BufReader<TcpStream>) -> (u64, f64) {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    let (mut length, mut version) = (0, None);
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("x-canopy-model-version: ") {
            version = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (version.unwrap(), String::from_utf8(body).unwrap().parse().unwrap())
}

/// Puts a version into the folder, every third a broken one, and takes the one before away. Returns the versions that are
/// sound.
fn swap(folder: &Path, stop: &AtomicBool, ready: &[Vec<u8>]) -> BTreeSet<u64> {
    let file = |version: u64| folder.join(file_name("boston", version, "2026-11-20T08:15:00Z"));
    let mut sound = BTreeSet::from([1]);
    for (version, bytes) in (2..).zip(ready) {
        std::thread::sleep(EVERY);
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut bytes = bytes.clone();
        match version % 3 {
            0 if version % 2 == 0 => bytes.truncate(bytes.len() / 2),
            0 => {
                let last = bytes.len() - 40;
                bytes[last] ^= 1;
            }
            _ => drop(sound.insert(version)),
        }
        let temporary = folder.join("next.tmp");
        std::fs::write(&temporary, bytes).unwrap();
        std::fs::rename(&temporary, file(version)).unwrap();
        if version > 5 {
            std::fs::remove_file(file(version - 5)).unwrap();
        }
    }
    sound
}

fn told(of: &str, got: &[Got], elapsed: Duration) -> Duration {
    let mut took: Vec<_> = got.iter().map(|got| got.took).collect();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let rate = got.len() as f64 / elapsed.as_secs_f64();
    println!("{of}: {rate:.0} requests/s, p50 {:?}, p99 {:?}, longest {:?}", at(0.5), at(0.99), at(1.0));
    at(0.99)
}

#[test]
fn a_request_is_answered_by_one_version_whatever_comes_and_goes() {
    let seconds = std::env::var("CANOPY_SWAP_SECONDS").ok().and_then(|text| text.parse().ok());
    let span = Duration::from_secs(seconds.unwrap_or(3));
    let versions = 2 + span.as_millis() / EVERY.as_millis();
    let made = TempDir::new().unwrap();
    let ready: Vec<_> = (1..=versions as u64)
        .map(|version| {
            write_forest(made.path(), "boston", version, version as f64, TREES, 8);
            std::fs::read(made.path().join(file_name("boston", version, "2026-11-20T08:15:00Z"))).unwrap()
        })
        .collect();
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(file_name("boston", 1, "2026-11-20T08:15:00Z")), &ready[0]).unwrap();
    let server = Running::start(
        program()
            .env("MODEL_FOLDER", folder.path())
            .args(["--model-poll-interval", "0.05"])
            .args(["--log-level", "info,server::telemetry=warn,server::loading=warn"]),
    );
    let phase = |swaps: bool| {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| load(&server, &stop));
            let swapping = scope.spawn(|| match swaps {
                true => swap(folder.path(), &stop, &ready[1..]),
                false => BTreeSet::from([1]),
            });
            std::thread::sleep(span);
            stop.store(true, Ordering::Relaxed);
            (asking.join().unwrap(), swapping.join().unwrap())
        })
    };
    let calm = told("one version", &phase(false).0, span);
    let (got, sound) = phase(true);
    let swapped = told("a new version every 200 ms", &got, span);
    println!("p99 with swaps is {:.2} times that without", swapped.as_secs_f64() / calm.as_secs_f64());
    let seen: BTreeSet<u64> = got.iter().map(|got| got.version).collect();
    assert!(seen.is_subset(&sound), "{seen:?} of {sound:?}");
    assert!(seen.len() > 2, "versions were swapped under load: {seen:?}");
    assert!(server.get("/health/ready").contains("troubles"), "broken versions are told");
}
