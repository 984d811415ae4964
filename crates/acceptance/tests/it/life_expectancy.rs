//! Reference block B: a dirty table with spaces in its column names.

use std::fs;

use serde_json::{Map, Value, json};

use crate::http::Client;
use crate::identical::predicted;
use crate::programs::{self, artifact_in, ran};
use crate::serving::{Serving, free_port};
use crate::table::Table;
use crate::trained::{self, Trained};
use crate::workspace;

const FIELDS: [(&str, &str, f64); 5] = [
    ("Birth_Rate", "Birth Rate", 32.49),
    ("Fertility_Rate", "Fertility Rate", 4.47),
    ("Infant_mortality", "Infant mortality", 47.9),
    ("Maternal_mortality_ratio", "Maternal mortality ratio", 638.0),
    ("Physicians_per_thousand", "Physicians per thousand", 0.28),
];

fn served() -> Serving {
    Serving::model(&trained::life_expectancy().artifact)
}

/// The question of the reference, its values changed.
fn question(value: impl Fn(&str, f64) -> Value) -> Value {
    Value::Object(
        FIELDS
            .iter()
            .map(|&(identifier, _, number)| (identifier.to_owned(), value(identifier, number)))
            .collect(),
    )
}

#[test]
fn a_poor_country_gets_about_64_years() {
    let answer = served()
        .post_bytes(
            "/predict",
            "application/json",
            br#"{"Birth_Rate":32.49,"Fertility_Rate":4.47,"Infant_mortality":47.9,
                "Maternal_mortality_ratio":638,"Physicians_per_thousand":0.28}"#,
        )
        .ok();
    let years = answer["prediction"].as_f64().unwrap();
    assert!((62.0..=67.0).contains(&years), "{answer}");
}

#[test]
fn both_spellings_of_a_column_are_accepted_and_documented() {
    let server = served();
    let spelled: Map<String, Value> =
        FIELDS.iter().map(|&(_, column, number)| (column.to_owned(), json!(number))).collect();
    let identifiers = server.post("/predict", &question(|_, number| json!(number))).ok();
    assert_eq!(server.post("/predict", &Value::Object(spelled)).ok(), identifiers);
    let document = server.get("/openapi.json").text;
    for (identifier, column, _) in FIELDS {
        assert!(document.contains(identifier) && document.contains(column), "{column}");
    }
}

#[test]
fn two_columns_with_one_identifier_cannot_be_trained() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    let rows: String = (0..40).map(|row| format!("{row},{},{}\n", row * 7 % 11, row * 2)).collect();
    fs::write(&data, format!("Birth Rate,Birth-Rate,years\n{rows}")).unwrap();
    let config = folder.path().join("twins.json");
    let text = json!({ "data": { "path": data }, "target": { "column": "years" } }).to_string();
    fs::write(&config, text).unwrap();
    let ended = ran(programs::trainer()
        .args(["train", "--conf"])
        .arg(&config)
        .args(["--set", &format!("output.dir={}", folder.path().display())]));
    assert_ne!(ended.code, Some(0));
    for part in ["Birth Rate", "Birth-Rate", "Birth_Rate"] {
        assert!(ended.stderr.contains(part), "{part:?} in {}", ended.stderr);
    }
}

#[test]
fn a_wrong_field_is_named() {
    let server = served();
    let required = trained::life_expectancy()
        .features()
        .iter()
        .find(|feature| feature["missing"] == "refuse")
        .map(|feature| feature["identifier"].as_str().unwrap().to_owned())
        .unwrap();
    let mut incomplete = question(|_, number| json!(number));
    incomplete.as_object_mut().unwrap().remove(&required);
    let mut bodies = vec![incomplete];
    for wrong in [json!("many"), json!("32.49"), json!(null), json!([1.0]), json!({}), json!(true)] {
        bodies.push(question(|name, number| if name == required { wrong.clone() } else { json!(number) }));
    }
    for body in bodies {
        let problem = server.post("/predict", &body).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(&required), "{body}: {problem:#}");
        assert!(problem["errors"].to_string().contains(&required), "{body}: {problem:#}");
    }
}

#[test]
fn values_far_outside_are_answered_with_a_warning_or_refused() {
    let model = trained::life_expectancy();
    let far = question(|_, _| json!(1e6));
    let server = served();
    let answer = server.post("/predict", &far).ok();
    let years = answer["prediction"].as_f64().unwrap();
    assert!((40.0..=90.0).contains(&years), "{answer}");
    let mut strict = programs::server();
    let refused = Serving::started(strict.arg("--model").arg(&model.artifact).arg("--strict"))
        .post("/predict", &far)
        .problem(422);
    for (identifier, _, _) in FIELDS {
        assert!(answer["warnings"].to_string().contains(identifier), "{identifier} in {answer:#}");
        assert!(refused["errors"].to_string().contains(identifier), "{identifier} in {refused:#}");
    }
    let usual = server.post("/predict", &question(|_, number| json!(number))).ok();
    assert!(usual.get("warnings").is_none(), "{usual}");
}

