//! What a caller may ask of the model beside its predictions, and what stands in an answer then.

use model_core::{Level, Model};
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::answer::{Asked, base_key, explained_rows};
use crate::options::is_reserved;
use crate::state::class_names;

/// An option that the model has.
struct Offer {
    name: &'static str,
    schema: Value,
    description: String,
}

/// The options that the model has.
fn offers(model: &dyn Model) -> Vec<Offer> {
    let has = |asked: Asked| asked.check(model, 1).is_ok();
    let mut offers = Vec::new();
    if is_reserved(&model.header().serving.response_field) {
        return offers;
    }
    if has(Asked { probabilities: true, ..Asked::default() }) {
        offers.push(Offer {
            name: "proba",
            schema: json!({ "type": "boolean", "default": false }),
            description: "Answer with the probability of each class".into(),
        });
    }
    if let Some(level) = model.interval_level()
        && has(Asked { interval: Some(level), ..Asked::default() })
    {
        offers.push(Offer {
            name: "interval",
            schema: json!({
                "type": "number",
                "minimum": Level::LEAST,
                "maximum": Level::MOST,
                "examples": [level.value()],
            }),
            description: "Answer with an interval that holds the target with this probability".into(),
        });
    }
    if has(Asked { contributions: true, ..Asked::default() }) {
        offers.push(Offer {
            name: "explain",
            schema: json!({ "type": "boolean", "default": false }),
            description: format!(
                "Answer with what each feature adds to the prediction, for at most {} rows; a stream of lines has no such \
                 limit",
                explained_rows(model)
            ),
        });
    }
    offers
}

impl Schemas<'_> {
    /// The options as parameters of the address.
    pub(super) fn option_parameters(&self) -> Value {
        let parameter = |Offer { name, schema, description }| json!({ "name": name, "in": "query", "description": description, "schema": schema });
        offers(self.model).into_iter().map(parameter).collect()
    }

    /// The options as an object in the body; none when the model has no options, or a feature of this name.
    pub(super) fn options(&self) -> Option<Value> {
        let offers = offers(self.model);
        if offers.is_empty() || self.model.encoder().position("options").is_some() {
            return None;
        }
        let property = |Offer { name, mut schema, description }| {
            schema["description"] = description.into();
            (name.to_owned(), schema)
        };
        Some(json!({
            "type": "object",
            "description": "What to answer beside the predictions. An option in the address counts where the body has none.",
            "properties": offers.into_iter().map(property).collect::<Map<_, _>>(),
            "additionalProperties": false,
        }))
    }

    /// All options, asked for.
    pub(super) fn example_options(&self) -> Option<Value> {
        let value = |Offer { name, schema, .. }: Offer| {
            (
                name.to_owned(),
                if schema["type"] == "boolean" { true.into() } else { schema["examples"][0].clone() },
            )
        };
        self.options().map(|_| offers(self.model).into_iter().map(value).collect::<Map<_, _>>().into())
    }

    /// What stands beside an answer when it was asked for; `each` gives what is in the place of a number.
    pub(super) fn details(&self, each: fn(Value) -> Value) -> Map<String, Value> {
        let mut details = Map::new();
        let number = || each(json!({ "type": "number" }));
        for Offer { name, .. } in offers(self.model) {
            let (field, schema) = match name {
                "proba" => {
                    let names = class_names(self.model);
                    let probability = |name: &String| {
                        (name.clone(), each(json!({ "type": "number", "minimum": 0, "maximum": 1 })))
                    };
                    let schema = json!({
                        "type": "object",
                        "description": "The probability of each class, when `proba` is asked for",
                        "properties": names.iter().map(probability).collect::<Map<_, _>>(),
                        "required": names,
                        "additionalProperties": false,
                    });
                    ("probabilities", schema)
                }
                "interval" => {
                    let schema = json!({
                        "type": "object",
                        "description": "An interval around the prediction, when `interval` is asked for",
                        "properties": { "level": { "type": "number" }, "lower": number(), "upper": number() },
                        "required": ["level", "lower", "upper"],
                        "additionalProperties": false,
                    });
                    ("interval", schema)
                }
                _ => {
                    let base = base_key(self.model.schema());
                    let schema = json!({
                        "type": "object",
                        "description": format!(
                            "What each feature adds to `{base}`, the answer of a model that knows no feature, under the \
                             feature's identifier; together they are the prediction, or the probability of the predicted \
                             class. When `explain` is asked for"
                        ),
                        "properties": { (base): number() },
                        "required": [base],
                        "additionalProperties": number(),
                    });
                    ("contributions", schema)
                }
            };
            details.insert(field.into(), schema);
        }
        if !details.is_empty() {
            let identity = json!({
                "type": "object",
                "description": "The model that answered, when anything beside the prediction is asked for",
                "properties": { "name": { "type": "string" }, "version": { "type": "integer", "minimum": 0 } },
                "required": ["name", "version"],
                "additionalProperties": false,
            });
            details.insert("model".into(), identity);
        }
        details
    }

    /// A row of named features with options beside them.
    pub(super) fn question(&self) -> Option<Value> {
        let options = self.options()?;
        let mut question = self.features();
        let features = self.reference("Features")["$ref"].as_str().unwrap_or_default().to_owned();
        if let Some(properties) = question["properties"].as_object_mut() {
            for feature in &self.model.schema().features {
                let pointer = format!("{features}/properties/{}", feature.identifier);
                properties.insert(feature.identifier.clone(), json!({ "$ref": pointer }));
            }
            properties.insert("options".into(), options);
        }
        question["title"] = format!("Features of {}, with options", self.model.header().title).into();
        question["required"] = match question["required"].take() {
            Value::Array(mut required) => {
                required.push("options".into());
                required.into()
            }
            _ => json!(["options"]),
        };
        if let Some(question) = question.as_object_mut() {
            question.remove("examples");
        }
        Some(question)
    }
}
