//! Raw values → one encoded row: the one door for CSV cells, JSON values, tensors and events.
//!
//! An encoded value is an `f32`, as in scikit-learn and ONNX: a number itself (rounded to the nearest `f32`, saturated
//! at its ends), the code of a category's level, 0 or 1 for a boolean, NaN for a missing value. An unseen level of an
//! open category has the code `levels.len()`: it is not the same as a missing value.

use std::collections::HashMap;

use serde_json::Value;
use thiserror::Error;

use crate::cell::boolean;
use crate::decimal::Decimal;
use crate::schema::{Category, DefaultValue, Feature, FeatureKind, FeatureSchema, Levels, Missing};

mod column_value;
mod schema_check;
mod words;

pub use column_value::ColumnValue;
pub use schema_check::SchemaError;
pub use words::shortened;

use words::in_words;

/// A value as a caller gives it, before any rule of the schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawValue<'a> {
    /// No value: JSON null, an absent field, a missing marker.
    Missing,
    /// A real number. NaN and infinities are refused.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Text.
    Text(&'a str),
    /// Something that no feature takes, such as a JSON array; the word names it in the error.
    Other(&'static str),
}

impl<'a> From<&'a Value> for RawValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Missing,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => number.as_f64().map_or(Self::Other("a number"), Self::Number),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(_) => Self::Other("an array"),
            Value::Object(_) => Self::Other("an object"),
        }
    }
}

/// Why a value does not fit its feature. Where it stood is known to the caller only.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, got {got}")]
pub struct ValueError {
    /// Which rule is broken.
    pub rule: Rule,
    /// What the feature takes, for example `an integer from 1 to 265`.
    pub expected: String,
    /// What was given, shortened.
    pub got: String,
}

/// The rules that a value can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A value is required.
    Required,
    /// The type is another one.
    Type,
    /// Beyond the bounds.
    Bounds,
    /// Not one of the allowed values.
    Allowed,
}

/// Encodes raw values by the rules of one schema.
#[derive(Debug, Clone)]
pub struct Encoder {
    schema: FeatureSchema,
    /// Both spellings of each feature.
    positions: HashMap<String, usize>,
    /// Codes of the levels of text categories; empty for the other features.
    codes: Vec<HashMap<String, u32>>,
    /// What each feature takes, in words.
    expected: Vec<String>,
    /// The encoded default of each feature that has one.
    defaults: Vec<Option<f32>>,
    /// Some numbers stand for missing values.
    has_number_markers: bool,
    /// Whether a cell of a feature that is a plain decimal is that number.
    plain: Vec<bool>,
}

impl Encoder {
    /// Checks the schema and prepares it for encoding.
    ///
    /// # Errors
    /// When the schema has no feature, two features share a spelling, bounds are crossed or not finite, levels are
    /// not sorted and distinct, a default does not fit its own feature, or the classes are fewer than one or repeated.
    pub fn new(schema: FeatureSchema) -> Result<Self, SchemaError> {
        schema_check::check(&schema)?;
        let positions = positions(&schema.features)?;
        let codes = schema.features.iter().map(|feature| text_codes(&feature.kind)).collect();
        let expected = schema.features.iter().map(|feature| in_words(&feature.kind)).collect();
        let width = schema.features.len();
        let has_number_markers =
            schema.cells.missing_markers.iter().any(|marker| marker.parse::<f64>().is_ok());
        let takes_plain = schema.cells.takes_plain_numbers();
        let plain =
            schema.features.iter().map(|feature| takes_plain && is_read_as_number(&feature.kind)).collect();
        let defaults = vec![None; width];
        let mut encoder = Self { schema, positions, codes, expected, defaults, has_number_markers, plain };
        for position in 0..width {
            encoder.defaults[position] = encoder.encoded_default(position)?;
        }
        Ok(encoder)
    }

    /// The schema.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// Number of features, the width of an encoded row.
    pub fn width(&self) -> usize {
        self.schema.features.len()
    }

    /// Position of the feature with this identifier or this column name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// What a feature takes, in words: `a number`, `an integer from 1 to 265`, `one of female, male`.
    pub fn expected(&self, position: usize) -> &str {
        &self.expected[position]
    }

