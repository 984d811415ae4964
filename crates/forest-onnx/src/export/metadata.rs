//! What the file says of itself, as `metadata_props`: enough to encode a row by hand and to know the model again.

use forest::ForestModel;
use model_core::Model;
use model_core::schema::{Feature, FeatureKind, Levels, Missing, Task};
use serde_json::{Value, json};

use super::Inputs;

/// Keys and values, in this order.
pub(super) fn entries(model: &ForestModel, inputs: Inputs) -> Vec<(&'static str, String)> {
    let (header, schema) = (model.header(), model.schema());
    let features: Value = schema.features.iter().map(feature).collect();
    let mut entries = vec![
        ("model_name", header.name.clone()),
        ("model_version", header.version.to_string()),
        ("model_checksum", model.checksum().to_owned()),
        ("task", schema.target.task.name().to_owned()),
        ("target", schema.target.name.clone()),
        ("inputs", inputs.name().to_owned()),
        ("features", features.to_string()),
    ];
    if let Task::Classification(classes) = &schema.target.task {
        let names: Value = classes.iter().map(|class| Value::from(class.to_string())).collect();
        entries.push(("class_names", names.to_string()));
    }
    entries
}

/// A feature with its kind, its levels in the order of their codes, and what a missing value does.
fn feature(feature: &Feature) -> Value {
    let (kind, levels) = match &feature.kind {
        FeatureKind::Number { .. } => ("number", None),
        FeatureKind::Integer { .. } => ("integer", None),
        FeatureKind::Boolean => ("boolean", None),
        FeatureKind::Category(category) => {
            let levels = match &category.levels {
                Levels::Text(levels) => json!(levels),
                Levels::Integer { values, .. } => json!(values),
            };
            ("category", Some(levels))
        }
    };
    let missing = match feature.missing {
        Missing::Refuse => "refuse",
        Missing::Allow => "allow",
        Missing::Default(_) => "default",
    };
    let mut entry =
        json!({"name": feature.name, "identifier": feature.identifier, "kind": kind, "missing": missing});
    if let Some(levels) = levels {
        entry["levels"] = levels;
    }
    entry
}
