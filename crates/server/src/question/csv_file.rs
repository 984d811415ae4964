//! A CSV file → rows: delimiter and header are found out, cells are read by the model's own rules.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use model_core::Encoder;
use model_core::encoding::shortened;

use super::{Collector, Place, Question, Rules, Shape, known};
use crate::error::ApiError;
use crate::fault::{Fault, Faults};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Which columns a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// The features and no others: by name, in any order, where there is a header, and by position where there is none.
    Exact,
    /// The features, by the names in the header, among others to pass over.
    Among,
}

/// Reads the rows of a CSV file.
///
/// # Errors
/// When the file is no table, a line has another number of cells than the model has features, or a cell is not a value
/// of its feature: with all that is wrong.
pub(crate) fn read_csv(file: &[u8], rules: &Rules<'_>, columns: Columns) -> Result<Question, ApiError> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let mut collector = Collector::new(rules);
    let width = collector.width();
    let encoder = collector.encoder();
    let delimiter = delimiter(file, encoder, columns);
    let mut records =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(file);

    let mut record = ByteRecord::new();
    let mut table = Table { width: None, ragged: false, tabular: true };
    // Position of the feature in each column; none for one to pass over.
    let mut order: Vec<Option<usize>> = (0..width).map(Some).collect();
    let mut row = vec![f32::NAN; width];
    let mut first = true;
    while next(&mut records, &mut record)? {
        let line = record.position().map_or(1, csv::Position::line);
        table.meet(&record, width, encoder);
        if std::mem::take(&mut first) && (columns == Columns::Among || is_header(&record, encoder)) {
            let header = Header { record: &record, line, columns };
            order = header.order(&mut collector, &mut row);
            if !collector.faults.is_empty() {
                return Err(match columns {
                    Columns::Exact => table.refusal(width, collector.faults),
                    Columns::Among => ApiError::File { faults: collector.faults },
                });
            }
            continue;
        }
        if record.len() != order.len() {
            collector.faults.add(|| {
                let (expected, got) = (format!("{} cells", order.len()), record.len().to_string());
                Fault::new(format!("line {line}"), "another number of cells", expected, got).in_line(line)
            });
            collector.skip_row();
            continue;
        }
        for (column, (cell, position)) in (1..).zip(record.iter().zip(&order)) {
            let &Some(position) = position else { continue };
            let name = &encoder.schema().features[position].name;
            let text = String::from_utf8_lossy(cell);
            row[position] = collector.cell(position, &text, &Place::Cell { line, column, name });
        }
        collector.end_row(&row);
    }
    let count = collector.count();
    if count > rules.maximum_rows {
        return Err(ApiError::TooManyRows { limit: rules.maximum_rows, found: count });
    }
    if count == 0 {
        collector.faults.add(|| Fault::new("file", "no rows", "at least one row", "none"));
    }
    collector.finish(Shape::Data).map_err(|faults| match columns {
        Columns::Exact => table.refusal(width, faults),
        Columns::Among => ApiError::File { faults },
    })
}

fn next<R: Read>(records: &mut csv::Reader<R>, record: &mut ByteRecord) -> Result<bool, ApiError> {
    records.read_byte_record(record).map_err(|error| {
        let fault = Fault::new("file", "cannot be read", "a CSV file", error.to_string());
        ApiError::File { faults: fault.into() }
    })
}

/// What the lines have in common.
struct Table {
    /// Cells in the first line.
    width: Option<usize>,
    /// Lines differ in their number of cells.
    ragged: bool,
    /// Each line that is not of the model's width holds a number or the name of a feature at least.
    tabular: bool,
}

impl Table {
    fn meet(&mut self, record: &ByteRecord, width: usize, encoder: &Encoder) {
        let first = *self.width.get_or_insert(record.len());
        self.ragged |= first != record.len();
        if record.len() != width {
            let belongs = |cell: &[u8]| {
                let text = String::from_utf8_lossy(cell);
                encoder.schema().cells.number(&text).is_some() || named(cell, encoder).is_some()
            };
            self.tabular &= record.iter().any(belongs);
        }
    }