#[test]
fn the_dirty_table_trains_as_it_is() {
    let model = trained::life_expectancy();
    let data = &model.header["data"];
    assert_eq!(data["rows_read"], 195, "{data:#}");
    let dropped: u64 = data["rows_dropped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(dropped, 8, "{data:#}");
    assert_eq!(model.number("/data/rows_train") + model.number("/data/rows_test"), 187.0);
    let fit = model.fold_mean("r2");
    assert!(fit >= 0.80, "R² {fit}");
}

#[test]
fn the_synthetic_table_trains_as_well() {
    let synthetic = workspace::path("data/world-data-2023.csv");
    let model = if trained::life_expectancy().data == synthetic {
        trained::life_expectancy()
    } else {
        &Trained::from_config(
            &workspace::path("configs/life_expectancy.json"),
            &synthetic,
            &trained::empty_folder("life_expectancy-synthetic"),
            &[],
        )
    };
    assert_eq!(model.number("/data/rows_train") + model.number("/data/rows_test"), 187.0);
    let fit = model.fold_mean("r2");
    assert!(fit >= 0.80, "R² {fit}");
}

/// Config and CSV are gone, and the artifact lies elsewhere: it is enough.
#[test]
fn the_artifact_alone_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    let config = folder.path().join("life_expectancy.json");
    fs::copy(workspace::path("data/world-data-2023.csv"), &data).unwrap();
    fs::copy(workspace::path("configs/life_expectancy.json"), &config).unwrap();
    let model = Trained::from_config(&config, &data, folder.path(), &[]);
    let table = Table::of(&model);
    let rows = folder.path().join("rows.csv");
    table.write(&rows);
    let said = predicted(&model, &rows, 2);

    let elsewhere = tempfile::tempdir().unwrap();
    let artifact = elsewhere.path().join("model.canopy");
    fs::copy(artifact_in(folder.path()), &artifact).unwrap();
    drop(folder);
    let mut command = programs::server();
    let server = Serving::started(command.current_dir(elsewhere.path()).arg("--model").arg(&artifact));
    let answer = server.post("/predict", &table.objects(&model)[0]).ok();
    assert_eq!(answer["prediction"].as_f64().map(f64::to_bits), said[0].as_f64().map(f64::to_bits));
}

#[test]
fn the_port_is_obeyed_and_the_docs_show_this_model() {
    let port = free_port();
    let mut command = programs::server();
    command.arg("--model").arg(&trained::life_expectancy().artifact).env("PORT", port.to_string());
    let server = Serving::started_as_told(&mut command);
    assert_eq!(server.port, port);
    let document = server.get("/openapi.json").ok();
    let body = &document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"];
    let shown = body.to_string() + &document["components"]["schemas"].to_string();
    for (identifier, _, _) in FIELDS {
        assert!(shown.contains(identifier), "{identifier}");
    }
    assert!(shown.contains("\"type\":\"number\"") && shown.contains("\"required\""));
    for example in examples(body) {
        server.post("/predict", &example).ok();
    }
}

/// The examples that "Try it out" offers.
pub(crate) fn examples(body: &Value) -> Vec<Value> {
    let mut examples: Vec<Value> = body.get("example").into_iter().cloned().collect();
    if let Some(named) = body["examples"].as_object() {
        examples.extend(named.values().map(|example| example["value"].clone()));
    }
    assert!(!examples.is_empty(), "{body:#}");
    examples
}

/// Follows what a page loads, and shows that nothing of it comes from elsewhere.
pub(crate) fn check_offline_page(server: &Client, page: &str) {
    let answer = server.get(page);
    assert_eq!(answer.status, 200, "{page}");
    assert!(answer.content_type.starts_with("text/html"), "{page}: {}", answer.content_type);
    for attribute in ["src=\"", "href=\""] {
        for link in answer.text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            if link.starts_with('#') || link.starts_with("data:") {
                continue;
            }
            assert!(!link.contains("//"), "{page} loads {link}");
            let path = if link.starts_with('/') {
                link.to_owned()
            } else {
                format!("{}/{}", page.trim_end_matches('/'), link.trim_start_matches("./"))
            };
            assert_eq!(server.get(&path).status, 200, "{page} loads {path}");
        }
    }
}
