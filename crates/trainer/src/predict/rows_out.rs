//! The predicted rows as text: CSV or NDJSON.

use forest::ForestModel;
use model_core::header::ClassAnswer;
use model_core::schema::{Label, Task};
use model_core::{Model, winning_class};
use serde_json::{Map, Value};

use super::PredictError;
use super::answers::{Answers, Asked, Extra};
use super::destination::Destination;
use crate::args::{PredictArgs, PredictionFormat};
use crate::csv_table::{CsvTable, Record};

/// Writes rows in the form that was asked for.
pub(super) struct RowsOut {
    format: PredictionFormat,
    /// Names of the input columns, when the input has a header.
    header: Option<Vec<String>>,
    column: String,
    delimiter: u8,
    /// The answer for each class; none for a regression.
    classes: Vec<Value>,
    with_probabilities: bool,
    /// Names of the columns beside the answer that were asked for.
    extra: Vec<String>,
    /// Names of the features.
    features: Vec<String>,
}

impl RowsOut {
    pub(super) fn new(
        args: &PredictArgs,
        asked: &Asked,
        model: &ForestModel,
        table: &CsvTable,
    ) -> Result<Self, PredictError> {
        let serving = &model.header().serving;
        let column = args.column.clone().unwrap_or_else(|| serving.response_field.clone());
        let header = table.has_header().then(|| table.columns().names().to_vec());
        if header.as_ref().is_some_and(|names| names.contains(&column)) {
            return Err(PredictError::ColumnTaken { column });
        }
        let features: Vec<String> =
            model.schema().features.iter().map(|feature| feature.name.clone()).collect();
        let extra = asked.columns(&features);
        for (name, option) in &extra {
            if *name == column || header.as_ref().is_some_and(|names| names.contains(name)) {
                return Err(PredictError::AddedColumnTaken { column: name.clone(), option });
            }
        }
        let classes = match &model.schema().target.task {
            Task::Regression => Vec::new(),
            Task::Classification(classes) => classes
                .iter()
                .map(|class| match (&class.name, &class.value) {
                    (Some(name), _) if serving.class_answer == ClassAnswer::Name => name.as_str().into(),
                    (_, Label::Integer(value)) => (*value).into(),
                    (_, Label::Text(value)) => value.as_str().into(),
                })
                .collect(),
        };
        Ok(Self {
            format: args.format,
            header,
            column,
            delimiter: table.delimiter(),
            classes,
            with_probabilities: args.probabilities,
            extra: extra.into_iter().map(|(name, _)| name).collect(),
            features,
        })
    }

    /// The line of names, where the output has one.
    pub(super) fn head(&self, destination: &mut Destination) -> Result<(), PredictError> {
        let (PredictionFormat::Csv, Some(names)) = (self.format, &self.header) else { return Ok(()) };
        let mut line = Line::new(self.delimiter);
        names.iter().for_each(|name| line.push(name.as_bytes()));
        line.push(self.column.as_bytes());
        for class in self.classes.iter().filter(|_| self.with_probabilities) {
            line.push(format!("probability_{}", text(class)).as_bytes());
        }
        self.extra.iter().for_each(|name| line.push(name.as_bytes()));
        destination.write(&line.finish())
    }

    /// The rows with their answers.
    pub(super) fn rows(
        &self,
        records: &[Record<'_>],
        answers: &Answers,
        destination: &mut Destination,
    ) -> Result<(), PredictError> {
        for (row, (&record, scores)) in records.iter().zip(answers.scores.rows()).enumerate() {
            let extra = answers.extra(row, winning_class(scores));
            let line = match self.format {
                PredictionFormat::Csv => self.csv(record, scores, &extra),
                PredictionFormat::Ndjson => self.json(record, scores, &extra),
            };
            destination.write(&line)?;
        }
        Ok(())
    }

    fn answer(&self, scores: &[f64]) -> Value {
        if self.classes.is_empty() { scores[0].into() } else { self.classes[winning_class(scores)].clone() }
    }

    fn csv(&self, record: Record<'_>, scores: &[f64], extra: &Extra<'_>) -> Vec<u8> {
        let mut line = Line::new(self.delimiter);
        record.cells().for_each(|cell| line.push(cell));
        line.push(text(&self.answer(scores)).as_bytes());
        if self.with_probabilities && !self.classes.is_empty() {
            scores.iter().for_each(|probability| line.push(probability.to_string().as_bytes()));
        }
        extra.numbers().for_each(|number| line.push(number.to_string().as_bytes()));
        line.finish()
    }

    /// The cells as they stand, under their names; without a header under the number of the record alone.
    fn json(&self, record: Record<'_>, scores: &[f64], extra: &Extra<'_>) -> Vec<u8> {
        let mut row = Map::new();
        row.insert("record".into(), record.place().record.into());
        for (position, name) in self.header.iter().flatten().enumerate().take(record.len()) {
            row.insert(name.clone(), record.text(position).into());
        }
        row.insert(self.column.clone(), self.answer(scores));
        if self.with_probabilities && !self.classes.is_empty() {
            let of_class = |(class, &probability): (&Value, &f64)| (text(class), Value::from(probability));
            let probabilities: Map<_, _> = self.classes.iter().zip(scores).map(of_class).collect();
            row.insert("probabilities".into(), probabilities.into());
        }
        if let Some(interval) = extra.interval {
            row.insert("lower".into(), interval.lower.into());
            row.insert("upper".into(), interval.upper.into());
        }
        if let Some((base, contributions)) = extra.explanation {
            let named = self.features.iter().cloned().zip(contributions.iter().map(|&value| value.into()));
            row.insert("base_value".into(), base.into());
            row.insert("contributions".into(), named.collect::<Map<_, _>>().into());
        }
        format!("{}\n", Value::Object(row)).into_bytes()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One CSV line.
struct Line {
    bytes: Vec<u8>,
    cells: usize,
    delimiter: u8,
}

impl Line {
    fn new(delimiter: u8) -> Self {
        Self { bytes: Vec::new(), cells: 0, delimiter }
    }

    fn push(&mut self, cell: &[u8]) {
        if self.cells > 0 {
            self.bytes.push(self.delimiter);
        }
        self.cells += 1;
        let is_special = |byte: &u8| *byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        let needs_quotes = cell.iter().any(is_special);
        if !needs_quotes {
            self.bytes.extend_from_slice(cell);
            return;
        }
        self.bytes.push(b'"');
        for &byte in cell {
            if byte == b'"' {
                self.bytes.push(b'"');
            }
            self.bytes.push(byte);
        }
        self.bytes.push(b'"');
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.push(b'\n');
        self.bytes
    }
}
