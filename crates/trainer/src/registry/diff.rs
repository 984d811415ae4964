//! What differs between two versions.

use std::collections::BTreeMap;

use registry::Version;
use serde_json::{Value, json};

use crate::report;

/// The table of differences, and the same as JSON.
pub(super) fn compared(one: &Version, other: &Version) -> (String, Value) {
    let (left, right) = (facts(one), facts(other));
    let mut table = report::grid();
    let title = |version: &Version| format!("{} {}", version.summary.header.name, version.number);
    table.set_header(["", &title(one), &title(other)]);
    let mut differences = Vec::new();
    let mut places: Vec<&String> = left.keys().chain(right.keys()).collect();
    places.sort_unstable();
    places.dedup();
    for place in places {
        let (a, b) = (left.get(place), right.get(place));
        if a != b {
            table.add_row([place.clone(), shown(a), shown(b)]);
            differences.push(json!({"place": place, "one": a, "other": b}));
        }
    }
    let text = match differences.is_empty() {
        true => "They do not differ.\n".into(),
        false => format!("{}\n", table.trim_fmt()),
    };
    (text, json!({"differences": differences}))
}

/// All that a version is made of and is worth, by place.
fn facts(version: &Version) -> BTreeMap<String, Value> {
    let header = &version.summary.header;
    let mut facts = BTreeMap::new();
    let data = json!({
        "fingerprint": header.data.fingerprint, "rows_read": header.data.rows_read,
        "rows_train": header.data.rows_train, "rows_test": header.data.rows_test,
    });
    flatten("data", &data, &mut facts);
    flatten("config", &header.config, &mut facts);
    if let Some(card) = &header.evaluation.test {
        flatten("held out", &json!(card.metrics), &mut facts);
    }
    facts.insert("payload".into(), json!(version.summary.checksum));
    facts
}

fn flatten(place: &str, value: &Value, facts: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| flatten(&format!("{place}.{key}"), value, facts));
        }
        Value::Array(values) => values.iter().enumerate().for_each(|(index, value)| {
            // Features and classes are known by their names, wherever they stand.
            match value.get("name").and_then(Value::as_str) {
                Some(name) => flatten(&format!("{place}[{name}]"), value, facts),
                None => flatten(&format!("{place}[{index}]"), value, facts),
            }
        }),
        value => {
            facts.insert(place.into(), value.clone());
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "–".into(),
        Some(Value::Number(number)) if number.is_f64() => report::figure(number.as_f64().unwrap_or(f64::NAN)),
        // Of a checksum the beginning is enough.
        Some(Value::String(text)) if text.len() == 64 && !text.contains(' ') => format!("{}…", &text[..12]),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
