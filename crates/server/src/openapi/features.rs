//! JSON Schema of each feature, and a row that every rule accepts.

use model_core::Model;
use model_core::profile::Distribution;
use model_core::schema::{Category, DefaultValue, Feature, FeatureKind, Levels, Missing};
use serde_json::{Map, Value, json};

use super::example::{example_row, example_rows};
use crate::question::seen_in_training;

/// What the document says of a model's features.
pub(crate) struct Features<'m> {
    model: &'m dyn Model,
    /// Whether a value outside the training range is refused.
    strict: bool,
    seen: Vec<String>,
    example: Vec<Value>,
}

impl<'m> Features<'m> {
    pub(crate) fn new(model: &'m dyn Model, strict: bool) -> Self {
        Self { model, strict, seen: seen_in_training(model), example: example_row(model) }
    }

    /// What training saw of each feature, in words.
    pub(crate) fn seen(&self) -> &[String] {
        &self.seen
    }

    /// A row that is answered, by position.
    pub(crate) fn example(&self) -> &[Value] {
        &self.example
    }

    /// Rows that are answered, by position: that one, and other training rows that were kept.
    pub(crate) fn examples(&self) -> Vec<Vec<Value>> {
        let others = example_rows(self.model).into_iter().filter(|row| *row != self.example);
        std::iter::once(self.example.clone()).chain(others).collect()
    }

    /// The same row as an object.
    pub(crate) fn example_object(&self) -> Value {
        let features = self.model.schema().features.iter();
        let fields =
            features.zip(&self.example).map(|(feature, value)| (feature.identifier.clone(), value.clone()));
        Value::Object(fields.collect())
    }

    /// JSON Schema of the values that the feature at `position` takes: exactly those that are answered.
    pub(crate) fn values(&self, position: usize) -> Map<String, Value> {
        let feature = &self.model.schema().features[position];
        let nullable = feature.missing != Missing::Refuse;
        let seen = self.strict.then(|| &self.model.profile().features[position]);
        let mut schema = Map::new();
        let name = match &feature.kind {
            FeatureKind::Number { .. } => "number",
            FeatureKind::Integer { .. } => "integer",
            FeatureKind::Boolean => "boolean",
            FeatureKind::Category(Category { levels: Levels::Text(_), .. }) => "string",
            FeatureKind::Category(Category { levels: Levels::Integer { .. }, .. }) => "integer",
        };
        schema.insert("type".into(), if nullable { json!([name, "null"]) } else { json!(name) });
        let Constraints { minimum, maximum, mut choices } = constraints(&feature.kind, seen);
        if let Some(minimum) = minimum {
            schema.insert("minimum".into(), minimum);
        }
        if let Some(maximum) = maximum {
            schema.insert("maximum".into(), maximum);
        }
        if let Some(choices) = &mut choices {
            if nullable {
                choices.push(Value::Null);
            }
            schema.insert("enum".into(), std::mem::take(choices).into());
        }
        schema
    }

    /// Schema of a feature with all that is known about it, for people.
    pub(crate) fn documented(&self, position: usize) -> Value {
        let feature = &self.model.schema().features[position];
        let mut schema = self.values(position);
        schema.insert("title".into(), feature.name.as_str().into());
        schema.insert("description".into(), description(feature, &self.seen[position]).into());
        if let Some(unit) = &feature.unit {
            schema.insert("x-unit".into(), unit.as_str().into());
        }
        if let Missing::Default(default) = &feature.missing {
            schema.insert("default".into(), default_value(default));
        }
        schema.insert("examples".into(), json!([self.example[position]]));
        schema.into()
    }
}

/// What a value must keep.
#[derive(Default)]
struct Constraints {
    minimum: Option<Value>,
    maximum: Option<Value>,
    choices: Option<Vec<Value>>,
}

