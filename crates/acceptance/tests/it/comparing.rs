//! Several configs beside each other and beside simple models, by the command that people run.

use std::fs;

use serde_json::{Value, json};

use crate::programs::{self, Ended, ran};
use crate::{trained, workspace};

fn compare(arguments: &[&str]) -> Ended {
    let mut command = programs::trainer();
    command.args(["compare", "--json", "--set", "model.n_estimators=15"]).args(arguments);
    ran(&mut command)
}

#[track_caller]
fn candidate<'a>(ranking: &'a Value, name: &str) -> &'a Value {
    let all = ranking["candidates"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {ranking:#}"))
}

#[test]
fn forests_are_ranked_beside_simple_models_on_the_same_folds() {
    let vary = r#"model.algorithm=["random_forest","extra_trees"]"#;
    // Extremely randomised trees see every row and have no out-of-bag error.
    let set = "model.oob_score=false";
    let ranking = compare(&["--conf", "configs/boston.json", "--vary", vary, "--set", set]).well().json();
    assert_eq!((&ranking["metric"], &ranking["rows"]), (&json!("mae"), &json!(404)));
    let scores: Vec<f64> =
        ranking["candidates"].as_array().unwrap().iter().map(|one| one["score"].as_f64().unwrap()).collect();
    assert_eq!(scores.len(), 5);
    assert!(scores.is_sorted(), "{scores:?}");
    // The mean of the target and ordinary least squares, as scikit-learn has them on other folds: 6.6 and 3.4.
    let score = |name: &str| candidate(&ranking, name)["score"].as_f64().unwrap();
    assert!((6.0..7.3).contains(&score("the mean")), "{}", score("the mean"));
    assert!((3.0..3.9).contains(&score("a linear model")), "{}", score("a linear model"));
    assert!((2.3..3.9).contains(&score("one tree of depth 5")), "{}", score("one tree of depth 5"));
    let against = &candidate(&ranking, "the mean")["against_best"];
    assert!(against["interval"][0].as_f64().unwrap() > 2.0, "{against}");
    assert_eq!(candidate(&ranking, "the mean")["verdict"], "worse");
    let best = candidate(&ranking, ranking["best"].as_str().unwrap());
    assert_eq!((&best["verdict"], &best["against_best"]), (&json!("best"), &Value::Null));
    assert!(best["quantities"]["p95_latency_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(best["quantities"]["trees"], 15.0);
}

#[test]
fn what_is_required_decides_who_is_ranked() {
    let vary = "model.max_leaf_nodes=[2,null]";
    let base = ["--conf", "configs/boston.json", "--vary", vary];
    let nodes =
        |ranking: &Value, name: &str| candidate(ranking, name)["quantities"]["nodes"].as_f64().unwrap();
    let free = compare(&base).well().json();
    let (stumps, whole) = ("boston model.max_leaf_nodes=2", "boston model.max_leaf_nodes=null");
    assert_eq!(free["best"], whole);
    // Fifteen trees of three nodes.
    assert_eq!(nodes(&free, stumps), 45.0);
    let bound = format!("nodes<{}", nodes(&free, whole));
    let bounded = compare(&[&base[..], &["--require", &bound]].concat()).well().json();
    assert_eq!(bounded["best"], stumps);
    let said = candidate(&bounded, whole)["verdict"].as_str().unwrap();
    assert!(said.starts_with("refused: nodes is"), "{said}");

    let none = compare(&[&base[..], &["--require", "nodes<45", "--require", "r2 > -9"]].concat());
    assert_eq!(none.code, Some(3));
    assert!(none.stderr.contains("no config keeps what is required") && none.stderr.contains("nodes < 45"));
    assert_eq!(none.json()["best"], Value::Null);
    for (arguments, expected) in [
        (["--require", "size<4"], "\"size\" is not measured; known are p50_latency_ms"),
        (["--require", "nodes=4"], "expected for example p95_latency_ms<10"),
        (["--metric", "accuracy"], "does not rank a regression; known are mae"),
        (["--vary", "model.max_depth=3"], "expected KEY=LIST"),
    ] {
        let ended = compare(&[&base[..2], &arguments].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}

#[test]
fn classes_with_gaps_and_texts_are_compared_too() {
    let folder = trained::empty_folder("comparing");
    let [data, config] = ["rows.csv", "rows.json"].map(|name| folder.join(name));
    let mut text = "size,colour,label\n".to_owned();
    for row in 0..240_u32 {
        let noise = row.wrapping_mul(2_654_435_761) >> 24;
        let size = if row % 7 == 0 { String::new() } else { (noise % 50).to_string() };
        let colour = ["red", "green", "blue", ""][row as usize % 4];
        let label = if noise % 50 + 20 * (row % 2) > 35 { "yes" } else { "no" };
        text.push_str(&format!("{size},{colour},{label}\n"));
    }
    fs::write(&data, text).unwrap();
    let document = json!({
        "data": {"path": data}, "target": {"column": "label"}, "split": {"stratify": true}, "metrics": ["accuracy"],
    });
    fs::write(&config, document.to_string()).unwrap();
    let config = config.to_str().unwrap();
    let report = folder.join("compared.html");
    let arguments =
        ["--conf", config, "--sample", "150", "--folds", "3", "--report", report.to_str().unwrap()];
    let ranking = compare(&arguments).well().json();
    assert_eq!((&ranking["rows"], &ranking["training_rows"]), (&json!(150), &json!(192)));
    let score = |name: &str| candidate(&ranking, name)["score"].as_f64().unwrap();
    assert!(score("a logistic model") > score("the majority") + 0.1, "{ranking:#}");
    assert!(score("rows") > score("the majority") + 0.1, "{ranking:#}");
    let page = fs::read_to_string(&report).unwrap();
    assert!(page.contains("a logistic model") && page.contains("<svg") && !page.contains("src="));
    // The same folds, answers and draws on one thread.
    let mut again = programs::trainer();
    again.args(["compare", "--json", "--set", "model.n_estimators=15"]).args(&arguments[..6]);
    let mut again = ran(again.env("RAYON_NUM_THREADS", "1")).well().json();
    let mut ranking = ranking;
    for ranking in [&mut again, &mut ranking] {
        for one in ranking["candidates"].as_array_mut().unwrap() {
            one["quantities"] = Value::Null;
        }
    }
    assert_eq!(again, ranking);
}

#[test]
fn configs_of_other_rows_are_not_compared() {
    let folder = trained::empty_folder("comparing_others");
    let other = folder.join("other.json");
    let boston = fs::read_to_string(workspace::path("configs/boston.json")).unwrap();
    let mut boston: Value = serde_json::from_str(&boston).unwrap();
    boston["split"]["seed"] = json!(2);
    fs::write(&other, boston.to_string()).unwrap();
    let ended = compare(&["--conf", "configs/boston.json", "--conf", other.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("boston and other cannot be compared"), "{}", ended.stderr);
    // Other features of the same rows are.
    boston["split"]["seed"] = json!(1);
    boston["features"] = json!(["RM", "LSTAT"]);
    fs::write(&other, boston.to_string()).unwrap();
    let ranking =
        compare(&["--conf", "configs/boston.json", "--conf", other.to_str().unwrap()]).well().json();
    assert_eq!(ranking["best"], "boston");
}
