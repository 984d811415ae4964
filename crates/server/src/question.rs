//! What a caller asks: encoded rows, the shape they came in, and what is remarkable about them.
//!
//! JSON bodies, CSV files and tensors end here alike, every value encoded by the model's own [`Encoder`].

use model_core::encoding::shortest_double;
use model_core::{Encoder, Model, Profile, RawValue, Rows};

use crate::fault::{Fault, Faults, Warning};
use crate::options::{Options, Source};

mod csv_file;
mod json;
mod known;
mod place;
mod seen;

pub(crate) use csv_file::{Columns, read_csv};
pub(crate) use json::{Envelope, Expect, Form, malformed, meets, not_utf8, read_json};
pub(crate) use known::nearest;
pub(crate) use place::Place;
pub(crate) use seen::seen_in_training;

/// Most warnings that one answer lists; the response header counts them all.
const LISTED_WARNINGS: usize = 1000;
/// The key under which the options of a body stand, where its protocol has no other.
const OPTIONS: &str = "options";

/// The shape of a question, which is also the shape of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"RM": 6.5, …}`: one row of named features.
    Object,
    /// `[{"RM": 6.5, …}, …]`: rows of named features.
    Objects,
    /// `{"data": [[6.5, …], …]}`, a CSV file, or tensors: rows by position, in an object.
    Data,
    /// `[6.5, …]`: one row by position.
    Row,
    /// `[[6.5, …], …]`: rows by position.
    Matrix,
}

/// Rows that passed every rule.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) shape: Shape,
    pub(crate) rows: Rows,
    pub(crate) warnings: Warnings,
    /// The options in the body.
    pub(crate) options: Options,
}

/// The warnings of one question, each with the row it belongs to, in row order.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    listed: Vec<(usize, Warning)>,
    total: usize,
}

impl Warnings {
    /// How many there are, listed or not.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// All that are listed.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Warning> {
        self.listed.iter().map(|(_, warning)| warning)
    }

    /// Those of one row.
    pub(crate) fn of_row(&self, row: usize) -> impl Iterator<Item = &Warning> {
        let start = self.listed.partition_point(|(of, _)| *of < row);
        self.listed[start..].iter().take_while(move |(of, _)| *of == row).map(|(_, warning)| warning)
    }
}

/// Encodes rows value by value and gathers what is wrong with them.
pub(crate) struct Collector<'m> {
    encoder: &'m Encoder,
    profile: &'m Profile,
    seen: &'m [String],
    strict: bool,
    maximum_rows: usize,
    pub(crate) faults: Faults,
    warnings: Warnings,
    /// The options met so far.
    pub(crate) options: Options,
    rows: Rows,
    /// Rows met, including those that are not kept.
    count: usize,
}

/// How a question is judged.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'m> {
    pub(crate) model: &'m dyn Model,
    /// What training saw of each feature, in words.
    pub(crate) seen: &'m [String],
    /// Whether a value outside the training range is refused.
    pub(crate) strict: bool,
    pub(crate) maximum_rows: usize,
}

impl<'m> Collector<'m> {
    pub(crate) fn new(rules: &Rules<'m>) -> Self {
        let encoder = rules.model.encoder();
        Self {
            encoder,
            profile: rules.model.profile(),
            seen: rules.seen,
            strict: rules.strict,
            maximum_rows: rules.maximum_rows,
            faults: Faults::default(),
            warnings: Warnings::default(),
            options: Options::none(Source::Body(OPTIONS)),
            rows: Rows::with_capacity(encoder.width(), 1),
            count: 0,
        }
    }

