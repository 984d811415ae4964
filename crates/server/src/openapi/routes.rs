//! Question and answer of every route that asks the model, in each shape.

use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::api::services::label;

impl Schemas<'_> {
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
