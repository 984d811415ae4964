//! A CSV file as a table of text: its layout, its column names, and its records in batches. A Parquet file is read as the CSV file of the
//! same rows would be.
//!
//! The file is never held in memory, and may be packed with gzip or zstd. A pass over it opens it anew and reads block after block, each cut where a record
//! ends. The blocks of a batch are parsed in parallel while the next ones are read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

mod batch;
mod blocks;
mod columns;
mod error;
mod lines;
mod part;
mod separators;
#[cfg(test)]
mod tests;
mod unpacked;

pub use batch::Batch;
pub use blocks::Blocks;
pub use columns::Columns;
pub use error::{Problem, RowProblem, TableError};
pub use lines::Lines;
pub use part::{Part, Record};
pub use unpacked::Unpacked;

use csv::ByteRecord;

use crate::parquet_file::ParquetFile;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const BUFFER_BYTES: usize = 1 << 17;

/// How a CSV file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Byte between cells.
    pub delimiter: u8,
    /// Byte around a cell that holds delimiters, quotes or line breaks; doubled inside. None when cells are never
    /// quoted.
    pub quote: Option<u8>,
    /// Where the column names come from.
    pub header: HeaderRow,
    /// Physical lines before the header (or before the first record) that are no part of the table. Lines, not
    /// records: what stands there need not be CSV.
    pub skip_lines: u64,
}

impl Default for Layout {
    fn default() -> Self {
        Self { delimiter: b',', quote: Some(b'"'), header: HeaderRow::First, skip_lines: 0 }
    }
}

/// Where the column names come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderRow {
    /// The first record holds them.
    First,
    /// The file has none; these are they, in order.
    Absent(Vec<String>),
    /// The file has none; the columns are called `column 1`, `column 2`, ….
    Unnamed,
}

/// A CSV file whose header was read.
#[derive(Debug, Clone)]
pub struct CsvTable {
    path: PathBuf,
    layout: Layout,
    columns: Columns,
    bytes: u64,
    /// Offset in the content of the file behind the header and all that stands above it.
    records_start: u64,
    /// The rows, where the file is no CSV file.
    parquet: Option<RowsOfTypes>,
}

/// A Parquet file whose cells are written as text.
#[derive(Debug, Clone)]
struct RowsOfTypes {
    file: ParquetFile,
    /// The decimal point that the numbers of the table are read with.
    decimal: char,
}

/// Place of a record in the file. The line is found only when somebody asks, see [`CsvTable::lines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the record, the first below the header is 1.
    pub record: u64,
    /// Offset in the file at which it starts, or the line ends before it start.
    pub byte: u64,
}

impl CsvTable {
    /// Opens a CSV file of this layout, or by its name a Parquet file, to which the layout says nothing. `decimal` is the decimal
    /// point that numbers are read with.
    ///
    /// # Errors
    /// As [`CsvTable::open`], or when it is no Parquet file or has columns of types that are no cells.
    pub fn of_rows(path: &Path, layout: &Layout, decimal: char) -> Result<Self, TableError> {
        if !ParquetFile::is_named(path) {
            return Self::open(path, layout);
        }
        let io = |source| TableError::Io { path: path.into(), source };
        let bytes = File::open(path).and_then(|file| file.metadata()).map_err(io)?.len();
        let file = ParquetFile::open(path)?;
        let columns = Columns::from_header(path, &ByteRecord::from(file.names().to_vec()))?;
        let parquet = Some(RowsOfTypes { file, decimal });
        Ok(Self { path: path.into(), layout: Layout::default(), columns, bytes, records_start: 0, parquet })
    }

    /// Opens the file and reads its column names.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, is not text, names a column twice, or is not as wide as the given names.
    pub fn open(path: &Path, layout: &Layout) -> Result<Self, TableError> {
        let io = |source| TableError::Io { path: path.into(), source };
        let bytes = File::open(path).and_then(|file| file.metadata()).map_err(io)?.len();
        let (mut reader, start) = records(path, layout)?;
        let mut first = ByteRecord::new();
        let found = reader.read_byte_record(&mut first).map_err(|source| csv_error(path, source))?;
        if !found {
            return Err(TableError::Empty { path: path.into() });
        }
        let columns = match &layout.header {
            HeaderRow::First => Columns::from_header(path, &first)?,
            HeaderRow::Absent(names) => Columns::given(path, names, first.len())?,
            HeaderRow::Unnamed => Columns::numbered(first.len()),
        };
        let header_bytes = if layout.header == HeaderRow::First { reader.position().byte() } else { 0 };
        let records_start = start + header_bytes;
        Ok(Self { path: path.into(), layout: layout.clone(), columns, bytes, records_start, parquet: None })
    }

