//! JSON Schema of a row and of an answer of the model, under names of its own.

use model_core::schema::{Feature, Missing};
use model_core::{Model, Task};
use serde_json::{Map, Value, json};

use super::Features;
use super::options::Span;
use super::rows::table_file;
use crate::api::stream::longest;
use crate::state::Limits;

/// The schemas of one model, under names of its own.
pub(super) struct Schemas<'m> {
    pub(super) model: &'m dyn Model,
    pub(super) features: &'m Features<'m>,
    pub(super) maximum_rows: usize,
    pub(super) longest_line: usize,
    prefix: String,
    classes: Vec<Value>,
}

impl<'m> Schemas<'m> {
    pub(super) fn new(
        model: &'m dyn Model,
        features: &'m Features<'m>,
        limits: &Limits,
        classes: Vec<Value>,
    ) -> Self {
        Self {
            model,
            features,
            maximum_rows: limits.maximum_rows,
            longest_line: longest(limits),
            prefix: pascal_case(&model.header().name),
            classes,
        }
    }

    /// The schemas by name.
    pub(super) fn components(&self) -> Vec<(String, Value)> {
        let mut components = vec![
            (self.name("Features"), self.features()),
            (self.name("Values"), self.values()),
            (self.name("Rows"), self.rows_under_data()),
            (self.name("Answer"), self.answer()),
            (self.name("Prediction"), self.prediction()),
            (self.name("Answers"), self.answers()),
            (self.name("LabelledAnswer"), self.labelled_answer()),
            (self.name("LabelledAnswers"), self.labelled_answers()),
            ("TableFile".into(), table_file()),
        ];
        components.extend(self.body_options().map(|options| (self.name("Options"), options)));
        components.extend(self.question().map(|question| (self.name("Question"), question)));
        components.extend(self.detail_components());
        components
    }

    pub(super) fn name(&self, noun: &str) -> String {
        format!("{}{noun}", self.prefix)
    }

    /// A reference to one of them.
    pub(super) fn reference(&self, noun: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{}", self.name(noun)) })
    }

    /// A row of named features.
    pub(super) fn features(&self) -> Value {
        let features = &self.model.schema().features;
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut spellings = Vec::new();
        for (position, feature) in features.iter().enumerate() {
            properties.insert(feature.identifier.clone(), self.features.documented(position));
            if feature.name == feature.identifier {
                if feature.missing == Missing::Refuse {
                    required.push(feature.identifier.as_str());
                }
                continue;
            }
            spellings.push(one_spelling(feature));
        }
        let with_two = features.iter().enumerate().filter(|(_, feature)| feature.name != feature.identifier);
        for (position, feature) in with_two {
            let mut schema = self.features.values(position);
            schema.insert("description".into(), format!("The same as `{}`", feature.identifier).into());
            properties.insert(feature.name.clone(), schema.into());
        }
        let mut row = json!({
            "type": "object",
            "description": "One row of named features.",
            "properties": properties,
            "additionalProperties": false,
            "examples": [self.features.example_object()],
        });
        if !required.is_empty() {
            row["required"] = json!(required);
        }
        if !spellings.is_empty() {
            row["allOf"] = spellings.into();
            row["description"] =
                "One row of named features, each under its identifier or under the name of its column."
                    .into();
        }
        row
    }

    /// A row by position.
    fn values(&self) -> Value {
        let features = &self.model.schema().features;
        let names: Vec<_> = features.iter().map(|feature| feature.identifier.as_str()).collect();
        let mut row = json!({
            "type": "array",
            "description": format!("One row: the values of {}, in this order.", names.join(", ")),
            "minItems": features.len(),
            "maxItems": features.len(),
            "examples": [self.features.example()],
        });
        let schemas: Vec<Value> =
            (0..features.len()).map(|position| self.features.values(position).into()).collect();
        if schemas.windows(2).all(|pair| pair[0] == pair[1]) {
            row["items"] = schemas[0].clone();
        } else {
            // As many as there may be items: `items: false` would say the same, but is not known to all generators of clients.
            row["prefixItems"] = schemas.into();
        }
        row
    }

    /// The answer for one row.
    fn answer(&self) -> Value {
        let target = &self.model.schema().target;
        let mut answer = match &target.task {
            Task::Regression => json!({ "type": "number" }),
            Task::Classification(_) => {
                let all = |test: fn(&Value) -> bool| self.classes.iter().all(test);
                let kind = match (all(Value::is_i64), all(Value::is_string)) {
                    (true, _) => json!("integer"),
                    (_, true) => json!("string"),
                    (false, false) => json!(["integer", "string"]),
                };
                json!({ "type": kind, "enum": self.classes })
            }
        };
        answer["description"] = match &target.description {
            Some(description) => format!("`{}`: {description}", target.name),
            None => format!("`{}`", target.name),
        }
        .into();
        if let Some(unit) = &target.unit {
            answer["x-unit"] = unit.as_str().into();
        }
        answer
    }

    /// The answer to an object.
    fn prediction(&self) -> Value {
        let field = &self.model.header().serving.response_field;
        let mut properties = Map::from_iter([(field.clone(), self.reference("Answer"))]);
        properties.extend(self.detail_properties(Span::OneRow));
        properties.insert("warnings".into(), warnings());
        json!({
            "type": "object",
            "properties": properties,
            "required": [field],
            "additionalProperties": false,
        })
    }
}

/// What lies outside of what training saw, beside any answer.
pub(super) fn warnings() -> Value {
    json!({
        "type": "array",
        "items": { "$ref": "#/components/schemas/ValueWarning" },
        "description": "Values outside the range seen in training; absent when there are none",
    })
}

/// A feature with two spellings is given under one of them.
fn one_spelling(feature: &Feature) -> Value {
    let (identifier, column) = (&feature.identifier, &feature.name);
    match feature.missing {
        Missing::Refuse => json!({ "oneOf": [{ "required": [identifier] }, { "required": [column] }] }),
        Missing::Allow | Missing::Default(_) => json!({ "not": { "required": [identifier, column] } }),
    }
}

/// `boston_house-prices` → `BostonHousePrices`.
fn pascal_case(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}
