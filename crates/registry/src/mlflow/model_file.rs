//! The file `MLmodel` that stands beside an artifact: what MLflow knows of a model without running it.

use model_core::artifact::Summary;
use model_core::schema::{Label, Levels};
use model_core::{FeatureKind, Header, Missing, Task};
use serde_json::{Value, json};

use super::ARTIFACT_FILE;

/// Folder of the model within the artifacts of its run.
pub(super) const MODEL_FOLDER: &str = "model";

/// The model as MLflow writes one as JSON; the file is the same as YAML.
pub(super) fn model(summary: &Summary, run: &str, utc_time: &str) -> Value {
    let header = &summary.header;
    // What MLflow would draw at random is the beginning of the checksum: the same model has the same one.
    let uuid = summary.checksum.get(..32).unwrap_or(&summary.checksum);
    json!({
        "artifact_path": MODEL_FOLDER,
        "flavors": {
            "canopy": {
                "artifact": ARTIFACT_FILE,
                "checksum": summary.checksum,
                "format": summary.format,
                "model": header.name,
                "task": header.schema.target.task.name(),
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "model_size_bytes": summary.file_bytes,
        "model_uuid": uuid,
        "run_id": run,
        "signature": signature(header),
        "utc_time_created": utc_time,
    })
}

/// The same as the text of the file.
pub(super) fn yaml(model: &Value) -> String {
    let mut text = String::new();
    write(model, 0, &mut text);
    text
}

/// Columns with their types, each list as JSON in a text, as MLflow has it.
fn signature(header: &Header) -> Value {
    let inputs: Vec<Value> = header
        .schema
        .features
        .iter()
        .map(|feature| {
            let kind = match &feature.kind {
                FeatureKind::Number { .. } => "double",
                FeatureKind::Integer { .. } => "long",
                FeatureKind::Boolean => "boolean",
                FeatureKind::Category(category) => match &category.levels {
                    Levels::Text(_) => "string",
                    Levels::Integer { .. } => "long",
                },
            };
            let required = matches!(feature.missing, Missing::Refuse);
            json!({"type": kind, "name": feature.name, "required": required})
        })
        .collect();
    let answer = match &header.schema.target.task {
        Task::Regression => "double",
        Task::Classification(_) => {
            let answers = header.class_answers();
            if answers.iter().all(|answer| matches!(answer, Label::Integer(_))) { "long" } else { "string" }
        }
    };
    let outputs = json!([{"type": answer, "name": header.serving.response_field, "required": true}]);
    json!({"inputs": Value::from(inputs).to_string(), "outputs": outputs.to_string(), "params": null})
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(entries) = value else { return };
    for (key, value) in entries {
        text.push_str(&format!("{:1$}{key}:", "", 2 * depth));
        match value {
            Value::Object(_) => {
                text.push('\n');
                write(value, depth + 1, text);
            }
            Value::String(value) => text.push_str(&format!(" {}\n", quoted(value))),
            other => text.push_str(&format!(" {other}\n")),
        }
    }
}

/// A text in double quotes, as YAML and JSON both read it: all that is not plain ASCII is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c if u32::from(c) <= 0xffff => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_yaml() {
        let model = json!({"a": {"b": "x: \"y\" \\ #1", "c": 7, "d": null}, "e": "Größe\n\u{7f}🦀"});
        let expected = "a:\n  b: \"x: \\\"y\\\" \\\\ #1\"\n  c: 7\n  d: null\ne: \"Gr\\u00f6\\u00dfe\\u000a\\u007f\\U0001f980\"\n";
        assert_eq!(yaml(&model), expected);
    }
}