    /// Encodes one value of the feature at `position`.
    ///
    /// # Errors
    /// When the value breaks a rule of the feature.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    pub fn value(&self, position: usize, raw: RawValue<'_>) -> Result<f32, ValueError> {
        let feature = &self.schema.features[position];
        if raw == RawValue::Missing {
            return match feature.missing {
                Missing::Refuse => Err(self.error(position, Rule::Required, raw)),
                Missing::Allow => Ok(f32::NAN),
                Missing::Default(_) => Ok(self.defaults[position].unwrap_or(f32::NAN)),
            };
        }
        self.present(position, raw).map_err(|rule| self.error(position, rule, raw))
    }

    /// Encodes the text of a CSV cell of the feature at `position`.
    ///
    /// # Errors
    /// When the text is not a value of the feature or breaks one of its rules.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    pub fn cell(&self, position: usize, cell: &str) -> Result<f32, ValueError> {
        let cells = &self.schema.cells;
        let text = cell.trim();
        let raw = if cells.is_missing(text) {
            RawValue::Missing
        } else {
            match &self.schema.features[position].kind {
                FeatureKind::Category(Category { levels: Levels::Text(_), .. }) => RawValue::Text(text),
                FeatureKind::Boolean => boolean(text).map_or(RawValue::Text(text), RawValue::Boolean),
                FeatureKind::Number { .. } | FeatureKind::Integer { .. } | FeatureKind::Category(_) => {
                    cells.number(text).map_or(RawValue::Text(text), RawValue::Number)
                }
            }
        };
        self.value(position, raw)
    }

    /// What [`Encoder::cell`] gives for the first `length` bytes of a text, where that is quickly found: they are a short decimal
    /// that breaks no rule. Bytes behind the cell may be there, and make it faster.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    #[inline]
    pub fn short_cell(&self, position: usize, text: &[u8], length: usize) -> Option<f32> {
        if !self.plain[position] {
            return None;
        }
        let number = Decimal::leading(text, length)?.value();
        self.present(position, RawValue::Number(number)).ok()
    }

    /// The JSON value that encodes to `encoded`: the way back, for examples. A missing value is null, and so is an
    /// unseen level, which has no name.
    ///
    /// # Panics
    /// When there is no such feature, a mistake of the calling code.
    pub fn decode(&self, position: usize, encoded: f32) -> Value {
        if encoded.is_nan() {
            return Value::Null;
        }
        match &self.schema.features[position].kind {
            FeatureKind::Number { .. } => shortest_double(encoded).into(),
            FeatureKind::Integer { .. } => (encoded as i64).into(),
            FeatureKind::Boolean => (encoded != 0.0).into(),
            FeatureKind::Category(category) => match &category.levels {
                Levels::Text(levels) => {
                    levels.get(encoded as usize).map_or(Value::Null, |l| l.as_str().into())
                }
                Levels::Integer { values, .. } => {
                    values.get(encoded as usize).map_or(Value::Null, |&v| v.into())
                }
            },
        }
    }

    fn present(&self, position: usize, raw: RawValue<'_>) -> Result<f32, Rule> {
        match &self.schema.features[position].kind {
            FeatureKind::Number { minimum, maximum } => {
                let value = number(raw)?;
                within(value, *minimum, *maximum)?;
                Ok(saturated(value))
            }
            FeatureKind::Integer { minimum, maximum, allowed } => {
                let value = integer(raw)?;
                within(value, *minimum, *maximum)?;
                if !allowed.is_empty() && allowed.binary_search(&value).is_err() {
                    return Err(Rule::Allowed);
                }
                Ok(value as f32)
            }
            FeatureKind::Boolean => match raw {
                RawValue::Boolean(value) => Ok(f32::from(u8::from(value))),
                _ => Err(Rule::Type),
            },
            FeatureKind::Category(category) => {
                let code = match &category.levels {
                    Levels::Text(_) => match raw {
                        RawValue::Text(text) => self.codes[position].get(text).map(|&code| code as usize),
                        _ => return Err(Rule::Type),
                    },
                    Levels::Integer { values, minimum, maximum } => {
                        let value = integer(raw)?;
                        within(value, *minimum, *maximum)?;
                        values.binary_search(&value).ok()
                    }
                };
                match code {
                    Some(code) => Ok(code as f32),
                    None if category.closed => Err(Rule::Allowed),
                    None => Ok(category.levels.len() as f32),
                }
            }
        }
    }

    fn encoded_default(&self, position: usize) -> Result<Option<f32>, SchemaError> {
        let feature = &self.schema.features[position];
        let Missing::Default(default) = &feature.missing else { return Ok(None) };
        let raw = match default {
            DefaultValue::Number(value) => RawValue::Number(*value),
            DefaultValue::Integer(value) => RawValue::Integer(*value),
            DefaultValue::Text(value) => RawValue::Text(value),
            DefaultValue::Boolean(value) => RawValue::Boolean(*value),
        };
        self.value(position, raw).map(Some).map_err(|error| SchemaError::Feature {
            feature: feature.name.clone(),
            reason: format!("the default for a missing value does not fit: {error}"),
        })
    }

    fn error(&self, position: usize, rule: Rule, raw: RawValue<'_>) -> ValueError {
        ValueError { rule, expected: self.expected[position].clone(), got: raw.shown() }
    }
}

