//! The keys of the config, and the nearest one to a key that is none.

use std::sync::LazyLock;

use serde_json::Value;
use strsim::normalized_damerau_levenshtein;

use super::super::schema::schema;
use super::{alternatives, neural};

/// Two words below this similarity have nothing to do with each other.
const SIMILAR: f64 = 0.6;

/// A key of the config.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::config) struct Key {
    /// Where it stands, for example `features[].unit`.
    pub(in crate::config) path: String,
    /// The key itself, for example `unit`.
    pub(in crate::config) name: String,
    /// Names that others give it.
    also_called: Vec<String>,
}

/// Every key of the config, in the order of the schema.
pub(in crate::config) fn all_keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let mut keys = Vec::new();
        collect(schema(), "", &mut keys);
        keys
    });
    &KEYS
}

fn collect(schema: &Value, path: &str, keys: &mut Vec<Key>) {
    for schema in alternatives(schema) {
        if let Some(items) = schema.get("items") {
            collect(items, &format!("{path}[]"), keys);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let dot = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{dot}{name}");
            let also_called = property["x-also-called"].as_array().into_iter().flatten();
            let also_called = also_called.filter_map(Value::as_str).map(str::to_owned).collect();
            if !keys.iter().any(|key| key.path == path) {
                keys.push(Key { path: path.clone(), name: name.clone(), also_called });
                collect(property, &path, keys);
            }
        }
    }
}

/// The message about a key that the object of this schema does not have.
pub(super) fn unknown(object: &Value, key: &str) -> String {
    if let Some(message) = neural::refusal(key) {
        return message;
    }
    let here: Vec<&str> =
        object["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let is_here = |candidate: &Key| here.contains(&candidate.name.as_str());
    let mut best: Option<(f64, &Key)> = None;
    for candidate in all_keys() {
        // Of two equally near keys the one in this object is meant.
        let bonus = if is_here(candidate) { 0.05 } else { 0.0 };
        let score = similarity(key, candidate);
        if score >= SIMILAR && best.is_none_or(|(least, _)| score + bonus > least) {
            best = Some((score + bonus, candidate));
        }
    }
    match best {
        Some((_, candidate)) if is_here(candidate) => {
            format!("unknown key; did you mean `{}`?", candidate.name)
        }
        Some((_, candidate)) => format!("unknown key here; did you mean `{}`?", candidate.path),
        None => format!("unknown key; known here: {}", here.join(", ")),
    }
}

/// How near a typed key is to a known one: 1 for the same or another name of it.
fn similarity(typed: &str, known: &Key) -> f64 {
    let typed = words(typed);
    let alike = |name: &str| {
        let name = words(name);
        if typed == name {
            return 1.0;
        }
        // `train_test_ratio` holds all words of `test_ratio`.
        let (few, many) = if typed.len() < name.len() { (&typed, &name) } else { (&name, &typed) };
        let held = few.len() > 1 && few.iter().all(|word| many.contains(word));
        let distance = normalized_damerau_levenshtein(&typed.join("_"), &name.join("_"));
        if held { distance.max(0.9) } else { distance }
    };
    let names = known.also_called.iter().map(String::as_str).chain([known.name.as_str()]);
    let by_name = names.map(alike).fold(0.0, f64::max);
    // A key with its section in the name, such as `data_path`.
    let with_section = if typed == words(&known.path) { 1.0 } else { 0.0 };
    by_name.max(with_section)
}

/// The words of a key in lower case: `minSamplesLeaf`, `min-samples-leaf` and `min_samples_leaf` have the same.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `; did you mean "gini"?` when one of the words is near, else nothing.
pub(super) fn nearest_word(value: &Value, words: &[&Value]) -> String {
    let Some(typed) = value.as_str() else { return String::new() };
    let mut best: Option<(f64, &str)> = None;
    for word in words.iter().filter_map(|word| word.as_str()) {
        let score = normalized_damerau_levenshtein(&typed.to_lowercase(), word);
        if score >= SIMILAR && best.is_none_or(|(least, _)| score > least) {
            best = Some((score, word));
        }
    }
    best.map(|(_, word)| format!("; did you mean {word:?}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found_in_any_section() {
        let check = |section: &str, typed: &str, expected: &str| {
            let object = match section {
                "" => schema(),
                section => alternatives(&schema()["properties"][section])[0],
            };
            assert_eq!(unknown(object, typed), expected, "{section} {typed}");
        };
        check("", "train_test_ratio", "unknown key here; did you mean `split.test_ratio`?");
        check("", "test_size", "unknown key here; did you mean `split.test_ratio`?");
        check("", "titel", "unknown key; did you mean `title`?");
        check("", "n_estimators", "unknown key here; did you mean `model.n_estimators`?");
        check("", "data_path", "unknown key here; did you mean `data.path`?");
        check("", "data.path", "unknown key here; did you mean `data.path`?");
        check("", "feature", "unknown key; did you mean `features`?");
        check("model", "nTrees", "unknown key; did you mean `n_estimators`?");
        check("model", "max-depth", "unknown key; did you mean `max_depth`?");
        check("model", "seed", "unknown key; did you mean `random_state`?");
        check("split", "random_state", "unknown key; did you mean `seed`?");
        check("data", "pth", "unknown key; did you mean `path`?");
        check("data", "separator", "unknown key; did you mean `delimiter`?");
        check("output", "zzz", "unknown key; known here: dir");
    }
}
