//! Arrow columns as encoded rows.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use model_core::{ColumnValue, Encoder, Rows, ValueError};

/// Encoded rows, and what is wrong with those that are none.
pub(crate) struct EncodedRows {
    pub(crate) rows: Rows,
    /// Whether a value of each row was refused; empty when none was.
    pub(crate) refused: Vec<bool>,
    /// The first refused value: its feature, and what is wrong with it.
    pub(crate) first: Option<(usize, ValueError)>,
}

/// Encodes `rows` rows, of which each column holds one feature.
pub(crate) fn encode(encoder: &Encoder, columns: &[ColumnarValue], rows: usize) -> Result<EncodedRows> {
    let width = encoder.width();
    let mut values = vec![0.0; rows * width];
    let mut refused = Vec::new();
    let mut first = None;
    for (feature, column) in columns.iter().enumerate() {
        let mut put = |row: usize, encoded: &std::result::Result<f32, ValueError>| match encoded {
            Ok(value) => values[row * width + feature] = *value,
            Err(error) => {
                refused.resize(rows, false);
                refused[row] = true;
                if first.is_none() {
                    first = Some((feature, error.clone()));
                }
            }
        };
        match column {
            ColumnarValue::Array(array) => each(encoder, feature, array, &mut |row, value| put(row, &value))?,
            // The same for all rows.
            ColumnarValue::Scalar(scalar) => {
                let one = scalar.to_array()?;
                each(encoder, feature, &one, &mut |_, value| (0..rows).for_each(|row| put(row, &value)))?;
            }
        }
    }
    Ok(EncodedRows { rows: Rows::from_values(width, values), refused, first })
}

/// Gives each value of a column, encoded as this feature.
fn each(
    encoder: &Encoder,
    feature: usize,
    array: &ArrayRef,
    put: &mut dyn FnMut(usize, std::result::Result<f32, ValueError>),
) -> Result<()> {
    let encoded = |value: ColumnValue<'_>| encoder.column_value(feature, &value);
    macro_rules! values {
        ($array:expr, $value:expr) => {{
            let array = $array;
            for row in 0..array.len() {
                let value = match array.is_null(row) {
                    true => ColumnValue::Missing,
                    false => $value(array.value(row)),
                };
                put(row, encoded(value));
            }
        }};
    }
    macro_rules! decimals {
        ($type:ty) => {{
            let array = array.as_primitive::<$type>();
            for row in 0..array.len() {
                let value = match array.is_null(row) {
                    true => ColumnValue::Missing,
                    false => ColumnValue::Digits(array.value_as_string(row)),
                };
                put(row, encoded(value));
            }
        }};
    }
    let single = |value: f32| match value.is_nan() {
        true => ColumnValue::Missing,
        false => ColumnValue::Single(value),
    };
    let number = |value: f64| match value.is_nan() {
        true => ColumnValue::Missing,
        false => ColumnValue::Number(value),
    };
    match array.data_type() {
        DataType::Null => (0..array.len()).for_each(|row| put(row, encoded(ColumnValue::Missing))),
        DataType::Boolean => values!(array.as_boolean(), ColumnValue::Boolean),
        DataType::Int8 => values!(array.as_primitive::<Int8Type>(), whole),
        DataType::Int16 => values!(array.as_primitive::<Int16Type>(), whole),
        DataType::Int32 => values!(array.as_primitive::<Int32Type>(), whole),
        DataType::Int64 => values!(array.as_primitive::<Int64Type>(), whole),
        DataType::UInt8 => values!(array.as_primitive::<UInt8Type>(), whole),
        DataType::UInt16 => values!(array.as_primitive::<UInt16Type>(), whole),
        DataType::UInt32 => values!(array.as_primitive::<UInt32Type>(), whole),
        DataType::UInt64 => {
            values!(array.as_primitive::<UInt64Type>(), |value: u64| match i64::try_from(value) {
                Ok(value) => ColumnValue::Integer(value),
                Err(_) => ColumnValue::Digits(value.to_string()),
            });
        }
        DataType::Float16 => values!(array.as_primitive::<Float16Type>(), |value| single(f32::from(value))),
        DataType::Float32 => values!(array.as_primitive::<Float32Type>(), single),
        DataType::Float64 => values!(array.as_primitive::<Float64Type>(), number),
        DataType::Decimal32(..) => decimals!(Decimal32Type),
        DataType::Decimal64(..) => decimals!(Decimal64Type),
        DataType::Decimal128(..) => decimals!(Decimal128Type),
        DataType::Decimal256(..) => decimals!(Decimal256Type),
        DataType::Utf8 => values!(array.as_string::<i32>(), text),
        DataType::LargeUtf8 => values!(array.as_string::<i64>(), text),
        DataType::Utf8View => values!(array.as_string_view(), text),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let mut levels = Vec::with_capacity(dictionary.values().len());
            each(encoder, feature, dictionary.values(), &mut |_, level| levels.push(level))?;
            let missing = encoded(ColumnValue::Missing);
            if levels.is_empty() {
                (0..array.len()).for_each(|row| put(row, missing.clone()));
                return Ok(());
            }
            for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
                let is_missing = dictionary.keys().is_null(row);
                let level = levels.get(key).filter(|_| !is_missing).unwrap_or(&missing);
                put(row, level.clone());
            }
        }
        other => return internal_err!("a column of the type {other} passed the check of the arguments"),
    }
    Ok(())
}

fn whole(value: impl Into<i64>) -> ColumnValue<'static> {
    ColumnValue::Integer(value.into())
}

fn text(text: &str) -> ColumnValue<'_> {
    ColumnValue::Text(text.into())
}
