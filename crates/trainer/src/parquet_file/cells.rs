//! Some rows of one column of a Parquet file, as they are stored.

use std::borrow::Cow;
use std::fmt::Write;

use model_core::schema::{Category, FeatureKind, Levels};
use model_core::{Encoder, RawValue, ValueError};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::{ParquetError, Result};

use super::kind::Kind;

/// Values that are there, those of missing cells left out.
#[derive(Debug)]
pub(crate) enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// Some rows of one column.
#[derive(Debug)]
pub(crate) struct Cells {
    kind: Kind,
    values: Values,
    /// The place of each row's value, where a row may have none.
    places: Option<Vec<Option<u32>>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Boolean(bool),
    Integer(i64),
    Single(f32),
    Number(f64),
    /// A number with all its digits.
    Digits(String),
    Text(Cow<'a, str>),
    /// Something that its type does not allow, such as bytes that are no text.
    Strange(String),
}

impl Cells {
    /// Reads the next rows of a column.
    pub(super) fn read(
        reader: &mut ColumnReader,
        kind: Kind,
        is_optional: bool,
        rows: usize,
    ) -> Result<Self> {
        let mut levels = Vec::new();
        macro_rules! read {
            ($reader:expr, $variant:ident) => {{
                let mut values = Vec::with_capacity(rows);
                let (records, _, _) = $reader.read_records(rows, Some(&mut levels), None, &mut values)?;
                (records, values.len(), Values::$variant(values))
            }};
        }
        let (records, count, values) = match reader {
            ColumnReader::BoolColumnReader(reader) => read!(reader, Bool),
            ColumnReader::Int32ColumnReader(reader) => read!(reader, Int32),
            ColumnReader::Int64ColumnReader(reader) => read!(reader, Int64),
            ColumnReader::Int96ColumnReader(reader) => read!(reader, Int96),
            ColumnReader::FloatColumnReader(reader) => read!(reader, Float),
            ColumnReader::DoubleColumnReader(reader) => read!(reader, Double),
            ColumnReader::ByteArrayColumnReader(reader) => read!(reader, Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => read!(reader, Fixed),
        };
        let ends_early =
            || ParquetError::General(format!("a column ends {} rows before the others", rows - records));
        if records != rows {
            return Err(ends_early());
        }
        if !is_optional {
            let is_whole = count == rows;
            return is_whole.then_some(Self { kind, values, places: None }).ok_or_else(ends_early);
        }
        let mut next = 0;
        let places: Vec<_> = levels
            .iter()
            .map(|&level| {
                let place = next;
                next += u32::from(level > 0);
                (level > 0).then_some(place)
            })
            .collect();
        let is_whole = places.len() == rows && next as usize == count;
        is_whole.then_some(Self { kind, values, places: Some(places) }).ok_or_else(ends_early)
    }

    /// The place of a row's value.
    fn place(&self, row: usize) -> Option<usize> {
        match &self.places {
            None => Some(row),
            Some(places) => places[row].map(|place| place as usize),
        }
    }

    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        let Some(place) = self.place(row) else { return Cell::Missing };
        let kind = self.kind;
        match &self.values {
            Values::Bool(values) => Cell::Boolean(values[place]),
            Values::Int32(values) => match kind {
                Kind::Unsigned => Cell::Integer(values[place].cast_unsigned().into()),
                _ => whole(kind, values[place].into()),
            },
            Values::Int64(values) => match kind {
                Kind::Unsigned => match i64::try_from(values[place].cast_unsigned()) {
                    Ok(value) => Cell::Integer(value),
                    Err(_) => Cell::Digits(values[place].cast_unsigned().to_string()),
                },
                _ => whole(kind, values[place]),
            },
            Values::Int96(values) => whole(kind, values[place].to_nanos()),
            Values::Float(values) if values[place].is_nan() => Cell::Missing,
            Values::Float(values) => Cell::Single(values[place]),
            Values::Double(values) if values[place].is_nan() => Cell::Missing,
            Values::Double(values) => Cell::Number(values[place]),
            Values::Bytes(values) => bytes(kind, values[place].data()),
            Values::Fixed(values) => bytes(kind, values[place].data()),
        }
    }

