//! A JSON body → rows, in one pass: every value is encoded as the parser meets it, so that memory follows the rows and
//! not the text, and the shape of the body is told from its first bytes.

use model_core::RawValue;
use model_core::encoding::shortened;

use super::{Collector, Place, Question, Rules, Shape, known};
use crate::error::ApiError;
use crate::fault::{Fault, Mark};

mod body;
pub(crate) mod meets;
mod options;
mod row;

/// Which shapes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Any.
    Any,
    /// A list of objects.
    Objects,
    /// One row: an object or a list of values, and nothing else in the body.
    Row,
}

/// Reads a body of the expected shapes.
///
/// # Errors
/// When the body is no JSON, or with all that is wrong with its rows.
pub(crate) fn read_json(body: &[u8], rules: &Rules<'_>, expect: Expect) -> Result<Question, ApiError> {
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    if text.trim_ascii().is_empty() {
        return Err(ApiError::EmptyBody);
    }
    let mut reader = Reader::new(rules, expect);
    let mut parser = serde_json::Deserializer::from_str(text);
    body::read(&mut reader, &mut parser).and_then(|()| parser.end()).map_err(|error| malformed(&error))?;
    reader.finish(rules.maximum_rows)
}

/// A text that is no JSON.
pub(crate) fn malformed(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let full = error.to_string();
    let place = format!(" at line {line} column {column}");
    ApiError::Malformed { line, column, reason: full.strip_suffix(&place).unwrap_or(&full).into() }
}

/// A body that is no text from this offset on.
pub(crate) fn not_utf8(body: &[u8], offset: usize) -> ApiError {
    let before = &body[..offset];
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    ApiError::Malformed { line, column: offset - start + 1, reason: "the text is not UTF-8".into() }
}

struct Reader<'m> {
    collector: Collector<'m>,
    expect: Expect,
    shape: Option<Shape>,
    /// A data point has another number of values.
    wrong_width: bool,
    /// The encoded row in the making, and which features it has.
    row: Vec<f32>,
    given: Vec<bool>,
    /// The body has options already.
    has_options: bool,
}

impl<'m> Reader<'m> {
    fn new(rules: &Rules<'m>, expect: Expect) -> Self {
        let collector = Collector::new(rules);
        let width = collector.width();
        Self {
            collector,
            expect,
            shape: None,
            wrong_width: false,
            row: Vec::with_capacity(width),
            given: vec![false; width],
            has_options: false,
        }
    }

    fn finish(self, maximum_rows: usize) -> Result<Question, ApiError> {
        let width = self.collector.width();
        let count = self.collector.count();
        if count > maximum_rows {
            return Err(ApiError::TooManyRows { limit: maximum_rows, found: count });
        }
        // A body without a shape has a fault that says so.
        let shape = self.shape.unwrap_or(Shape::Object);
        match self.collector.finish(shape) {
            Ok(question) => Ok(question),
            Err(faults) if self.wrong_width => Err(ApiError::WrongWidth { width, faults }),
            Err(faults) => Err(ApiError::Invalid { faults }),
        }
    }

    fn fault(&mut self, fault: impl FnOnce() -> Fault) {
        self.collector.faults.add(fault);
    }

    /// The body is none of the accepted shapes.
    fn no_shape(&mut self, got: RawValue<'_>) {
        let expected = match self.expect {
            Expect::Any => {
                "an object of features, a list of such objects, {\"data\": [[…]]}, a list of values or a list of lists"
            }
            Expect::Objects => "a list of objects",
            Expect::Row => "an object of features or a list of values",
        };
        self.fault(|| Fault::new("body", "not of the right shape", expected, got.shown()));
    }

    /// A list that should hold rows holds none.
    fn no_rows(&mut self, loc: &str) {
        self.fault(|| Fault::new(loc, "no rows", "at least one row", "an empty list"));
    }

    /// Whether the list is of this shape. The first element decides it.
    fn is_shape(&mut self, shape: Shape) -> bool {
        let allowed = match self.expect {
            Expect::Any => true,
            Expect::Objects => shape == Shape::Objects,
            Expect::Row => shape == Shape::Row,
        };
        allowed && *self.shape.get_or_insert(shape) == shape
    }

