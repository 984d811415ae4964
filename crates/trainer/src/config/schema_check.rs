//! Checks a JSON tree against the schema of the config: unknown keys, missing keys, types and ranges.
//!
//! It understands the part of JSON Schema that [`super::schema`] uses, and unlike the reader of the structs it goes on
//! after the first problem.

use serde_json::{Map, Value};

use super::check::Problem;
use super::path::{Path, Step};
use super::schema::schema;

mod expectation;
mod keys;
mod neural;

pub(super) use expectation::in_words;

use expectation::Expectation;

/// What is wrong with a tree.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Keys that are none.
    pub(super) unknown: Vec<Problem>,
    /// Missing keys, wrong types and values out of range.
    pub(super) invalid: Vec<Problem>,
}

/// Checks a config as typed, in JSON.
pub(super) fn check(config: &Value) -> Findings {
    let mut findings = Findings::default();
    findings.value(schema(), config, &Path::default());
    findings
}

/// Whether a list may stand at this place.
pub(super) fn takes_list(path: &Path) -> bool {
    let mut schemas = alternatives(schema());
    for step in path.steps() {
        schemas =
            schemas.into_iter().filter_map(|schema| child(schema, step)).flat_map(alternatives).collect();
    }
    schemas.iter().any(|schema| has_type(schema, "array"))
}

fn child<'a>(schema: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Index(_) => schema.get("items"),
        Step::Key(key) => schema["properties"]
            .get(key)
            .or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object())),
    }
}

/// The schemas that a value may satisfy: references followed, `anyOf` and `oneOf` flattened.
pub(super) fn alternatives(schema: &Value) -> Vec<&Value> {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(definition);
    if let Some(target) = target {
        return alternatives(target);
    }
    match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
        Some(choices) => choices.iter().flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

fn definition(reference: &str) -> Option<&'static Value> {
    schema()["$defs"].get(reference.strip_prefix("#/$defs/")?)
}

fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(any) => any.iter().any(|one| one == name),
        _ => false,
    }
}

/// What these schemas take, in words.
pub(super) fn in_expected_words(schemas: &[&Value]) -> String {
    Expectation::of(schemas)
}

/// Whether a value is of a type that the schema takes. As in the structs, `3.0` is no integer.
fn type_fits(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Null => has_type(schema, "null"),
        Value::Bool(_) => has_type(schema, "boolean"),
        Value::String(_) => has_type(schema, "string"),
        Value::Array(_) => has_type(schema, "array"),
        Value::Object(_) => has_type(schema, "object"),
        Value::Number(number) => {
            has_type(schema, "number") || (!number.is_f64() && has_type(schema, "integer"))
        }
    }
}

impl Findings {
    fn value(&mut self, schema: &Value, value: &Value, path: &Path) {
        let all = alternatives(schema);
        let mut fitting: Vec<_> = all.iter().copied().filter(|schema| type_fits(schema, value)).collect();
        // An integer is a number as well; where a key takes both, they mean different things.
        if fitting.iter().any(|schema| has_type(schema, "integer")) {
            fitting.retain(|schema| has_type(schema, "integer"));
        }
        let words: Vec<_> = fitting.iter().filter_map(|schema| schema.get("const")).collect();
        let [first, ..] = fitting.as_slice() else {
            return self.unexpected(&all, value, path, "");
        };
        if words.len() == fitting.len() {
            if !words.contains(&value) {
                self.unexpected(&all, value, path, &keys::nearest_word(value, &words));
            }
            return;
        }
        let schema = fitting.iter().copied().find(|schema| schema.get("const").is_none()).unwrap_or(first);
        if !Expectation(schema).admits(value) {
            return self.unexpected(&all, value, path, "");
        }
        match value {
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.value(&schema["items"], element, &path.then(index));
                }
            }
            Value::Object(object) => self.object(schema, object, path),
            _ => {}
        }
    }

    fn object(&mut self, schema: &Value, object: &Map<String, Value>, path: &Path) {
        for (key, value) in object {
            let path = path.then(key.as_str());
            match child(schema, &Step::Key(key.clone())) {
                Some(schema) => self.value(schema, value, &path),
                None => self.unknown.push(Problem { message: keys::unknown(schema, key), path }),
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                let expected = Expectation::of(&alternatives(&schema["properties"][key]));
                let message = format!("missing; expected {expected}");
                self.invalid.push(Problem { path: path.then(key), message });
            }
        }
    }

    fn unexpected(&mut self, schemas: &[&Value], value: &Value, path: &Path, hint: &str) {
        let expected = Expectation::of(schemas);
        let message = format!("expected {expected}, found {}{hint}", in_words(value));
        self.invalid.push(Problem { path: path.clone(), message });
    }
}
