//! Versions that come, go and change while the program runs.

use std::path::Path;
use std::time::{Duration, Instant};

use model_core::artifact::file_name;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::boston_row;

/// The body of an answer.
fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

/// Asks again until the answer is as expected; nothing here tells when a file is seen.
#[track_caller]
fn eventually(expected: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !expected() {
        assert!(Instant::now() < end, "what was expected did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answers(server: &Running, path: &str, value: f64) -> bool {
    server.post(path, &boston_row().to_string()).ends_with(&format!("\r\n\r\n{value:?}"))
}

/// An artifact with one bit of its payload flipped.
fn write_broken(folder: &Path, name: &str, version: u64) {
    let elsewhere = TempDir::new().unwrap();
    write_artifact(elsewhere.path(), name, version, 666.0);
    let file = file_name(name, version, "2026-11-20T08:15:00Z");
    let mut bytes = std::fs::read(elsewhere.path().join(&file)).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(folder.join(file), bytes).unwrap();
}

fn remove(folder: &Path, name: &str, version: u64) {
    std::fs::remove_file(folder.join(file_name(name, version, "2026-11-20T08:15:00Z"))).unwrap();
}

#[test]
fn a_new_version_is_served_when_the_folder_changes_and_a_removed_one_is_not() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-poll-interval", "0.05"]));
    assert!(answers(&server, "/predict", 1.0));
    write_artifact(folder.path(), "boston", 2, 2.0);
    eventually(|| answers(&server, "/predict", 2.0));
    write_artifact(folder.path(), "iris", 1, 7.0);
    eventually(|| answers(&server, "/models/iris/predict", 7.0));
    assert!(answers(&server, "/predict", 2.0), "another model in the folder changes nothing");
    remove(folder.path(), "boston", 2);
    eventually(|| answers(&server, "/predict", 1.0));
    let models = body(&server.get("/models"));
    assert_eq!(models["models"][0]["versions"], json!([{ "version": 1, "state": "ready", "aliases": [] }]));
}

#[test]
fn a_version_that_takes_the_place_of_another_leaves_no_gap() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-poll-interval", "0.02"]));
    for version in 2..8_u64 {
        write_artifact(folder.path(), "boston", version, version as f64);
        remove(folder.path(), "boston", version - 1);
        eventually(|| {
            let answer = server.post("/predict", &boston_row().to_string());
            assert!(answer.starts_with("HTTP/1.1 200"), "version {version}: {answer}");
            body(&answer) == json!(version as f64)
        });
    }
}

#[test]
fn a_broken_version_leaves_the_one_before_in_service_and_is_told() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-poll-interval", "0.05"]));
    assert_eq!(body(&server.get("/health/ready")), json!({ "status": "ready" }));
    write_broken(folder.path(), "boston", 2);
    std::fs::write(folder.path().join("notes.canopy"), "no artifact").unwrap();
    let troubles = || body(&server.get("/health/ready"))["troubles"].as_array().map_or(0, Vec::len);
    eventually(|| troubles() == 2);
    assert!(answers(&server, "/predict", 1.0));
    let ready = server.get("/health/ready");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    for words in ["\"version\":2", "the payload is damaged", "notes.canopy: not a Canopy artifact"] {
        assert!(ready.contains(words), "{ready}");
    }
    assert!(!ready.contains(folder.path().to_str().unwrap()), "{ready}");
    let named = server.post("/models/boston/versions/2/predict", &boston_row().to_string());
    assert!(named.starts_with("HTTP/1.1 503") && named.contains("the payload is damaged"), "{named}");
    // Copied again, and well this time.
    remove(folder.path(), "boston", 2);
    write_artifact(folder.path(), "boston", 2, 2.0);
    std::fs::remove_file(folder.path().join("notes.canopy")).unwrap();
    eventually(|| answers(&server, "/predict", 2.0) && troubles() == 0);
}

