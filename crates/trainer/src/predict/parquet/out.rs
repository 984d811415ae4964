//! The predicted rows as columns of a Parquet file.
//!
//! Columns of a Parquet input keep their types. Those of a CSV or NDJSON input get that of their feature; the others are
//! text.

use std::borrow::Cow;
use std::sync::Arc;

use model_core::Encoder;
use model_core::schema::{Category, Feature, FeatureKind, Levels};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::parquet_file::{ParquetRows, Values};

/// Rows of a group. They are kept until it is full.
const GROUP_ROWS: usize = 1 << 17;
/// Up to here every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Rows that are written together: values and, for a column where they may lack, for each row whether it is there.
#[derive(Debug, Default)]
pub(in crate::predict) struct OutTable {
    rows: usize,
    columns: Vec<(Values, Option<Vec<i16>>)>,
}

/// What the values of a column that is made are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::predict) enum Made {
    Number,
    Integer,
    Boolean,
    Text,
}

impl Made {
    /// For the values of a feature.
    pub(in crate::predict) fn of_feature(feature: &Feature) -> Self {
        match &feature.kind {
            FeatureKind::Number { .. } => Self::Number,
            FeatureKind::Integer { .. } => Self::Integer,
            FeatureKind::Category(Category { levels: Levels::Integer { .. }, .. }) => Self::Integer,
            FeatureKind::Category(_) => Self::Text,
            FeatureKind::Boolean => Self::Boolean,
        }
    }

    /// The column of this name.
    pub(in crate::predict) fn field(self, name: &str, repetition: Repetition) -> Result<TypePtr> {
        let (physical, logical) = match self {
            Self::Number => (Physical::DOUBLE, None),
            Self::Integer => (Physical::INT64, None),
            Self::Boolean => (Physical::BOOLEAN, None),
            Self::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        Ok(Arc::new(field.with_logical_type(logical).build()?))
    }

    /// Makes a column of texts, which are read as those of the feature are. What cannot be read as what it is has no value.
    pub(super) fn column<'a>(
        self,
        texts: impl Iterator<Item = Option<Cow<'a, str>>>,
        encoder: &Encoder,
        feature: Option<usize>,
    ) -> (Values, Option<Vec<i16>>) {
        let format = &encoder.schema().cells;
        let mut levels = Vec::new();
        macro_rules! column {
            ($variant:ident, $read:expr) => {{
                let mut values = Vec::new();
                for text in texts {
                    let value = text.and_then($read);
                    levels.push(i16::from(value.is_some()));
                    values.extend(value);
                }
                Values::$variant(values)
            }};
        }
        let number = |text: &str| if format.is_missing(text) { None } else { format.number(text) };
        let values = match self {
            Self::Number => column!(Double, |text| number(&text)),
            Self::Integer => column!(Int64, |text| {
                let whole = number(&text).filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
                whole.map(|number| number as i64)
            }),
            Self::Boolean => column!(Bool, |text| {
                let given = feature.filter(|_| !format.is_missing(&text));
                Some(encoder.cell(given?, &text).ok()? != 0.0)
            }),
            Self::Text => column!(Bytes, |text| Some(ByteArray::from(text.as_ref()))),
        };
        (values, Some(levels))
    }
}

impl OutTable {
    pub(in crate::predict) fn of_rows(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// The chosen rows of a Parquet file.
    pub(in crate::predict) fn given(piece: &ParquetRows, chosen: &[usize]) -> Self {
        let columns = piece.columns.iter().map(|cells| cells.chosen(chosen)).collect();
        Self { rows: chosen.len(), columns }
    }

    pub(super) fn push(&mut self, column: (Values, Option<Vec<i16>>)) {
        self.columns.push(column);
    }

    /// A column of numbers, all of which are there.
    pub(in crate::predict) fn push_numbers(&mut self, numbers: Vec<f64>) {
        self.columns.push((Values::Double(numbers), None));
    }

    /// A column of whole numbers, all of which are there.
    pub(in crate::predict) fn push_integers(&mut self, numbers: Vec<i64>) {
        self.columns.push((Values::Int64(numbers), None));
    }

    /// A column of texts, all of which are there.
    pub(in crate::predict) fn push_texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        self.columns.push((Values::Bytes(texts.map(ByteArray::from).collect()), None));
    }
}

/// Makes the bytes of a Parquet file.
pub(in crate::predict) struct ParquetWriter {
    writer: SerializedFileWriter<Vec<u8>>,
    waiting: Vec<OutTable>,
    rows: usize,
}

impl ParquetWriter {
    /// A file with these columns.
    pub(in crate::predict) fn new(fields: Vec<TypePtr>) -> Result<Self> {
        let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_created_by(format!("canopy trainer {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        Ok(Self { writer, waiting: Vec::new(), rows: 0 })
    }

    /// Takes rows, and gives the bytes of the file that are complete.
    pub(in crate::predict) fn push(&mut self, table: OutTable) -> Result<Vec<u8>> {
        if table.rows == 0 {
            return Ok(Vec::new());
        }
        self.rows += table.rows;
        self.waiting.push(table);
        if self.rows < GROUP_ROWS { Ok(Vec::new()) } else { self.write_group() }
    }

    /// The rest of the file.
    pub(in crate::predict) fn finish(mut self) -> Result<Vec<u8>> {
        let mut bytes = if self.waiting.is_empty() { Vec::new() } else { self.write_group()? };
        bytes.append(&mut self.writer.into_inner()?);
        Ok(bytes)
    }

    fn write_group(&mut self) -> Result<Vec<u8>> {
        let mut group = self.writer.next_row_group()?;
        let mut position = 0;
        while let Some(mut column) = group.next_column()? {
            for table in &self.waiting {
                let (values, levels) = table.columns.get(position).ok_or_else(unfit)?;
                write(&mut column, values, levels.as_deref())?;
            }
            column.close()?;
            position += 1;
        }
        group.close()?;
        self.waiting.clear();
        self.rows = 0;
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}

fn write(column: &mut SerializedColumnWriter<'_>, values: &Values, levels: Option<&[i16]>) -> Result<()> {
    match (column.untyped(), values) {
        (ColumnWriter::BoolColumnWriter(writer), Values::Bool(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::Int32ColumnWriter(writer), Values::Int32(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::Int64ColumnWriter(writer), Values::Int64(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::Int96ColumnWriter(writer), Values::Int96(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::FloatColumnWriter(writer), Values::Float(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::DoubleColumnWriter(writer), Values::Double(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Values::Bytes(values)) => {
            writer.write_batch(values, levels, None)
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(writer), Values::Fixed(values)) => {
            writer.write_batch(values, levels, None)
        }
        _ => return Err(unfit()),
    }?;
    Ok(())
}

/// A mistake of this program.
fn unfit() -> ParquetError {
    ParquetError::General("the values are not those of the column".into())
}
