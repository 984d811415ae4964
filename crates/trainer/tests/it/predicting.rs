//! `trainer predict`: the numbers are the model's own, bit for bit, and rows keep their order.

use std::fs;

use forest::ForestModel;
use model_core::{Model, Rows};
use serde_json::Value;

use crate::workshop::{Workshop, houses, repository};

/// A folder with a trained model, and the model's path.
fn trained() -> (Workshop, String) {
    let workshop = Workshop::of_houses();
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

/// The numbers of the added columns, by row.
fn added(csv: &str, first: &str) -> Vec<Vec<f64>> {
    let place = csv.lines().next().unwrap().split(',').position(|name| name == first).unwrap();
    let numbers = |line: &str| line.split(',').skip(place).map(|cell| cell.parse().unwrap()).collect();
    csv.lines().skip(1).map(numbers).collect()
}

#[test]
fn contributions_add_up_to_the_prediction() {
    let (workshop, path) = trained();
    let csv = workshop.success(&["predict", "--quiet", "--explain", "--model", &path, "houses.csv"]);
    let header = csv.lines().next().unwrap();
    let expected =
        "prediction,base_value,contribution_area,contribution_quarter,contribution_garden,contribution_rooms";
    assert!(header.ends_with(expected), "{header}");
    let rows = added(&csv, "prediction");
    assert_eq!(rows.len(), 120);
    for row in &rows {
        assert!((row[0] - row[1..].iter().sum::<f64>()).abs() < 1e-9 * row[0], "{row:?}");
        assert_eq!(row[1], rows[0][1]);
    }
    // What the price is made of in the main.
    let size = |column: usize| rows.iter().map(|row| row[column].abs()).sum::<f64>();
    assert!(size(2) > 10.0 * size(3), "area {}, quarter {}", size(2), size(3));

    let arguments = ["predict", "--quiet", "--explain", "--format", "ndjson", "--model", &path, "houses.csv"];
    let json = workshop.success(&arguments);
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(first["base_value"], rows[0][1]);
    assert_eq!(first["contributions"]["rooms"], rows[0][5]);

    fs::write(workshop.path("new.csv"), "area,quarter,garden,rooms,base_value\n60,north,true,2,1\n").unwrap();
    let (error, code) = workshop.failure(&["predict", "--explain", "--model", &path, "new.csv"]);
    let expected = "error: the input has a column \"base_value\" already, which --explain adds: rename it in the input\n";
    assert_eq!((error.as_str(), code), (expected, 1));
}

#[test]
fn intervals_surround_the_prediction_and_are_measured() {
    let boston = fs::read_to_string(repository("data/boston_house_prices.csv")).unwrap();
    let config = r#"{
      "data": {"path": "boston.csv", "skip_rows": 1}, "target": {"column": "MEDV"},
      "cross_validation": {"folds": 5}, "model": {"interval": 0.8}, "metrics": ["mae"]
    }"#;
    let workshop = Workshop::new(&[("boston.csv", &boston), ("boston.json", config)]);
    let report = workshop.train("boston.json");
    let metrics = &report["header"]["evaluation"]["test"]["metrics"];
    assert!(metrics["interval_width"].as_f64().unwrap() > 0.0, "{metrics}");
    // 506 rows: two standard errors are 0.036.
    let folds = &report["header"]["evaluation"]["cross_validation"]["mean"];
    assert!((folds["interval_coverage"].as_f64().unwrap() - 0.8).abs() < 0.04, "{folds}");
    let path = report["artifact"].as_str().unwrap();

    let csv = workshop.success(&["predict", "--quiet", "--model", path, "boston.csv", "--interval"]);
    assert!(csv.lines().next().unwrap().ends_with("prediction,lower,upper"));
    let wide = workshop.success(&["predict", "--quiet", "--model", path, "boston.csv", "--interval", "0.95"]);
    let (usual, wide) = (added(&csv, "prediction"), added(&wide, "prediction"));
    let width = |rows: &[Vec<f64>]| rows.iter().map(|row| row[2] - row[1]).sum::<f64>();
    assert!(usual.iter().chain(&wide).all(|row| row[1] <= row[0] && row[0] <= row[2]));
    assert!(width(&wide) > width(&usual));
    let measured: Value =
        serde_json::from_str(&workshop.success(&["evaluate", "--json", "--model", path, "boston.csv"]))
            .unwrap();
    assert!(measured["evaluation"]["metrics"]["interval_coverage"].as_f64().unwrap() > 0.75, "{measured}");
    let inspected: Value = serde_json::from_str(&workshop.success(&["inspect", "--json", path])).unwrap();
    assert_eq!(
        (&inspected["forest"]["interval"], &inspected["forest"]["explains"]),
        (&0.8.into(), &true.into())
    );

    let (error, code) = workshop.failure(&["predict", "--model", path, "boston.csv", "--interval", "90"]);
    let expected = "error: --interval: the level of an interval is a number from 0.5 to 0.99, found 90\n";
    assert_eq!((error.as_str(), code), (expected, 1));
    let (workshop, path) = trained();
    let (error, code) = workshop.failure(&["predict", "--model", &path, "houses.csv", "--interval"]);
    let expected = "error: this model has no prediction intervals: train it with model.interval in its config, for example 0.9\n";
    assert_eq!((error.as_str(), code), (expected, 1));
}

#[test]
fn the_trees_can_be_read_by_other_programs() {
    let (workshop, path) = trained();
    let trees = workshop.success(&["inspect", "--trees", &path]);
    let trees: Vec<Value> = trees.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(trees.len(), 12);
    let csv = workshop.success(&["predict", "--quiet", "--model", &path, "houses.csv"]);
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let mut sum = 0.0;
        for tree in &trees {
            let mut node = &tree["nodes"][0];
            // As many rows were drawn as there are.
            assert_eq!(node["cover"], 96.0);
            while let Some(feature) = node["feature"].as_str() {
                let position =
                    ["area", "quarter", "garden", "rooms"].iter().position(|name| *name == feature);
                let cell = cells[position.unwrap()];
                let side = match node.get("levels") {
                    _ if cell.is_empty() => node["missing"].as_str().unwrap(),
                    Some(levels) if levels.as_array().unwrap().contains(&cell.into()) => "left",
                    Some(_) => "right",
                    None => {
                        let number = cell.parse::<f64>().unwrap_or(f64::from(u8::from(cell == "true")));
                        if number <= node["threshold"].as_f64().unwrap() { "left" } else { "right" }
                    }
                };
                node = &tree["nodes"][node[side].as_u64().unwrap() as usize];
            }
            sum += node["answer"][0].as_f64().unwrap();
        }
        let prediction: f64 = cells[cells.len() - 1].parse().unwrap();
        assert!((sum / 12.0 - prediction).abs() < 1e-9 * prediction, "{line}");
    }
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
