//! The reference of all keys, as Markdown, generated from the schema.

use serde_json::Value;

use super::schema::schema;
use super::schema_check::{alternatives, in_expected_words};

/// One table for each object of the config, each key with its type, default and meaning.
pub fn reference() -> String {
    let mut reference = Reference::default();
    reference.section("", schema());
    reference.text
}

#[derive(Default)]
struct Reference<'a> {
    text: String,
    /// The objects that have a table, and where they stand.
    documented: Vec<(&'a Value, String)>,
}

impl<'a> Reference<'a> {
    fn section(&mut self, path: &str, object: &'a Value) {
        let title = if path.is_empty() { "The file".into() } else { format!("`{path}`") };
        self.text.push_str(&format!("### {title}\n\n"));
        if let Some((_, first)) = self.documented.iter().find(|(known, _)| std::ptr::eq(*known, object)) {
            self.text.push_str(&format!("The same keys as `{first}`.\n\n"));
            return;
        }
        self.documented.push((object, path.into()));
        self.text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
        let required: Vec<&str> =
            object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = || object["properties"].as_object().into_iter().flatten();
        for (name, property) in properties() {
            let value = cell(&in_expected_words(&alternatives(property)));
            let default = match &property["default"] {
                _ if required.contains(&name.as_str()) => "required".into(),
                Value::Null | Value::Object(_) => "–".into(),
                default => format!("`{}`", cell(&default.to_string())),
            };
            self.text.push_str(&format!("| `{name}` | {value} | {default} | {} |\n", meaning(property)));
        }
        self.text.push('\n');
        for (name, property) in properties() {
            let dot = if path.is_empty() { "" } else { "." };
            for (place, object) in objects(&format!("{path}{dot}{name}"), property) {
                self.section(&place, object);
            }
        }
    }
}

/// The objects that may stand at a place, in the list there, or under names of the reader's own.
fn objects<'a>(path: &str, schema: &'a Value) -> Vec<(String, &'a Value)> {
    let mut found: Vec<(String, &Value)> = Vec::new();
    for choice in alternatives(schema) {
        if choice.get("properties").is_some() {
            found.push((path.into(), choice));
        }
        let items = choice.get("items").map(|items| (format!("{path}[]"), items));
        let named = choice.get("additionalProperties").filter(|values| values.is_object());
        for (place, values) in items.into_iter().chain(named.map(|values| (format!("{path}.*"), values))) {
            for (place, object) in objects(&place, values) {
                // One object or a list of the same ones is documented once.
                if !found.iter().any(|(_, known)| *known == object) {
                    found.push((place, object));
                }
            }
        }
    }
    found
}

/// The description of a key, and those of the words that it takes.
fn meaning(property: &Value) -> String {
    let description = property["description"].as_str().unwrap_or_default();
    let mut meaning = cell(description);
    for choice in alternatives(property) {
        if let (Some(word), Some(description)) = (choice.get("const"), choice["description"].as_str()) {
            meaning.push_str(&format!("<br>`{word}`: {}", cell(description)));
        }
    }
    meaning
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