/// Whether a cell of this kind is read as a number.
fn is_read_as_number(kind: &FeatureKind) -> bool {
    match kind {
        FeatureKind::Number { .. } | FeatureKind::Integer { .. } => true,
        FeatureKind::Category(category) => matches!(category.levels, Levels::Integer { .. }),
        FeatureKind::Boolean => false,
    }
}

fn number(raw: RawValue<'_>) -> Result<f64, Rule> {
    match raw {
        RawValue::Number(value) if value.is_finite() => Ok(value),
        RawValue::Integer(value) => Ok(value as f64),
        _ => Err(Rule::Type),
    }
}

fn integer(raw: RawValue<'_>) -> Result<i64, Rule> {
    match raw {
        RawValue::Integer(value) => Ok(value),
        // Whole doubles beyond the range of an i64 saturate; they are all beyond what an f32 tells apart.
        RawValue::Number(value) if value.is_finite() && value.fract() == 0.0 => Ok(value as i64),
        _ => Err(Rule::Type),
    }
}

fn within<T: PartialOrd + Copy>(value: T, minimum: Option<T>, maximum: Option<T>) -> Result<(), Rule> {
    let below = minimum.is_some_and(|minimum| value < minimum);
    let above = maximum.is_some_and(|maximum| value > maximum);
    if below || above { Err(Rule::Bounds) } else { Ok(()) }
}

/// The nearest `f32`, the largest one for what lies beyond: an encoded number is always finite.
#[inline]
pub fn saturated(value: f64) -> f32 {
    (value as f32).clamp(f32::MIN, f32::MAX)
}

/// The double with the same shortest decimal form: 0.1_f32 → 0.1, not 0.10000000149011612.
pub fn shortest_double(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// Both spellings of each feature with its position.
fn positions(features: &[Feature]) -> Result<HashMap<String, usize>, SchemaError> {
    let mut positions = HashMap::with_capacity(features.len() * 2);
    for (position, feature) in features.iter().enumerate() {
        for spelling in [&feature.identifier, &feature.name] {
            if let Some(other) = positions.insert(spelling.clone(), position)
                && other != position
            {
                return Err(SchemaError::SameIdentifier {
                    first: features[other].name.clone(),
                    second: feature.name.clone(),
                    identifier: spelling.clone(),
                });
            }
        }
    }
    Ok(positions)
}

fn text_codes(kind: &FeatureKind) -> HashMap<String, u32> {
    match kind {
        FeatureKind::Category(Category { levels: Levels::Text(levels), .. }) => {
            levels.iter().zip(0..).map(|(level, code)| (level.clone(), code)).collect()
        }
        _ => HashMap::new(),
    }
}

#[cfg(test)]
mod tests;
