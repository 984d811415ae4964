//! `trainer inspect` and `evaluate`: what an artifact says of itself, and what is found of it on other rows.

use std::fs;

use serde_json::{Value, json};

use crate::workshop::Workshop;

#[test]
fn an_artifact_tells_all_about_itself() {
    let workshop = Workshop::of_houses();
    let report = workshop.train("houses.json");
    let path = report["artifact"].as_str().unwrap();
    let inspected: Value = serde_json::from_str(&workshop.success(&["inspect", "--json", path])).unwrap();
    assert_eq!(inspected["header"], report["header"]);
    assert_eq!(inspected["forest"]["trees"], 12);
    assert_eq!(inspected["profile"]["rows"], 96);
    assert_eq!(inspected["damage"], Value::Null);
    let told = workshop.success(&["inspect", path]);
    for part in ["House prices", "blake3", "12 trees", "quarter", "seen in training", "3-fold"] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

#[test]
fn a_damaged_payload_is_reported_with_the_header() {
    let workshop = Workshop::of_houses();
    let report = workshop.train("houses.json");
    let path = report["artifact"].as_str().unwrap();
    let mut bytes = fs::read(workshop.path(path)).unwrap();
    let middle = bytes.len() - 100;
    bytes[middle] ^= 1;
    fs::write(workshop.path("damaged.canopy"), bytes).unwrap();
    let output = workshop.trainer(&["inspect", "damaged.canopy"]).assert().code(1);
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (report, error) = (told(&output.get_output().stdout), told(&output.get_output().stderr));
    assert!(report.contains("the payload is damaged") && report.contains("houses"), "{report}");
    assert!(error.contains("the payload is damaged"), "{error}");
    let (error, code) = workshop.failure(&["inspect", "houses.csv"]);
    assert_eq!((error.contains("not a Canopy artifact"), code), (true, 1), "{error}");
}

#[test]
fn a_model_is_measured_on_labelled_data() {
    let workshop = Workshop::of_houses();
    let report = workshop.train("houses.json");
    let path = report["artifact"].as_str().unwrap();
    // Other rows, other order of columns, one row without a target.
    fs::write(
        workshop.path("new.csv"),
        "price,rooms,garden,quarter,area\n90000,2,true,north,60\n,1,false,south,50\n",
    )
    .unwrap();
    let found = workshop.success(&["evaluate", "--json", "--model", path, "new.csv"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["evaluation"]["rows"], 1);
    assert_eq!(found["rows_dropped"], json!({"no target": 1}));
    let (error, _) = workshop.failure(&["evaluate", "--model", path, "houses.json"]);
    assert!(error.contains("has no column \"price\""), "{error}");
}
