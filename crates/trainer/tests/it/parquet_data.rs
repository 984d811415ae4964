//! Parquet files as training data: what a CSV file of the same rows gives, with the kinds that their types tell.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use crate::workshop::{HOUSES, Workshop, houses};

/// Values of a column, and for each row whether it has one.
enum Column {
    Doubles(Vec<f64>),
    Integers(Vec<i64>),
    Booleans(Vec<bool>),
    Texts(Vec<ByteArray>, Vec<i16>),
}

/// Writes a Parquet file in groups of so many rows: the rows of a CSV text of [`houses`], with a column of codes.
fn write(path: &Path, csv: &str, group: usize) {
    let schema = "message houses {
        required double area; optional binary quarter (STRING); required boolean garden; required int64 rooms;
        required binary id (STRING); required double price; required binary code (STRING);
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for (number, rows) in rows.chunks(group).enumerate() {
        let column = |position: usize| rows.iter().map(move |row| row[position]);
        let texts = |position: usize| {
            let values = column(position).filter(|cell| !cell.is_empty()).map(ByteArray::from).collect();
            Column::Texts(values, column(position).map(|cell| i16::from(!cell.is_empty())).collect())
        };
        let doubles =
            |position: usize| Column::Doubles(column(position).map(|cell| cell.parse().unwrap()).collect());
        let code = |row: usize| ByteArray::from(format!("00{}", (number * group + row) % 3).as_str());
        let columns = [
            doubles(0),
            texts(1),
            Column::Booleans(column(2).map(|cell| cell == "true").collect()),
            Column::Integers(column(3).map(|cell| cell.parse().unwrap()).collect()),
            texts(4),
            doubles(5),
            Column::Texts((0..rows.len()).map(code).collect(), vec![1; rows.len()]),
        ];
        let mut group = writer.next_row_group().unwrap();
        for values in columns {
            let mut column = group.next_column().unwrap().unwrap();
            let is_written = match (column.untyped(), values) {
                (ColumnWriter::DoubleColumnWriter(writer), Column::Doubles(values)) => {
                    writer.write_batch(&values, None, None)
                }
                (ColumnWriter::Int64ColumnWriter(writer), Column::Integers(values)) => {
                    writer.write_batch(&values, None, None)
                }
                (ColumnWriter::BoolColumnWriter(writer), Column::Booleans(values)) => {
                    writer.write_batch(&values, None, None)
                }
                (ColumnWriter::ByteArrayColumnWriter(writer), Column::Texts(values, levels)) => {
                    writer.write_batch(&values, Some(&levels), None)
                }
                _ => panic!("the columns are those of the schema"),
            };
            is_written.unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn workshop(group: usize) -> Workshop {
    let csv = houses(500);
    let workshop = Workshop::new(&[("houses.csv", &csv), ("houses.json", HOUSES)]);
    write(&workshop.path("houses.parquet"), &csv, group);
    workshop
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_same_rows_give_the_same_model() {
    for group in [7, 10_000] {
        let workshop = workshop(group);
        let checksum = |settings: &[&str]| {
            let arguments = [&["train", "--json", "--no-report", "--conf", "houses.json"], settings].concat();
            let artifact = json(&workshop.success(&arguments))["artifact"].as_str().unwrap().to_owned();
            json(&workshop.success(&["inspect", "--json", &artifact]))["checksum"].clone()
        };
        let of_csv = checksum(&[]);
        let typed = ["--set", "data.path=houses.parquet", "--set", "features.exclude=[\"code\"]"];
        assert_eq!(checksum(&typed), of_csv);
        // What says how a CSV file is laid out says nothing here, and numbers are read whatever its decimal point is.
        let comma = ["--set", "data.skip_rows=3", "--set", "data.number_format.decimal=,"];
        assert!(checksum(&[&typed[..], &comma].concat()).is_string());
    }
}

#[test]
fn a_column_of_text_is_a_category_also_where_it_holds_digits() {
    let workshop = workshop(100);
    let trained =
        workshop.success(&["train", "--json", "--conf", "houses.json", "--set", "data.path=houses.parquet"]);
    let features = json(&trained)["header"]["schema"]["features"].clone();
    let kind = |name: &str| {
        let of_name = features.as_array().unwrap().iter().find(|feature| feature["name"] == name);
        of_name.map(|feature| feature["kind"].clone()).unwrap_or_default()
    };
    assert_eq!(kind("id"), Value::Null, "names are left out as ever");
    let code = kind("code").to_string();
    assert!(code.contains("\"001\""), "{code}");
    // So it is as a target.
    let arguments = ["train", "--json", "--conf", "houses.json", "--set", "data.path=houses.parquet"];
    let target = ["--set", "target={\"column\": \"code\"}", "--set", "name=codes"];
    let trained = json(&workshop.success(&[&arguments[..], &target].concat()));
    let task = trained["header"]["schema"]["target"].to_string();
    assert!(task.contains("\"002\""), "{task}");
}

#[test]
fn every_command_that_reads_rows_reads_them() {
    let workshop = workshop(100);
    workshop.success(&["init", "houses.parquet", "--target", "price", "--output", "made.json"]);
    let made = fs::read_to_string(workshop.path("made.json")).unwrap();
    assert!(
        made.contains("houses.parquet") && made.contains("\"code\"") && !made.contains("skip_rows"),
        "{made}"
    );
    let trained = json(&workshop.success(&["train", "--json", "--conf", "made.json"]));
    let artifact = trained["artifact"].as_str().unwrap();
    let evaluated = json(&workshop.success(&["evaluate", "--json", "--model", artifact, "houses.parquet"]));
    assert!(evaluated["evaluation"]["metrics"]["mae"].is_number(), "{evaluated}");
    let explored = workshop.success(&["explore", "houses.parquet", "--target", "price"]);
    assert!(explored.contains("quarter") && explored.contains("500"), "{explored}");
    let code = explored.lines().find(|line| line.trim_start().starts_with("code ")).unwrap();
    assert!(code.contains("category"), "{code}");
    let drift =
        json(&workshop.success(&["drift", "--json", "--model", artifact, "--data", "houses.parquet"]));
    assert!(drift.to_string().contains("error"), "{drift}");
    let told = workshop.success(&["doctor", "--conf", "made.json"]);
    assert!(told.contains("500 rows of 500 records"), "{told}");
    let unchanged = ["retrain", "--json", "--conf", "made.json"];
    assert_eq!(json(&workshop.success(&unchanged))["outcome"], "unchanged");
}

#[test]
fn what_is_no_parquet_file_is_said() {
    let workshop = workshop(100);
    let bytes = fs::read(workshop.path("houses.parquet")).unwrap();
    fs::write(workshop.path("cut.parquet"), &bytes[..bytes.len() - 9]).unwrap();
    fs::copy(workshop.path("houses.csv"), workshop.path("text.parquet")).unwrap();
    for file in ["cut.parquet", "text.parquet"] {
        let (said, code) =
            workshop.failure(&["train", "--conf", "houses.json", "--set", &format!("data.path={file}")]);
        assert!(code == 1 && said.contains("no Parquet file that can be read"), "{said}");
    }
    let (said, code) =
        workshop.failure(&["train", "--conf", "houses.json", "--set", "data.path=none.parquet"]);
    assert!(code == 1 && said.contains("none.parquet"), "{said}");
}
