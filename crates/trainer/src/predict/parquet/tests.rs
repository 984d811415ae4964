//! Parquet files that are read back, refused, and broken.

use std::path::Path;
use std::sync::Arc;

use model_core::schema::{Category, Feature, FeatureKind, FeatureSchema, Levels, Missing, Target, Task};
use model_core::{Encoder, RawValue};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::schema::types::{Type, TypePtr};

use super::{OutTable, ParquetTable, ParquetWriter};
use crate::parquet_file::{ParquetRows, Values};
use crate::predict::PredictError;

fn feature(name: &str, kind: FeatureKind) -> Feature {
    Feature {
        name: name.into(),
        identifier: name.into(),
        kind,
        missing: Missing::Allow,
        description: None,
        unit: None,
    }
}

fn encoder() -> Encoder {
    let levels = Levels::Text(vec!["a".into(), "b".into()]);
    let number = || FeatureKind::Number { minimum: None, maximum: None };
    let features =
        vec![feature("n", number()), feature("k", FeatureKind::Category(Category { levels, closed: false }))];
    let target = Target { name: "t".into(), description: None, unit: None, task: Task::Regression };
    Encoder::new(FeatureSchema { features, target, cells: Default::default() }).unwrap()
}

fn field(name: &str, physical: Physical, logical: Option<LogicalType>, optional: bool) -> TypePtr {
    let repetition = if optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let mut field = Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical.clone());
    if let Some(LogicalType::Decimal(decimal)) = logical {
        field = field.with_precision(decimal.precision).with_scale(decimal.scale).with_length(3);
    }
    Arc::new(field.build().unwrap())
}

/// Field, values, levels, and what its three cells read as.
type Column = (TypePtr, Values, Option<Vec<i16>>, [&'static str; 3]);
/// The rows of a file as texts, and encoded.
type Read = (Vec<Vec<String>>, Vec<Result<Vec<f32>, String>>);

/// Columns of three rows, of which the second may lack.
fn columns() -> Vec<Column> {
    let lacks = || Some(vec![1, 0, 1]);
    vec![
        (
            field("n", Physical::FLOAT, None, true),
            Values::Float(vec![0.1, f32::NAN]),
            lacks(),
            ["0.1", "", ""],
        ),
        (
            field("k", Physical::BYTE_ARRAY, Some(LogicalType::String), true),
            Values::Bytes(vec![ByteArray::from("b"), ByteArray::from("c")]),
            lacks(),
            ["b", "", "c"],
        ),
        (
            field("yes", Physical::BOOLEAN, None, false),
            Values::Bool(vec![true, false, true]),
            None,
            ["true", "false", "true"],
        ),
        (
            field("small", Physical::INT32, Some(LogicalType::integer(32, false)), false),
            Values::Int32(vec![1, -1, 0]),
            None,
            ["1", "4294967295", "0"],
        ),
        (
            field("large", Physical::INT64, Some(LogicalType::integer(64, false)), false),
            Values::Int64(vec![1, -1, 0]),
            None,
            ["1", "18446744073709551615", "0"],
        ),
        (
            field("double", Physical::DOUBLE, None, true),
            Values::Double(vec![1e-7, -2.5]),
            lacks(),
            ["0.0000001", "", "-2.5"],
        ),
        (
            field("day", Physical::INT32, Some(LogicalType::Date), true),
            Values::Int32(vec![19_753, i32::MAX]),
            lacks(),
            ["2024-01-31", "", "2147483647"],
        ),
        (
            field("moment", Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)), false),
            Values::Int64(vec![0, 1, i64::MAX]),
            None,
            ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "9223372036854775807"],
        ),
        (
            field("price", Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(2, 6)), false),
            Values::Fixed(
                [[0, 0, 5], [0xFF, 0xFF, 0xFE], [1, 0, 0]]
                    .map(|bytes| FixedLenByteArray::from(bytes.to_vec()))
                    .to_vec(),
            ),
            None,
            ["0.05", "-0.02", "655.36"],
        ),
        (
            field("bytes", Physical::BYTE_ARRAY, None, false),
            Values::Bytes(vec![ByteArray::from("é"), ByteArray::from(vec![0xFF]), ByteArray::from("")]),
            None,
            ["é", "\u{fffd}", ""],
        ),
    ]
}

