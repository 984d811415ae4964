//! The CSV file and how to read it, checked.

use std::path::PathBuf;

use model_core::cell::CellFormat;

use super::typed::{BadCells, Scalar};

/// The CSV file and how to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Path of the file.
    pub path: PathBuf,
    /// Byte between two cells.
    pub delimiter: u8,
    /// Byte around a cell that holds a delimiter or a line break; `None` when cells are never quoted.
    pub quote: Option<u8>,
    /// Where the column names come from.
    pub columns: Columns,
    /// Lines to skip before the header or the first record.
    pub skip_rows: u32,
    /// How cells are read.
    pub cells: CellFormat,
    /// What happens to a row with a cell that does not fit its column.
    pub bad_cells: BadCells,
    /// A row is used when it passes all of these.
    pub filters: Vec<Filter>,
}

/// Where the names of the columns come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// From the first record.
    Header,
    /// From the config, in file order; the first record is data.
    Named(Vec<String>),
}

/// A condition on one column; a row without a value there does not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Name of the column.
    pub column: String,
    /// Smallest number that passes.
    pub minimum: Option<f64>,
    /// Largest number that passes.
    pub maximum: Option<f64>,
    /// The only values that pass; any when `None`.
    pub one_of: Option<Vec<Scalar>>,
    /// Values that do not pass.
    pub none_of: Vec<Scalar>,
}
