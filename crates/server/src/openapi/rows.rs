//! JSON Schema of many rows, in questions and in answers.

use serde_json::{Map, Value, json};

use super::options::Span;
use super::schemas::{Schemas, warnings};
use crate::api::media::CSV;
use crate::api::services::label;

impl Schemas<'_> {
    /// A list of rows.
    pub(super) fn rows(&self, row: &Value, description: &str) -> Value {
        json!({
            "type": "array",
            "description": format!("{description}, 1 to {}", self.maximum_rows),
            "items": row,
            "minItems": 1,
            "maxItems": self.maximum_rows,
        })
    }

    /// Rows by position, in an object that has room for options.
    pub(super) fn rows_under_data(&self) -> Value {
        let rows = self.rows(&self.reference("Values"), "The rows");
        let mut properties = Map::from_iter([("data".to_owned(), rows)]);
        if self.body_options().is_some() {
            properties.insert("options".into(), self.reference("Options"));
        }
        json!({
            "type": "object",
            "description": "Rows with the values in the order of the features",
            "properties": properties,
            "required": ["data"],
            "additionalProperties": false,
        })
    }

    /// The answers in an object, with what was asked for beside them.
    pub(super) fn answers(&self) -> Value {
        let answers = json!({
            "type": "array",
            "items": self.reference("Answer"),
            "description": "The answers in the order of the rows",
        });
        let mut properties = Map::from_iter([("data".to_owned(), answers)]);
        properties.extend(self.detail_properties(Span::Rows));
        properties.insert("warnings".into(), warnings());
        json!({
            "type": "object",
            "description": "For rows under `data` and for a table: what is asked for beside the answers has a list in \
                            place of each number, in the order of the rows",
            "properties": properties,
            "required": ["data"],
            "additionalProperties": false,
        })
    }

    /// One answer under its label.
    pub(super) fn labelled_answer(&self) -> Value {
        let label_of = |row| label(&self.model.header().serving.label_template, row);
        json!({
            "type": "object",
            "description": format!("An answer under its label: `{}`, `{}`, …", label_of(0), label_of(1)),
            "additionalProperties": self.reference("Answer"),
            "minProperties": 1,
            "maxProperties": 1,
        })
    }

    /// Rows and their answers under labels.
    pub(super) fn labelled_answers(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "inputData": self.rows(&self.reference("Features"), "The rows as sent"),
                "predictions": {
                    "type": "array",
                    "description": "One object for each row",
                    "items": self.reference("LabelledAnswer"),
                },
                "warnings": warnings(),
            },
            "required": ["inputData", "predictions"],
            "additionalProperties": false,
        })
    }
}

/// The form that a file is uploaded by.
pub(super) fn table_file() -> Value {
    json!({
        "type": "object",
        "properties": { "csv_file": {
            "type": "string",
            "format": "binary",
            "contentMediaType": CSV,
            "description": "The table: UTF-8, one row a line",
        } },
        "required": ["csv_file"],
        "additionalProperties": false,
    })
}
