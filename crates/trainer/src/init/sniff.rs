//! Guesses how a CSV file is laid out, from its beginning.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use model_core::cell::CellFormat;
use serde_json::{Value, json};

use super::marks;
use crate::csv_table::TableError;
use crate::parquet_file::ParquetFile;

/// Bytes that are looked at.
const SAMPLE_BYTES: u64 = 1 << 20;
/// Records that decide about the delimiter.
const TRIAL_RECORDS: usize = 100;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a CSV file seems to be laid out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dialect {
    delimiter: u8,
    skip_rows: u64,
    /// Names of the columns when there is no header.
    columns: Option<Vec<String>>,
    /// Whether the names were made up.
    are_numbered: bool,
    cells: CellFormat,
}

impl Dialect {
    /// Guesses from the file's beginning. Names that the user gives mean that there is no header.
    pub(crate) fn sniff(path: &Path, target: &str, names: Option<&[String]>) -> Result<Self, TableError> {
        if ParquetFile::is_named(path) {
            return Ok(Self::none());
        }
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(SAMPLE_BYTES).read_to_end(&mut bytes))
            .map_err(|source| TableError::Io { path: path.into(), source })?;
        if bytes.len() as u64 == SAMPLE_BYTES {
            // The last line may be cut off.
            let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(bytes.len(), |end| end + 1);
            bytes.truncate(end);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(Self::of(text.trim_start_matches('\u{feff}'), target, names))
    }

    /// That of a file which tells names and types itself.
    fn none() -> Self {
        let cells = CellFormat::default();
        Self { delimiter: b',', skip_rows: 0, columns: None, are_numbered: false, cells }
    }

    fn of(text: &str, target: &str, names: Option<&[String]>) -> Self {
        let delimiter = delimiter(text);
        let records = records(text, delimiter, usize::MAX);
        let first = metadata_records(&records);
        let skip_rows =
            records.get(first).and_then(|record| record.position()).map_or(0, |place| place.line() - 1);
        let table = records.get(first..).unwrap_or_default();
        let has_header = names.is_none() && table.first().is_none_or(|first| is_header(first, target));
        let columns = match names {
            Some(names) => Some(names.to_vec()),
            None if has_header => None,
            None => Some(
                (1..=table.first().map_or(0, StringRecord::len)).map(|n| format!("column_{n}")).collect(),
            ),
        };
        Self {
            delimiter,
            skip_rows,
            are_numbered: !has_header && names.is_none(),
            columns,
            cells: marks::of(table.get(usize::from(has_header)..).unwrap_or_default()),
        }
    }

    /// The column that the user means: where the names are made up, the number of a column is one, too.
    pub(crate) fn target(&self, asked: &str) -> String {
        match &self.columns {
            Some(names) if !names.iter().any(|name| name == asked) => {
                let by_number = asked.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                by_number.and_then(|index| names.get(index)).cloned().unwrap_or_else(|| asked.into())
            }
            _ => asked.into(),
        }
    }

    /// The config's section `data`, with what is not as usual.
    pub(crate) fn data(&self, path: &str) -> Value {
        let mut data = json!({"path": path});
        if self.delimiter != b',' {
            data["delimiter"] = json!(char::from(self.delimiter).to_string());
        }
        if self.skip_rows > 0 {
            data["skip_rows"] = json!(self.skip_rows);
        }
        if let Some(names) = &self.columns {
            data["header"] = json!(false);
            data["columns"] = json!(names);
        }
        let CellFormat { missing_markers, currency, percent, thousands, decimal } = &self.cells;
        if !missing_markers.is_empty() {
            data["missing_values"] = json!(missing_markers);
        }
        let mut format = json!({});
        if !currency.is_empty() {
            format["currency"] = json!(currency);
        }
        if *percent {
            format["percent"] = json!(true);
        }
        if let Some(thousands) = thousands {
            format["thousands"] = json!(thousands);
        }
        if *decimal != '.' {
            format["decimal"] = json!(decimal);
        }
        if format != json!({}) {
            data["number_format"] = format;
        }
        data
    }

    /// What the user should check.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.skip_rows > 0 {
            let lines = if self.skip_rows == 1 { "line seems" } else { "lines seem" };
            notes.push(format!("the first {} {lines} to be no part of the table", self.skip_rows));
        }
        if self.are_numbered {
            notes.push(
                "the file seems to have no header, so its columns have numbers for names; name them with \
                 --columns, or in data.columns"
                    .into(),
            );
        }
        notes
    }
}

