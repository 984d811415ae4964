//! Records in batches, whose memory is used again and again.

use rayon::prelude::*;

use super::blocks::{BLOCK_BYTES, Blocks};
use super::part::Part;
use super::{CsvTable, Record, TableError};

/// Blocks of a batch, parsed in parallel.
const BATCH_BLOCKS: usize = 4;

/// Consecutive records of a table.
#[derive(Debug, Default)]
pub struct Batch {
    parts: [Part; BATCH_BLOCKS],
    filled: usize,
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
    fn read(&mut self, blocks: &mut Blocks) -> Result<bool, TableError> {
        self.filled = 0;
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
    fn parse(&mut self, table: &CsvTable, mut before: u64) {
        let parts = &mut self.parts[..self.filled];
        parts.par_iter_mut().for_each(|part| part.parse(table));
        for part in parts {
            part.number_from(before);
            before += part.len() as u64;
        }
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
        let mut blocks = Blocks::open(self, None, block_bytes).map_err(io)?;
        let (mut current, mut next) = (Batch::default(), Batch::default());
        let mut records = 0;
        let mut more = current.read(&mut blocks)?;
        while more {
            let parsed = || {
                current.parse(self, records);
                records += current.len() as u64;
                // Blank lines may be all there is.
                if current.is_empty() { Ok(()) } else { work(&current) }
            };
            let (read, worked) = rayon::join(|| next.read(&mut blocks), parsed);
            worked?;
            more = read?;
            std::mem::swap(&mut current, &mut next);
            progress(blocks.bytes_read());
        }
        Ok(records)
    }
}
