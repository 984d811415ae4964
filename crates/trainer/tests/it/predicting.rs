//! `trainer predict`: the numbers are the model's own, bit for bit, and rows keep their order.

use std::fs;

use forest::ForestModel;
use model_core::{Model, Rows};
use serde_json::Value;

use crate::workshop::{HOUSES, Workshop, houses};

/// A folder with a trained model, and the model's path.
fn trained() -> (Workshop, String) {
    let workshop = Workshop::new(&[("houses.csv", &houses(120)), ("houses.json", HOUSES)]);
    let report = workshop.train("houses.json");
    let path = report["artifact"].as_str().unwrap().to_owned();
    (workshop, path)
}

fn last_column(csv: &str) -> Vec<String> {
    csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().to_owned()).collect()
}

#[test]
fn every_row_gets_the_number_of_the_model_in_any_batch_on_any_threads() {
    let (workshop, path) = trained();
    let model = ForestModel::read(&workshop.path(&path)).unwrap();
    let encoder = model.encoder();
    let csv = houses(120);
    let mut rows = Rows::with_capacity(encoder.width(), 120);
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        // area, quarter, garden, rooms; the id is left out as a name.
        let row: Vec<f32> = (0..4).map(|feature| encoder.cell(feature, cells[feature]).unwrap()).collect();
        rows.push(&row);
    }
    let one_by_one: Vec<u64> = rows
        .rows()
        .map(|row| model.predict(&Rows::from_values(4, row.to_vec())).values()[0].to_bits())
        .collect();
    for batch in [7, 64, 120] {
        let in_batches: Vec<u64> = rows
            .values()
            .chunks(4 * batch)
            .flat_map(|chunk| model.predict(&Rows::from_values(4, chunk.to_vec())).values().to_vec())
            .map(f64::to_bits)
            .collect();
        assert_eq!(in_batches, one_by_one, "batches of {batch}");
    }
    for threads in ["1", "2"] {
        let output = workshop
            .trainer(&["predict", "--quiet", "--model", &path, "houses.csv"])
            .env("RAYON_NUM_THREADS", threads)
            .assert()
            .success();
        let output = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        let printed: Vec<u64> =
            last_column(&output).iter().map(|cell| cell.parse::<f64>().unwrap().to_bits()).collect();
        assert_eq!(printed, one_by_one, "{threads} threads");
    }
}

#[test]
fn rows_are_kept_as_they_are_whatever_the_order_of_the_columns() {
    let (workshop, path) = trained();
    fs::write(
        workshop.path("new.csv"),
        "note,rooms,garden,quarter,area\r\n\"said \"\"yes\"\", later\",2,TRUE,west,60.5\r\n,3,no,,99\r\n",
    )
    .unwrap();
    let output = workshop.success(&["predict", "--quiet", "--model", &path, "new.csv"]);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "note,rooms,garden,quarter,area,prediction");
    assert!(lines[1].starts_with("\"said \"\"yes\"\", later\",2,TRUE,west,60.5,"), "{output}");
    assert!(lines[2].starts_with(",3,no,,99,"), "{output}");

    let output = workshop.success(&["predict", "--quiet", "--format", "ndjson", "--model", &path, "new.csv"]);
    let first: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(first["note"], "said \"yes\", later");
    assert_eq!(first["prediction"].to_string(), lines[1].rsplit(',').next().unwrap());
}

#[test]
fn a_file_without_a_header_is_read_by_position() {
    let (workshop, path) = trained();
    fs::write(workshop.path("new.csv"), "60.5,west,true,2\n99,,false,3\n").unwrap();
    let output = workshop.success(&["predict", "--model", &path, "new.csv"]);
    assert_eq!(output.lines().count(), 2);
    let piped = workshop
        .trainer(&["predict", "--model", &path, "-"])
        .write_stdin("60.5,west,true,2\n99,,false,3\n")
        .assert()
        .success();
    assert_eq!(String::from_utf8_lossy(&piped.get_output().stdout), output);
}

#[test]
fn rows_that_cannot_be_predicted_stop_the_run_or_are_set_aside() {
    let (workshop, path) = trained();
    let csv =
        "area,quarter,garden,rooms\n60,north,true,2\n\nbig,north,perhaps,2\n70,south\n80,east,false,1\n";
    fs::write(workshop.path("new.csv"), csv).unwrap();

    let (error, code) = workshop.failure(&["predict", "--model", &path, "new.csv", "--output", "out.csv"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(error);
    assert!(!workshop.path("out.csv").exists(), "half an output");

    let arguments = ["predict", "--model", &path, "new.csv", "--output", "out.csv", "--errors", "bad.csv"];
    workshop.trainer(&arguments).assert().success().stderr("2 rows predicted, 2 skipped\n");
    insta::assert_snapshot!(fs::read_to_string(workshop.path("bad.csv")).unwrap());
    assert_eq!(fs::read_to_string(workshop.path("out.csv")).unwrap().lines().count(), 3);
    let left: Vec<_> = fs::read_dir(workshop.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let output = workshop.success(&["predict", "--quiet", "--model", &path, "new.csv", "--on-error", "skip"]);
    assert_eq!(output.lines().count(), 3);
}

#[test]
fn files_that_do_not_hold_the_features_are_refused() {
    let (workshop, path) = trained();
    let check = |content: &str, expected: &str| {
        fs::write(workshop.path("new.csv"), content).unwrap();
        let (error, code) = workshop.failure(&["predict", "--model", &path, "new.csv"]);
        assert_eq!((error.as_str(), code), (expected, 1));
    };
    check(
        "area,garden\n1,true\n",
        "error: new.csv: the header lacks quarter, rooms; it names area, garden\n",
    );
    check(
        "1,2,3\n",
        "error: new.csv: expected a header that names the features, or 4 columns without a header; found 3 columns\n",
    );
    check("", "error: new.csv is empty\n");
    check(
        "area,quarter,garden,rooms,prediction\n1,north,true,2,3\n",
        "error: the input has a column \"prediction\" already: give the prediction another name with --column\n",
    );
}

#[test]
fn classes_come_with_their_probabilities_on_demand() {
    let csv: String = (0..60).map(|row| format!("{},{}\n", row % 3 * 10 + row % 4, row % 3)).collect();
    let config = r#"{
      "data": {"path": "t.csv"}, "target": {"column": "y", "labels": {"0": "zero"}},
      "model": {"n_estimators": 5}, "serving": {"class_answer": "name", "response_field": "digit"}
    }"#;
    let workshop =
        Workshop::new(&[("t.csv", &format!("x,y\n{csv}")), ("t.json", config), ("new.csv", "x\n1\n21\n")]);
    let report = workshop.train("t.json");
    let path = report["artifact"].as_str().unwrap();
    let output = workshop.success(&["predict", "--quiet", "--probabilities", "--model", path, "new.csv"]);
    let expected = "x,digit,probability_zero,probability_1,probability_2\n1,zero,1,0,0\n21,2,0,0,1\n";
    assert_eq!(output, expected);
    let output = workshop.success(&["predict", "--quiet", "--format", "ndjson", "--model", path, "new.csv"]);
    assert_eq!(output.lines().nth(1), Some(r#"{"record":2,"x":"21","digit":2}"#));
}
