//! What a schema takes, as a test and in words.

use model_core::encoding::shortened;
use serde_json::Value;

/// A schema without alternatives.
pub(super) struct Expectation<'a>(pub(super) &'a Value);

impl Expectation<'_> {
    /// Whether a value of a fitting type keeps the bounds of the schema.
    pub(super) fn admits(&self, value: &Value) -> bool {
        let length = match value {
            Value::String(text) => Some(("minLength", "maxLength", text.chars().count())),
            Value::Array(elements) => Some(("minItems", "maxItems", elements.len())),
            _ => None,
        };
        if let Some((minimum, maximum, length)) = length {
            let length = length as f64;
            return self.number(minimum).is_none_or(|minimum| length >= minimum)
                && self.number(maximum).is_none_or(|maximum| length <= maximum);
        }
        let Some(number) = value.as_f64() else { return true };
        // Whole numbers that a struct field cannot hold.
        let representable = match self.0["format"].as_str() {
            Some("uint32") => value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
            Some("uint64") => value.as_u64().is_some(),
            Some("int64") => value.as_i64().is_some(),
            _ => true,
        };
        representable
            && self.number("minimum").is_none_or(|minimum| number >= minimum)
            && self.number("maximum").is_none_or(|maximum| number <= maximum)
            && self.number("exclusiveMinimum").is_none_or(|minimum| number > minimum)
            && self.number("exclusiveMaximum").is_none_or(|maximum| number < maximum)
    }

    /// The alternatives in words, for example `"sqrt", a whole number from 1 or null`.
    pub(super) fn of(schemas: &[&Value]) -> String {
        let mut words = Vec::new();
        for schema in schemas {
            let word = Expectation(schema).in_words();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        // That an absent key may also be written as null goes without saying where there is more.
        if words.len() > 1 && schemas.len() > 1 {
            words.retain(|word| word != "null");
        }
        match words.as_slice() {
            [] => "nothing".into(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }

    fn in_words(&self) -> String {
        if let Some(word) = self.0.get("const") {
            return word.to_string();
        }
        let names = match &self.0["type"] {
            Value::String(name) => vec![name.as_str()],
            Value::Array(names) => names.iter().filter_map(Value::as_str).filter(|n| *n != "null").collect(),
            _ => Vec::new(),
        };
        let range = self.range();
        match names.first() {
            Some(&"integer") => format!("a whole number{range}"),
            Some(&"number") => format!("a number{range}"),
            Some(&"boolean") => "true or false".into(),
            Some(&"array") => format!("a list{}", self.elements()),
            Some(&"object") => "an object".into(),
            Some(&"string") if self.number("maxLength") == Some(1.0) => "one character".into(),
            Some(&"string") if self.number("minLength") == Some(1.0) => "a text that is not empty".into(),
            Some(&"string") => "a text".into(),
            _ => "null".into(),
        }
    }

    fn range(&self) -> String {
        let bound = |key: &str| self.number(key).map(|bound| bound.to_string());
        let bounds = [
            bound("minimum").map(|bound| format!("from {bound}")),
            bound("exclusiveMinimum").map(|bound| format!("above {bound}")),
            bound("maximum").map(|bound| format!("up to {bound}")),
            bound("exclusiveMaximum").map(|bound| format!("below {bound}")),
        ];
        bounds.into_iter().flatten().fold(String::new(), |range, bound| format!("{range} {bound}"))
    }

    fn elements(&self) -> String {
        match (self.number("minItems"), self.number("maxItems")) {
            (Some(minimum), Some(maximum)) if minimum == maximum => format!(" of {minimum} elements"),
            (Some(1.0), None) => " that is not empty".into(),
            _ => String::new(),
        }
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }
}

/// A value as an error shows it: short ones as they are, others by their type.
pub(in crate::config) fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(text),
        Value::Array(elements) if elements.is_empty() => "an empty list".into(),
        Value::Array(elements) if elements.len() == 1 => "a list of 1 element".into(),
        Value::Array(elements) => format!("a list of {} elements", elements.len()),
        Value::Object(_) => "an object".into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
