//! The predicted rows: as text in CSV or NDJSON, or as columns of a Parquet file.

use forest::ForestModel;
use model_core::{Label, Model, winning_class};
use serde_json::{Map, Value};

mod object;

use object::{Field, Object};

use super::PredictError;
use super::answers::{Answers, Asked, Extra};
use super::objects::Fields;
use super::parquet::{Made, OutTable, ParquetWriter, Shape};
use super::piece::Piece;
use super::source::Source;
use crate::args::{AnswersArgs, RowsFormat};

/// Writes rows in the form that was asked for.
pub(super) struct RowsOut {
    format: RowsFormat,
    /// Names of the input columns, when the input says them for all rows.
    header: Option<Vec<String>>,
    column: String,
    delimiter: u8,
    /// The answer for each class; none for a regression.
    classes: Vec<Value>,
    with_probabilities: bool,
    /// Names of the columns that are added, the answer first.
    added: Vec<String>,
    /// Names that no row of the input may have.
    taken: Vec<String>,
    /// The answers of the classes as text.
    class_texts: Vec<String>,
    /// Names of the features.
    features: Vec<String>,
    /// The columns of a Parquet output.
    shape: Option<Shape>,
    /// The version of the model, where each row is told which one answered it.
    version: Option<u64>,
}

/// The field that tells which version of the model answered a row.
const VERSION: &str = "model_version";

impl RowsOut {
    pub(super) fn new(
        args: &AnswersArgs,
        format: RowsFormat,
        asked: &Asked,
        model: &ForestModel,
        source: &Source,
    ) -> Result<Self, PredictError> {
        let serving = &model.header().serving;
        let column = args.column.clone().unwrap_or_else(|| serving.response_field.clone());
        let header = source.names().map(<[String]>::to_vec);
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
        let answers = model.header().class_answers();
        let answer = |class: &Label| match class {
            Label::Integer(value) => Value::from(*value),
            Label::Text(value) => value.as_str().into(),
        };
        let classes: Vec<Value> = answers.iter().map(answer).collect();
        let class_texts: Vec<String> = classes.iter().map(text).collect();
        let mut added = vec![column.clone()];
        if args.probabilities {
            added.extend(class_texts.iter().map(|class| format!("probability_{class}")));
        }
        added.extend(extra.into_iter().map(|(name, _)| name));
        let shape = (format == RowsFormat::Parquet).then(|| {
            let answer = match classes.first() {
                None => Made::Number,
                Some(_) if classes.iter().all(Value::is_i64) => Made::Integer,
                Some(_) => Made::Text,
            };
            let kinds = std::iter::once(answer).chain(std::iter::repeat(Made::Number));
            let added: Vec<_> = added.iter().cloned().zip(kinds).collect();
            Shape::new(source, model.encoder(), &added).map_err(PredictError::of_parquet_output)
        });
        let mut taken = added.clone();
        if format == RowsFormat::Ndjson {
            taken.extend(args.probabilities.then(|| "probabilities".into()));
            taken.extend(args.explain.then(|| "contributions".into()));
        }
        Ok(Self {
            format,
            header,
            column,
            delimiter: source.delimiter(),
            classes,
            with_probabilities: args.probabilities,
            added,
            taken,
            class_texts,
            features,
            shape: shape.transpose()?,
            version: None,
        })
    }

    /// Tells in each row of NDJSON which version of the model answered it.
    pub(super) fn with_version(mut self, version: u64) -> Result<Self, PredictError> {
        if self.taken.iter().any(|name| name == VERSION) {
            return Err(PredictError::VersionTaken);
        }
        self.taken.push(VERSION.into());
        self.version = Some(version);
        Ok(self)
    }

    /// Names that no row of the input may have, for what is added has them.
    pub(super) fn taken(&self) -> &[String] {
        &self.taken
    }

    /// The line of names, where the output has one.
    pub(super) fn head(&self, output: &mut Vec<u8>) {
        let (RowsFormat::Csv, Some(names)) = (self.format, &self.header) else { return };
        let mut line = Line::new(output, self.delimiter);
        names.iter().chain(&self.added).for_each(|name| line.push(name.as_bytes()));
        line.finish();
    }

    /// What makes the bytes of a Parquet output, where it is one.
    pub(super) fn writer(&self) -> Result<Option<ParquetWriter>, PredictError> {
        let writer = self.shape.as_ref().map(Shape::writer);
        writer.transpose().map_err(PredictError::of_parquet_output)
    }

    /// The rows of a piece that were answered as columns, where the output has columns.
    pub(super) fn table(
        &self,
        piece: &Piece,
        good: &[usize],
        model: &ForestModel,
        answers: &Answers,
    ) -> Option<OutTable> {
        let mut table = self.shape.as_ref()?.given(piece, good, model.encoder());
        let rows = || answers.scores.rows();
        let winners: Vec<usize> = rows().map(winning_class).collect();
        let whole: Option<Vec<i64>> =
            winners.iter().map(|&winner| self.classes.get(winner).and_then(Value::as_i64)).collect();
        let are_whole = self.classes.iter().all(Value::is_i64);
        match whole {
            _ if self.classes.is_empty() => table.push_numbers(rows().map(|scores| scores[0]).collect()),
            Some(whole) if are_whole => table.push_integers(whole),
            _ => table.push_texts(winners.iter().map(|&winner| self.class_texts[winner].as_str())),
        }
        if self.with_probabilities {
            for class in 0..self.classes.len() {
                table.push_numbers(rows().map(|scores| scores[class]).collect());
            }
        }
        let extras: Vec<Vec<f64>> = winners
            .iter()
            .enumerate()
            .map(|(row, &winner)| answers.extra(row, winner).numbers().collect())
            .collect();
        for extra in 0..extras.first().map_or(0, Vec::len) {
            table.push_numbers(extras.iter().map(|numbers| numbers[extra]).collect());
        }
        Some(table)
    }