#[test]
fn a_version_that_is_replaced_by_a_broken_file_goes_on_answering() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-poll-interval", "0"]));
    let path = folder.path().join(file_name("boston", 1, "2026-11-20T08:15:00Z"));
    for broken in ["", "no artifact"] {
        std::fs::write(&path, broken).unwrap();
        server.signal("-HUP");
        eventually(|| server.get("/health/ready").contains("troubles"));
        assert!(answers(&server, "/predict", 1.0));
    }
    std::fs::remove_file(&path).unwrap();
    server.signal("-HUP");
    eventually(|| server.get("/health/ready").starts_with("HTTP/1.1 503"));
    write_artifact(folder.path(), "boston", 1, 3.0);
    server.signal("-HUP");
    eventually(|| answers(&server, "/predict", 3.0));
}

#[test]
fn a_file_that_becomes_a_broken_version_leaves_the_one_before_in_service() {
    let (folder, next) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write_artifact(folder.path(), "boston", 1, 1.0);
    write_artifact(next.path(), "boston", 2, 2.0);
    let path = folder.path().join(file_name("boston", 1, "2026-11-20T08:15:00Z"));
    let sound = std::fs::read(next.path().join(file_name("boston", 2, "2026-11-20T08:15:00Z"))).unwrap();
    let mut broken = sound.clone();
    let last = broken.len() - 40;
    broken[last] ^= 1;
    let server = Running::start(program().arg("--model").arg(&path).args(["--model-poll-interval", "0.05"]));
    std::fs::write(&path, broken).unwrap();
    eventually(|| server.get("/health/ready").contains("the payload is damaged"));
    assert!(answers(&server, "/predict", 1.0));
    std::fs::write(&path, sound).unwrap();
    eventually(|| answers(&server, "/predict", 2.0));
    assert_eq!(body(&server.get("/health/ready")), json!({ "status": "ready" }));
}

#[test]
fn a_signal_reloads_without_polling() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).args(["--model-poll-interval", "0"]));
    write_artifact(folder.path(), "boston", 2, 2.0);
    let rules = json!({ "models": { "boston": { "policy": "all", "aliases": { "old": 1 } } } });
    std::fs::write(folder.path().join("models.json"), rules.to_string()).unwrap();
    server.signal("-HUP");
    eventually(|| answers(&server, "/predict", 2.0));
    assert!(answers(&server, "/models/boston/versions/old/predict", 1.0));
    assert!(answers(&server, "/models/boston/versions/1/predict", 1.0));
    // A file that is wrong changes nothing but what readiness tells.
    std::fs::write(folder.path().join("models.json"), r#"{"models": {"boston": {"aliases": {"old": 9}}}}"#)
        .unwrap();
    server.signal("-HUP");
    eventually(|| server.get("/health/ready").contains("models.boston.aliases.old: expected a version"));
    assert!(answers(&server, "/models/boston/versions/old/predict", 1.0));
}

#[test]
fn policies_and_the_default_model_are_options_too() {
    let folder = TempDir::new().unwrap();
    for version in 1..=3 {
        write_artifact(folder.path(), "boston", version, version as f64);
    }
    write_artifact(folder.path(), "iris", 1, 7.0);
    let states = |arguments: &[&str]| {
        let mut command = program();
        let server = Running::start(command.env("MODEL_FOLDER", folder.path()).args(arguments));
        let models = body(&server.get("/models"));
        let boston =
            models["models"].as_array().unwrap().iter().find(|model| model["name"] == "boston").cloned();
        let versions = boston.map_or(Value::Null, |boston| boston["versions"].clone());
        let ready = versions.as_array().cloned().unwrap_or_default().into_iter();
        let ready =
            ready.filter(|version| version["state"] == "ready").map(|version| version["version"].clone());
        (models["default_model"].clone(), Value::Array(ready.collect()))
    };
    let check = |arguments: &[&str], expected: (&str, Value)| {
        assert_eq!(states(arguments), (expected.0.into(), expected.1), "{arguments:?}");
    };
    check(&["--default-model", "boston"], ("boston", json!([3])));
    check(&["--default-model", "iris", "--model-policy", "latest:2"], ("iris", json!([2, 3])));
    check(&["--model-name", "boston", "--model-policy", "all"], ("boston", json!([1, 2, 3])));
    check(&["--model-name", "boston", "--model-policy", "specific:1,3"], ("boston", json!([1, 3])));
    check(&["--model-name", "boston", "--model-version", "2"], ("boston", json!([2])));
    check(&["--model-name", "iris"], ("iris", json!([])));
}
