//! The metrics: what was asked is what is counted, for each protocol and each outcome.

use std::collections::BTreeMap;

use actix_web::test::TestRequest;
use serde_json::json;
use server::state::Limits;
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::{Reply, ask, ask_within, boston_row, predict, upload};
use crate::stubs::{boston, iris, taxi};

fn scrape() -> TestRequest {
    TestRequest::get().uri("/metrics")
}

/// The samples of a page, by name and labels.
fn samples(page: &Reply) -> BTreeMap<&str, f64> {
    assert_eq!(page.status, 200, "{page:?}");
    let lines = page.text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name, value.parse().unwrap_or_else(|_| panic!("{line}")))
        })
        .collect()
}

/// The page after these requests.
fn after(requests: impl IntoIterator<Item = TestRequest>) -> Reply {
    ask(boston(), requests.into_iter().chain([scrape()])).pop().unwrap()
}

#[test]
fn requests_are_counted_by_protocol_and_outcome() {
    let row = boston_row();
    let csv = |body: &str| predict(body).insert_header(("content-type", "text/csv"));
    let line = row.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let tensors = |body: serde_json::Value| {
        TestRequest::post().uri("/v2/models/boston/infer").set_payload(body.to_string())
    };
    let beyond = json!([1e6, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98]);
    let page = after([
        predict(row.to_string()),
        predict(json!([row, row, row]).to_string()),
        predict(beyond.to_string()),
        predict("[1]"),
        predict("nonsense"),
        predict(""),
        csv(&line),
        csv("a,b"),
        upload(format!("{line}\n{line}\n")),
        predict(format!("{row}\n[1]\n{row}\n")).insert_header(("content-type", "application/x-ndjson")),
        tensors(json!({ "inputs": [{ "name": "x", "shape": [1, 13], "datatype": "FP64", "data": row }] })),
        tensors(json!({ "inputs": [] })),
        TestRequest::get().uri("/nowhere"),
        TestRequest::get().uri("/health/live"),
    ]);
    let samples = samples(&page);
    let labels = r#"model="boston",version="3""#;
    let answers = |protocol: &str, outcome: &str| {
        let sample = format!(
            "canopy_request_duration_seconds_count{{{labels},protocol=\"{protocol}\",outcome=\"{outcome}\"}}"
        );
        samples.get(&*sample).copied()
    };
    let check = |protocol: &str, expected: [f64; 5]| {
        let counted =
            ["ok", "invalid", "refused", "failed", "abandoned"].map(|outcome| answers(protocol, outcome));
        assert_eq!(counted, expected.map(Some), "{protocol}\n{}", page.text);
    };
    check("canopy", [3.0, 3.0, 0.0, 0.0, 0.0]);
    check("csv", [2.0, 1.0, 0.0, 0.0, 0.0]);
    check("ndjson", [1.0, 0.0, 0.0, 0.0, 0.0]);
    check("open-inference", [1.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(answers("mlflow", "ok"), None);
    let of = |name: &str, protocol: &str| samples[&*format!("{name}{{{labels},protocol=\"{protocol}\"}}")];
    assert_eq!(of("canopy_request_rows_sum", "canopy"), 5.0);
    assert_eq!(of("canopy_request_rows_count", "canopy"), 3.0);
    assert_eq!(of("canopy_request_rows_sum", "csv"), 3.0);
    assert_eq!(of("canopy_request_rows_sum", "ndjson"), 2.0);
    assert_eq!(of("canopy_request_rows_sum", "open-inference"), 1.0);
    assert_eq!(of("canopy_range_warnings_total", "canopy"), 1.0);
    assert_eq!(samples[r#"canopy_responses_total{status="200"}"#], 8.0);
    assert_eq!(samples[r#"canopy_responses_total{status="404"}"#], 1.0);
    assert_eq!(samples["canopy_requests_in_flight"], 1.0);
    assert_eq!(samples["canopy_requests_abandoned_total"], 0.0);
}

#[test]
fn a_failure_is_counted_on_the_version_that_failed() {
    let row = boston_row().to_string();
    let limits = Limits { maximum_concurrency: 1, ..Limits::default() };
    let large = json!({ "data": vec![boston_row(); 1000] }).to_string();
    let page =
        ask_within(boston().panicking(), limits, [predict(large), predict(row), scrape()]).pop().unwrap();
    let samples = samples(&page);
    let failed = samples[r#"canopy_request_duration_seconds_count{model="boston",version="3",protocol="canopy",outcome="failed"}"#];
    assert_eq!((failed, samples[r#"canopy_responses_total{status="500"}"#]), (1.0, 2.0));
}

#[test]
fn no_request_adds_a_label() {
    let ask_for = |path: &str| TestRequest::get().uri(path);
    let strange = |number: u32| ask_for(&format!("/v9/models/model-{number}?x={number}"));
    let page = after((0..50).map(strange));
    assert!(!page.text.contains("model-7") && !page.text.contains("/v9"), "{}", page.text);
}

#[test]
fn the_page_names_the_models_and_what_is_taken_of_the_limits() {
    for stub in [boston(), iris(), taxi()] {
        let name = stub.name().to_owned();
        let page = ask(stub, [scrape()]).remove(0);
        assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let samples = samples(&page);
        assert_eq!(samples[&*format!("canopy_model_versions{{model=\"{name}\",state=\"ready\"}}")], 1.0);
        assert_eq!(samples["canopy_queue_limit_requests"], Limits::default().maximum_queue as f64);
        assert_eq!(samples["canopy_queue_requests"], 0.0);
        assert_eq!(samples["canopy_buffered_bytes"], 0.0);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_is_measured() {
    let page = after([]);
    let samples = samples(&page);
    for name in [
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_threads",
        "process_start_time_seconds",
    ] {
        assert!(samples[name] > 0.0, "{name}");
    }
    assert!(samples["process_cpu_seconds_total"] >= 0.0);
}

#[test]
fn a_page_that_is_read_meanwhile_is_whole_and_nothing_is_lost() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let server = Running::start(program().env("MODEL_FOLDER", folder.path()));
    let row = boston_row().to_string();
    let counted = |page: &str| -> u64 {
        let name = "canopy_request_duration_seconds_count{model=\"boston\",version=\"1\",protocol=\"canopy\",\
                    outcome=\"ok\"} ";
        page.lines().find_map(|line| line.strip_prefix(name)).map_or(0, |count| count.parse().unwrap())
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| assert!(server.post("/predict", &row).ends_with("21.5"))));
        }
        let mut before = 0;
        for _ in 0..20 {
            let page = server.get_from(server.admin_port, "/metrics");
            let now = counted(&page);
            assert!(page.contains("canopy_build_info{") && now >= before, "{before} {now}");
            before = now;
        }
    });
    assert_eq!(counted(&server.get_from(server.admin_port, "/metrics")), 200);
}
