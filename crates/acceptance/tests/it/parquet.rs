//! Parquet files in and out: the same answers as those of a CSV file of the same rows.

use std::fs;
use std::path::Path;

use crate::programs::{self, Ended, ran};
use crate::trained::{self, Trained};

fn predict(model: &Path, arguments: &[&str], input: &Path, output: &Path) -> Ended {
    let mut command = programs::trainer();
    command.args(["predict", "--model"]).arg(model).args(arguments).arg(input).arg("--output").arg(output);
    ran(&mut command)
}

/// The columns of a CSV file by their names.
fn column(csv: &Path, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let position = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|record| record.unwrap()[position].to_owned()).collect()
}

/// Predicts the rows of a CSV file through Parquet and without it.
#[track_caller]
fn check(name: &str, trained: &Trained, header: &[&str], options: &[&str], columns: &[&str]) {
    let answer = trained.header["serving"]["response_field"].as_str().unwrap();
    let folder = trained::empty_folder(&format!("parquet-{name}"));
    let place = |file: &str| folder.join(file);
    let model = &trained.artifact;
    // The first rows, below the names of the columns.
    let text = fs::read_to_string(&trained.data).unwrap();
    let lines = header.iter().copied().chain(text.lines().skip(usize::from(!header.is_empty())));
    fs::write(place("rows.csv"), lines.take(1500).map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let data = place("rows.csv");
    let skipping = [&["--on-error", "skip"], options].concat();
    predict(model, &skipping, &data, &place("direct.csv")).well();
    predict(model, &skipping, &data, &place("typed.parquet")).well();
    // The answers of the Parquet file that was written, and those to its columns.
    let again = ["--column", "again"];
    predict(model, &again, &place("typed.parquet"), &place("through.csv")).well();
    predict(model, &again, &place("typed.parquet"), &place("twice.parquet")).well();
    predict(model, &["--column", "third"], &place("twice.parquet"), &place("twice.csv")).well();
    predict(model, &again, &place("typed.parquet"), &place("through.ndjson")).well();
    let expected = column(&place("direct.csv"), answer);
    assert!(expected.len() > 100, "{}", expected.len());
    assert_eq!(column(&place("through.csv"), answer), expected);
    assert_eq!(column(&place("through.csv"), "again"), expected);
    assert_eq!(column(&place("twice.csv"), "third"), expected);
    for column_name in columns {
        assert_eq!(column(&place("through.csv"), column_name), column(&place("direct.csv"), column_name));
        assert_eq!(column(&place("twice.csv"), column_name), column(&place("direct.csv"), column_name));
    }
    let lines = fs::read_to_string(place("through.ndjson")).unwrap();
    for (line, expected) in lines.lines().zip(&expected) {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["again"].to_string().trim_matches('"'), expected);
        assert_eq!(row["again"], row[answer]);
    }
    assert_eq!(lines.lines().count(), expected.len());
}

#[test]
fn rows_that_pass_through_parquet_are_answered_alike() {
    check("boston", trained::boston(), &[], &["--explain"], &["base_value"]);
    check("taxi", trained::taxi(), &[], &[], &[]);
    check("life", trained::life_expectancy(), &[], &[], &[]);
    let header = ["sepal_length,sepal_width,petal_length,petal_width,species"];
    let columns = ["probability_0", "probability_2"];
    check("iris", trained::iris(), &header, &["--probabilities"], &columns);
}

#[test]
fn what_parquet_cannot_do_is_said() {
    let folder = trained::empty_folder("parquet-refused");
    let boston = trained::boston();
    let parquet = folder.join("rows.parquet");
    predict(&boston.artifact, &[], &boston.data, &parquet).well();
    let check = |arguments: &[&str], input: &Path, output: &str, expected: &str| {
        let ended = predict(&boston.artifact, arguments, input, &folder.join(output));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        assert!(!folder.join(output).exists());
    };
    check(&["--resume", "--column", "x"], &parquet, "a.csv", "cannot be gone on with");
    check(&["--resume"], &boston.data, "a.parquet", "cannot be gone on with");
    check(&[], &boston.data, "a.parquet.gz", "packed within");
    check(&[], &parquet, "a.csv", "already: give the prediction another name");
    let bytes = fs::read(&parquet).unwrap();
    let cut = folder.join("cut.parquet");
    fs::write(&cut, &bytes[..bytes.len() - 10]).unwrap();
    check(&["--column", "x"], &cut, "a.csv", "no Parquet file that can be read");
    let wrong = trained::iris().artifact.clone();
    let ended = predict(&wrong, &["--column", "x"], &parquet, &folder.join("b.csv"));
    assert!(ended.stderr.contains("none of its columns is a feature"), "{}", ended.stderr);
}
