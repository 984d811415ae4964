//! Whatever is in a config file, reading it ends in a config or in errors with places.

use proptest::prelude::*;
use serde_json::{Value, json};
use trainer::Config;

/// A config that uses every section.
fn full() -> Value {
    json!({
        "name": "n", "title": "T", "description": "D",
        "app": {"title": "A", "description": "B", "version": "1"},
        "data": {
            "path": "a.csv", "delimiter": ";", "quote": null, "header": false, "columns": ["a", "b", "y"],
            "skip_rows": 1, "missing_values": ["NA"], "bad_cells": "drop",
            "number_format": {"currency": ["$"], "percent": true, "thousands": ",", "decimal": "."},
            "filters": [{"column": "a", "minimum": 1, "in": [1, 2.5, "x", true], "not_in": [3]}]
        },
        "target": {"column": "y", "task": "classification", "labels": {"0": "no"}, "unit": "u"},
        "features": {"exclude": ["b"], "settings": [{
            "name": "a", "kind": "category", "values": "integer", "identifier": "a", "minimum": 0, "maximum": 9,
            "allowed": [1, 2], "missing": {"default": "most_frequent"}
        }]},
        "split": {"test_ratio": 0.25, "seed": 7, "shuffle": true, "stratify": true},
        "cross_validation": {"folds": 3},
        "model": {
            "algorithm": "random_forest", "n_estimators": 10, "criterion": "gini", "max_depth": null,
            "min_samples_split": 0.01, "min_samples_leaf": 2, "max_leaf_nodes": 8, "min_impurity_decrease": 0,
            "max_features": "sqrt", "bootstrap": true, "max_samples": 0.5, "class_weight": {"0": 2},
            "monotonic_cst": {"b": 1}, "oob_score": true, "patience": 20, "random_state": 1, "sample_weight": "b"
        },
        "metrics": ["accuracy"],
        "output": {"dir": "out"},
        "quality_gate": [{"metric": "accuracy", "minimum": 0.9, "evaluation": "out_of_bag"}],
        "report": {"n_repeats": 3, "protected": ["b"], "learning_curve": false},
        "serving": {"response_field": "p", "label_template": "{index}", "class_answer": "name", "strict": true},
        "tune": {
            "space": {"model.max_depth": [3, null], "model.max_features": {"minimum": 0.1, "maximum": 1, "log": true}},
            "metric": "brier", "trials": 9, "folds": 3, "sampler": "grid", "seed": 1
        }
    })
}

/// The places of a tree, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.into());
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                pointers(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..300).prop_map(Value::from),
        Just(json!(u64::MAX)),
        Just(json!(5_000_000_000_u64)),
        any::<f64>().prop_map(Value::from),
        (0.0..1.5).prop_map(Value::from),
        prop::sample::select(vec!["", "a", "all", "auto", "gini", "mean", "ä", ";"]).prop_map(Value::from),
        Just(json!([])),
        Just(json!(["a"])),
        Just(json!([1, {}])),
        Just(json!({})),
        Just(json!({"name": "a"})),
        Just(json!({"default": 1})),
    ]
}

#[test]
fn the_full_config_is_sound() {
    Config::parse(&full().to_string(), &[], "c.json", "c").unwrap();
}

#[test]
fn the_config_with_its_defaults_written_out_is_the_same_config() {
    let text = r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}}"#;
    let config = Config::parse(text, &[], "c.json", "c").unwrap();
    let short = r#"{"data": {"path": "a.csv"}, "target": "y"}"#;
    assert_eq!(Config::parse(short, &[], "c.json", "c").unwrap(), config);
    let written = serde_json::to_string_pretty(&config.typed).unwrap();
    let again = Config::parse(&written, &[], "c.json", "c").unwrap();
    assert_eq!(again, config);
    insta::assert_snapshot!(written);
}

proptest! {
    #[test]
    fn a_config_with_odd_values_gives_errors_with_places(
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..4),
    ) {
        let mut config = full();
        for (index, value) in changes {
            let mut places = Vec::new();
            pointers(&config, "", &mut places);
            *config.pointer_mut(&places[index.index(places.len())]).unwrap() = value;
        }
        let text = serde_json::to_string_pretty(&config).unwrap();
        if let Err(errors) = Config::parse(&text, &[], "c.json", "c") {
            for line in errors.lines() {
                // A problem without a position would be one that only the reader of the structs knows.
                prop_assert!(line.starts_with("c.json:"), "{line}");
                prop_assert!(!line.contains("cannot be read"), "{line}\n{text}");
            }
        }
    }

    #[test]
    fn any_text_is_a_config_or_an_error(text in "[\\[\\]{}\":,a-z0-9 \\n]{0,60}", set in "\\PC{0,20}") {
        let _ = Config::parse(&text, std::slice::from_ref(&set), "c.json", "c");
        let plain = r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "features": ["a"]}"#;
        let _ = Config::parse(plain, &[set], "c.json", "c");
    }
}
