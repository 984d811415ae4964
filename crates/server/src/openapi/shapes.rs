//! JSON Schema of every shape of question and answer.

use model_core::schema::{Feature, Missing};
use model_core::{Model, Task};
use serde_json::{Map, Value, json};

use super::Features;
use crate::api::services::label;
use crate::state::Limits;

/// The schemas of one model, under names of its own.
pub(super) struct Shapes<'m> {
    model: &'m dyn Model,
    features: &'m Features<'m>,
    maximum_rows: usize,
    prefix: String,
    classes: Vec<Value>,
}

impl<'m> Shapes<'m> {
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
            prefix: pascal_case(&model.header().name),
            classes,
        }
    }

    /// The schemas by name.
    pub(super) fn components(&self) -> Vec<(String, Value)> {
        vec![
            (self.name("Features"), self.features()),
            (self.name("Values"), self.values()),
            (self.name("Answer"), self.answer()),
            (self.name("Prediction"), self.prediction()),
        ]
    }

    /// Writes question and answer of every route that asks the model.
    pub(super) fn fill(&self, paths: &mut Value) {
        let named = self.reference("Features");
        let values = self.reference("Values");
        let answer = self.reference("Answer");
        let prediction = self.reference("Prediction");
        let warnings = json!({
            "type": "array",
            "items": { "$ref": "#/components/schemas/Warning" },
            "description": "Values outside the range seen in training; absent when there are none",
        });

        let predict = &mut paths["/predict"]["post"];
        predict["requestBody"] = json!({
            "required": true,
            "description": "One row or many, in any of five shapes",
            "content": { "application/json": {
                "schema": { "anyOf": [
                    named,
                    self.rows(&named, "Rows of named features"),
                    {
                        "type": "object",
                        "description": "Rows with the values in the order of the features",
                        "properties": { "data": self.rows(&values, "The rows") },
                        "required": ["data"],
                        "additionalProperties": false,
                    },
                    values,
                    self.rows(&values, "Rows with the values in the order of the features"),
                ] },
                "examples": self.question_examples(),
            } },
        });
        predict["responses"]["200"]["content"] = json!({ "application/json": { "schema": { "anyOf": [
            prediction,
            { "type": "array", "items": prediction, "description": "For a list of objects" },
            self.data(&answer, &warnings),
            answer,
            { "type": "array", "items": answer, "description": "For a list of lists" },
        ] } } });

        let csv = &mut paths["/predict_csv"]["post"];
        csv["requestBody"] = json!({
            "required": true,
            "content": { "multipart/form-data": { "schema": {
                "type": "object",
                "properties": { "csv_file": {
                    "type": "string",
                    "format": "binary",
                    "contentMediaType": "text/csv",
                    "description": "The table: UTF-8, one row a line",
                } },
                "required": ["csv_file"],
                "additionalProperties": false,
            } } },
        });
        csv["responses"]["200"]["content"] =
            json!({ "application/json": { "schema": self.data(&answer, &warnings) } });

        let services = &mut paths["/v1/services/predict"]["post"];
        services["requestBody"] = json!({
            "required": true,
            "content": { "application/json": {
                "schema": self.rows(&named, "Rows of named features"),
                "example": [self.features.example_object()],
            } },
        });
        services["responses"]["200"]["content"] = json!({ "application/json": { "schema": {
            "type": "object",
            "properties": {
                "inputData": self.rows(&named, "The rows as sent"),
                "predictions": {
                    "type": "array",
                    "description": format!(
                        "One object for each row, its key `{}`, `{}`, …",
                        label(self.label_template(), 0),
                        label(self.label_template(), 1)
                    ),
                    "items": {
                        "type": "object",
                        "additionalProperties": answer,
                        "minProperties": 1,
                        "maxProperties": 1,
                    },
                },
                "warnings": warnings,
            },
            "required": ["inputData", "predictions"],
            "additionalProperties": false,
        } } });

        for path in ["/predict", "/predict_csv", "/v1/services/predict"] {
            paths[path]["post"]["responses"]["200"]["headers"]["x-canopy-warnings"] = json!({
                "description": "How many values lie outside the range seen in training; absent when none does",
                "schema": { "type": "integer", "minimum": 1 },
            });
        }
    }

    fn name(&self, noun: &str) -> String {
        format!("{}{noun}", self.prefix)
    }

    fn reference(&self, noun: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{}", self.name(noun)) })
    }

    fn label_template(&self) -> &str {
        &self.model.header().serving.label_template
    }

    fn rows(&self, row: &Value, description: &str) -> Value {
        json!({
            "type": "array",
            "description": format!("{description}, 1 to {}", self.maximum_rows),
            "items": row,
            "minItems": 1,
            "maxItems": self.maximum_rows,
        })
    }

    /// The answer in an object, with warnings.
    fn data(&self, answer: &Value, warnings: &Value) -> Value {
        json!({
            "type": "object",
            "description": "For rows under `data`",
            "properties": {
                "data": { "type": "array", "items": answer, "description": "The answers in the order of the rows" },
                "warnings": warnings,
            },
            "required": ["data"],
            "additionalProperties": false,
        })
    }

    /// A row of named features.
    fn features(&self) -> Value {
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
        let header = self.model.header();
        let mut row = json!({
            "type": "object",
            "title": format!("Features of {}", header.title),
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
            "title": format!("Values for {}", self.model.header().title),
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
            row["prefixItems"] = schemas.into();
            row["items"] = false.into();
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
        answer["title"] = target.name.as_str().into();
        if let Some(description) = &target.description {
            answer["description"] = description.as_str().into();
        }
        if let Some(unit) = &target.unit {
            answer["x-unit"] = unit.as_str().into();
        }
        answer
    }

    /// The answer to an object.
    fn prediction(&self) -> Value {
        let field = &self.model.header().serving.response_field;
        json!({
            "type": "object",
            "properties": {
                (field): self.reference("Answer"),
                "warnings": {
                    "type": "array",
                    "items": { "$ref": "#/components/schemas/Warning" },
                    "description": "Values outside the range seen in training; absent when there are none",
                },
            },
            "required": [field],
            "additionalProperties": false,
        })
    }

    fn question_examples(&self) -> Value {
        let (object, row) = (self.features.example_object(), self.features.example());
        json!({
            "object": { "summary": "An object of features", "value": object },
            "objects": { "summary": "A list of objects", "value": [object, object] },
            "data": { "summary": "Rows under `data`", "value": { "data": [row] } },
            "values": { "summary": "A list of values", "value": row },
            "lists": { "summary": "A list of lists", "value": [row, row] },
        })
    }
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
