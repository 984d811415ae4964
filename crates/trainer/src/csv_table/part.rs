//! One block of the file, taken apart into records and cells.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::memchr;

use super::separators::for_each_separator;
use super::{CsvTable, Place};
use crate::parquet_file::ParquetRows;

/// Consecutive records. Its memory is used again and again.
#[derive(Debug, Default)]
pub struct Part {
    /// The block as it stands in the file; empty once it is parsed without quotes: then it is `text`.
    raw: Vec<u8>,
    /// Holds the cells.
    text: Text,
    /// Where each cell stands in `text`.
    cells: Vec<(u32, u32)>,
    /// Each record, and where the cells end.
    records: Vec<Mark>,
    /// Offset of the block in the file.
    base: u64,
    /// Number of records before these.
    before: u64,
    /// No cell holds a quote, a delimiter or a line end.
    is_plain: bool,
}

/// Text whose cells can be had as `str` without another look at them, if all of it is UTF-8.
#[derive(Debug)]
enum Text {
    Utf8(String),
    Bytes(Vec<u8>),
}

/// Where a record starts: its first cell, and its offset in the block.
#[derive(Debug, Clone, Copy)]
struct Mark {
    cell: u32,
    byte: u32,
}

impl Default for Text {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Text {
    fn of(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Utf8)
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Utf8(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Part {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len().saturating_sub(1)
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One record.
    ///
    /// # Panics
    /// When there is no such record, a mistake of the calling code.
    pub fn record(&self, index: usize) -> Record<'_> {
        let (start, end) = (self.records[index].cell, self.records[index + 1].cell);
        Record { part: self, index, cells: &self.cells[start as usize..end as usize] }
    }

    /// The cells of some records at one position: all text from the beginning of each on, and how many bytes of it are the cell.
    ///
    /// # Panics
    /// When a cell is asked for that does not exist, a mistake of the calling code.
    pub(crate) fn cells<'a>(
        &'a self,
        records: &'a [usize],
        position: usize,
    ) -> impl Iterator<Item = (&'a [u8], usize)> {
        let text = self.text.bytes();
        records.iter().map(move |&record| {
            let (start, end) = self.cells[self.records[record].cell as usize + position];
            (&text[start as usize..], (end - start) as usize)
        })
    }

    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.len()).map(|index| self.record(index))
    }

    /// Takes the memory to read a block into.
    pub fn take_block(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.raw)
    }

    /// Takes a block that stands at `base` in the file.
    pub fn put_block(&mut self, block: Vec<u8>, base: u64) {
        self.raw = block;
        self.base = base;
    }

    /// Says how many records stand before these.
    pub fn number_from(&mut self, before: u64) {
        self.before = before;
    }

    /// Writes the rows of a Parquet file as those of a CSV file. False when they are longer than offsets can say.
    pub(super) fn write(&mut self, rows: &ParquetRows, decimal: char) -> bool {
        let mut text = match std::mem::take(&mut self.text) {
            Text::Utf8(text) => text,
            Text::Bytes(_) => String::new(),
        };
        text.clear();
        self.cells.clear();
        self.records.clear();
        (self.base, self.is_plain) = (0, false);
        for row in 0..rows.rows {
            self.records.push(Mark { cell: self.cells.len() as u32, byte: 0 });
            for cells in &rows.columns {
                let start = text.len();
                cells.write_cell(row, &mut text, decimal);
                self.cells.push((start as u32, text.len() as u32));
            }
            if u32::try_from(text.len()).is_err() {
                return false;
            }
        }
        self.records.push(Mark { cell: self.cells.len() as u32, byte: 0 });
        self.text = Text::Utf8(text);
        true
    }

    /// Finds the records and cells of the block.
    pub fn parse(&mut self, table: &CsvTable) {
        let layout = &table.layout;
        self.cells.clear();
        self.records.clear();
        let quote = layout.quote.filter(|&quote| memchr(quote, &self.raw).is_some());
        self.is_plain = quote.is_none() && (layout.quote == Some(b'"') || memchr(b'"', &self.raw).is_none());
        match quote {
            None => self.split(layout.delimiter),
            Some(quote) => self.unquote(layout.delimiter, quote),
        }
        self.records.push(Mark { cell: self.cells.len() as u32, byte: self.raw.len() as u32 });
    }

    /// Without quotes a cell ends at the next delimiter, and a record at the next line end.
    fn split(&mut self, delimiter: u8) {
        let text = std::mem::take(&mut self.text).into_bytes();
        let block = std::mem::replace(&mut self.raw, text);
        let (mut start, mut record_start, mut first_cell) = (0, 0, 0);
        for_each_separator(&block, delimiter, |end| {
            // An empty line is no record.
            if block[end] == delimiter || end > record_start {
                self.cells.push((start as u32, end as u32));
            }
            start = end + 1;
            if block[end] != delimiter {
                if end > record_start {
                    self.records.push(Mark { cell: first_cell, byte: record_start as u32 });
                    first_cell = self.cells.len() as u32;
                }
                record_start = start;
            }
        });
        if record_start < block.len() {
            self.records.push(Mark { cell: first_cell, byte: record_start as u32 });
            self.cells.push((start as u32, block.len() as u32));
        }
        self.text = Text::of(block);
    }

    /// With quotes the rules are those of the `csv` crate's parser.
    fn unquote(&mut self, delimiter: u8, quote: u8) {
        let mut text = std::mem::take(&mut self.text).into_bytes();
        text.resize(self.raw.len() + 1, 0);
        let mut ends = [0; 64];
        let mut parser = past_byte_order_mark(delimiter, quote);
        let (mut read, mut record_start, mut first_cell) = (0, 0, 0);
        // Where the text of the record starts, how much of it there is, and the end of its last cell.
        let (mut start, mut written, mut cell_start) = (0, 0, 0);
        loop {
            let (result, bytes, text_bytes, cells) =
                parser.read_record(&self.raw[read..], &mut text[start + written..], &mut ends);
            read += bytes;
            written += text_bytes;
            for &end in &ends[..cells] {
                self.cells.push(((start + cell_start) as u32, (start + end) as u32));
                cell_start = end;
            }
            match result {
                // The next call without input tells the parser that this is all.
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::OutputFull => text.resize(text.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.records.push(Mark { cell: first_cell, byte: record_start as u32 });
                    first_cell = self.cells.len() as u32;
                    record_start = read;
                    start += written;
                    (written, cell_start) = (0, 0);
                }
                ReadRecordResult::End => break,
            }
        }
        text.truncate(start + written);
        self.text = Text::of(text);
    }
}

