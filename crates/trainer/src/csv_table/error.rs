//! What can be wrong with a table.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::Place;

/// Why a table cannot be used.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Some other kind of file.
    #[error("{} is {what}: {cure}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// The parser gave up.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// A Parquet file cannot be read.
    #[error("{}: no Parquet file that can be read: {reason}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A column of a Parquet file is none of a table of rows.
    #[error("{}: the column {column:?} {what}, which is not read: leave it out, or make a plain column of it", path.display())]
    ParquetColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it is.
        what: String,
    },
    /// Not even a header.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A header, and nothing below it.
    #[error("{} has a header, but no records below it", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// The file ends before the header.
    #[error("{} has {found} lines, and {skip} are to be skipped before the header", path.display())]
    TooFewLines {
        /// The file.
        path: PathBuf,
        /// Lines to skip.
        skip: u64,
        /// Lines in the file.
        found: u64,
    },
    /// One name, two columns.
    #[error(
        "{}: columns {first} and {second} are both called {column:?}: rename one, or give the names in the config",
        path.display()
    )]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        column: String,
        /// Position of the earlier one, from 1.
        first: usize,
        /// Position of the later one.
        second: usize,
    },
    /// The given names do not fit the file.
    #[error("{} has {found} columns, but {given} column names are given", path.display())]
    Width {
        /// The file.
        path: PathBuf,
        /// Number of names.
        given: usize,
        /// Number of columns.
        found: usize,
    },
    /// A column that the file does not have.
    #[error("{} has no column {column:?}; {}", path.display(), offer(nearest.as_ref(), known))]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        column: String,
        /// The most similar name.
        nearest: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// Records that do not fit.
    #[error("{}: {}", path.display(), listed(problems, *total))]
    BadRows {
        /// The file.
        path: PathBuf,
        /// The first of them.
        problems: Vec<RowProblem>,
        /// How many there are.
        total: u64,
    },
}

/// Something in a record that does not fit, before its line is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The record.
    pub place: Place,
    /// The column; none when the record as a whole is at fault.
    pub column: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What was found, shortened.
    pub found: String,
}

/// Something in a record that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Line on which the record starts, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { place, column, expected, found } = &self.problem;
        write!(f, "record {} (line {})", place.record, self.line)?;
        if let Some(column) = column {
            write!(f, ", column {column:?}")?;
        }
        write!(f, ": expected {expected}, found {found}")
    }
}

fn offer(nearest: Option<&String>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None => format!("its columns are {}", known.join(", ")),
    }
}

fn listed(problems: &[RowProblem], total: u64) -> String {
    let mut text = match total {
        1 => "one value does not fit".to_owned(),
        _ => format!("{total} values do not fit"),
    };
    for problem in problems {
        text.push_str(&format!("\n  {problem}"));
    }
    let more = total.saturating_sub(problems.len() as u64);
    if more > 0 {
        text.push_str(&format!("\n  and {more} more"));
    }
    text
}
