//! The file in blocks that end where a record ends, so that each block can be parsed by itself.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr, memrchr2};

use super::{BYTE_ORDER_MARK, CsvTable, TableError, Unpacked};

/// Bytes of a block: enough that the cost of handing it over does not show, few enough that the block and the places
/// of its cells stay in a processor's cache.
pub(super) const BLOCK_BYTES: usize = 1 << 18;

/// Reads a file once, block by block.
pub struct Blocks {
    path: PathBuf,
    input: Unpacked,
    records: Records,
    block_bytes: usize,
    /// Bytes of the record that the last block does not hold as a whole.
    rest: Vec<u8>,
    /// Offset of the next block in the content of the file.
    offset: u64,
    is_at_end: bool,
}

/// What ends a record.
#[derive(Debug, Clone, Copy)]
enum Records {
    /// A line end outside of quotes.
    Csv { delimiter: u8, quote: Option<u8> },
    /// A line feed, wherever it stands.
    Lines,
}

impl Blocks {
    /// Blocks of lines from byte `from` of the content on, which is 0 or the end of an earlier block.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_lines(path: &Path, from: u64) -> io::Result<Self> {
        Self::new(path, from, Records::Lines, BLOCK_BYTES, from == 0)
    }

    /// Blocks of at least `block_bytes`, save for the last one, from the first record on, or from the end of an
    /// earlier block.
    pub(super) fn open(table: &CsvTable, from: Option<u64>, block_bytes: usize) -> io::Result<Self> {
        let records = Records::Csv { delimiter: table.layout.delimiter, quote: table.layout.quote };
        let passes_mark = from.is_none() && !table.has_header();
        Self::new(&table.path, from.unwrap_or(table.records_start), records, block_bytes, passes_mark)
    }

    fn new(
        path: &Path,
        mut offset: u64,
        records: Records,
        block_bytes: usize,
        passes_mark: bool,
    ) -> io::Result<Self> {
        let mut input = Unpacked::open(path, offset)?;
        let mut rest = Vec::new();
        if passes_mark {
            // The parser passes over a mark before the first record, wherever that stands.
            (&mut input).take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut rest)?;
            if rest == BYTE_ORDER_MARK {
                offset += BYTE_ORDER_MARK.len() as u64;
                rest.clear();
            }
        }
        let block_bytes = block_bytes.max(1);
        Ok(Self { path: path.into(), input, records, block_bytes, rest, offset, is_at_end: false })
    }

    /// Offset in the content up to which blocks were read: the end of the last one.
    pub fn position(&self) -> u64 {
        self.offset
    }

    /// Bytes of the file that were read; of a packed one, packed as it is.
    pub fn bytes_read(&self) -> u64 {
        self.input.bytes_read()
    }

    /// Reads the next block and returns its offset in the content; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or a record is longer than offsets within a block can say.
    pub fn next_into(&mut self, block: &mut Vec<u8>) -> Result<Option<u64>, TableError> {
        // What another block left there is written over: zeros are filled in only where there is more room than it took.
        let mut filled = self.rest.len();
        block.resize(block.len().max(filled), 0);
        block[..filled].copy_from_slice(&self.rest);
        self.rest.clear();
        while !self.is_at_end {
            let wanted = self.block_bytes.max(filled);
            block.resize(filled + wanted, 0);
            let read = read_all(&mut self.input, &mut block[filled..])
                .map_err(|source| TableError::Io { path: self.path.clone(), source })?;
            filled += read;
            self.is_at_end = read < wanted;
            if !self.is_at_end
                && let Some(end) = self.records.end(&block[..filled])
            {
                self.rest.extend_from_slice(&block[end..filled]);
                filled = end;
                break;
            }
            if u32::try_from(filled).is_err() {
                let reason =
                    format!("the record at byte {} is longer than 4 GiB; is a quote open?", self.offset);
                return Err(TableError::Malformed { path: self.path.clone(), reason });
            }
        }
        block.truncate(filled);
        let start = self.offset;
        self.offset += block.len() as u64;
        Ok((!block.is_empty()).then_some(start))
    }
}

/// Fills the buffer as far as there is something to read, and returns how far.
fn read_all(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Records {
    /// Where the last record ends that `block` holds as a whole.
    fn end(self, block: &[u8]) -> Option<usize> {
        match self {
            Self::Csv { delimiter, quote } => end_of_records(block, delimiter, quote),
            Self::Lines => memrchr(b'\n', block).map(|end| end + 1),
        }
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
