//! Where rows come from: a CSV file or one of NDJSON, packed or not, or a Parquet file.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use forest::ForestModel;
use model_core::Model;

use super::PredictError;
use super::columns::InputColumns;
use super::feed::Feed;
use super::objects::{Fields, Objects};
use super::parquet::ParquetTable;
use super::piece::Piece;
use crate::args::RowsFormat;
use crate::csv_table::{Blocks, CsvTable, Lines, Part, TableError, Unpacked};
use crate::parquet_file::ParquetRows;

/// A file of rows whose beginning was looked at.
pub(super) enum Source {
    Csv {
        table: CsvTable,
        columns: InputColumns,
    },
    Ndjson {
        path: PathBuf,
        /// The names of the fields of the first object, where the output needs columns.
        names: Option<Vec<String>>,
    },
    Parquet(ParquetTable),
}

impl Source {
    /// Opens the file. With `needs_columns` all objects must have the fields of the first.
    pub(super) fn open(
        path: &Path,
        format: RowsFormat,
        needs_columns: bool,
        model: &ForestModel,
    ) -> Result<Self, PredictError> {
        match format {
            RowsFormat::Csv => {
                let (table, columns) = InputColumns::find(path, model)?;
                Ok(Self::Csv { table, columns })
            }
            RowsFormat::Ndjson => {
                let names = if needs_columns { Some(first_names(path)?) } else { None };
                Ok(Self::Ndjson { path: path.into(), names })
            }
            RowsFormat::Parquet => Ok(Self::Parquet(ParquetTable::open(path, model.encoder())?)),
        }
    }

    /// Names of the columns, where all rows have the same and the file says which.
    pub(super) fn names(&self) -> Option<&[String]> {
        match self {
            Self::Csv { table, .. } => table.has_header().then(|| table.columns().names()),
            Self::Ndjson { names, .. } => names.as_deref(),
            Self::Parquet(table) => Some(table.names()),
        }
    }

    /// Byte between the cells of a CSV file like this one.
    pub(super) fn delimiter(&self) -> u8 {
        match self {
            Self::Csv { table, .. } => table.delimiter(),
            Self::Ndjson { .. } | Self::Parquet(_) => b',',
        }
    }

    /// The file piece by piece, from the first row on or from the end of an earlier piece, where it is one of lines.
    pub(super) fn feed(&self, from: Option<u64>) -> Result<Feed, PredictError> {
        match self {
            Self::Parquet(table) => Ok(Feed::Parquet(table.feed()?)),
            Self::Csv { table, .. } => Ok(Feed::Blocks(table.blocks(from)?)),
            Self::Ndjson { path, .. } => {
                let io = |source| TableError::Io { path: path.clone(), source };
                Ok(Feed::Blocks(Blocks::of_lines(path, from.unwrap_or_default()).map_err(io)?))
            }
        }
    }

    /// Memory for some rows.
    pub(super) fn piece(&self) -> Piece {
        match self {
            Self::Csv { .. } => Piece::Csv(Part::default()),
            Self::Ndjson { .. } => Piece::Ndjson(Objects::default()),
            Self::Parquet(_) => Piece::Parquet(ParquetRows::default()),
        }
    }

    /// Finds the lines of rows, where there are lines.
    pub(super) fn lines(&self) -> Result<Option<Lines>, TableError> {
        if matches!(self, Self::Parquet(_)) {
            return Ok(None);
        }
        Lines::open(self.path())
            .map(Some)
            .map_err(|source| TableError::Io { path: self.path().into(), source })
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Csv { table, .. } => table.path(),
            Self::Ndjson { path, .. } => path,
            Self::Parquet(table) => table.path(),
        }
    }
}

/// The names of the fields of the first object.
fn first_names(path: &Path) -> Result<Vec<String>, PredictError> {
    let io = |source| TableError::Io { path: path.into(), source };
    let mut lines = BufReader::new(Unpacked::open(path, 0).map_err(io)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(io)? == 0 {
            return Err(TableError::Empty { path: path.into() }.into());
        }
        let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
        if text.trim_ascii().is_empty() {
            continue;
        }
        let fields: Fields = serde_json::from_slice(text).map_err(|error| PredictError::Columns {
            path: path.into(),
            reason: format!("the columns of the CSV output are the fields of the first object: {error}"),
        })?;
        return Ok(fields.iter().map(|(name, _)| name.to_owned()).collect());
    }
}
