//! Records in batches, whose memory is used again and again.

use rayon::prelude::*;

use super::blocks::{BLOCK_BYTES, Blocks};
use super::part::Part;
use super::{CsvTable, Record, RowsOfTypes, TableError};
use crate::parquet_file::{ParquetFeed, ParquetRows};

/// Blocks of a batch, parsed in parallel.
const BATCH_BLOCKS: usize = 4;

/// Consecutive records of a table.
#[derive(Debug, Default)]
pub struct Batch {
    parts: [Part; BATCH_BLOCKS],
    /// What the parts are made of, where the file has types.
    rows: [ParquetRows; BATCH_BLOCKS],
    filled: usize,
}

/// Reads a file once.
enum Input {
    Blocks(Blocks),
    Rows(ParquetFeed),
}

impl Input {
    /// Bytes of the file that were read.
    fn bytes_read(&self) -> u64 {
        match self {
            Self::Blocks(blocks) => blocks.bytes_read(),
            Self::Rows(feed) => feed.bytes_read(),
        }
    }
}

impl Batch {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.parts[..self.filled].iter().map(Part::len).sum()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records in file order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.parts[..self.filled].iter().flat_map(|part| (0..part.len()).map(|index| part.record(index)))
    }

    /// Reads the next blocks; false when there is none left.
    fn read(&mut self, input: &mut Input) -> Result<bool, TableError> {
        self.filled = 0;
        let blocks = match input {
            Input::Blocks(blocks) => blocks,
            Input::Rows(feed) => {
                while self.filled < BATCH_BLOCKS && feed.next_into(&mut self.rows[self.filled])? {
                    self.filled += 1;
                }
                return Ok(self.filled > 0);
            }
        };
        for part in &mut self.parts {
            let mut block = part.take_block();
            let base = blocks.next_into(&mut block)?;
            part.put_block(block, base.unwrap_or_default());
            if base.is_none() {
                break;
            }
            self.filled += 1;
        }
        Ok(self.filled > 0)
    }

    /// Parses what was read; `before` records stand before it.
    fn parse(&mut self, table: &CsvTable, mut before: u64) -> Result<(), TableError> {
        let parts = &mut self.parts[..self.filled];
        match &table.parquet {
            None => parts.par_iter_mut().for_each(|part| part.parse(table)),
            Some(RowsOfTypes { decimal, .. }) => {
                let write = |(part, rows): (&mut Part, &ParquetRows)| part.write(rows, *decimal);
                let is_written =
                    parts.par_iter_mut().zip(&self.rows).map(write).reduce(|| true, |a, b| a && b);
                if !is_written {
                    let reason = format!("the rows below record {before} hold more than 4 GiB of text");
                    return Err(TableError::Malformed { path: table.path.clone(), reason });
                }
            }
        }
        for part in parts {
            part.number_from(before);
            before += part.len() as u64;
        }
        Ok(())
    }
}

impl CsvTable {
    /// Gives every record to `work`, batch by batch in file order, and the position in the file to `progress`. The next
    /// batch is read while one is worked on. The result is the number of records.
    ///
    /// # Errors
    /// When the file cannot be read, or the first error of `work`.
    pub fn for_each_batch<E: From<TableError> + Send>(
        &self,
        progress: &dyn Fn(u64),
        work: impl FnMut(&Batch) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        self.for_each_batch_of(BLOCK_BYTES, progress, work)
    }

    /// The file in blocks, from the first record on or from the end of an earlier block.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn blocks(&self, from: Option<u64>) -> Result<Blocks, TableError> {
        Blocks::open(self, from, BLOCK_BYTES)
            .map_err(|source| TableError::Io { path: self.path.clone(), source })
    }

    pub(super) fn for_each_batch_of<E: From<TableError> + Send>(
        &self,
        block_bytes: usize,
        progress: &dyn Fn(u64),
        mut work: impl FnMut(&Batch) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        let io = |source| TableError::Io { path: self.path.clone(), source };
        let mut input = match &self.parquet {
            None => Input::Blocks(Blocks::open(self, None, block_bytes).map_err(io)?),
            Some(RowsOfTypes { file, .. }) => Input::Rows(file.feed()?),
        };
        let (mut current, mut next) = (Batch::default(), Batch::default());
        let mut records = 0;
        let mut more = current.read(&mut input)?;
        while more {
            let parsed = || {
                current.parse(self, records)?;
                records += current.len() as u64;
                // Blank lines may be all there is.
                if current.is_empty() { Ok(()) } else { work(&current) }
            };
            let (read, worked) = rayon::join(|| next.read(&mut input), parsed);
            worked?;
            more = read?;
            std::mem::swap(&mut current, &mut next);
            progress(input.bytes_read());
        }
        Ok(records)
    }
}
