//! A JSON body → rows, in one pass: every value is encoded as the parser meets it, so that memory follows the rows and
//! not the text, and the shape of the body is told from its first bytes.

use model_core::RawValue;
use model_core::encoding::shortened;

use super::{Collector, OPTIONS, Place, Question, Rules, Shape, known};
use crate::error::ApiError;
use crate::fault::{Fault, Mark};
use crate::options::{Options, Source};

mod body;
mod columns;
mod envelope;
pub(crate) mod meets;
mod options;
mod row;
mod split;

pub(crate) use envelope::{Envelope, Form};
use split::Header;

/// Which shapes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Any.
    Any,
    /// A list of objects.
    Objects,
    /// One row: an object or a list of values, and nothing else in the body.
    Row,
    /// An object with rows under one of its keys.
    Within(&'static Envelope),
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
    parse(&mut reader, text)?;
    if let Some(header) = reader.header_in_hindsight() {
        reader = Reader { header: Some(header), ..Reader::new(rules, expect) };
        parse(&mut reader, text)?;
    }
    reader.finish(rules.maximum_rows)
}

fn parse(reader: &mut Reader<'_>, text: &str) -> Result<(), ApiError> {
    let mut parser = serde_json::Deserializer::from_str(text);
    body::read(reader, &mut parser).and_then(|()| parser.end()).map_err(|error| malformed(&error))
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
    /// The key under which the rows at hand stand; empty for the body itself.
    under: &'static str,
    /// The form of what stands there, where the key decides it.
    form: Option<Form>,
    /// The columns of a table whose rows stand apart from its header.
    header: Option<Header>,
    /// The rows of that table came before its header, and were passed over.
    header_came_late: bool,
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
        let mut collector = Collector::new(rules);
        if let Expect::Within(envelope) = expect {
            collector.options = Options::none(Source::Body(envelope.options));
        }
        let width = collector.width();
        Self {
            collector,
            expect,
            shape: None,
            under: "",
            form: None,
            header: None,
            header_came_late: false,
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
            Expect::Within(envelope) => {
                let expected = format!("an object with {}", envelope.keys());
                return self.fault(|| Fault::new("body", "not of the right shape", expected, got.shown()));
            }
        };
        self.fault(|| Fault::new("body", "not of the right shape", expected, got.shown()));
    }

    /// Whether the rows stand under a key that names their form.
    fn is_within(&self) -> bool {
        matches!(self.expect, Expect::Within(_))
    }

    /// Whether what the model has no feature for does not matter.
    fn passes_over_extra(&self) -> bool {
        matches!(self.expect, Expect::Within(envelope) if envelope.passes_over_extra)
    }

    /// The key under which options stand.
    fn options_key(&self) -> &'static str {
        match self.expect {
            Expect::Within(envelope) => envelope.options,
            Expect::Any | Expect::Objects | Expect::Row => OPTIONS,
        }
    }

    /// The header of a table whose rows came before it: now that it is known, they can be read.
    fn header_in_hindsight(&mut self) -> Option<Header> {
        if self.header_came_late && self.collector.faults.is_empty() { self.header.take() } else { None }
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
            Expect::Within(_) => {
                shape == Shape::Objects || (shape == Shape::Matrix && self.form != Some(Form::Records))
            }
        };
        allowed && *self.shape.get_or_insert(shape) == shape
    }

    /// An element of a list is another thing than its first element.
    fn stray_item(&mut self, index: usize, got: RawValue<'_>) {
        let expected = match self.shape {
            None if self.expect == Expect::Row => "a value, and one row a line",
            None if self.is_within() && self.form != Some(Form::Records) => {
                "a list of values or an object of features"
            }
            Some(Shape::Objects) | None => "an object of features",
            Some(Shape::Matrix | Shape::Data) => "a list of values",
            Some(Shape::Row | Shape::Object) => "a value",
        };
        let place = Place::Item(self.under, index);
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
        self.end_row();
    }

    /// Ends a row that is complete.
    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.collector.end_row(&row);
        self.row = row;
    }

    /// A row of which the features that were given no column have their values already, with a fault for each that needs
    /// one. The columns stand at `loc`.
    fn row_without_columns(&mut self, loc: &str) -> Vec<f32> {
        let mut row = vec![f32::NAN; self.collector.width()];
        for (position, value) in row.iter_mut().enumerate() {
            if !self.given[position] {
                *value = self.collector.absent(position, loc);
            }
        }
        row
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
        let place = named_place(self.under, row, name);
        let Some(position) = encoder.position(name) else {
            if self.passes_over_extra() {
                return Field::Unknown;
            }
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
        let place = named_place(self.under, row, name);
        self.row[position] = self.collector.value(position, raw, &place);
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
                let place = named_place(self.under, row, &feature.identifier);
                self.row[position] = self.collector.value(position, RawValue::Missing, &place);
            }
        }
        self.end_row();
    }
}

/// What a key asks for.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// The feature at this position, by its identifier.
    Identifier(usize),
    /// The feature at this position, by its column name.
    Column(usize),
    /// Nothing: it is to be passed over, or there is a fault already.
    Unknown,
}

fn named_place<'n>(under: &'static str, row: Option<usize>, name: &'n str) -> Place<'n> {
    match row {
        None if under.is_empty() => Place::Field(name),
        None => Place::FieldUnder(under, name),
        Some(row) => Place::FieldOf(under, row, name),
    }
}
