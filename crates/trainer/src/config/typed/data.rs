//! The CSV file: where it is and how its text is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The CSV file and how to read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Path of the CSV file, or by its ending `.parquet` of a Parquet file, relative to the directory in which the trainer is
    /// started.
    #[schemars(length(min = 1), extend("x-also-called" = ["file", "csv", "filename"]))]
    pub path: String,
    /// Character between two cells; `"\t"` for tabs.
    #[serde(default = "delimiter")]
    #[schemars(extend("x-also-called" = ["sep", "separator"]))]
    pub delimiter: char,
    /// Character around a cell that holds a delimiter or a line break; null when cells are never quoted.
    #[serde(default = "quote")]
    pub quote: Option<char>,
    /// Whether the first record names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// Names of the columns in file order, when `header` is false.
    #[serde(default)]
    #[schemars(extend("minItems" = 1, "x-also-called" = ["names", "column_names"]))]
    pub columns: Option<Vec<String>>,
    /// Lines to skip before the header, or before the first record when there is no header.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["skiprows", "skip_lines"]))]
    pub skip_rows: u32,
    /// Texts that mean "no value"; the empty cell always does.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["na_values"]))]
    pub missing_values: Vec<String>,
    /// The marks that numbers carry.
    #[serde(default)]
    pub number_format: NumberFormat,
    /// What happens to a row with a cell that does not fit its column.
    #[serde(default)]
    pub bad_cells: BadCells,
    /// Rows to keep: only rows that pass every filter are used; the others are counted.
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// The marks that numbers carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NumberFormat {
    /// Currency marks that may stand before or after a number, for example `["$"]`.
    pub currency: Vec<String>,
    /// Whether a number may end in `%`; the mark is dropped, `58.10%` is 58.1.
    pub percent: bool,
    /// Mark between groups of digits, for example `","`: then `1,234` and `6,52,230` are numbers.
    pub thousands: Option<char>,
    /// Mark before the decimals.
    pub decimal: char,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { currency: Vec::new(), percent: false, thousands: None, decimal: '.' }
    }
}

/// What happens to a row with a cell that does not fit its column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BadCells {
    /// Training stops and names the cell.
    #[default]
    Fail,
    /// The row is left out and counted.
    Drop,
}

/// A condition on one column; a row passes when its cell meets all parts. A row without a value does not pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Name of the column, which need not be a feature.
    pub column: String,
    /// Smallest number that passes.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["min", "at_least", "lower"]))]
    pub minimum: Option<f64>,
    /// Largest number that passes.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["max", "at_most", "upper"]))]
    pub maximum: Option<f64>,
    /// The only values that pass.
    #[serde(default, rename = "in")]
    #[schemars(extend("minItems" = 1))]
    pub one_of: Option<Vec<Scalar>>,
    /// Values that do not pass.
    #[serde(default, rename = "not_in")]
    #[schemars(extend("minItems" = 1))]
    pub none_of: Option<Vec<Scalar>>,
}

/// A number, a text or a truth value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A text.
    Text(String),
}

impl Scalar {
    /// The value as JSON writes it.
    pub fn shown(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Number(value) => format!("{value:?}"),
            Self::Boolean(value) => value.to_string(),
            Self::Text(value) => format!("{value:?}"),
        }
    }
}

fn delimiter() -> char {
    ','
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional key")]
fn quote() -> Option<char> {
    Some('"')
}

fn yes() -> bool {
    true
}