    /// Whether the type of a column says that it holds text, also where all of it looks like numbers.
    pub fn holds_text(&self, position: usize) -> bool {
        // One behind those of the file is a derived target.
        let rows = self.parquet.as_ref().filter(|_| position < self.columns.len());
        rows.is_some_and(|rows| rows.file.holds_text(position))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Length of the file in bytes, packed as it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.layout.delimiter
    }

    /// Whether the first record below the skipped lines holds names.
    pub fn has_header(&self) -> bool {
        self.layout.header == HeaderRow::First
    }

    /// BLAKE3 of the file's bytes, in hexadecimal.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fingerprint(&self) -> Result<String, TableError> {
        let io = |source| TableError::Io { path: self.path.clone(), source };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&self.path).map_err(io)?).map_err(io)?;
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Finds the lines of records.
    ///
    /// Nothing counts lines while the file is parsed (the parser itself is one line off after CRLF ends and blank
    /// lines); problems are few, and the file is read up to the last of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn lines(&self) -> Result<Lines, TableError> {
        Lines::open(&self.path).map_err(|source| TableError::Io { path: self.path.clone(), source })
    }

    /// Fills in the lines of problems, which must be in file order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn locate(&self, problems: Vec<Problem>) -> Result<Vec<RowProblem>, TableError> {
        if self.parquet.is_some() {
            // There are no lines.
            let located = problems.into_iter();
            return Ok(located.map(|problem| RowProblem { line: problem.place.record, problem }).collect());
        }
        let mut lines = self.lines()?;
        let located = problems.into_iter().map(|problem| lines.locate(problem)).collect::<Result<_, _>>();
        located.map_err(|source| TableError::Io { path: self.path.clone(), source })
    }
}

type Records = csv::Reader<Box<dyn BufRead + Send>>;

/// A reader at the first record below the skipped lines, and its offset in the file.
fn records(path: &Path, layout: &Layout) -> Result<(Records, u64), TableError> {
    let io = |source| TableError::Io { path: path.into(), source };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, Unpacked::open(path, 0).map_err(io)?);
    let front = input.fill_buf().map_err(io)?;
    if UTF_16_MARKS.iter().any(|mark| front.starts_with(mark)) {
        return Err(TableError::NotText { path: path.into(), what: "UTF-16 text", cure: "save it as UTF-8" });
    }
    if front.starts_with(ZIP_MAGIC) {
        let (what, cure) = ("a ZIP archive or a workbook", "unpack it, or save it as CSV");
        return Err(TableError::NotText { path: path.into(), what, cure });
    }
    let mut offset = 0;
    if front.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
        offset += BYTE_ORDER_MARK.len() as u64;
    }
    for skipped in 0..layout.skip_lines {
        let length = skip_line(&mut input).map_err(io)?;
        if length == 0 {
            return Err(TableError::TooFewLines {
                path: path.into(),
                skip: layout.skip_lines,
                found: skipped,
            });
        }
        offset += length;
    }
    let input: Box<dyn BufRead + Send> = Box::new(input);
    let reader = csv::ReaderBuilder::new()
        .delimiter(layout.delimiter)
        .quote(layout.quote.unwrap_or(b'"'))
        .quoting(layout.quote.is_some())
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(input);
    Ok((reader, offset))
}

/// Passes over one line and returns its length with the line end; 0 at the end of the input.
fn skip_line(input: &mut impl BufRead) -> std::io::Result<u64> {
    let mut line = input.take(u64::MAX);
    let mut length = 0;
    loop {
        let buffer = line.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        line.consume(used);
        length += used as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}

fn csv_error(path: &Path, source: csv::Error) -> TableError {
    match source.into_kind() {
        csv::ErrorKind::Io(source) => TableError::Io { path: path.into(), source },
        kind => TableError::Malformed { path: path.into(), reason: format!("{kind:?}") },
    }
}
