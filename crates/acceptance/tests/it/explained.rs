//! What stands beside a prediction is what the trainer says, to the bit, in every form that the server answers in.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::programs::{self, ran};
use crate::serving::Serving;
use crate::table::Table;
use crate::trained::{self, Trained};
use crate::workspace;

#[test]
fn intervals_and_contributions_are_those_of_the_trainer() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) =
        (workspace::path("configs/boston.json"), workspace::path("data/boston_house_prices.csv"));
    let settings = ["model.interval=0.9", "model.n_estimators=30", "quality_gate.maximum=9"];
    let model = Trained::from_config(&config, &data, folder.path(), &settings);
    check(&model, &["--interval", "0.8", "--explain"], "interval=0.8&explain=true");
}

#[test]
fn probabilities_and_contributions_are_those_of_the_trainer() {
    check(trained::iris(), &["--probabilities", "--explain"], "proba=true&explain=true");
}

fn check(model: &Trained, options: &[&str], query: &str) {
    let table = Table::of(model);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    table.write(&file);
    let server = Serving::model(&model.artifact);

    let path = format!("/predict?{query}");
    let answer = server.post_for("text/csv", &path, "text/csv", &table.csv());
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/csv"));
    let (columns, rows) = cells(answer.text.as_bytes());
    let said = said(model, &file, options, &columns);
    assert_eq!(rows.len(), table.len());
    assert!(as_numbers(&rows).eq(as_numbers(&said)), "as a table");

    let lines: String = table.objects(model).iter().map(|row| format!("{row}\n")).collect();
    let answer = server.post_bytes(&path, "application/x-ndjson", lines.as_bytes());
    let streamed: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        streamed.iter().map(|row| numbers(model, row, |value| value.clone())).eq(as_numbers(&said)),
        "as lines"
    );

    let whole = server.post(&path, &json!({ "data": table.arrays(model) })).ok();
    let row = |index: usize| {
        numbers(model, &whole, |list| if list.is_array() { list[index].clone() } else { list.clone() })
    };
    assert!((0..said.len()).map(row).eq(as_numbers(&said)), "under data");
}

/// Names and cells of a table.
fn cells(text: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text);
    let record = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    let columns = reader.headers().cloned().map(record).unwrap();
    (columns, reader.records().map(|row| record(row.unwrap())).collect())
}

/// What the trainer says in these columns.
fn said(model: &Trained, file: &Path, options: &[&str], columns: &[String]) -> Vec<Vec<String>> {
    let output = file.with_extension("said.csv");
    let mut command = programs::trainer();
    command
        .args(["predict", "--quiet", "--model"])
        .arg(&model.artifact)
        .arg(file)
        .arg("--output")
        .arg(&output);
    ran(command.args(options)).well();
    let (all, rows) = cells(&fs::read(output).unwrap());
    let place =
        |column| all.iter().rposition(|found| found == column).unwrap_or_else(|| panic!("no {column}"));
    let places: Vec<_> = columns.iter().map(place).collect();
    rows.into_iter().map(|row| places.iter().map(|&place| row[place].clone()).collect()).collect()
}

fn as_numbers(rows: &[Vec<String>]) -> impl Iterator<Item = Vec<u64>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.parse::<f64>().unwrap().to_bits()).collect())
}

/// The bits of the numbers of an answer in the order of the columns of a table; `of` takes a row's out of a list.
fn numbers(model: &Trained, answer: &Value, of: impl Fn(&Value) -> Value) -> Vec<u64> {
    let field = model.header["serving"]["response_field"].as_str().unwrap();
    let answers = answer.get("data").unwrap_or(&answer[field]);
    let mut found = vec![of(answers)];
    found.extend(answer["probabilities"].as_object().into_iter().flat_map(|all| all.values()).map(&of));
    let interval = &answer["interval"];
    found.extend(["lower", "upper"].iter().filter_map(|end| interval.get(end)).map(&of));
    found.extend(answer["contributions"].as_object().into_iter().flat_map(|all| all.values()).map(&of));
    found.iter().map(|number| number.as_f64().unwrap().to_bits()).collect()
}