fn written() -> (Vec<u8>, Vec<[&'static str; 3]>) {
    let columns = columns();
    let mut writer = ParquetWriter::new(columns.iter().map(|(field, ..)| field.clone()).collect()).unwrap();
    let mut table = OutTable::of_rows(3);
    let mut expected = Vec::new();
    for (_, values, levels, texts) in columns {
        table.push((values, levels));
        expected.push(texts);
    }
    let mut bytes = writer.push(table).unwrap();
    bytes.append(&mut writer.finish().unwrap());
    (bytes, expected)
}

/// Reads a file.
fn read(path: &Path) -> Result<Read, PredictError> {
    let encoder = encoder();
    let table = ParquetTable::open(path, &encoder)?;
    let mut feed = table.feed()?;
    let mut piece = ParquetRows::default();
    let (mut texts, mut rows) = (Vec::new(), Vec::new());
    while feed.next_into(&mut piece)? {
        for row in 0..piece.rows {
            texts.push(piece.texts(row).collect());
            let mut encoded = vec![0.0; encoder.width()];
            let done = table.encode(&piece, row, &encoder, &mut encoded);
            rows.push(done.map(|()| encoded).map_err(|problems| problems[0].expected.clone()));
        }
    }
    Ok((texts, rows))
}

#[test]
fn columns_of_all_types_are_read_as_a_csv_file_has_them() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (bytes, expected) = written();
    std::fs::write(file.path(), bytes).unwrap();
    let (texts, rows) = read(file.path()).unwrap();
    for (column, expected) in expected.iter().enumerate() {
        let found: Vec<_> = texts.iter().map(|row| row[column].as_str()).collect();
        assert_eq!(found, expected, "column {column}");
    }
    let encoder = encoder();
    for (row, encoded) in rows.iter().enumerate() {
        let cell = |feature: usize| encoder.cell(feature, expected[feature][row]).unwrap();
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(encoded.as_ref().unwrap()), bits(&[cell(0), cell(1)]), "row {row}");
    }
    assert!(encoder.value(0, RawValue::Number(0.1)).is_ok());
}

#[test]
fn columns_that_are_no_cells_are_refused_by_name() {
    let check = |field: TypePtr, expected: &str| {
        let schema = Type::group_type_builder("schema").with_fields(vec![field]).build().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = parquet::file::writer::SerializedFileWriter::new(
            file.reopen().unwrap(),
            Arc::new(schema),
            Arc::default(),
        );
        writer.unwrap().close().unwrap();
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let leaf = || field("x", Physical::INT32, None, false);
    let group =
        Type::group_type_builder("places").with_repetition(Repetition::OPTIONAL).with_fields(vec![leaf()]);
    check(Arc::new(group.build().unwrap()), "the column \"places\" holds lists, maps or groups");
    let list = Type::primitive_type_builder("list", Physical::INT32).with_repetition(Repetition::REPEATED);
    check(Arc::new(list.build().unwrap()), "the column \"list\" holds lists");
    let half = Type::primitive_type_builder("half", Physical::FIXED_LEN_BYTE_ARRAY)
        .with_length(2)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::Float16));
    check(Arc::new(half.build().unwrap()), "the column \"half\" is of the type Float16");
    check(leaf(), "none of its columns is a feature; they are x");
    check(field("n", Physical::FLOAT, None, false), "the header lacks k");
}

#[test]
fn a_broken_file_is_an_error_and_never_a_panic() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (bytes, _) = written();
    let mut refused = 0;
    let mut check = |bytes: &[u8]| {
        std::fs::write(file.path(), bytes).unwrap();
        refused += usize::from(read(file.path()).is_err());
    };
    for place in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut broken = bytes.clone();
            broken[place] ^= change;
            check(&broken);
        }
    }
    for length in (0..bytes.len()).step_by(7) {
        check(&bytes[..length]);
    }
    assert!(refused > bytes.len() / 2, "{refused} of {}", bytes.len());
}
