//! `trainer train --pretrained`: a model that is continued on other rows.

use std::fs;

use forest::ForestModel;
use model_core::Model;
use serde_json::Value;

use crate::workshop::{HOUSES, Workshop, houses};

#[test]
fn a_model_is_continued_on_more_rows() {
    let config = HOUSES.replace("\"cross_validation\": {\"folds\": 3},", "");
    let workshop = Workshop::new(&[("houses.csv", &houses(120)), ("houses.json", &config)]);
    let first = workshop.train("houses.json");
    let artifact = first["artifact"].as_str().unwrap();
    // More rows, of which some are of a new quarter.
    let more = houses(200).replacen("north", "harbour", 3);
    fs::write(workshop.path("houses.csv"), &more).unwrap();
    let train = ["train", "--json", "--conf", "houses.json", "--pretrained", artifact];
    let run = |threads: &str| -> (Value, Vec<u8>) {
        let folder = format!("output.dir=on-{threads}");
        let output = workshop
            .trainer(&[train.as_slice(), &["--set", "model.n_estimators=20", "--set", &folder]].concat())
            .env("RAYON_NUM_THREADS", threads)
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .assert()
            .success();
        let report: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        (report["continued"].clone(), fs::read(&workshop.artifacts(&format!("on-{threads}"))[0]).unwrap())
    };
    let (continued, bytes) = run("1");
    let (_, other) = run("2");
    let model = |bytes: &[u8]| {
        let path = workshop.path("one.canopy");
        fs::write(&path, bytes).unwrap();
        ForestModel::read(&path).unwrap()
    };
    assert_eq!(model(&bytes).checksum(), model(&other).checksum());
    assert_eq!(continued["trees"], 12);
    assert!(continued["test"]["metrics"]["mae"].as_f64().unwrap() > 0.0);
    let (old, new) = (ForestModel::read(&workshop.path(artifact)).unwrap(), model(&bytes));
    assert_eq!(new.header().parent.as_deref(), Some(old.checksum()));
    assert_eq!((new.schema(), new.forest().tree_count()), (old.schema(), 20));
    let row = [100.0, 1.0, 1.0, 3.0];
    for tree in 0..12 {
        assert_eq!(new.forest().tree_answer(tree, &row), old.forest().tree_answer(tree, &row));
    }
    let sum: f64 = new.header().importances.iter().map(|importance| importance.impurity).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert_eq!(new.forest().tree_answer(0, &row).len(), 1);
}

#[test]
fn a_model_of_other_data_is_not_continued() {
    let config = HOUSES.replace("\"cross_validation\": {\"folds\": 3},", "");
    let workshop = Workshop::new(&[("houses.csv", &houses(60)), ("houses.json", &config)]);
    let first = workshop.train("houses.json");
    let artifact = first["artifact"].as_str().unwrap();
    let check = |change: &[&str], expected: &str| {
        let train = ["train", "--conf", "houses.json", "--pretrained", artifact];
        let (error, _) = workshop.failure(&[train.as_slice(), change].concat());
        assert!(error.contains(expected), "{error}");
    };
    check(&["--set", r#"features=["area"]"#], "its features are area, quarter, garden, rooms, not area");
    check(
        &["--set", r#"features={"exclude": ["id"], "settings": [{"name": "rooms", "kind": "category"}]}"#],
        "feature \"rooms\" is a number there and a category of whole numbers here",
    );
    check(
        &["--set", "target.column=area", "--set", r#"features=["price"]"#],
        "its target is \"price\", not \"area\"",
    );
    check(&["--set", r#"model.monotonic_cst={"area": 1}"#], "model.monotonic_cst is another");
    check(&["--set", "model.n_estimators=12"], "n_estimators is 12, expected more than 12");
    check(&["--set", "cross_validation.folds=3"], "cross_validation trains forests from nothing");
}
