//! Parquet files of rows, read group by group and written the same way.

mod out;
mod shape;
mod table;

pub(super) use out::{Made, OutTable, ParquetWriter};
pub(super) use shape::Shape;
pub(super) use table::ParquetTable;

#[cfg(test)]
mod tests;
