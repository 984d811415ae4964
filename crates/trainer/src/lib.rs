//! Trains a random forest from a JSON config and CSV data.

pub mod csv_table;
pub mod evaluation;
pub mod split;
pub mod timestamp;
