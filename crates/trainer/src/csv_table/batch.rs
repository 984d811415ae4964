//! Records in batches, whose memory is used again and again.

use rayon::prelude::*;

use super::blocks::Blocks;
use super::part::Part;
use super::{CsvTable, Record, RowsOfTypes, TableError};
use crate::parquet_file::{ParquetFeed, ParquetRows};

/// Blocks of a batch, parsed in parallel: enough that threads that are done wait little for the last one.
const BATCH_BLOCKS: usize = 16;
/// Pieces of a Parquet file in a batch: each has a fixed number of rows, however many columns there are.
const BATCH_PIECES: usize = 4;
/// Bytes of a block: a part, the places of its cells and what is read of them stay in a processor's cache.
const BLOCK_BYTES: usize = 1 << 17;

/// Consecutive records of a table, and what was made of each part of them where it was parsed.
#[derive(Debug, Default)]
pub struct Batch<P = ()> {
    parts: [(Part, P); BATCH_BLOCKS],
    /// What the parts are made of, where the file has types.
    rows: [ParquetRows; BATCH_PIECES],
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

impl<P: Send> Batch<P> {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.parts().map(|(part, _)| part.len()).sum()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records in file order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.parts().flat_map(|(part, _)| part.records())
    }

    /// The parts in file order, and what was made of each.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&Part, &P)> {
        self.parts[..self.filled].iter().map(|(part, made)| (part, made))
    }

    /// Reads the next blocks; false when there is none left.
    fn read(&mut self, input: &mut Input) -> Result<bool, TableError> {
        self.filled = 0;
        let blocks = match input {
            Input::Blocks(blocks) => blocks,
            Input::Rows(feed) => {
                while self.filled < BATCH_PIECES && feed.next_into(&mut self.rows[self.filled])? {
                    self.filled += 1;
                }
                return Ok(self.filled > 0);
            }
        };
        for (part, _) in &mut self.parts {
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

    /// Parses what was read, and makes of each part what `make` does.
    /// `before` records stand before it.
    fn parse(
        &mut self,
        table: &CsvTable,
        before: u64,
        make: &(impl Fn(&Part, &mut P) + Sync),
    ) -> Result<(), TableError> {
        let parts = &mut self.parts[..self.filled];
        let parse = |place: usize, part: &mut Part| match &table.parquet {
            None => {
                part.parse(table);
                true
            }
            Some(RowsOfTypes { decimal, .. }) => part.write(&self.rows[place], *decimal),
        };
        let parsed = parts.par_iter_mut().enumerate().with_max_len(1).map(|(place, (part, made))| {
            let is_parsed = parse(place, part);
            make(part, made);
            is_parsed
        });
        if parsed.reduce(|| true, |a, b| a && b) {
            return Ok(());
        }
        let reason = format!("the rows below record {before} hold more than 4 GiB of text");
        Err(TableError::Malformed { path: table.path.clone(), reason })
    }

    /// Says how many records stand before these, and returns how many stand before the next ones.
    fn number_from(&mut self, mut before: u64) -> u64 {
        for (part, _) in &mut self.parts[..self.filled] {
            part.number_from(before);
            before += part.len() as u64;
        }
        before
    }
}

impl CsvTable {
    /// Gives every record to `work`, batch by batch in file order, and the position in the file to `progress`. The next
    /// batches are read and parsed while one is worked on. The result is the number of records.
    ///
    /// # Errors
    /// When the file cannot be read, or the first error of `work`.
    pub fn for_each_batch<E: From<TableError> + Send>(
        &self,
        progress: &dyn Fn(u64),
        work: impl FnMut(&Batch) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        self.for_each_batch_made(progress, |_, ()| (), work)
    }

    /// As [`CsvTable::for_each_batch`], where `make` makes something of each part as soon as it is parsed, in the memory of an
    /// earlier one: parts are made at the same time, and do not know yet how many records stand before them.
    ///
    /// # Errors
    /// When the file cannot be read, or the first error of `work`.
    pub(crate) fn for_each_batch_made<P: Default + Send + Sync, E: From<TableError> + Send>(
        &self,
        progress: &dyn Fn(u64),
        make: impl Fn(&Part, &mut P) + Sync,
        work: impl FnMut(&Batch<P>) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        self.for_each_batch_of(BLOCK_BYTES, progress, make, work)
    }

    /// The file in blocks, from the first record on or from the end of an earlier block.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn blocks(&self, from: Option<u64>) -> Result<Blocks, TableError> {
        Blocks::open(self, from, super::blocks::BLOCK_BYTES)
            .map_err(|source| TableError::Io { path: self.path.clone(), source })
    }

    pub(super) fn for_each_batch_of<P: Default + Send + Sync, E: From<TableError> + Send>(
        &self,
        block_bytes: usize,
        progress: &dyn Fn(u64),
        make: impl Fn(&Part, &mut P) + Sync,
        mut work: impl FnMut(&Batch<P>) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        let io = |source| TableError::Io { path: self.path.clone(), source };
        let mut input = match &self.parquet {
            None => Input::Blocks(Blocks::open(self, None, block_bytes).map_err(io)?),
            Some(RowsOfTypes { file, .. }) => Input::Rows(file.feed()?),
        };
        let (mut parsed, mut current, mut next) = (Batch::default(), Batch::default(), Batch::default());
        let mut records = 0;
        current.read(&mut input)?;
        while parsed.filled + current.filled > 0 {
            // One is read, the one before it parsed, and the one before that worked on.
            let worked = || if parsed.is_empty() { Ok(()) } else { work(&parsed) };
            let parse = || current.parse(self, records, &make);
            let (is_read, (is_parsed, is_worked)) =
                rayon::join(|| next.read(&mut input), || rayon::join(parse, worked));
            is_worked?;
            is_parsed?;
            is_read?;
            records = current.number_from(records);
            progress(input.bytes_read());
            std::mem::swap(&mut parsed, &mut current);
            std::mem::swap(&mut current, &mut next);
        }
        Ok(records)
    }
}
