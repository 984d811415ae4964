//! Some consecutive rows of the input: read by one thread, parsed and answered by another.

use forest::ForestModel;
use model_core::{Model, Rows};

use super::columns::InputColumns;
use super::objects::Objects;
use super::source::Source;
use crate::csv_table::{Blocks, Part, Problem, TableError};
use crate::parquet_file::ParquetRows;

/// Rows in the form of the input.
#[derive(Debug)]
pub(super) enum Piece {
    Csv(Part),
    Ndjson(Objects),
    Parquet(ParquetRows),
}

/// The rows of a piece as a model takes them.
pub(super) struct Encoded {
    pub(super) rows: Rows,
    /// Which rows of the piece these are.
    pub(super) good: Vec<usize>,
    /// What is wrong with the others, in order.
    pub(super) problems: Vec<Problem>,
}

impl Piece {
    /// Reads the next block of lines; false at the end.
    pub(super) fn read(&mut self, blocks: &mut Blocks) -> Result<bool, TableError> {
        let mut block = match self {
            Self::Csv(part) => part.take_block(),
            Self::Ndjson(objects) => objects.take_block(),
            Self::Parquet(_) => return Ok(false),
        };
        let base = blocks.next_into(&mut block)?;
        match self {
            Self::Csv(part) => part.put_block(block, base.unwrap_or_default()),
            Self::Ndjson(objects) => objects.put_block(block, base.unwrap_or_default()),
            Self::Parquet(_) => {}
        }
        Ok(base.is_some())
    }

    pub(super) fn parse(&mut self, source: &Source) {
        match (self, source) {
            (Self::Csv(part), Source::Csv { table, .. }) => part.parse(table),
            (Self::Ndjson(objects), _) => objects.parse(),
            // The columns of a Parquet file are values already.
            (Self::Csv(_), _) | (Self::Parquet(_), _) => {}
        }
    }

    /// Says how many rows stand before these.
    pub(super) fn number_from(&mut self, before: u64) {
        match self {
            Self::Csv(part) => part.number_from(before),
            Self::Ndjson(objects) => objects.number_from(before),
            Self::Parquet(rows) => rows.before = before,
        }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Csv(part) => part.len(),
            Self::Ndjson(objects) => objects.len(),
            Self::Parquet(rows) => rows.rows,
        }
    }

    /// Encodes all rows. `taken` are the names of what the output adds.
    pub(super) fn encode(&self, source: &Source, model: &ForestModel, taken: &[String]) -> Encoded {
        let encoder = model.encoder();
        let mut row = vec![0.0; encoder.width()];
        let mut rows = Rows::with_capacity(encoder.width(), self.len());
        let mut good = Vec::with_capacity(self.len());
        let mut problems = Vec::new();
        for index in 0..self.len() {
            let encoded = match (self, source) {
                (Self::Csv(part), Source::Csv { table, columns }) => {
                    InputColumns::encode(columns, encoder, table, part.record(index), &mut row)
                }
                (Self::Ndjson(objects), Source::Ndjson { names, .. }) => {
                    objects.encode(index, encoder, taken, names.as_deref(), &mut row)
                }
                (Self::Parquet(rows), Source::Parquet(table)) => table.encode(rows, index, encoder, &mut row),
                // A piece is one of its source.
                _ => Ok(()),
            };
            match encoded {
                Ok(()) => {
                    rows.push(&row);
                    good.push(index);
                }
                Err(found) => problems.extend(found),
            }
        }
        Encoded { rows, good, problems }
    }
}