    /// The rows of a piece that were answered, as text.
    pub(super) fn rows(&self, piece: &Piece, good: &[usize], answers: &Answers, output: &mut Vec<u8>) {
        for (row, (&index, scores)) in good.iter().zip(answers.scores.rows()).enumerate() {
            let extra = answers.extra(row, winning_class(scores));
            match self.format {
                RowsFormat::Csv => self.csv(piece, index, scores, &extra, output),
                RowsFormat::Ndjson => self.json(piece, index, scores, &extra, output),
                RowsFormat::Parquet => {}
            }
        }
    }

    fn csv(&self, piece: &Piece, index: usize, scores: &[f64], extra: &Extra<'_>, output: &mut Vec<u8>) {
        let mut line = Line::new(output, self.delimiter);
        match piece {
            Piece::Csv(part) => {
                let record = part.record(index);
                match record.plain() {
                    Some(cells) => line.push_plain(cells),
                    None => record.cells().for_each(|cell| line.push(cell)),
                }
            }
            Piece::Ndjson(objects) => {
                for name in self.header.iter().flatten() {
                    match objects.fields(index).and_then(|fields| fields.get(name)) {
                        None | Some(Value::Null) => line.push(b""),
                        Some(Value::String(text)) => line.push(text.as_bytes()),
                        Some(value) => line.push(value.to_string().as_bytes()),
                    }
                }
            }
            Piece::Parquet(rows) => rows.texts(index).for_each(|cell| line.push(cell.as_bytes())),
        }
        match self.class_texts.get(winning_class(scores)) {
            Some(class) => line.push(class.as_bytes()),
            None => line.push_number(scores[0]),
        }
        if self.with_probabilities && !self.classes.is_empty() {
            scores.iter().for_each(|probability| line.push(probability.to_string().as_bytes()));
        }
        extra.numbers().for_each(|number| line.push(number.to_string().as_bytes()));
        line.finish();
    }

    /// Cells of a CSV file as they stand, under their names, and their record's number; without a header the number
    /// alone. Fields of an object are kept as they are.
    fn json(&self, piece: &Piece, index: usize, scores: &[f64], extra: &Extra<'_>, output: &mut Vec<u8>) {
        let names = || self.header.iter().flatten().map(String::as_str);
        let mut row = match piece {
            Piece::Csv(part) => {
                let record = part.record(index);
                let number = ("record", record.place().record.into());
                let cells = names().zip(0..record.len());
                let cells = cells.map(|(name, position)| (name, Field::Text(record.text(position))));
                Object::of(1 + record.len(), std::iter::once(number).chain(cells))
            }
            Piece::Ndjson(objects) => {
                let fields = objects.fields(index);
                let count = fields.map_or(0, Fields::len);
                let fields = fields.into_iter().flat_map(Fields::iter);
                Object::of(count, fields.map(|(name, value)| (name, Field::Given(value))))
            }
            Piece::Parquet(rows) => {
                let cells = names().zip(rows.values(index)).map(|(name, value)| (name, value.into()));
                Object::of(rows.columns.len(), cells)
            }
        };
        row.put(&self.column, self.classes.get(winning_class(scores)).map_or(scores[0].into(), Field::Given));
        if self.with_probabilities && !self.classes.is_empty() {
            let of_class = |(class, &probability): (&String, &f64)| (class.clone(), Value::from(probability));
            let probabilities: Map<_, _> = self.class_texts.iter().zip(scores).map(of_class).collect();
            row.put("probabilities", Value::from(probabilities).into());
        }
        if let Some(interval) = extra.interval {
            row.put("lower", interval.lower.into());
            row.put("upper", interval.upper.into());
        }
        if let Some((base, contributions)) = extra.explanation {
            let named = self.features.iter().cloned().zip(contributions.iter().map(|&value| value.into()));
            row.put("base_value", base.into());
            row.put("contributions", Value::from(named.collect::<Map<_, _>>()).into());
        }
        if let Some(version) = self.version {
            row.put(VERSION, version.into());
        }
        append_json(output, &row);
        output.push(b'\n');
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writing to memory cannot fail, and neither can the text of a number or of a value that was one before.
fn append_json(output: &mut Vec<u8>, value: &impl serde::Serialize) {
    let _: serde_json::Result<()> = serde_json::to_writer(output, value);
}

/// One CSV line.
struct Line<'a> {
    output: &'a mut Vec<u8>,
    is_begun: bool,
    delimiter: u8,
}

impl<'a> Line<'a> {
    fn new(output: &'a mut Vec<u8>, delimiter: u8) -> Self {
        Self { output, is_begun: false, delimiter }
    }

    fn delimit(&mut self) {
        if std::mem::replace(&mut self.is_begun, true) {
            self.output.push(self.delimiter);
        }
    }

    /// Cells with the delimiters between them, in none of which there is anything to quote.
    fn push_plain(&mut self, cells: &[u8]) {
        self.delimit();
        self.output.extend_from_slice(cells);
    }

    fn push_number(&mut self, number: f64) {
        self.delimit();
        append_json(self.output, &number);
    }

    fn push(&mut self, cell: &[u8]) {
        self.delimit();
        let is_special = |byte: &u8| *byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        let needs_quotes = cell.iter().any(is_special);
        if !needs_quotes {
            self.output.extend_from_slice(cell);
            return;
        }
        self.output.push(b'"');
        for &byte in cell {
            if byte == b'"' {
                self.output.push(b'"');
            }
            self.output.push(byte);
        }
        self.output.push(b'"');
    }

    fn finish(self) {
        self.output.push(b'\n');
    }
}