/// The constraints of a kind and, where given, of what training saw.
fn constraints(kind: &FeatureKind, seen: Option<&Distribution>) -> Constraints {
    match kind {
        FeatureKind::Number { minimum, maximum } => {
            let (low, high) = range(seen);
            Constraints {
                minimum: tighter(*minimum, low, f64::max).map(Value::from),
                maximum: tighter(*maximum, high, f64::min).map(Value::from),
                choices: None,
            }
        }
        FeatureKind::Integer { minimum, maximum, allowed } => {
            let (low, high) = range(seen);
            let minimum = tighter(*minimum, low.map(|low| low.ceil() as i64), i64::max);
            let maximum = tighter(*maximum, high.map(|high| high.floor() as i64), i64::min);
            if allowed.is_empty() {
                return bounded(minimum, maximum);
            }
            choices(allowed.iter().copied().filter(|value| is_within(*value, minimum, maximum)))
        }
        FeatureKind::Boolean => match seen {
            Some(Distribution::Levels { counts, .. }) if counts.contains(&0) => choices(
                [false, true]
                    .into_iter()
                    .zip(counts)
                    .filter(|(_, count)| **count > 0)
                    .map(|(value, _)| value),
            ),
            _ => Constraints::default(),
        },
        FeatureKind::Category(Category { levels, closed }) => {
            let occurred = |code: usize| match seen {
                Some(Distribution::Levels { counts, .. }) => counts.get(code).is_some_and(|&count| count > 0),
                _ => true,
            };
            let listed = *closed || seen.is_some();
            match levels {
                Levels::Text(levels) if listed => choices(
                    levels
                        .iter()
                        .enumerate()
                        .filter(|(code, _)| occurred(*code))
                        .map(|(_, level)| level.as_str()),
                ),
                Levels::Text(_) => Constraints::default(),
                Levels::Integer { values, minimum, maximum } if listed => choices(
                    values
                        .iter()
                        .enumerate()
                        .filter(|(code, value)| occurred(*code) && is_within(**value, *minimum, *maximum))
                        .map(|(_, value)| *value),
                ),
                Levels::Integer { minimum, maximum, .. } => bounded(*minimum, *maximum),
            }
        }
    }
}

/// The ends of what training saw of a number; open when it saw none.
fn range(seen: Option<&Distribution>) -> (Option<f64>, Option<f64>) {
    match seen {
        Some(Distribution::Numeric(numeric)) if !numeric.quantiles.is_empty() => {
            (Some(numeric.minimum), Some(numeric.maximum))
        }
        _ => (None, None),
    }
}

fn tighter<T: Copy>(one: Option<T>, other: Option<T>, choose: fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

fn bounded(minimum: Option<i64>, maximum: Option<i64>) -> Constraints {
    Constraints { minimum: minimum.map(Value::from), maximum: maximum.map(Value::from), choices: None }
}

fn is_within(value: i64, minimum: Option<i64>, maximum: Option<i64>) -> bool {
    minimum.is_none_or(|minimum| minimum <= value) && maximum.is_none_or(|maximum| value <= maximum)
}

fn choices<T: Into<Value>>(values: impl Iterator<Item = T>) -> Constraints {
    Constraints { choices: Some(values.map(Into::into).collect()), ..Constraints::default() }
}

fn description(feature: &Feature, seen: &str) -> String {
    let mut text = String::new();
    if let Some(meaning) = &feature.description {
        text.push_str(meaning.trim_end_matches('.'));
        text.push_str(". ");
    }
    if let Some(unit) = &feature.unit {
        text.push_str(&format!("Unit: {unit}. "));
    }
    text.push_str(&format!("Seen in training: {seen}."));
    if feature.name != feature.identifier {
        text.push_str(&format!(" Also accepted as {:?}, the name of the column.", feature.name));
    }
    match &feature.missing {
        Missing::Refuse => {}
        Missing::Allow => text.push_str(" May be absent or null."),
        Missing::Default(default) => {
            text.push_str(&format!(" May be absent or null; {} stands in for it.", default_value(default)));
        }
    }
    text
}

fn default_value(default: &DefaultValue) -> Value {
    match default {
        DefaultValue::Number(value) => (*value).into(),
        DefaultValue::Integer(value) => (*value).into(),
        DefaultValue::Text(value) => value.as_str().into(),
        DefaultValue::Boolean(value) => (*value).into(),
    }
}
