//! Records in batches, whose memory is used again and again.

use std::path::Path;

use csv::ByteRecord;

use super::{CsvTable, Place, Records, TableError, csv_error};

/// Consecutive records of a table.
#[derive(Debug, Default)]
pub struct Batch {
    records: Vec<ByteRecord>,
    filled: usize,
    first: u64,
    base: u64,
}

impl Batch {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// One record.
    ///
    /// # Panics
    /// When there is no such record, a mistake of the calling code.
    pub fn record(&self, index: usize) -> &ByteRecord {
        &self.records[..self.filled][index]
    }

    /// The place of one record in the file.
    pub fn place(&self, index: usize) -> Place {
        let byte = self.record(index).position().map_or(0, csv::Position::byte);
        Place { record: self.first + index as u64, byte: self.base + byte }
    }

    /// The records with their places.
    pub fn records(&self) -> impl Iterator<Item = (Place, &ByteRecord)> {
        (0..self.filled).map(|index| (self.place(index), self.record(index)))
    }
}

/// Records of a batch: enough that the cost of handing them over does not show, few enough for a processor's cache.
const BATCH_ROWS: usize = 2048;

impl CsvTable {
    /// Gives every record to `work`, batch by batch in file order, and the position in the file to `progress`. The next
    /// batch is parsed while one is worked on. The result is the number of records.
    ///
    /// # Errors
    /// When the file cannot be read, or the first error of `work`.
    pub fn for_each_batch<E: From<TableError> + Send>(
        &self,
        progress: &dyn Fn(u64),
        mut work: impl FnMut(&Batch) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        let mut batches = self.batches(BATCH_ROWS)?;
        let (mut current, mut next) = (Batch::default(), Batch::default());
        let mut more = batches.next_into(&mut current)?;
        while more {
            let (read, worked) = rayon::join(|| batches.next_into(&mut next), || work(&current));
            worked?;
            more = read?;
            std::mem::swap(&mut current, &mut next);
            progress(batches.position());
        }
        Ok(batches.read)
    }
}

/// One pass over a table.
pub struct Batches<'a> {
    path: &'a Path,
    reader: Records,
    base: u64,
    rows: usize,
    read: u64,
}

impl<'a> Batches<'a> {
    pub(super) fn new(path: &'a Path, reader: Records, base: u64, rows: usize) -> Self {
        Self { path, reader, base, rows, read: 0 }
    }

    /// Fills `batch` with the next records; false when there is none left.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_into(&mut self, batch: &mut Batch) -> Result<bool, TableError> {
        batch.filled = 0;
        batch.first = self.read + 1;
        batch.base = self.base;
        while batch.filled < self.rows {
            if batch.filled == batch.records.len() {
                batch.records.push(ByteRecord::new());
            }
            let record = &mut batch.records[batch.filled];
            if !self.reader.read_byte_record(record).map_err(|source| csv_error(self.path, source))? {
                break;
            }
            batch.filled += 1;
        }
        self.read += batch.filled as u64;
        Ok(batch.filled > 0)
    }

    /// Offset in the file up to which records were read.
    pub fn position(&self) -> u64 {
        self.base + self.reader.position().byte()
    }
}
