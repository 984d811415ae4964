//! Line numbers of records, found by reading the file again up to the last record asked for.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::{Problem, RowProblem, Unpacked};

/// Finds the lines of records, which must be asked for in file order.
pub struct Lines(Cursor<BufReader<Unpacked>>);

impl Lines {
    /// At the first line of the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Cursor { input: BufReader::new(Unpacked::open(path, 0)?), byte: 0, line: 1 }))
    }

    /// Fills in the line of a problem.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn locate(&mut self, problem: Problem) -> io::Result<RowProblem> {
        self.0.advance(problem.place.byte)?;
        Ok(RowProblem { line: self.0.line, problem })
    }
}

struct Cursor<R> {
    input: R,
    byte: u64,
    line: u64,
}

impl<R: BufRead> Cursor<R> {
    /// Goes on to `byte`, and past the line ends that stand there: a record's offset may point at the end of the line
    /// before it, or at blank lines.
    fn advance(&mut self, byte: u64) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let before =
                usize::try_from(byte.saturating_sub(self.byte)).unwrap_or(usize::MAX).min(buffer.len());
            let ends = buffer[before..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let used = before + ends;
            if used == 0 {
                return Ok(());
            }
            self.line += buffer[..used].iter().filter(|&&byte| byte == b'\n').count() as u64;
            self.input.consume(used);
            self.byte += used as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let check = |text: &str, byte: usize, expected: u64| {
            for capacity in [1, 3, 100] {
                let input = BufReader::with_capacity(capacity, text.as_bytes());
                let mut cursor = Cursor { input, byte: 0, line: 1 };
                cursor.advance(byte as u64).unwrap();
                assert_eq!(cursor.line, expected, "{text:?} at {byte}, buffer of {capacity}");
            }
        };
        check("a\nb\nc\n", 0, 1);
        check("a\nb\nc\n", 2, 2);
        check("a\nb\nc\n", 4, 3);
        // The offset points at the second half of the line end before the record.
        check("a\r\nb\r\nc", 2, 2);
        check("a\r\nb\r\nc", 5, 3);
        check("a\n\n\nb", 2, 4);
    }
}
