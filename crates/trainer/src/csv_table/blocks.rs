//! The file in blocks that end where a record ends, so that each block can be parsed by itself.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use memchr::{memchr, memrchr2};

use super::{BYTE_ORDER_MARK, CsvTable, TableError};

/// Reads a file once, block by block.
pub(super) struct Blocks {
    path: PathBuf,
    input: File,
    delimiter: u8,
    quote: Option<u8>,
    block_bytes: usize,
    /// Bytes of the record that the last block does not hold as a whole.
    rest: Vec<u8>,
    /// Offset of the next block in the file.
    offset: u64,
    is_at_end: bool,
}

impl Blocks {
    /// Blocks of at least `block_bytes`, save for the last one, from the first record on.
    pub(super) fn open(table: &CsvTable, block_bytes: usize) -> io::Result<Self> {
        let mut input = File::open(&table.path)?;
        let mut offset = input.seek(SeekFrom::Start(table.records_start))?;
        if !table.has_header() {
            // The parser passes over a mark before the first record, wherever that stands.
            let mut front = Vec::with_capacity(BYTE_ORDER_MARK.len());
            (&mut input).take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut front)?;
            if front == BYTE_ORDER_MARK {
                offset += BYTE_ORDER_MARK.len() as u64;
            }
            input.seek(SeekFrom::Start(offset))?;
        }
        Ok(Self {
            path: table.path.clone(),
            input,
            delimiter: table.layout.delimiter,
            quote: table.layout.quote,
            block_bytes: block_bytes.max(1),
            rest: Vec::new(),
            offset,
            is_at_end: false,
        })
    }

    /// Offset in the file up to which blocks were read.
    pub(super) fn position(&self) -> u64 {
        self.offset
    }

    /// Reads the next block and returns its offset in the file; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or a record is longer than offsets within a block can say.
    pub(super) fn next_into(&mut self, block: &mut Vec<u8>) -> Result<Option<u64>, TableError> {
        block.clear();
        block.append(&mut self.rest);
        while !self.is_at_end {
            let wanted = self.block_bytes.max(block.len());
            let read = (&mut self.input)
                .take(wanted as u64)
                .read_to_end(block)
                .map_err(|source| TableError::Io { path: self.path.clone(), source })?;
            self.is_at_end = read < wanted;
            if !self.is_at_end
                && let Some(end) = end_of_records(block, self.delimiter, self.quote)
            {
                self.rest.extend_from_slice(&block[end..]);
                block.truncate(end);
                break;
            }
            if u32::try_from(block.len()).is_err() {
                let reason =
                    format!("the record at byte {} is longer than 4 GiB; is a quote open?", self.offset);
                return Err(TableError::Malformed { path: self.path.clone(), reason });
            }
        }
        let start = self.offset;
        self.offset += block.len() as u64;
        Ok((!block.is_empty()).then_some(start))
    }
}

/// Where the last record ends that `block` holds as a whole; `block` starts where a record starts.
///
/// A line end counts outside of quotes, and a quote counts where a cell starts: anywhere else it is an ordinary
/// character.
fn end_of_records(block: &[u8], delimiter: u8, quote: Option<u8>) -> Option<usize> {
    let line_end =
        |from: usize, to: usize| memrchr2(b'\n', b'\r', &block[from..to]).map(|end| from + end + 1);
    let Some(quote) = quote else { return line_end(0, block.len()) };
    let next_quote = |from: usize| memchr(quote, &block[from..]).map(|found| from + found);
    let starts_cell = |place: usize| {
        place == 0 || block[place - 1] == delimiter || matches!(block[place - 1], b'\n' | b'\r')
    };
    let mut end = None;
    let mut outside = 0;
    let mut from = 0;
    while let Some(opening) = next_quote(from) {
        from = opening + 1;
        if !starts_cell(opening) {
            continue;
        }
        end = line_end(outside, opening).or(end);
        loop {
            let Some(closing) = next_quote(from) else { return end };
            from = closing + 1;
            if block.get(from) != Some(&quote) {
                break;
            }
            // Doubled, a quote stands for itself.
            from += 1;
        }
        outside = from;
    }
    line_end(outside, block.len()).or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_outside_of_quotes() {
        let check = |block: &str, quote: Option<u8>, expected: Option<usize>| {
            assert_eq!(end_of_records(block.as_bytes(), b',', quote), expected, "{block:?}");
        };
        let quote = Some(b'"');
        check("a,b", quote, None);
        check("a,b\nc", quote, Some(4));
        check("a,b\r\nc", quote, Some(5));
        check("a\rb", quote, Some(2));
        check("\"a\nb", quote, None);
        check("\"a\nb", None, Some(3));
        check("\"a\nb\"\nc", quote, Some(6));
        check("x\n\"a\nb", quote, Some(2));
        check("x\n\"a\"\"\nb", quote, Some(2));
        check("x\n\"a\"\"\nb\"\n", quote, Some(10));
        // A quote within a cell is nothing special, also behind a quoted piece.
        check("6\" pipe\nx", quote, Some(8));
        check("\"a\"b\"\nx", quote, Some(6));
        check("x,\"a\n\"\"b\n\",y\nz,\"", quote, Some(13));
    }
}