    pub(crate) fn encoder(&self) -> &'m Encoder {
        self.encoder
    }

    pub(crate) fn width(&self) -> usize {
        self.encoder.width()
    }

    /// Number of rows so far, which is also the index of the current one.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Encodes one value of the current row; NaN stands for one that is wrong.
    pub(crate) fn value(&mut self, position: usize, raw: RawValue<'_>, place: &Place<'_>) -> f32 {
        self.value_of(self.count, position, raw, place)
    }

    /// Encodes one value of any row, for values that come column by column.
    pub(crate) fn value_of(
        &mut self,
        row: usize,
        position: usize,
        raw: RawValue<'_>,
        place: &Place<'_>,
    ) -> f32 {
        match self.encoder.value(position, raw) {
            Ok(encoded) => {
                self.judge(row, position, encoded, raw, place);
                encoded
            }
            Err(error) => {
                self.faults.add(|| place.locate(Fault::value(place.to_string(), error)));
                f32::NAN
            }
        }
    }

    /// Encodes a number that comes as `f32`. Its nearest double may lie beyond a bound that the number itself keeps, as
    /// that of 0.1 does, and is not what the caller wrote.
    pub(crate) fn single(&mut self, row: usize, position: usize, value: f32, place: &Place<'_>) -> f32 {
        match self.encoder.value(position, RawValue::Number(value.into())) {
            Ok(encoded) => {
                if self.profile.is_outside(position, encoded) {
                    self.judge(row, position, encoded, RawValue::Number(shortest_double(value)), place);
                }
                encoded
            }
            Err(_) => self.value_of(row, position, RawValue::Number(shortest_double(value)), place),
        }
    }

    /// The value of a feature that no row has, because there is no column of it.
    pub(crate) fn absent(&mut self, position: usize, loc: &str) -> f32 {
        self.encoder.value(position, RawValue::Missing).unwrap_or_else(|_| {
            let name = &self.encoder.schema().features[position].name;
            self.faults.add(|| Fault::new(loc, "column missing", format!("a column {name}"), "none"));
            f32::NAN
        })
    }

    /// Encodes one CSV cell.
    pub(crate) fn cell(&mut self, position: usize, text: &str, place: &Place<'_>) -> f32 {
        match self.encoder.cell(position, text) {
            Ok(encoded) => {
                self.judge(self.count, position, encoded, RawValue::Text(text.trim()), place);
                encoded
            }
            Err(error) => {
                self.faults.add(|| place.locate(Fault::value(place.to_string(), error)));
                f32::NAN
            }
        }
    }

    fn judge(&mut self, row: usize, position: usize, encoded: f32, raw: RawValue<'_>, place: &Place<'_>) {
        // A default that stands in for a missing value is the model's own choice, not the caller's.
        if raw == RawValue::Missing || !self.profile.is_outside(position, encoded) {
            return;
        }
        let warning = || Warning::new(place.to_string(), &self.seen[position], raw);
        if self.strict {
            self.faults.add(|| place.locate(warning().into()));
            return;
        }
        self.warnings.total += 1;
        if self.warnings.listed.len() < LISTED_WARNINGS {
            self.warnings.listed.push((row, warning()));
        }
    }

    /// Ends a row. It is kept while nothing is wrong and there is room.
    pub(crate) fn end_row(&mut self, row: &[f32]) {
        if self.faults.is_empty() && self.count < self.maximum_rows {
            self.rows.push(row);
        }
        self.count += 1;
    }

    /// Ends a row that has no values.
    pub(crate) fn skip_row(&mut self) {
        self.count += 1;
    }

    /// Takes all rows at once, in place of one after the other.
    pub(crate) fn take(&mut self, rows: Rows) {
        self.count = rows.len();
        self.rows = rows;
        self.warnings.listed.sort_by_key(|(row, _)| *row);
    }

    /// Most rows that are kept.
    pub(crate) fn maximum_rows(&self) -> usize {
        self.maximum_rows
    }

    /// The question, when nothing is wrong.
    pub(crate) fn finish(self, shape: Shape) -> Result<Question, Faults> {
        if self.faults.is_empty() {
            Ok(Question { shape, rows: self.rows, warnings: self.warnings, options: self.options })
        } else {
            Err(self.faults)
        }
    }
}
