//! Reference block C: from a config to a maintained service.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::life_expectancy::{check_offline_page, examples};
use crate::programs::{self, Ended, ran};
use crate::serving::Serving;
use crate::{trained, workspace};

/// Trains the Boston config after one change to its text, without writing anything that stays.
fn train_changed(change: impl Fn(&str) -> String) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(workspace::path("configs/boston.json")).unwrap();
    let config = folder.path().join("changed.json");
    fs::write(&config, change(&text)).unwrap();
    ran(programs::trainer()
        .args(["train", "--conf"])
        .arg(&config)
        .args(["--set", &format!("output.dir={}", folder.path().display())]))
}

#[test]
fn four_fifths_are_trained_on_and_one_fifth_is_held_out() {
    let model = trained::house_price();
    assert_eq!((model.number("/data/rows_train"), model.number("/data/rows_test")), (404.0, 102.0));
}

#[test]
fn config_errors_name_path_place_and_cure() {
    let check = |change: &dyn Fn(&str) -> String, parts: &[&str]| {
        let ended = train_changed(change);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        for part in parts {
            assert!(ended.stderr.contains(part), "{part:?} in {}", ended.stderr);
        }
    };
    let with = |key: &'static str| move |text: &str| text.replacen('{', &format!("{{\n  {key},"), 1);
    check(&with("\"modle\": {}"), &["changed.json:2:", "modle", "model"]);
    check(&with("\"epochs\": 10"), &["changed.json:2:", "epochs", "neural"]);
    check(&|text| text.trim_end().trim_end_matches('}').to_owned(), &["changed.json:"]);
    check(&|_| "{\"data\": {\"path\": 1,}}".to_owned(), &["changed.json:1:"]);
}

#[test]
fn the_held_out_rows_and_the_folds_are_measured() {
    let model = trained::house_price();
    let error = model.test_metric("mae");
    assert!(error <= 2.8, "MAE {error}");
    let share = model.test_metric("mae_share");
    assert!((0.0..0.15).contains(&share), "MAE as share of the mean {share}");
    for metric in ["rmse", "r2", "mape"] {
        model.test_metric(metric);
    }
    assert_eq!(model.number("/evaluation/cross_validation/folds"), 5.0);
    let fit = model.fold_mean("r2");
    let spread = model.number("/evaluation/cross_validation/standard_deviation/r2");
    assert!((0.84..=0.90).contains(&fit) && spread > 0.0 && spread < 0.10, "R² {fit} ± {spread}");
}

#[test]
fn the_same_seed_gives_the_same_payload_on_any_number_of_threads() {
    let model = trained::boston();
    for threads in ["1", "2", "3"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = programs::trainer();
        command.env("RAYON_NUM_THREADS", threads).args(["train", "--quiet", "--conf", "configs/boston.json"]);
        command.args(["--set", &format!("output.dir={}", folder.path().display())]);
        ran(&mut command).well();
        let again = programs::artifact_in(folder.path());
        assert_eq!(payload_digest(&again), payload_digest(&model.artifact), "{threads} threads");
    }
}

/// The last 32 bytes of an artifact are the checksum of its payload.
fn payload_digest(artifact: &Path) -> Vec<u8> {
    let bytes = fs::read(artifact).unwrap();
    bytes[bytes.len() - 32..].to_vec()
}

#[test]
fn every_training_adds_a_version() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = format!("output.dir={}", folder.path().display());
        let settings = ["--set", &output, "--set", "model.n_estimators=5"];
        ran(programs::trainer().args(["train", "--conf", "configs/iris.json"]).args(settings)).well();
    }
    let names: Vec<String> = programs::artifacts_in(folder.path())
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("iris-v1-") && names[1].starts_with("iris-v2-"), "{names:?}");

    let version = |arguments: &[&str]| {
        let mut command = programs::server();
        command.arg("--model-folder").arg(folder.path()).args(arguments);
        Serving::started(&mut command).get("/v1/model").ok()["version"].clone()
    };
    assert_eq!(version(&[]), 2);
    assert_eq!(version(&["--model-version", "1"]), 1);
}

#[test]
fn a_model_below_its_gate_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = programs::trainer();
    command.args(["train", "--conf", "configs/boston.json"]);
    command.args(["--set", &format!("output.dir={}", folder.path().display())]);
    command.args(["--set", "quality_gate.maximum=0.01"]);
    let ended = ran(&mut command);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.said().contains("mae"), "{}", ended.said());
    assert_eq!(programs::artifacts_in(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_list_of_houses_is_answered_with_labels() {
    let server = Serving::model(&trained::house_price().artifact);
    assert_eq!(server.get("/").status, 200);
    let house = |rooms: f64| {
        json!({
            "CRIM": 0.00632, "ZN": 18, "INDUS": 2.31, "CHAS": 0, "NOX": 0.538, "RM": rooms, "AGE": 65.2,
            "DIS": 4.09, "RAD": 1, "TAX": 296, "PTRATIO": 15.3, "B": 396.9, "LSTAT": 4.98
        })
    };
    let houses = json!([house(6.575), house(8.2)]);
    let answer = server.post("/v1/services/predict", &houses).ok();
    assert_eq!(answer["inputData"], houses);
    let predictions = answer["predictions"].as_array().unwrap();
    for (index, prediction) in predictions.iter().enumerate() {
        let price = prediction[format!("Prediction price {index}")].as_f64();
        assert!(price.is_some_and(|price| (5.0..=50.0).contains(&price)), "{answer:#}");
    }
    assert_eq!(predictions.len(), 2);

    let mut half = house(6.0);
    half["CHAS"] = json!(0.5);
    let problem = server.post("/v1/services/predict", &json!([half])).problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("[0].CHAS"), "{problem:#}");
}

#[test]
fn both_reference_pages_work_without_a_network() {
    let server = Serving::model(&trained::house_price().artifact);
    check_offline_page(&server, "/docs/");
    check_offline_page(&server, "/redoc");
    assert_eq!(server.get("/docs").status, 200);
    let document = server.get("/openapi.json").ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut posted = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let body = &operations["post"]["requestBody"]["content"]["application/json"];
        if !body.is_null() {
            for example in examples(body) {
                server.post(path, &example).ok();
                posted += 1;
            }
        }
    }
    assert!(posted >= 2, "{posted} examples");
}

#[test]
fn without_a_folder_of_models_the_server_names_the_variable() {
    let empty = tempfile::tempdir().unwrap();
    for folder in [None, Some("".as_ref()), Some(empty.path())] {
        let mut command = programs::server();
        if let Some(folder) = folder {
            command.env("MODEL_FOLDER", folder);
        }
        let ended = ran(&mut command);
        assert!(ended.code.is_some_and(|code| code != 0), "{folder:?}");
        assert!(ended.said().contains("MODEL_FOLDER"), "{folder:?}: {}", ended.said());
    }
}

/// Compares the API document of the reference model with the committed one; `make openapi` writes it again.
#[test]
fn the_openapi_document_is_the_committed_one() {
    let server = Serving::model(&trained::boston().artifact);
    let mut document = server.get("/openapi.json").ok();
    steady(&mut document);
    let path = workspace::path("docs/openapi.json");
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(committed == document, "the API document changed: run `make openapi` and look at the difference");
}

/// Replaces what differs from one training to the next.
fn steady(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "created" if value.is_string() => *value = json!("2026-01-01T00:00:00Z"),
                    "host" if value.is_string() => *value = json!("localhost"),
                    _ => steady(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(steady),
        _ => {}
    }
}
