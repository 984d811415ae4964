//! JSON Schema of each feature, and a row that every rule accepts.

use model_core::schema::{Category, DefaultValue, Feature, FeatureKind, Levels, Missing};
use model_core::{Encoder, Model, RawValue};
use serde_json::{Map, Value, json};

/// Schema of the values that the feature at `position` takes: exactly those that the encoder accepts.
pub(crate) fn value_schema(feature: &Feature) -> Map<String, Value> {
    let nullable = feature.missing != Missing::Refuse;
    let mut schema = Map::new();
    let typed = |name: &str| if nullable { json!([name, "null"]) } else { json!(name) };
    let bound = |schema: &mut Map<String, Value>, name: &str, value: Option<Value>| {
        if let Some(value) = value {
            schema.insert(name.into(), value);
        }
    };
    match &feature.kind {
        FeatureKind::Number { minimum, maximum } => {
            schema.insert("type".into(), typed("number"));
            bound(&mut schema, "minimum", minimum.map(Value::from));
            bound(&mut schema, "maximum", maximum.map(Value::from));
        }
        FeatureKind::Integer { minimum, maximum, allowed } if allowed.is_empty() => {
            schema.insert("type".into(), typed("integer"));
            bound(&mut schema, "minimum", minimum.map(Value::from));
            bound(&mut schema, "maximum", maximum.map(Value::from));
        }
        FeatureKind::Integer { minimum, maximum, allowed } => {
            let within = |value: &&i64| {
                minimum.is_none_or(|minimum| minimum <= **value) && maximum.is_none_or(|maximum| **value <= maximum)
            };
            schema.insert("type".into(), typed("integer"));
            schema.insert("enum".into(), choices(allowed.iter().filter(within), nullable));
        }
        FeatureKind::Boolean => {
            schema.insert("type".into(), typed("boolean"));
        }
        FeatureKind::Category(Category { levels: Levels::Text(levels), closed }) => {
            schema.insert("type".into(), typed("string"));
            if *closed {
                schema.insert("enum".into(), choices(levels.iter(), nullable));
            }
        }
        FeatureKind::Category(Category { levels: Levels::Integer { values, minimum, maximum }, closed }) => {
            schema.insert("type".into(), typed("integer"));
            if *closed {
                let within = |value: &&i64| {
                    minimum.is_none_or(|minimum| minimum <= **value)
                        && maximum.is_none_or(|maximum| **value <= maximum)
                };
                schema.insert("enum".into(), choices(values.iter().filter(within), nullable));
            } else {
                bound(&mut schema, "minimum", minimum.map(Value::from));
                bound(&mut schema, "maximum", maximum.map(Value::from));
            }
        }
    }
    schema
}

fn choices<'v, T: Clone + Into<Value> + 'v>(values: impl Iterator<Item = &'v T>, nullable: bool) -> Value {
    let mut choices: Vec<Value> = values.map(|value| value.clone().into()).collect();
    if nullable {
        choices.push(Value::Null);
    }
    choices.into()
}

/// Schema of a feature with all that is known about it, for people.
pub(crate) fn feature_schema(model: &dyn Model, position: usize, seen: &str, example: &Value) -> Value {
    let feature = &model.schema().features[position];
    let mut schema = value_schema(feature);
    schema.insert("title".into(), feature.name.as_str().into());
    schema.insert("description".into(), description(feature, seen).into());
    if let Some(unit) = &feature.unit {
        schema.insert("x-unit".into(), unit.as_str().into());
    }
    if let Missing::Default(default) = &feature.missing {
        schema.insert("default".into(), default_value(default));
    }
    schema.insert("examples".into(), json!([example]));
    schema.into()
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

/// A row that the model answers: the first complete training row that was kept, else one made up within the rules.
pub(crate) fn example_row(model: &dyn Model) -> Vec<Value> {
    let encoder = model.encoder();
    let decoded = model.profile().examples.iter().filter(|row| row.len() == encoder.width()).map(|row| {
        let values = row.iter().enumerate();
        values.map(|(position, value)| encoder.decode(position, value.unwrap_or(f32::NAN))).collect::<Vec<_>>()
    });
    let accepted: Vec<_> = decoded.filter(|row| accepts(encoder, row)).collect();
    let complete = accepted.iter().find(|row| !row.contains(&Value::Null));
    complete.or(accepted.first()).cloned().unwrap_or_else(|| {
        encoder.schema().features.iter().map(|feature| made_up(&feature.kind)).collect()
    })
}

fn accepts(encoder: &Encoder, row: &[Value]) -> bool {
    row.iter().enumerate().all(|(position, value)| encoder.value(position, RawValue::from(value)).is_ok())
}

fn made_up(kind: &FeatureKind) -> Value {
    match kind {
        FeatureKind::Number { minimum, maximum } => minimum.or(*maximum).unwrap_or(0.0).into(),
        FeatureKind::Integer { minimum, maximum, allowed } => {
            allowed.first().copied().or(*minimum).or(*maximum).unwrap_or(0).into()
        }
        FeatureKind::Boolean => true.into(),
        FeatureKind::Category(Category { levels: Levels::Text(levels), .. }) => {
            levels.first().map_or("", String::as_str).into()
        }
        FeatureKind::Category(Category { levels: Levels::Integer { values, minimum, maximum }, .. }) => {
            values.first().copied().or(*minimum).or(*maximum).unwrap_or(0).into()
        }
    }
}
