//! What a caller may ask of the model beside its predictions, and what stands in an answer then.

use model_core::{Level, Model};
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::answer::{Asked, base_key, explained_rows};
use crate::options::is_reserved;

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

/// For how many rows an answer in an object stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    OneRow,
    /// Each number is a list, one element a row.
    Rows,
}

impl Span {
    /// Name of a schema of this span.
    fn noun(self, noun: &str) -> String {
        match self {
            Self::OneRow => noun.into(),
            Self::Rows => format!("{noun}OfRows"),
        }
    }

    /// What stands in the place of a number.
    fn each(self, number: Value) -> Value {
        match self {
            Self::OneRow => number,
            Self::Rows => json!({ "type": "array", "items": number }),
        }
    }
}

/// What stands beside an answer when it was asked for.
struct Detail {
    field: &'static str,
    /// Name of its schema, without the model's.
    noun: String,
    schema: Value,
}

impl Schemas<'_> {
    /// The options as parameters of the address.
    pub(super) fn option_parameters(&self) -> Value {
        let parameter = |Offer { name, schema, description }| json!({ "name": name, "in": "query", "description": description, "schema": schema });
        offers(self.model).into_iter().map(parameter).collect()
    }

    /// The options as an object in the body; none when the model has no options, or a feature of this name.
    pub(super) fn body_options(&self) -> Option<Value> {
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
        self.body_options().map(|_| offers(self.model).into_iter().map(value).collect::<Map<_, _>>().into())
    }

    /// What an answer has beside itself, by field.
    pub(super) fn detail_properties(&self, span: Span) -> Map<String, Value> {
        let mut properties: Map<_, _> = self
            .details(span)
            .into_iter()
            .map(|Detail { field, noun, .. }| (field.into(), self.reference(&noun)))
            .collect();
        if !properties.is_empty() {
            properties.insert("model".into(), json!({ "$ref": "#/components/schemas/ModelIdentity" }));
        }
        properties
    }

    /// The schemas of that, by name.
    pub(super) fn detail_components(&self) -> Vec<(String, Value)> {
        let mut components: Vec<_> = [Span::OneRow, Span::Rows]
            .into_iter()
            .flat_map(|span| self.details(span))
            .map(|Detail { noun, schema, .. }| (self.name(&noun), schema))
            .collect();
        if !components.is_empty() {
            let identity = json!({
                "type": "object",
                "description": "The model that answered, when anything beside the prediction is asked for",
                "properties": { "name": { "type": "string" }, "version": { "type": "integer", "minimum": 0 } },
                "required": ["name", "version"],
                "additionalProperties": false,
            });
            components.push(("ModelIdentity".into(), identity));
        }
        components
    }

    fn details(&self, span: Span) -> Vec<Detail> {
        let number = || span.each(json!({ "type": "number" }));
        let detail = |Offer { name, .. }: Offer| {
            let (field, noun, schema) = match name {
                "proba" => {
                    let names = self.model.header().class_names();
                    let probability = |name: &String| {
                        (name.clone(), span.each(json!({ "type": "number", "minimum": 0, "maximum": 1 })))
                    };
                    let schema = json!({
                        "type": "object",
                        "description": "The probability of each class, when `proba` is asked for",
                        "properties": names.iter().map(probability).collect::<Map<_, _>>(),
                        "required": names,
                        "additionalProperties": false,
                    });
                    ("probabilities", "Probabilities", schema)
                }
                "interval" => {
                    let schema = json!({
                        "type": "object",
                        "description": "An interval around the prediction, when `interval` is asked for",
                        "properties": { "level": { "type": "number" }, "lower": number(), "upper": number() },
                        "required": ["level", "lower", "upper"],
                        "additionalProperties": false,
                    });
                    ("interval", "Interval", schema)
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
                    ("contributions", "Contributions", schema)
                }
            };
            Detail { field, noun: span.noun(noun), schema }
        };
        offers(self.model).into_iter().map(detail).collect()
    }

    /// A row of named features with options beside them.
    pub(super) fn question(&self) -> Option<Value> {
        self.body_options()?;
        let mut question = self.features();
        if let Some(properties) = question["properties"].as_object_mut() {
            for (position, feature) in self.model.schema().features.iter().enumerate() {
                let mut schema = self.features.values(position);
                schema.insert(
                    "description".into(),
                    format!("As `{}` without options", feature.identifier).into(),
                );
                properties.insert(feature.identifier.clone(), schema.into());
            }
            properties.insert("options".into(), self.reference("Options"));
        }
        question["description"] = "One row of named features, with options.".into();
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