/// The delimiter that gives the most even table, the widest of several.
fn delimiter(text: &str) -> u8 {
    let mut best = (b',', 0.0);
    for delimiter in DELIMITERS {
        let records = records(text, delimiter, TRIAL_RECORDS);
        let width = usual_width(&records);
        if width < 2 {
            continue;
        }
        let even = records.iter().filter(|record| record.len() == width).count();
        // Of two even tables the wider one is meant; a table that is not even is worth little.
        let score = (even as f64 / records.len() as f64).powi(4) * (1.0 + (width as f64).ln());
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

fn records(text: &str, delimiter: u8, most: usize) -> Vec<StringRecord> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let records = reader.byte_records().map_while(Result::ok).take(most);
    records.map(|record: ByteRecord| StringRecord::from_byte_record_lossy(record)).collect()
}

/// The width that most records have.
fn usual_width(records: &[StringRecord]) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    for record in records {
        *counts.entry(record.len()).or_insert(0_usize) += 1;
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map_or(0, |(width, _)| width)
}

/// Records before the table: of another width, or the counts of rows and features that scikit-learn's files begin
/// with.
fn metadata_records(records: &[StringRecord]) -> usize {
    let width = usual_width(records);
    let other_width = records.iter().take_while(|record| record.len() != width).count();
    // A table that never begins is no table; nothing is known about what to skip.
    let begun = if other_width == records.len() { 0 } else { other_width };
    let counts = |record: &StringRecord| {
        let number = |index: usize| record.get(index).and_then(|cell| cell.trim().parse::<usize>().ok());
        let rest_is_text = record.iter().skip(2).all(|cell| cell.trim().parse::<f64>().is_err());
        let data_follows = record.len() > 2 && records.len() > 2;
        number(0).is_some() && number(1) == width.checked_sub(1) && rest_is_text && data_follows
    };
    begun + usize::from(records.get(begun).is_some_and(counts))
}

/// Whether a record names the columns: it holds the target's name, or no number.
fn is_header(record: &StringRecord, target: &str) -> bool {
    let is_number = |cell: &str| cell.trim().parse::<f64>().is_ok();
    record.iter().any(|cell| cell.trim() == target.trim() && !is_number(cell))
        || !record.iter().any(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_guessed_from_the_text() {
        let check = |text: &str, target: &str, expected: Value| {
            let dialect = Dialect::of(text, target, None);
            assert_eq!(dialect.data("a.csv"), expected, "{text:?}");
        };
        check("a,b\n1,2\n3,4\n", "b", json!({"path": "a.csv"}));
        check("a;b\n1;2\n3;4\n", "b", json!({"path": "a.csv", "delimiter": ";"}));
        check(
            "a\tb c\n1\t2,5\n3\t4,5\n",
            "a",
            json!({"path": "a.csv", "delimiter": "\t", "number_format": {"decimal": ","}}),
        );
        // A name with a delimiter inside.
        check("n,b,c\n\"x; y\",2,1\n\"z; w\",4,1\n", "b", json!({"path": "a.csv"}));
        // The counts of rows and features, then a header.
        check("2,2,\na,b,c\n1,2,3\n4,5,6\n", "c", json!({"path": "a.csv", "skip_rows": 1}));
        // The same without a header.
        check(
            "3,2,x,y\n1,2,0\n4,5,1\n4,5,1\n",
            "3",
            json!({"path": "a.csv", "skip_rows": 1, "header": false, "columns": ["column_1", "column_2", "column_3"]}),
        );
        // A title above the table; the empty line is no record.
        check("Report of May\n\na,b\n1,2\n3,4\n", "b", json!({"path": "a.csv", "skip_rows": 1}));
        // Names that are numbers, but for the target's.
        check("2019,2020,y\n1,2,3\n4,5,6\n", "y", json!({"path": "a.csv"}));
        // Nothing to guess from.
        check("", "y", json!({"path": "a.csv"}));
    }

    #[test]
    fn a_column_without_a_name_is_asked_for_by_its_number() {
        let dialect = Dialect::of("1,2\n3,4\n", "2", None);
        assert_eq!(dialect.target("2"), "column_2");
        assert_eq!(dialect.target("column_1"), "column_1");
        assert_eq!(dialect.target("7"), "7");
        assert_eq!(Dialect::of("a,b\n3,4\n", "a", None).target("2"), "2");
        let names = ["x".to_owned(), "y".to_owned()];
        let named = Dialect::of("1,2\n3,4\n", "y", Some(&names));
        assert_eq!(named.data("a.csv"), json!({"path": "a.csv", "header": false, "columns": ["x", "y"]}));
    }
}
