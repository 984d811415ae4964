//! Question and answer of every route that asks the model, in each shape.

use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::api::media::{CSV, NDJSON};

impl Schemas<'_> {
    /// Writes question and answer of every route that asks the model.
    pub(super) fn fill(&self, paths: &mut Value) {
        let named = self.reference("Features");
        let values = self.reference("Values");
        let answer = self.reference("Answer");
        let prediction = self.reference("Prediction");
        let answers = self.reference("Answers");

        let mut questions = vec![
            named.clone(),
            self.rows(&named, "Rows of named features"),
            self.reference("Rows"),
            values.clone(),
            self.rows(&values, "Rows with the values in the order of the features"),
        ];
        questions.extend(self.body_options().map(|_| self.reference("Question")));
        let options = self.option_parameters();

        let predict = &mut paths["/predict"]["post"];
        predict["requestBody"] = json!({
            "required": true,
            "description": "One row or many, in any of five shapes; a table; or rows one a line",
            "content": {
                "application/json": { "schema": { "anyOf": questions }, "examples": self.question_examples() },
                (CSV): { "schema": table(), "example": self.example_table() },
                (NDJSON): {
                    "schema": {
                        "description": format!(
                            "One row a line, at most {} bytes long: an object of features or a list of values. The \
                             number of lines has no limit",
                            self.longest_line
                        ),
                        "x-item-schema": { "anyOf": [named, values] },
                    },
                    "example": self.example_lines(),
                },
            },
        });
        predict["responses"]["200"]["content"] = json!({
            "application/json": { "schema": { "anyOf": [
                prediction,
                {
                    "type": "array",
                    "items": prediction,
                    "description": "For a list of objects; with options for a list of lists, too",
                },
                answers,
                answer,
                { "type": "array", "items": answer, "description": "For a list of lists" },
            ] } },
            (CSV): { "schema": self.answer_table() },
            (NDJSON): { "schema": {
                "description": "One object a line, in the place of the row's: the answer, or the problem that the row is",
                "x-item-schema": { "anyOf": [prediction, { "$ref": "#/components/schemas/BadLine" }] },
            } },
        });
        predict["parameters"] = options.clone();

        let csv = &mut paths["/predict_csv"]["post"];
        csv["requestBody"] = json!({
            "required": true,
            "content": { "multipart/form-data": { "schema": { "$ref": "#/components/schemas/TableFile" } } },
        });
        csv["responses"]["200"]["content"] = json!({
            "application/json": { "schema": answers },
            (CSV): { "schema": self.answer_table() },
        });
        csv["parameters"] = options;

        let services = &mut paths["/v1/services/predict"]["post"];
        services["requestBody"] = json!({
            "required": true,
            "content": { "application/json": {
                "schema": self.rows(&named, "Rows of named features"),
                "example": [self.features.example_object()],
            } },
        });
        services["responses"]["200"]["content"] =
            json!({ "application/json": { "schema": self.reference("LabelledAnswers") } });

        for path in ["/predict", "/predict_csv", "/v1/services/predict"] {
            paths[path]["post"]["responses"]["200"]["headers"]["x-canopy-warnings"] = json!({
                "description": "How many values lie outside the range seen in training; absent when none does",
                "schema": { "type": "integer", "minimum": 1 },
            });
        }
        Self::sign(paths);
    }

    /// Names the model on every answer that it has a part in.
    fn sign(paths: &mut Value) {
        for (path, method) in [
            ("/predict", "post"),
            ("/predict_csv", "post"),
            ("/v1/services/predict", "post"),
            ("/v1/model", "get"),
            ("/", "get"),
        ] {
            let responses = paths[path][method]["responses"].as_object_mut();
            for response in responses.into_iter().flat_map(|responses| responses.values_mut()) {
                response["headers"]["x-canopy-model"] = json!({ "$ref": "#/components/headers/Model" });
                response["headers"]["x-canopy-model-version"] =
                    json!({ "$ref": "#/components/headers/ModelVersion" });
            }
        }
    }

    /// The answer as a table.
    fn answer_table(&self) -> Value {
        json!({
            "type": "string",
            "contentMediaType": CSV,
            "description": format!(
                "A line of names, then one line a row: `{}`, and the columns `probability_…`, `lower`, `upper`, \
                 `base_value` and `contribution_…` that were asked for. To `Accept: text/csv` and a table alone",
                self.model.header().serving.response_field
            ),
        })
    }

    /// The example as a table with a line of names.
    fn example_table(&self) -> String {
        let names: Vec<_> =
            self.model.schema().features.iter().map(|feature| feature.identifier.clone()).collect();
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut table = csv::Writer::from_writer(Vec::new());
        let cells: Vec<_> = self.features.example().iter().map(cell).collect();
        // Memory takes whatever is written.
        let written = table.write_record(names).and_then(|()| table.write_record(cells));
        let table = written.ok().and_then(|()| table.into_inner().ok()).unwrap_or_default();
        String::from_utf8(table).unwrap_or_default()
    }

    /// The example one row a line, by name and by position.
    fn example_lines(&self) -> String {
        format!("{}\n{}\n", self.features.example_object(), Value::from(self.features.example()))
    }

    fn question_examples(&self) -> Value {
        let (object, row) = (self.features.example_object(), self.features.example());
        let mut examples = json!({
            "object": { "summary": "An object of features", "value": object },
            "objects": { "summary": "A list of objects", "value": [object, object] },
            "data": { "summary": "Rows under `data`", "value": { "data": [row] } },
            "values": { "summary": "A list of values", "value": row },
            "lists": { "summary": "A list of lists", "value": [row, row] },
        });
        if let Some(options) = self.example_options() {
            examples["options"] =
                json!({ "summary": "With options", "value": { "data": [row], "options": options } });
        }
        examples
    }
}

/// A table in a body.
fn table() -> Value {
    json!({
        "type": "string",
        "contentMediaType": CSV,
        "description": "A table as in the file of `/predict_csv`: UTF-8, one row a line, with names in the first line or not",
    })
}
