//! What can be wrong with a training table.

use thiserror::Error;

use super::MAXIMUM_LEVELS;

/// Why a table cannot be learned from. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainingSetError {
    /// Nothing to learn from.
    #[error("the training set has no rows")]
    NoRows,
    /// Nothing to split by.
    #[error("the training set has no columns")]
    NoColumns,
    /// More rows than an index can name.
    #[error("the training set has {rows} rows, the limit is {}", u32::MAX)]
    TooManyRows {
        /// Number of rows.
        rows: usize,
    },
    /// Two parts are of different length.
    #[error("{part} has {found} rows, the target {expected}")]
    Length {
        /// `column 3` or `weights`.
        part: String,
        /// Its length.
        found: usize,
        /// Length of the target.
        expected: usize,
    },
    /// A category has more levels than training can hold.
    #[error("column {column} has {levels} levels, the limit is {MAXIMUM_LEVELS}: merge rare levels")]
    TooManyLevels {
        /// Position of the column.
        column: usize,
        /// Number of levels.
        levels: u32,
    },
    /// A value of a category is no code.
    #[error("column {column}, row {row}: {value} is not a level code from 0 to {levels}")]
    Code {
        /// Position of the column.
        column: usize,
        /// Position of the row.
        row: usize,
        /// The value.
        value: f32,
        /// Number of levels.
        levels: u32,
    },
    /// A target cannot be learned.
    #[error("target, row {row}: {value} is not a number from -1e300 to 1e300")]
    TargetValue {
        /// Position of the row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A class without a place.
    #[error("target, row {row}: class {class} is not below the number of classes, {n_classes}")]
    Class {
        /// Position of the row.
        row: usize,
        /// The class.
        class: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// A weight that no row can have.
    #[error("weights, row {row}: {weight} is not a finite number from 0")]
    Weight {
        /// Position of the row.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// All rows weigh nothing, or together too much for a double.
    #[error("the weights add up to {total}, expected a positive number")]
    TotalWeight {
        /// The sum.
        total: f64,
    },
}
