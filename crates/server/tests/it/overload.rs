//! More than the server takes on: what is beyond the limits is refused at once, and the rest answered as ever.

use std::io::{BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Once};
use std::time::{Duration, Instant};

use actix_web::dev::Service;
use actix_web::web::Data;
use futures_util::future::join_all;
use serde_json::{Value, json};
use server::state::{AppState, Limits, Served};
use tempfile::TempDir;

use crate::running::{Running, program, read_answer, write_artifact};
use crate::service::{boston_row, init, predict};
use crate::stubs;

fn large(rows: usize) -> String {
    json!({ "data": vec![boston_row(); rows] }).to_string()
}

#[test]
fn large_requests_beyond_threads_and_queue_are_told_to_come_again() {
    let limits = Limits { maximum_concurrency: 1, maximum_queue: 2, ..Limits::default() };
    let gate = Arc::new(Barrier::new(2));
    let stub = stubs::boston().after({
        let (gate, opened) = (Arc::clone(&gate), Once::new());
        move || {
            opened.call_once(|| {
                gate.wait();
            });
        }
    });
    let served = Served::new(Arc::new(stub), None, None, &limits).unwrap();
    let state = Data::new(AppState::new(served, limits));
    actix_web::rt::System::new().block_on(async {
        let service = init(server::service(state)).await;
        let ask = |rows| service.call(predict(large(rows)).to_request());
        // The gate opens when the refusals are there: they did not wait for anything.
        let open_when_refused = async {
            let refused = join_all((0..4).map(|_| ask(1000))).await;
            gate.wait();
            refused
        };
        let taken = join_all((0..3).map(|_| ask(1000)));
        let (taken, refused) = futures_util::future::join(taken, open_when_refused).await;
        for answer in taken {
            assert_eq!(answer.unwrap().status(), 200);
        }
        for answer in refused {
            let answer = answer.unwrap();
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.headers().get("retry-after").unwrap(), "1");
            let body = actix_web::body::to_bytes(answer.into_body()).await.ok().unwrap();
            let problem: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                problem["detail"],
                "The server is busy: too many large requests wait; ask again after the seconds of Retry-After"
            );
        }
        assert_eq!(ask(1000).await.unwrap().status(), 200);
    });
}

#[test]
fn bodies_under_way_share_a_bounded_memory_and_small_ones_need_none() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(
        program().env("MODEL_FOLDER", folder.path()).args(["--max-buffered-bytes", "1000000"]),
    );
    let body = large(9000);
    assert!((520_000..900_000).contains(&body.len()), "{}", body.len());
    let head = format!("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    let status = |answer: &str| answer[9..12].parse::<u16>().unwrap();
    // The first body is in memory as soon as a second one finds no room, unless the second came before it.
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut first = 'held: loop {
        let mut first = server.connect();
        write!(first, "{head}{}", &body[..body.len() - 1]).unwrap_or_default();
        first.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        loop {
            let mut second = server.connect();
            write!(second, "{head}{}", &body[..body.len() - 1]).unwrap_or_default();
            second.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let mut answer = [0; 12];
            let refused = second.read_exact(&mut answer).is_ok();
            assert!(!refused || &answer == b"HTTP/1.1 429");
            assert!(Instant::now() < deadline, "no refusal");
            if first.peek(&mut [0]).is_ok() {
                break;
            }
            if refused {
                break 'held first;
            }
        }
    };
    first.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let row = boston_row().to_string();
    let small = server.post("/predict", &row);
    assert_eq!(status(&small), 200, "{small}");
    first.write_all(&body.as_bytes()[body.len() - 1..]).unwrap();
    let mut first = BufReader::new(first);
    assert!(read_answer(&mut first).starts_with("{\"data\":[21.5,"));
    assert_eq!(status(&server.post("/predict", &body)), 200);
}

#[test]
fn connections_beyond_the_limit_are_answered_and_closed() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--max-connections", "8"]));
    let head = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut within: Vec<_> = (0..8).map(|_| BufReader::new(server.connect())).collect();
    for stream in &mut within {
        stream.get_mut().write_all(head).unwrap();
        assert_eq!(read_answer(stream), "{\"status\":\"live\"}");
    }
    let beyond = server.get("/health/live");
    assert!(beyond.starts_with("HTTP/1.1 429 "), "{beyond}");
    assert!(beyond.contains("retry-after: 1\r\n") && beyond.contains("connection: close\r\n"), "{beyond}");
    assert!(beyond.contains("more than 8 connections are open"), "{beyond}");
    for stream in &mut within {
        stream.get_mut().write_all(head).unwrap();
        assert_eq!(read_answer(stream), "{\"status\":\"live\"}");
    }
    drop(within);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !server.get("/health/live").starts_with("HTTP/1.1 200 ") {
        assert!(Instant::now() < deadline, "the closed connections still count");
    }
}

/// Prints what large requests cost the small ones. Times depend on the machine, so none is asserted.
#[test]
fn small_requests_are_answered_among_large_ones() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(
        program().env("MODEL_FOLDER", folder.path()).env("LOG_LEVEL", "warn,server::serve=info"),
    );
    let (small, large) = (boston_row().to_string(), large(10_000));
    let ended = AtomicBool::new(false);
    let times = |count: usize| {
        let mut stream = BufReader::new(server.connect());
        let mut times: Vec<Duration> = (0..count)
            .map(|_| {
                let started = Instant::now();
                post(&mut stream, &small);
                assert_eq!(read_answer(&mut stream), "21.5");
                started.elapsed()
            })
            .collect();
        times.sort_unstable();
        [times[count / 2], times[count * 99 / 100]]
    };
    let alone = times(2000);
    let (among, answered) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut stream = BufReader::new(server.connect());
                    let mut answered = 0;
                    while !ended.load(Ordering::Relaxed) {
                        post(&mut stream, &large);
                        let answer = read_answer(&mut stream);
                        assert_eq!(answer.matches("21.5").count(), 10_000);
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        let among = times(2000);
        ended.store(true, Ordering::Relaxed);
        (among, clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>())
    });
    assert!(answered > 0);
    println!(
        "one row: p50 {:?} p99 {:?} alone; p50 {:?} p99 {:?} beside {answered} bodies of {} bytes",
        alone[0],
        alone[1],
        among[0],
        among[1],
        large.len()
    );
}

fn post(stream: &mut BufReader<std::net::TcpStream>, body: &str) {
    let head = format!("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.get_mut().write_all((head + body).as_bytes()).unwrap();
}
