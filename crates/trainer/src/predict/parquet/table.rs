//! A Parquet file of rows for a model: which columns hold its features.

use std::path::Path;

use model_core::Encoder;
use parquet::schema::types::TypePtr;

use super::super::PredictError;
use super::super::columns::by_name;
use crate::csv_table::{Place, Problem};
use crate::parquet_file::{ParquetFeed, ParquetFile, ParquetRows};

/// A Parquet file with a column for each feature.
pub(in crate::predict) struct ParquetTable {
    file: ParquetFile,
    /// The column of each feature.
    features: Vec<usize>,
}

impl ParquetTable {
    /// Opens the file and finds the features in it.
    ///
    /// # Errors
    /// When it is no Parquet file, a column is no plain one, or a feature has no column.
    pub(in crate::predict) fn open(path: &Path, encoder: &Encoder) -> Result<Self, PredictError> {
        let file = ParquetFile::open(path)?;
        let features = by_name(encoder, file.names()).map_err(|missing| PredictError::Columns {
            path: path.into(),
            reason: match missing.is_empty() {
                true => format!("none of its columns is a feature; they are {}", file.names().join(", ")),
                false => missing,
            },
        })?;
        Ok(Self { file, features })
    }

    pub(in crate::predict) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(in crate::predict) fn names(&self) -> &[String] {
        self.file.names()
    }

    /// The types of the columns.
    pub(super) fn fields(&self) -> &[TypePtr] {
        self.file.fields()
    }

    /// The rows from the first on.
    pub(in crate::predict) fn feed(&self) -> Result<ParquetFeed, PredictError> {
        Ok(self.file.feed()?)
    }

    /// Encodes a row, or says all that is wrong with it.
    pub(in crate::predict) fn encode(
        &self,
        rows: &ParquetRows,
        row: usize,
        encoder: &Encoder,
        encoded: &mut [f32],
    ) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for (feature, (&column, value)) in self.features.iter().zip(encoded).enumerate() {
            match encoder.column_value(feature, &rows.columns[column].cell(row)) {
                Ok(code) => *value = code,
                Err(error) => problems.push(Problem {
                    place: Place { record: rows.before + row as u64 + 1, byte: 0 },
                    column: Some(encoder.schema().features[feature].name.clone()),
                    expected: error.expected,
                    found: error.got,
                }),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}