    /// Some of the rows, in their order: the values that are there, and for each row whether it is, where it may lack.
    pub(crate) fn chosen(&self, rows: &[usize]) -> (Values, Option<Vec<i16>>) {
        let places: Vec<usize> = rows.iter().filter_map(|&row| self.place(row)).collect();
        macro_rules! chosen {
            ($values:expr, $variant:ident) => {
                Values::$variant(places.iter().filter_map(|&place| $values.get(place).cloned()).collect())
            };
        }
        let values = match &self.values {
            Values::Bool(values) => chosen!(values, Bool),
            Values::Int32(values) => chosen!(values, Int32),
            Values::Int64(values) => chosen!(values, Int64),
            Values::Int96(values) => chosen!(values, Int96),
            Values::Float(values) => chosen!(values, Float),
            Values::Double(values) => chosen!(values, Double),
            Values::Bytes(values) => chosen!(values, Bytes),
            Values::Fixed(values) => chosen!(values, Fixed),
        };
        let levels = self.places.as_ref();
        (values, levels.map(|places| rows.iter().map(|&row| i16::from(places[row].is_some())).collect()))
    }
}

fn whole(kind: Kind, value: i64) -> Cell<'static> {
    match kind {
        Kind::Plain => Cell::Integer(value),
        _ => match (kind.of_whole(value), kind) {
            (Some(text), Kind::Decimal { .. }) => Cell::Digits(text),
            (Some(text), _) => Cell::Text(text.into()),
            (None, _) => Cell::Strange(value.to_string()),
        },
    }
}

fn bytes(kind: Kind, bytes: &[u8]) -> Cell<'_> {
    match (kind.of_bytes(bytes), kind) {
        (Some(digits), Kind::Decimal { .. }) => Cell::Digits(digits.into_owned()),
        (Some(text), _) => Cell::Text(text),
        (None, _) => Cell::Strange(String::from_utf8_lossy(bytes).into_owned()),
    }
}

impl Cell<'_> {
    /// Encodes the cell of a feature, as the cell of a CSV file of the same content is encoded.
    /// With `has_markers` a number may be one that means a missing value.
    pub(crate) fn encode(
        &self,
        encoder: &Encoder,
        feature: usize,
        has_markers: bool,
    ) -> std::result::Result<f32, ValueError> {
        let is_marker = has_markers && encoder.schema().cells.is_missing(&self.text());
        // These read digits as text, and 0 and 1 as no and yes.
        let reads_text = matches!(
            encoder.schema().features[feature].kind,
            FeatureKind::Boolean | FeatureKind::Category(Category { levels: Levels::Text(_), .. })
        );
        let number = |value: f64| encoder.value(feature, RawValue::Number(value));
        match self {
            Self::Missing => encoder.value(feature, RawValue::Missing),
            _ if is_marker => encoder.value(feature, RawValue::Missing),
            Self::Strange(_) => {
                encoder.value(feature, RawValue::Other("something that is neither text nor a number"))
            }
            Self::Integer(value) if !reads_text => encoder.value(feature, RawValue::Integer(*value)),
            Self::Number(value) if !reads_text => number(*value),
            // At a bound the number counts that was written, 0.1 and not 0.10000000149.
            Self::Single(value) if !reads_text => number(f64::from(*value)).or_else(|error| {
                let written = value.to_string().parse();
                written.map_or(Err(error), number)
            }),
            Self::Digits(text) if !reads_text => match text.parse() {
                Ok(value) => number(value),
                Err(_) => encoder.cell(feature, text),
            },
            other => encoder.cell(feature, &other.text()),
        }
    }

    /// The cell of a CSV file.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => "".into(),
            Self::Boolean(value) => value.to_string().into(),
            Self::Integer(value) => value.to_string().into(),
            Self::Single(value) => value.to_string().into(),
            Self::Number(value) => value.to_string().into(),
            Self::Digits(text) | Self::Strange(text) => text.as_str().into(),
            Self::Text(text) => text.as_ref().into(),
        }
    }

    /// Puts the cell of a CSV file behind a text, with this decimal point.
    pub(crate) fn write(&self, text: &mut String, decimal: char) {
        let start = text.len();
        // Writing to memory cannot fail.
        let _: std::fmt::Result = match self {
            Self::Missing => Ok(()),
            Self::Boolean(value) => write!(text, "{value}"),
            Self::Integer(value) => write!(text, "{value}"),
            Self::Single(value) => write!(text, "{value}"),
            Self::Number(value) => write!(text, "{value}"),
            Self::Digits(other) | Self::Strange(other) => text.write_str(other),
            Self::Text(other) => text.write_str(other),
        };
        let is_number = matches!(self, Self::Single(_) | Self::Number(_) | Self::Digits(_));
        if decimal != '.'
            && is_number
            && let Some(point) = text[start..].find('.')
        {
            text.replace_range(start + point..=start + point, decimal.encode_utf8(&mut [0; 4]));
        }
    }

    /// The value of a field.
    pub(crate) fn value(&self) -> serde_json::Value {
        match self {
            Self::Missing => serde_json::Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            // The shortest digits that mean it, as a CSV file has them.
            Self::Single(value) => value.to_string().parse::<f64>().unwrap_or(f64::from(*value)).into(),
            Self::Number(value) => (*value).into(),
            Self::Digits(text) | Self::Strange(text) => text.as_str().into(),
            Self::Text(text) => text.as_ref().into(),
        }
    }
}
