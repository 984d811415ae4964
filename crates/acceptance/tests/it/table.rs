//! The rows of a data file, as cells for the trainer and as JSON for the server.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::trained::Trained;

/// The feature columns of a file.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<String>,
    cells: Vec<Vec<String>>,
}

impl Table {
    /// The features of a model from the rows that it could be trained on, those with a target.
    #[track_caller]
    pub(crate) fn of(model: &Trained) -> Self {
        let data = &model.header["config"]["data"];
        let mut text = std::fs::read_to_string(&model.data).unwrap();
        for _ in 0..data["skip_rows"].as_u64().unwrap_or(0) {
            text = text.split_once('\n').unwrap().1.to_owned();
        }
        let named: Option<Vec<&str>> = data["columns"]
            .as_array()
            .filter(|columns| !columns.is_empty())
            .map(|columns| columns.iter().map(|column| column.as_str().unwrap()).collect());
        let mut reader = csv::ReaderBuilder::new().has_headers(named.is_none()).from_reader(text.as_bytes());
        let header = named.map_or_else(|| reader.headers().unwrap().clone(), csv::StringRecord::from);
        let position = |name: &str| header.iter().position(|column| column == name);
        let columns: Vec<String> =
            model.features().iter().map(|feature| feature["name"].as_str().unwrap().to_owned()).collect();
        let features: Vec<usize> = columns.iter().map(|column| position(column).unwrap()).collect();
        // A derived target is no column; each row has one.
        let target = position(model.header["schema"]["target"]["name"].as_str().unwrap());
        let cells = reader
            .records()
            .map(Result::unwrap)
            .filter(|record| target.is_none_or(|target| !record[target].trim().is_empty()))
            .map(|record| features.iter().map(|&feature| record[feature].to_owned()).collect())
            .collect();
        Self { columns, cells }
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The columns in reverse, to show that names decide.
    pub(crate) fn reversed(&self) -> Self {
        let turned = |row: &Vec<String>| row.iter().rev().cloned().collect();
        Self { columns: turned(&self.columns), cells: self.cells.iter().map(turned).collect() }
    }

    /// The rows as a CSV file with a header.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).unwrap();
        for row in &self.cells {
            writer.write_record(row).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// The same without the header.
    pub(crate) fn csv_without_header(&self) -> Vec<u8> {
        let text = self.csv();
        let end = text.iter().position(|&byte| byte == b'\n').unwrap();
        text[end + 1..].to_vec()
    }

    pub(crate) fn write(&self, path: &Path) {
        std::fs::write(path, self.csv()).unwrap();
    }

    /// The rows as JSON objects with the identifiers of the features.
    pub(crate) fn objects(&self, model: &Trained) -> Vec<Value> {
        let features = model.features();
        self.cells
            .iter()
            .map(|row| {
                let fields = features.iter().zip(row).map(|(feature, cell)| {
                    (feature["identifier"].as_str().unwrap().to_owned(), value(&feature["kind"], cell))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            })
            .collect()
    }

    /// The rows as JSON arrays.
    pub(crate) fn arrays(&self, model: &Trained) -> Vec<Value> {
        let objects = self.objects(model);
        objects.iter().map(|row| row.as_object().unwrap().values().cloned().collect()).collect()
    }
}

/// The JSON value of a cell, by the kind of its feature.
fn value(kind: &Value, cell: &str) -> Value {
    let cell = cell.trim();
    if cell.is_empty() {
        return Value::Null;
    }
    if kind.pointer("/category/levels/text").is_some() {
        return json!(cell);
    }
    let digits = cell.replace(['$', '%', ','], "");
    match digits.parse::<i64>() {
        Ok(whole) => json!(whole),
        Err(_) => json!(digits.parse::<f64>().unwrap()),
    }
}
