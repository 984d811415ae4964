//! A value of a typed column, as Parquet and Arrow have them.

use std::borrow::Cow;

use super::{Encoder, RawValue, ValueError};
use crate::schema::{Category, FeatureKind, Levels};

/// A value of a typed column. It means what the CSV cell of the same content means.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValue<'a> {
    /// No value: null, and by the caller's choice NaN.
    Missing,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number of single precision.
    Single(f32),
    /// A real number.
    Number(f64),
    /// A number with all its digits, as a decimal has them.
    Digits(String),
    /// Text.
    Text(Cow<'a, str>),
    /// Something that its type does not allow, such as bytes that are no text.
    Strange(String),
}

impl ColumnValue<'_> {
    /// The cell of a CSV file.
    pub fn text(&self) -> Cow<'_, str> {
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
}

impl Encoder {
    /// Encodes a value of a typed column of the feature at `position`, as the cell of a CSV file of the same content is
    /// encoded.
    ///
    /// # Errors
    /// When the value breaks a rule of the feature.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    pub fn column_value(&self, position: usize, value: &ColumnValue<'_>) -> Result<f32, ValueError> {
        let is_marker = self.has_number_markers && self.schema.cells.is_missing(&value.text());
        // These read digits as text, and 0 and 1 as no and yes.
        let reads_text = matches!(
            self.schema.features[position].kind,
            FeatureKind::Boolean | FeatureKind::Category(Category { levels: Levels::Text(_), .. })
        );
        let number = |value: f64| self.value(position, RawValue::Number(value));
        match value {
            ColumnValue::Missing => self.value(position, RawValue::Missing),
            _ if is_marker => self.value(position, RawValue::Missing),
            ColumnValue::Strange(_) => {
                self.value(position, RawValue::Other("something that is neither text nor a number"))
            }
            ColumnValue::Integer(value) if !reads_text => self.value(position, RawValue::Integer(*value)),
            ColumnValue::Number(value) if !reads_text => number(*value),
            // At a bound the number counts that was written, 0.1 and not 0.10000000149.
            ColumnValue::Single(value) if !reads_text => number(f64::from(*value)).or_else(|error| {
                let written = value.to_string().parse();
                written.map_or(Err(error), number)
            }),
            ColumnValue::Digits(text) if !reads_text => match text.parse() {
                Ok(value) => number(value),
                Err(_) => self.cell(position, text),
            },
            other => self.cell(position, &other.text()),
        }
    }
}
