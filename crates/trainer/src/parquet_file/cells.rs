//! Some rows of one column of a Parquet file, as they are stored.

use std::fmt::Write;

use model_core::ColumnValue;
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

    pub(crate) fn cell(&self, row: usize) -> ColumnValue<'_> {
        let Some(place) = self.place(row) else { return ColumnValue::Missing };
        let kind = self.kind;
        match &self.values {
            Values::Bool(values) => ColumnValue::Boolean(values[place]),
            Values::Int32(values) => match kind {
                Kind::Unsigned => ColumnValue::Integer(values[place].cast_unsigned().into()),
                _ => whole(kind, values[place].into()),
            },
            Values::Int64(values) => match kind {
                Kind::Unsigned => match i64::try_from(values[place].cast_unsigned()) {
                    Ok(value) => ColumnValue::Integer(value),
                    Err(_) => ColumnValue::Digits(values[place].cast_unsigned().to_string()),
                },
                _ => whole(kind, values[place]),
            },
            Values::Int96(values) => whole(kind, values[place].to_nanos()),
            Values::Float(values) if values[place].is_nan() => ColumnValue::Missing,
            Values::Float(values) => ColumnValue::Single(values[place]),
            Values::Double(values) if values[place].is_nan() => ColumnValue::Missing,
            Values::Double(values) => ColumnValue::Number(values[place]),
            Values::Bytes(values) => bytes(kind, values[place].data()),
            Values::Fixed(values) => bytes(kind, values[place].data()),
        }
    }

    /// Puts the cell of a row behind a text, as a CSV file with this decimal point has it.
    pub(crate) fn write_cell(&self, row: usize, text: &mut String, decimal: char) {
        let cell = self.cell(row);
        let start = text.len();
        // Writing to memory cannot fail.
        let _: std::fmt::Result = match &cell {
            ColumnValue::Missing => Ok(()),
            ColumnValue::Boolean(value) => write!(text, "{value}"),
            ColumnValue::Integer(value) => write!(text, "{value}"),
            ColumnValue::Single(value) => write!(text, "{value}"),
            ColumnValue::Number(value) => write!(text, "{value}"),
            ColumnValue::Digits(other) | ColumnValue::Strange(other) => text.write_str(other),
            ColumnValue::Text(other) => text.write_str(other),
        };
        let is_number =
            matches!(cell, ColumnValue::Single(_) | ColumnValue::Number(_) | ColumnValue::Digits(_));
        if decimal != '.'
            && is_number
            && let Some(point) = text[start..].find('.')
        {
            text.replace_range(start + point..=start + point, decimal.encode_utf8(&mut [0; 4]));
        }
    }

    /// The cell of a row as the value of a field.
    pub(crate) fn field(&self, row: usize) -> serde_json::Value {
        match self.cell(row) {
            ColumnValue::Missing => serde_json::Value::Null,
            ColumnValue::Boolean(value) => value.into(),
            ColumnValue::Integer(value) => value.into(),
            // The shortest digits that mean it, as a CSV file has them.
            ColumnValue::Single(value) => value.to_string().parse::<f64>().unwrap_or(f64::from(value)).into(),
            ColumnValue::Number(value) => value.into(),
            ColumnValue::Digits(text) | ColumnValue::Strange(text) => text.into(),
            ColumnValue::Text(text) => text.into(),
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

fn whole(kind: Kind, value: i64) -> ColumnValue<'static> {
    match kind {
        Kind::Plain => ColumnValue::Integer(value),
        _ => match (kind.of_whole(value), kind) {
            (Some(text), Kind::Decimal { .. }) => ColumnValue::Digits(text),
            (Some(text), _) => ColumnValue::Text(text.into()),
            (None, _) => ColumnValue::Strange(value.to_string()),
        },
    }
}

fn bytes(kind: Kind, bytes: &[u8]) -> ColumnValue<'_> {
    match (kind.of_bytes(bytes), kind) {
        (Some(digits), Kind::Decimal { .. }) => ColumnValue::Digits(digits.into_owned()),
        (Some(text), _) => ColumnValue::Text(text),
        (None, _) => ColumnValue::Strange(String::from_utf8_lossy(bytes).into_owned()),
    }
}
