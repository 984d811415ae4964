//! What a shard says of itself: of which training it is, and which trees it holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ShardNumber;

/// Identity of a shard. It holds no time and no host, so that the same shard has the same bytes wherever it is grown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    /// Name of the model.
    pub(crate) name: String,
    pub(crate) shard: ShardNumber,
    /// The config as it took effect, with the seeds.
    pub(crate) config: Value,
    /// BLAKE3 of the data file.
    pub(crate) data: String,
    /// Payload checksum of the artifact that is continued.
    pub(crate) parent: Option<String>,
    /// Versions of the libraries that decide about the trees.
    pub(crate) libraries: BTreeMap<String, String>,
    /// The whole forest, then one for each fold of the cross-validation.
    pub(crate) forests: Vec<PartOfForest>,
}

/// The trees of one forest that a shard holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartOfForest {
    /// Number of the first tree.
    pub(crate) first: usize,
    /// Number behind that of the last tree.
    pub(crate) end: usize,
    /// Length of the trees in the file.
    pub(crate) bytes: u64,
}

/// What of a config decides about trees, apart from the files that it names: those are compared by their content.
pub(super) fn decisive(mut config: Value) -> Value {
    if let Value::Object(keys) = &mut config {
        for key in [
            "$schema",
            "name",
            "title",
            "description",
            "app",
            "output",
            "quality_gate",
            "metrics",
            "serving",
            "pretrained",
        ] {
            keys.shift_remove(key);
        }
        if let Some(Value::Object(data)) = keys.get_mut("data") {
            data.shift_remove("path");
        }
    }
    config
}

/// Where two values differ, as `model.n_estimators is 50, not 100`.
pub(super) fn differences(found: &Value, expected: &Value) -> Vec<String> {
    let mut told = Vec::new();
    compare("", found, expected, &mut told);
    told
}

fn compare(place: &str, found: &Value, expected: &Value, told: &mut Vec<String>) {
    let inner = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (found, expected) {
        _ if found == expected => {}
        (Value::Object(one), Value::Object(other)) => {
            let only_other = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(only_other) {
                let of =
                    |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or_default();
                compare(&inner(key), &of(one), &of(other), told);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{place}[{index}]"), one, other, told);
            }
        }
        _ => told.push(format!("{place} is {}, not {}", shown(found), shown(expected))),
    }
}

/// A value, or its kind where it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match value {
        _ if text.len() <= 60 => text,
        Value::Array(entries) => format!("a list of {}", entries.len()),
        _ => format!("{}…", text.chars().take(50).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_by_its_key() {
        let check =
            |one: Value, other: Value, expected: &[&str]| assert_eq!(differences(&one, &other), expected);
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(
            json!({"model": {"random_state": 7, "n": [1, 2]}, "x": true}),
            json!({"model": {"random_state": 42, "n": [1, 3]}, "y": "b"}),
            &[
                "model.random_state is 7, not 42",
                "model.n[1] is 2, not 3",
                "x is true, not null",
                "y is null, not \"b\"",
            ],
        );
    }

    #[test]
    fn names_and_places_do_not_decide() {
        let config = |title: &str, path: &str| {
            decisive(
                json!({"title": title, "data": {"path": path, "delimiter": ","}, "output": {"dir": path}}),
            )
        };
        assert_eq!(config("a", "b"), config("c", "d"));
        assert_eq!(config("a", "b"), json!({"data": {"delimiter": ","}}));
    }
}