    /// An element of a list is another thing than its first element.
    fn stray_item(&mut self, index: usize, got: RawValue<'_>) {
        let expected = match self.shape {
            None if self.expect == Expect::Row => "a value, and one row a line",
            Some(Shape::Objects) | None => "an object of features",
            Some(Shape::Matrix | Shape::Data) => "a list of values",
            Some(Shape::Row | Shape::Object) => "a value",
        };
        let place = if self.shape == Some(Shape::Data) { Place::Data(index) } else { Place::Item(index) };
        if matches!(self.shape, Some(Shape::Matrix | Shape::Data)) {
            self.wrong_width = true;
        }
        self.fault(|| Fault::new(place.to_string(), "not of the right shape", expected, got.shown()));
        self.collector.skip_row();
    }

    /// Starts a row by position.
    fn start_positional(&mut self) -> Mark {
        self.row.clear();
        self.collector.faults.mark()
    }

    /// Ends a row by position that had `found` values.
    fn end_positional(&mut self, found: usize, place: Option<Place<'_>>, start: Mark) {
        let width = self.collector.width();
        if found != width {
            self.wrong_width = true;
            // With a value too many or too few, none can be said to stand at its own place.
            self.collector.faults.rewind(start);
            let loc = place.map_or_else(|| "body".to_owned(), |place| place.to_string());
            self.fault(|| {
                Fault::new(loc, "another number of values", format!("{width} values"), found.to_string())
            });
            self.collector.skip_row();
            return;
        }
        let row = std::mem::take(&mut self.row);
        self.collector.end_row(&row);
        self.row = row;
    }

    /// Starts a row of named features.
    fn start_named(&mut self) {
        self.row.clear();
        self.row.resize(self.collector.width(), f32::NAN);
        self.given.fill(false);
    }

    /// The field of a key, with a fault when there is none of this name or it was given before.
    fn field(&mut self, name: &str, row: Option<usize>) -> Field {
        let encoder = self.collector.encoder();
        let place = named_place(row, name);
        let Some(position) = encoder.position(name) else {
            self.fault(|| {
                let expected = known::nearest(encoder.schema(), name);
                Fault::new(place.to_string(), "unknown field", expected, shortened(name))
            });
            return Field::Unknown;
        };
        let identifier = &encoder.schema().features[position].identifier;
        if std::mem::replace(&mut self.given[position], true) {
            self.fault(|| {
                let expected = format!("{identifier} once");
                Fault::new(place.to_string(), "given twice", expected, shortened(name))
            });
            return Field::Unknown;
        }
        if name == identifier { Field::Identifier(position) } else { Field::Column(position) }
    }

    /// The value of a field.
    fn named_value(&mut self, field: Field, raw: RawValue<'_>, row: Option<usize>) {
        let features = &self.collector.encoder().schema().features;
        let (position, name) = match field {
            Field::Identifier(position) => (position, &features[position].identifier),
            Field::Column(position) => (position, &features[position].name),
            Field::Unknown => return,
        };
        self.row[position] = self.collector.value(position, raw, &named_place(row, name));
    }

    /// The value of a row by position; those beyond the width are counted elsewhere.
    fn positional_value(&mut self, position: usize, raw: RawValue<'_>, place: &Place<'_>) {
        if position < self.collector.width() {
            let encoded = self.collector.value(position, raw, place);
            self.row.push(encoded);
        }
    }

    /// Ends a row of named features: those not given are missing.
    fn end_named(&mut self, row: Option<usize>) {
        let features = &self.collector.encoder().schema().features;
        for (position, feature) in features.iter().enumerate() {
            if !self.given[position] {
                let place = named_place(row, &feature.identifier);
                self.row[position] = self.collector.value(position, RawValue::Missing, &place);
            }
        }
        let row = std::mem::take(&mut self.row);
        self.collector.end_row(&row);
        self.row = row;
    }
}

/// What a key asks for.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// The feature at this position, by its identifier.
    Identifier(usize),
    /// The feature at this position, by its column name.
    Column(usize),
    /// Nothing; there is a fault already.
    Unknown,
}

fn named_place(row: Option<usize>, name: &str) -> Place<'_> {
    match row {
        None => Place::Field(name),
        Some(row) => Place::FieldOf(row, name),
    }
}
