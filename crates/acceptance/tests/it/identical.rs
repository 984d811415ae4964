//! Trainer and server give the same number for every row, to the bit, in any batch and on any number of threads.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::grpc;
use crate::programs::{self, ran};
use crate::serving::{Serving, free_port};
use crate::table::Table;
use crate::trained::{self, Trained};

#[test]
fn boston_rows_are_answered_alike() {
    check(trained::boston());
    check_grpc(trained::boston());
}

#[test]
fn iris_rows_are_answered_alike() {
    check(trained::iris());
    check_grpc(trained::iris());
}

#[test]
fn life_expectancy_rows_are_answered_alike() {
    check(trained::life_expectancy());
}

#[test]
fn taxi_rows_are_answered_alike() {
    check(trained::taxi());
    check_grpc(trained::taxi());
}

#[test]
fn titanic_rows_are_answered_alike() {
    trained::titanic().map_or_else(skipped, check);
}

#[test]
fn penguin_rows_are_answered_alike() {
    trained::penguins().map_or_else(skipped, check);
}

fn skipped() {
    eprintln!("skipped: no shared data beside the checkout");
}

fn check(model: &Trained) {
    let table = Table::of(model);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    table.write(&file);
    let said = predicted(model, &file, 1);
    assert_eq!(said.len(), table.len());
    assert_same(&said, &predicted(model, &file, 2), "the trainer on 2 threads");

    let objects = table.objects(model);
    for threads in [1, 2] {
        let mut command = programs::server();
        command.env("RAYON_NUM_THREADS", threads.to_string()).arg("--model").arg(&model.artifact);
        let server = Serving::started(command.args(["--workers", &threads.to_string()]));
        for size in [1, 7, 1000] {
            let answers = objects.chunks(size).flat_map(|batch| answers(&server, model, batch));
            assert_same(
                &said,
                &answers.collect::<Vec<_>>(),
                &format!("{threads} threads, batches of {size}"),
            );
        }
        let answer = server.post("/predict", &json!({ "data": table.arrays(model) })).ok();
        assert_same(&said, answer["data"].as_array().unwrap(), &format!("{threads} threads, one matrix"));
        let tensors = tensors(&server, model, &objects);
        let path = format!("/v2/models/{}/infer", model.header["name"].as_str().unwrap());
        let answer = server.post(&path, &json!({ "inputs": tensors })).ok();
        let predictions = answer["outputs"][0]["data"].as_array().unwrap();
        assert_same(&said, predictions, &format!("{threads} threads, one tensor a feature"));
        let answer = server.post_csv(&table.csv()).ok();
        assert_same(&said, answer["data"].as_array().unwrap(), &format!("{threads} threads, CSV"));
    }
}

/// The same over gRPC, in one question and row by row.
fn check_grpc(model: &Trained) {
    let table = Table::of(model);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    table.write(&file);
    let said = predicted(model, &file, 1);
    let port = free_port();
    let mut command = programs::server();
    command.args(["--grpc-port", &port.to_string(), "--model"]).arg(&model.artifact);
    let server = Serving::started(&mut command);
    let (name, objects) = (model.header["name"].as_str().unwrap(), table.objects(model));
    let answers = grpc::infer(port, name, &tensors(&server, model, &objects));
    assert_same(&said, &answers, "gRPC, one question");
    for (row, object) in objects.iter().enumerate().step_by(said.len().div_ceil(50)) {
        let answers = grpc::infer(port, name, &tensors(&server, model, std::slice::from_ref(object)));
        assert_same(&said[row..=row], &answers, &format!("gRPC, row {row} alone"));
    }
}

/// The server's answers to a list of objects.
fn answers(server: &Serving, model: &Trained, batch: &[Value]) -> Vec<Value> {
    let field = model.header["serving"]["response_field"].as_str().unwrap();
    let body = if batch.len() == 1 { batch[0].clone() } else { json!(batch) };
    match server.post("/predict", &body).ok() {
        Value::Array(answers) => answers.into_iter().map(|answer| answer[field].clone()).collect(),
        answer => vec![answer[field].clone()],
    }
}

/// The rows as the tensors that the model describes, one for each feature.
fn tensors(server: &Serving, model: &Trained, objects: &[Value]) -> Vec<Value> {
    let described = server.get(&format!("/v2/models/{}", model.header["name"].as_str().unwrap())).ok();
    let tensor = |input: &Value| {
        let name = input["name"].as_str().unwrap();
        let data: Vec<_> = objects.iter().map(|row| row[name].clone()).collect();
        json!({ "name": name, "datatype": input["datatype"], "shape": [data.len(), 1], "data": data })
    };
    described["inputs"].as_array().unwrap().iter().map(tensor).collect()
}

/// What `trainer predict` says about the rows of a CSV file.
#[track_caller]
pub(crate) fn predicted(model: &Trained, file: &Path, threads: usize) -> Vec<Value> {
    let output = file.with_extension(format!("{threads}.csv"));
    let mut command = programs::trainer();
    command.env("RAYON_NUM_THREADS", threads.to_string()).args(["predict", "--quiet", "--model"]);
    ran(command.arg(&model.artifact).arg(file).arg("--output").arg(&output)).well();
    let text = fs::read(output).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let field = model.header["serving"]["response_field"].as_str().unwrap();
    let column = reader.headers().unwrap().iter().position(|column| column == field).unwrap();
    let cell = |record: csv::StringRecord| match record[column].parse::<f64>() {
        Ok(number) => json!(number),
        Err(_) => json!(&record[column]),
    };
    reader.records().map(|record| cell(record.unwrap())).collect()
}

/// Numbers are compared by their bits.
#[track_caller]
fn assert_same(said: &[Value], answered: &[Value], how: &str) {
    assert_eq!(said.len(), answered.len(), "{how}");
    for (row, (said, answered)) in said.iter().zip(answered).enumerate() {
        let same = match (said.as_f64(), answered.as_f64()) {
            (Some(said), Some(answered)) => said.to_bits() == answered.to_bits(),
            _ => said == answered,
        };
        assert!(same, "{how}, row {row}: the trainer said {said}, the server {answered}");
    }
}
