//! A Parquet file as a table of cells: its columns, and its rows in their order.
//!
//! The library's typed columns are used rather than its rows, which panic at types that they do not know, and none of Arrow, which
//! is many times as much to compile.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::basic::{Repetition, Type as Physical};
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::TypePtr;

use crate::csv_table::TableError;

mod cells;
mod kind;

pub(crate) use cells::{Cells, Values};

use kind::Kind;

/// Rows that are read at once.
const PIECE_ROWS: usize = 4096;

/// A Parquet file whose columns are known.
#[derive(Debug, Clone)]
pub(crate) struct ParquetFile {
    path: PathBuf,
    names: Vec<String>,
    fields: Vec<TypePtr>,
    kinds: Vec<Kind>,
}

/// Some consecutive rows.
#[derive(Debug, Default)]
pub(crate) struct ParquetRows {
    pub(crate) columns: Vec<Cells>,
    pub(crate) rows: usize,
    /// Number of rows before these.
    pub(crate) before: u64,
}

impl ParquetRows {
    /// The cells of a row as those of a CSV file.
    pub(crate) fn texts(&self, row: usize) -> impl Iterator<Item = String> {
        self.columns.iter().map(move |cells| cells.cell(row).text().into_owned())
    }

    /// The cells of a row as the values of fields.
    pub(crate) fn values(&self, row: usize) -> impl Iterator<Item = serde_json::Value> {
        self.columns.iter().map(move |cells| cells.field(row))
    }
}

impl ParquetFile {
    /// Whether the name of a file is that of a Parquet file.
    pub(crate) fn is_named(path: &Path) -> bool {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["parquet", "pq"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
    }

    /// Opens the file.
    ///
    /// # Errors
    /// When it is no Parquet file, or a column is no plain one.
    pub(crate) fn open(path: &Path) -> Result<Self, TableError> {
        let reader = opened(path)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let fields = schema.root_schema().get_fields().to_vec();
        let refused = |column: &str, what: String| TableError::ParquetColumn {
            path: path.into(),
            column: column.into(),
            what,
        };
        for field in &fields {
            let info = field.get_basic_info();
            if !field.is_primitive() || !info.has_repetition() || info.repetition() == Repetition::REPEATED {
                return Err(refused(field.name(), "holds lists, maps or groups".into()));
            }
        }
        let kinds = schema.columns().iter().map(|column| {
            let told = || match column.logical_type_ref() {
                Some(logical) => format!("is of the type {logical:?} in {}", column.physical_type()),
                None => format!("is of the type {} in {}", column.converted_type(), column.physical_type()),
            };
            Kind::of(column).ok_or_else(|| refused(column.name(), told()))
        });
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            return Err(refused(twice.1, "is there twice".into()));
        }
        Ok(Self { path: path.into(), names, fields, kinds })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The types of the columns.
    pub(crate) fn fields(&self) -> &[TypePtr] {
        &self.fields
    }

    /// Whether a column holds text, also where all of it looks like numbers.
    pub(crate) fn holds_text(&self, column: usize) -> bool {
        self.kinds[column] == Kind::Plain && self.fields[column].get_physical_type() == Physical::BYTE_ARRAY
    }

    /// The rows from the first on.
    pub(crate) fn feed(&self) -> Result<ParquetFeed, TableError> {
        let reader = opened(&self.path)?;
        let bytes = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        let mut rows = 0_u64;
        for group in reader.metadata().row_groups() {
            let is_within = |start: i64, length: i64| {
                let end = u64::try_from(start).ok().zip(u64::try_from(length).ok());
                end.and_then(|(start, length)| start.checked_add(length)).is_some_and(|end| end <= bytes)
            };
            let is_sound = group.columns().iter().all(|column| {
                let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
                is_within(start, column.compressed_size()) && is_within(column.data_page_offset(), 0)
            });
            let count = u64::try_from(group.num_rows()).ok();
            let (Some(count), true) = (count, is_sound && group.num_columns() == self.names.len()) else {
                return Err(damaged(&self.path, "the places of its columns are beyond its end"));
            };
            rows = rows.saturating_add(count);
        }
        let optional =
            self.fields.iter().map(|field| field.get_basic_info().repetition() == Repetition::OPTIONAL);
        Ok(ParquetFeed {
            path: self.path.clone(),
            kinds: self.kinds.clone(),
            optional: optional.collect(),
            reader,
            next_group: 0,
            columns: Vec::new(),
            left: 0,
            read: 0,
            rows,
            bytes,
        })
    }
}

/// Reads rows, group by group.
pub(crate) struct ParquetFeed {
    path: PathBuf,
    kinds: Vec<Kind>,
    optional: Vec<bool>,
    reader: SerializedFileReader<File>,
    next_group: usize,
    /// The columns of the group that is being read.
    columns: Vec<ColumnReader>,
    /// Rows of the group that were not read.
    left: u64,
    /// Rows of the file that were read, of so many.
    read: u64,
    rows: u64,
    bytes: u64,
}

impl ParquetFeed {
    /// Reads the next rows; false at the end.
    pub(crate) fn next_into(&mut self, piece: &mut ParquetRows) -> Result<bool, TableError> {
        piece.columns.clear();
        piece.rows = 0;
        while self.left == 0 {
            if self.next_group == self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self.next_group;
            self.next_group += 1;
            let (reader, count) = (&self.reader, self.kinds.len());
            self.columns = sound(&self.path, || {
                let group = reader.get_row_group(group)?;
                (0..count).map(|column| group.get_column_reader(column)).collect()
            })?;
            self.left = u64::try_from(self.reader.metadata().row_group(group).num_rows()).unwrap_or_default();
        }
        let rows = usize::try_from(self.left).unwrap_or(PIECE_ROWS).min(PIECE_ROWS);
        let columns = self.columns.iter_mut().zip(&self.kinds).zip(&self.optional);
        let path = &self.path;
        // One after the other: the readers of all columns share the place in the open file.
        let cells = columns.map(|((reader, &kind), &is_optional)| {
            sound(path, || Cells::read(reader, kind, is_optional, rows))
        });
        piece.columns = cells.collect::<Result<_, _>>()?;
        piece.rows = rows;
        self.left -= rows as u64;
        self.read += rows as u64;
        Ok(true)
    }

    /// About how many bytes of the file were read.
    pub(crate) fn bytes_read(&self) -> u64 {
        let share = self.read as f64 / self.rows.max(1) as f64;
        (self.bytes as f64 * share) as u64
    }
}

fn opened(path: &Path) -> Result<SerializedFileReader<File>, TableError> {
    let io = |source| TableError::Io { path: path.into(), source };
    let file = File::open(path).map_err(io)?;
    sound(path, || SerializedFileReader::new(file))
}

/// Does something with the library that reads Parquet files. It checks what it reads and has nevertheless panicked at files
/// made to break it; such a panic is the end of the file and not of the program.
fn sound<T>(path: &Path, work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, TableError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| damaged(path, &error.to_string())),
        Err(_) => Err(damaged(path, "its content contradicts itself")),
    }
}

fn damaged(path: &Path, reason: &str) -> TableError {
    TableError::Parquet { path: path.into(), reason: reason.into() }
}
