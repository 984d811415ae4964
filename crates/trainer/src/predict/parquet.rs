//! Parquet files of rows, read group by group and written the same way.
//!
//! The library's typed columns are used rather than its rows, which panic at types that they do not know, and none of Arrow, which
//! is many times as much to compile.

mod cells;
mod kind;
mod out;
mod shape;
mod table;

pub(super) use out::{Made, OutTable, ParquetWriter};
pub(super) use shape::Shape;
pub(super) use table::{ParquetFeed, ParquetRows, ParquetTable};

#[cfg(test)]
mod tests;