/// A parser that has read an empty line: a byte order mark that comes now is text, as it should be inside a file.
fn past_byte_order_mark(delimiter: u8, quote: u8) -> Reader {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).quote(quote).build();
    let _: (ReadRecordResult, usize, usize, usize) = parser.read_record(b"\n", &mut [0; 1], &mut [0; 1]);
    parser
}

/// One record of a table.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    part: &'a Part,
    index: usize,
    cells: &'a [(u32, u32)],
}

impl<'a> Record<'a> {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell. A record of a file has one at least.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The bytes of a cell, without the quotes around it.
    ///
    /// # Panics
    /// When there is no such cell, a mistake of the calling code.
    pub fn cell(&self, position: usize) -> &'a [u8] {
        let (start, end) = self.cells[position];
        &self.part.text.bytes()[start as usize..end as usize]
    }

    /// All text from the beginning of a cell on, and how many bytes of it are the cell.
    ///
    /// # Panics
    /// When there is no such cell, a mistake of the calling code.
    pub fn text_from(&self, position: usize) -> (&'a [u8], usize) {
        let (start, end) = self.cells[position];
        (&self.part.text.bytes()[start as usize..], (end - start) as usize)
    }

    /// The text of a cell; what is no UTF-8 in it is replaced by U+FFFD.
    ///
    /// # Panics
    /// When there is no such cell, a mistake of the calling code.
    pub fn text(&self, position: usize) -> Cow<'a, str> {
        let (start, end) = self.cells[position];
        let place = start as usize..end as usize;
        if let Text::Utf8(text) = &self.part.text
            && let Some(cell) = text.get(place.clone())
        {
            return Cow::Borrowed(cell);
        }
        String::from_utf8_lossy(&self.part.text.bytes()[place])
    }

    /// The cells with the delimiters between them, where none holds a quote, a delimiter or a line end.
    pub fn plain(&self) -> Option<&'a [u8]> {
        let (&(start, _), &(_, end)) = (self.cells.first()?, self.cells.last()?);
        self.part.is_plain.then(|| &self.part.text.bytes()[start as usize..end as usize])
    }

    /// The cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let record = *self;
        (0..self.len()).map(move |position| record.cell(position))
    }

    /// Where it stands in the file.
    pub fn place(&self) -> Place {
        let byte = self.part.records[self.index].byte;
        Place { record: self.part.before + self.index as u64 + 1, byte: self.part.base + u64::from(byte) }
    }
}