    /// A table of another width is told so; any other failure is one of the file.
    fn refusal(&self, width: usize, faults: Faults) -> ApiError {
        let other_width = self.width.is_some_and(|first| first != width);
        if other_width && !self.ragged && self.tabular {
            ApiError::WrongWidth { width, faults }
        } else {
            ApiError::File { faults }
        }
    }
}

/// The delimiter that cuts the first line into as many cells as there are features, else into most cells; where columns
/// stand among others, into most names of features.
fn delimiter(file: &[u8], encoder: &Encoder, columns: Columns) -> u8 {
    let cells = |delimiter: &u8| {
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(*delimiter).from_reader(file);
        let mut record = ByteRecord::new();
        match (reader.read_byte_record(&mut record), columns) {
            (Ok(true), Columns::Exact) => record.len(),
            (Ok(true), Columns::Among) => record.iter().filter(|cell| named(cell, encoder).is_some()).count(),
            (Ok(false) | Err(_), _) => 0,
        }
    };
    let width = encoder.width();
    let counts = DELIMITERS.map(|delimiter| (cells(&delimiter), delimiter));
    let mut best = counts[0];
    for candidate in counts {
        let fits = candidate.0 == width && best.0 != width;
        if fits || (best.0 != width && candidate.0 > best.0) {
            best = candidate;
        }
    }
    best.1
}

/// The feature that a header cell names.
fn named(cell: &[u8], encoder: &Encoder) -> Option<usize> {
    let name = std::str::from_utf8(cell).ok()?;
    encoder.position(name).or_else(|| encoder.position(name.trim()))
}

/// Whether the line is a header: at least half of its cells name a feature, and unless all do, it is no row of values.
fn is_header(record: &ByteRecord, encoder: &Encoder) -> bool {
    let names = record.iter().filter(|cell| named(cell, encoder).is_some()).count();
    if names == 0 || names * 2 < record.len() {
        return false;
    }
    let is_row = record.len() == encoder.width()
        && record
            .iter()
            .enumerate()
            .all(|(position, cell)| encoder.cell(position, &String::from_utf8_lossy(cell)).is_ok());
    names == record.len() || !is_row
}

/// The line of names.
struct Header<'r> {
    record: &'r ByteRecord,
    line: u64,
    columns: Columns,
}

impl Header<'_> {
    /// The feature of each column. The features without one get their values in `row`, or a fault.
    fn order(&self, collector: &mut Collector<'_>, row: &mut [f32]) -> Vec<Option<usize>> {
        let Self { record, line, columns } = *self;
        let encoder = collector.encoder();
        let features = &encoder.schema().features;
        let mut order = Vec::with_capacity(record.len());
        let mut given = vec![false; features.len()];
        for (column, cell) in (1..).zip(record) {
            let text = String::from_utf8_lossy(cell);
            let loc = || Place::Cell { line, column, name: "" }.to_string();
            let position = named(cell, encoder);
            order.push(position);
            match position {
                Some(position) if std::mem::replace(&mut given[position], true) => {
                    collector.faults.add(|| {
                        let name = &features[position].name;
                        Fault::new(loc(), "given twice", format!("{name} once"), shortened(&text)).in_cell(
                            line,
                            column,
                            Some(name),
                        )
                    });
                }
                None if columns == Columns::Exact => collector.faults.add(|| {
                    let expected = known::nearest(encoder.schema(), &text);
                    Fault::new(loc(), "unknown column", expected, shortened(&text))
                        .in_cell(line, column, None)
                }),
                Some(_) | None => {}
            }
        }
        for (position, feature) in features.iter().enumerate().filter(|(position, _)| !given[*position]) {
            if columns == Columns::Among {
                row[position] = collector.absent(position, &format!("line {line}"));
                continue;
            }
            collector.faults.add(|| {
                let expected = format!("a column {}", feature.name);
                Fault::new(format!("line {line}"), "column missing", expected, "none").in_line(line)
            });
        }
        order
    }
}
