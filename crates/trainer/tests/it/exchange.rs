//! `trainer export` and `trainer import`: a model leaves as an ONNX file and comes back as another artifact.

use std::fs;

use forest::ForestModel;
use model_core::Model;
use serde_json::Value;

use crate::workshop::Workshop;

const FIELDS: &str = r#"{
  "data": {"path": "fields.csv"}, "target": {"column": "yield", "task": "regression"},
  "model": {"n_estimators": 9}
}"#;

/// Two numbers, one of them often missing, decide the yield.
fn fields() -> String {
    let mut csv = String::from("rain,sun,yield\n");
    for row in 0..90 {
        let rain = row as f64 * 0.37 % 11.0;
        let sun = if row % 4 == 0 { String::new() } else { format!("{}", row * 7 % 13) };
        csv.push_str(&format!("{rain},{sun},{}\n", rain * 3.0 + (row % 13) as f64 / 7.0));
    }
    csv
}

fn trained() -> (Workshop, String) {
    let workshop = Workshop::new(&[("fields.csv", &fields()), ("fields.json", FIELDS)]);
    let path = workshop.train("fields.json")["artifact"].as_str().unwrap().to_owned();
    (workshop, path)
}

#[test]
fn a_model_that_left_and_came_back_answers_the_same() {
    let (workshop, path) = trained();
    workshop.success(&["export", &path, "--output", "fields.onnx"]);
    let arguments = ["import", "fields.onnx", "--json", "--header", "fields.csv", "--target", "yield"];
    let report: Value = serde_json::from_str(&workshop.success(&arguments)).unwrap();
    let imported = report["artifact"].as_str().unwrap();
    let answers = |model: &str| workshop.success(&["predict", "--quiet", "--model", model, "fields.csv"]);
    assert_eq!(answers(imported), answers(&path));
    // The artifact says what it is and claims nothing that was not measured.
    let model = ForestModel::read(&workshop.path(imported)).unwrap();
    let header = model.header();
    let expected = concat!("Imported from fields.onnx, which canopy ", env!("CARGO_PKG_VERSION"), " wrote.");
    assert_eq!(header.description, expected);
    assert!(header.evaluation.test.is_none() && header.importances.is_empty());
    assert_eq!((model.profile().rows, header.data.rows_train), (0, 0));
    let names: Vec<_> = header.schema.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, ["rain", "sun"]);
    workshop.success(&["evaluate", "--model", imported, "fields.csv"]);
    workshop.success(&["inspect", imported]);
}

#[test]
fn imports_that_cannot_be_are_refused() {
    let (workshop, path) = trained();
    workshop.success(&["export", &path, "--output", "fields.onnx"]);
    workshop.success(&["export", &path, "--inputs", "columns", "--output", "columns.onnx"]);
    fs::write(workshop.path("text.onnx"), "no protocol buffer").unwrap();
    let check = |arguments: &[&str], expected: &str, code: i32| {
        let (error, found) = workshop.failure(arguments);
        assert!(error.contains(expected), "{error}");
        assert_eq!(found, code, "{error}");
    };
    check(
        &["import", "fields.onnx", "--features", "a,b,c"],
        "3 features are named, and the file asks for 2",
        1,
    );
    check(&["import", "columns.onnx"], "the node \"Concat\" beside the trees", 1);
    check(&["import", "text.onnx"], "this is no ONNX file", 1);
    check(&["import", "absent.onnx"], "cannot read absent.onnx", 1);
    check(&["import", "fields.onnx", "--name", "Not A Name"], "expected lower-case letters", 2);
    check(&["import", "fields.onnx", "--features", "a,a"], "a", 2);
    // Only what was trained is there.
    assert_eq!(workshop.artifacts("artifacts").len(), 1);
}
