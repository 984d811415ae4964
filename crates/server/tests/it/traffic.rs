//! One rule for all protocols: which version answers a request that names none, and what a shadow gets a copy of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::rt::System;
use actix_web::test::TestRequest;
use prost::Message;
use serde_json::{Value, json};
use server::grpc::Calls;
use tokio::sync::watch;

use crate::admin::Ground;
use crate::grpc_client::{Client, INFERENCE, boston_question, prefixed};
use crate::service::{ask_shared, boston_row, predict, upload};

type Question = Box<dyn Fn() -> TestRequest>;

/// Names in the metrics of the protocols that are asked over HTTP, each with what it is asked.
fn protocols() -> Vec<(&'static str, Question)> {
    let row = boston_row();
    let line = row.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let post = |path: &str, body: &Value| {
        let (path, body) = (path.to_owned(), body.to_string());
        move || {
            let request = TestRequest::post().uri(&path).set_payload(body.clone());
            request.insert_header(("content-type", "application/json"))
        }
    };
    let tensor = json!({ "name": "x", "shape": [1, 13], "datatype": "FP64", "data": row });
    let native = row.to_string();
    let lines = format!("{row}\n[1]\n{row}\n");
    vec![
        ("canopy", Box::new(move || predict(native.clone()))),
        ("csv", Box::new(move || upload(format!("{line}\n{line}\n")))),
        (
            "ndjson",
            Box::new(move || predict(lines.clone()).insert_header(("content-type", "application/x-ndjson"))),
        ),
        ("kserve-v1", Box::new(post("/v1/models/boston:predict", &json!({ "instances": [row] })))),
        ("mlflow", Box::new(post("/invocations", &json!({ "inputs": [row] })))),
        ("open-inference", Box::new(post("/v2/models/boston/infer", &json!({ "inputs": [tensor] })))),
    ]
}

/// The versions that answer over gRPC.
fn by_grpc(ground: &Ground, ids: &[String]) -> Vec<String> {
    let (stop, stopping) = watch::channel(false);
    let client = Client::Here(Calls::new(ground.state.clone().into_inner(), stopping), Arc::new(stop));
    let question = boston_question();
    let message = prefixed(0, &question.encode_to_vec());
    System::new().block_on(async {
        let mut versions = Vec::new();
        for id in ids {
            let metadata = [("x-request-id", id.as_str())];
            let outcome = client.send(&format!("{INFERENCE}ModelInfer"), message.clone(), &metadata).await;
            assert_eq!(outcome.code, 0, "{outcome:?}");
            versions.push(outcome.header("x-canopy-model-version").to_owned());
        }
        versions
    })
}

/// Three versions, of which 1 and 2 are the champion and the challenger, and the traffic that is said.
fn with_traffic(traffic: Value) -> Ground {
    let ground = Ground::new("latest:1");
    for (alias, version) in [("champion", 1), ("challenger", 2)] {
        let path = format!("/admin/models/boston/aliases/{alias}");
        assert_eq!(ground.order(Method::PUT, &path, json!({ "version": version })).0, 200);
    }
    assert_eq!(ground.order(Method::PUT, "/admin/models/boston/traffic", traffic).0, 200);
    ground
}

/// How many requests each version answered, by protocol, as the metrics tell it.
fn counted(ground: &Ground) -> BTreeMap<(String, String), usize> {
    let reply = System::new().block_on(async {
        let service = actix_web::test::init_service(server::admin_app(ground.state.clone())).await;
        let request = TestRequest::get().uri("/metrics").to_request();
        actix_web::test::call_and_read_body(&service, request).await
    });
    let page = String::from_utf8(reply.to_vec()).unwrap();
    let label = |line: &str, name: &str| {
        line.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned)
    };
    let lines = page.lines().filter(|line| line.starts_with("canopy_request_rows_sum{"));
    lines
        .map(|line| {
            let count = line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap() as usize;
            ((label(line, "protocol").unwrap(), label(line, "version").unwrap()), count)
        })
        .collect()
}

#[test]
fn the_same_id_meets_the_same_version_in_every_protocol() {
    let ground = with_traffic(json!({ "split": { "champion": 60, "challenger": 40 } }));
    let ids: Vec<_> = (0..40).map(|id| format!("id-{id}")).collect();
    let mut expected: Option<Vec<String>> = None;
    let mut check = |protocol: &str, versions: Vec<String>| {
        let expected = expected.get_or_insert_with(|| versions.clone());
        assert_eq!(&versions, expected, "{protocol}");
        for version in ["1", "2"] {
            assert!(versions.iter().filter(|found| *found == version).count() > 8, "{versions:?}");
        }
    };
    let mut rows_of = BTreeMap::from([("grpc", 1)]);
    for (protocol, request) in protocols() {
        let requests = ids.iter().map(|id| request().insert_header(("x-request-id", id.as_str())));
        let replies = ask_shared(&ground.state, requests);
        assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
        check(
            protocol,
            replies.iter().map(|reply| reply.header("x-canopy-model-version").to_owned()).collect(),
        );
        rows_of.insert(protocol, if matches!(protocol, "csv" | "ndjson") { 2 } else { 1 });
    }
    check("grpc", by_grpc(&ground, &ids));
    let versions = expected.unwrap();
    let counted = counted(&ground);
    for (protocol, rows) in rows_of {
        for version in ["1", "2"] {
            let of_version = versions.iter().filter(|found| *found == version).count();
            let found = counted.get(&(protocol.to_owned(), version.to_owned()));
            assert_eq!(found, Some(&(rows * of_version)), "{protocol} {version} {counted:?}");
        }
    }
}

#[test]
fn a_shadow_gets_a_copy_of_every_protocol() {
    let ground = with_traffic(json!({ "shadow": "challenger" }));
    let shown = ground.state.catalogue.shown();
    let counts = &shown.entry("boston").unwrap().shadow().unwrap().counts;
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let waits_for = |protocol: &str, rows: u64, ask: &dyn Fn()| {
        let before = (count(&counts.questions), count(&counts.rows), count(&counts.different));
        ask();
        let end = Instant::now() + Duration::from_secs(60);
        while count(&counts.questions) == before.0 {
            assert!(Instant::now() < end, "{protocol}: {counts:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
        let after = (count(&counts.questions), count(&counts.rows), count(&counts.different));
        assert_eq!(after, (before.0 + 1, before.1 + rows, before.2 + rows), "{protocol}");
    };
    for (protocol, request) in protocols() {
        let rows = if matches!(protocol, "csv" | "ndjson") { 2 } else { 1 };
        waits_for(protocol, rows, &|| {
            let replies = ask_shared(&ground.state, [request()]);
            assert_eq!((replies[0].status, replies[0].header("x-canopy-model-version")), (200, "3"));
        });
    }
    waits_for("grpc", 1, &|| assert_eq!(by_grpc(&ground, &["one".to_owned()]), ["3"]));
    // Each row by which version 3 and version 2 differ by one.
    assert_eq!(counts.deviation(), count(&counts.rows) as f64);
    assert_eq!((count(&counts.refused), count(&counts.dropped)), (0, 0));
}
