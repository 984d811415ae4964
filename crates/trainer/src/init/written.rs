//! What was inferred, as a config.

use std::collections::BTreeMap;

use model_core::schema::{Category, Feature, FeatureKind, Levels, Missing, Task, identifier};
use serde_json::{Value, json};

use crate::schema_inference::Draft;

/// Rows from which on cross-validation says more than it costs.
const CROSS_VALIDATED_ROWS: u64 = 50;

/// The config: the section `data` as it was sniffed, the features with their kinds, and the sections that people change
/// first.
pub(super) fn config(name: &str, data: &Value, draft: &Draft, rows: u64) -> Value {
    let target = &draft.schema.target;
    let mut split = json!({"test_ratio": 0.2, "seed": 42});
    if matches!(target.task, Task::Classification(_)) {
        split["stratify"] = json!(true);
    }
    let left_out: Vec<&str> = draft.left_out.iter().map(|left| left.column.as_str()).collect();
    let features = features(&draft.schema.features);
    let mut config = json!({
        "name": name,
        "title": name,
        "description": description(draft, rows),
        "data": data,
        "target": {"column": target.name, "task": target.task.name()},
        "features": if left_out.is_empty() {
            json!({"settings": features})
        } else {
            json!({"exclude": left_out, "settings": features})
        },
        "split": split,
    });
    if rows >= CROSS_VALIDATED_ROWS {
        config["cross_validation"] = json!({"folds": 5});
    }
    config["model"] = json!({"algorithm": "random_forest", "n_estimators": 100, "random_state": 42});
    config
}

/// Leaves further columns out of the features.
pub(super) fn leave_out<'a>(config: &mut Value, columns: impl Iterator<Item = &'a str>) {
    let features = &mut config["features"];
    for column in columns {
        if let Some(settings) = features["settings"].as_array_mut() {
            settings.retain(|feature| feature["name"] != column);
        }
        match features["exclude"].as_array_mut() {
            Some(left_out) if left_out.iter().any(|name| name == column) => {}
            Some(left_out) => left_out.push(json!(column)),
            None => features["exclude"] = json!([column]),
        }
    }
}

fn description(draft: &Draft, rows: u64) -> String {
    let (target, features) = (&draft.schema.target.name, draft.schema.features.len());
    let left_out: Vec<&str> = draft.left_out.iter().map(|left| left.column.as_str()).collect();
    let left_out = match left_out.as_slice() {
        [] => String::new(),
        columns => format!(" Left out: {}.", columns.join(", ")),
    };
    format!("Predicts {target} from {features} features of {rows} rows.{left_out}")
}

fn features(features: &[Feature]) -> Vec<Value> {
    let mut asked_for: BTreeMap<String, usize> = BTreeMap::new();
    features.iter().map(|feature| settings(feature, &mut asked_for)).collect()
}

fn settings(feature: &Feature, asked_for: &mut BTreeMap<String, usize>) -> Value {
    let mut settings = json!({"name": feature.name});
    let plain = identifier(&feature.name);
    let others = asked_for.entry(plain.clone()).or_insert(0);
    *others += 1;
    if *others > 1 {
        // Two columns such as `a b` and `a-b` would be asked for by one name.
        let mut number = *others;
        while asked_for.contains_key(&format!("{plain}_{number}")) {
            number += 1;
        }
        let unique = format!("{plain}_{number}");
        settings["identifier"] = json!(unique);
        asked_for.insert(unique, 1);
    }
    match &feature.kind {
        FeatureKind::Number { .. } => settings["kind"] = json!("number"),
        FeatureKind::Integer { .. } => settings["kind"] = json!("integer"),
        FeatureKind::Boolean => settings["kind"] = json!("boolean"),
        FeatureKind::Category(Category { levels, .. }) => {
            settings["kind"] = json!("category");
            settings["values"] = match levels {
                Levels::Text(_) => json!("text"),
                Levels::Integer { .. } => json!("integer"),
            };
        }
    }
    settings["missing"] = match feature.missing {
        Missing::Allow => json!("allow"),
        Missing::Refuse | Missing::Default(_) => json!("refuse"),
    };
    settings
}
