//! Cuts a body that comes in pieces into its lines, in memory bounded by a piece and the longest line.

use actix_web::web::{Bytes, BytesMut};
use memchr::memchr;

/// The lines of a body. Blank ones are counted and passed over.
pub(crate) struct Lines {
    /// What came and was not cut yet.
    piece: Bytes,
    /// The beginning of a line whose end did not come yet.
    begun: BytesMut,
    /// Most bytes of a line.
    limit: usize,
    /// Number of the last line that was met.
    number: u64,
    /// The line at hand is too long, which was told; the rest of it is passed over.
    skips: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// What stands in it; nothing when it is too long.
    pub(crate) text: Option<Bytes>,
}

impl Lines {
    /// Of no bytes yet; lines have at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { piece: Bytes::new(), begun: BytesMut::new(), limit, number: 0, skips: false }
    }

    /// Number of the last line that was met.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes that are kept until their line is complete.
    pub(crate) fn kept(&self) -> usize {
        self.begun.len()
    }

    /// Takes the next piece, once [`Lines::cut`] found no more lines in the one before.
    pub(crate) fn feed(&mut self, piece: Bytes) {
        self.piece = piece;
    }

    /// The next line that is complete; none when more has to come first.
    pub(crate) fn cut(&mut self) -> Option<Line> {
        loop {
            let Some(end) = memchr(b'\n', &self.piece) else {
                let piece = std::mem::take(&mut self.piece);
                if self.skips {
                    return None;
                }
                if self.begun.len() + piece.len() > self.limit {
                    self.skips = true;
                    return Some(self.too_long());
                }
                self.begun.extend_from_slice(&piece);
                return None;
            };
            let rest = self.piece.split_to(end + 1);
            if std::mem::take(&mut self.skips) {
                continue;
            }
            if self.begun.len() + end > self.limit {
                return Some(self.too_long());
            }
            let text = if self.begun.is_empty() {
                rest
            } else {
                self.begun.extend_from_slice(&rest);
                self.begun.split().freeze()
            };
            self.number += 1;
            if !text.trim_ascii().is_empty() {
                return Some(Line { number: self.number, text: Some(text) });
            }
        }
    }

    /// The last line, when the body ends without a line end.
    pub(crate) fn end(&mut self) -> Option<Line> {
        let text = self.begun.split().freeze();
        if text.trim_ascii().is_empty() {
            return None;
        }
        self.number += 1;
        Some(Line { number: self.number, text: Some(text) })
    }

    fn too_long(&mut self) -> Line {
        self.begun.clear();
        self.number += 1;
        Line { number: self.number, text: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 5;

    fn lines(pieces: &[&[u8]]) -> Vec<Line> {
        let mut lines = Lines::new(LIMIT);
        let mut found = Vec::new();
        for piece in pieces {
            lines.feed(Bytes::copy_from_slice(piece));
            found.extend(std::iter::from_fn(|| lines.cut()));
            assert!(lines.begun.len() <= LIMIT, "what is kept is bounded");
        }
        found.extend(lines.end());
        found
    }

    fn line(number: u64, text: &str) -> Line {
        Line { number, text: Some(Bytes::copy_from_slice(text.as_bytes())) }
    }

    #[test]
    fn lines_are_counted_and_blank_ones_passed_over() {
        let found = lines(&[b"1\n\n 2\r\n \t\n", b"3", b"4"]);
        assert_eq!(found, [line(1, "1\n"), line(3, " 2\r\n"), line(5, "34")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once_and_the_next_is_read() {
        let too_long = |number| Line { number, text: None };
        assert_eq!(lines(&[b"12345\n123456\n1\n"]), [line(1, "12345\n"), too_long(2), line(3, "1\n")]);
        assert_eq!(lines(&[b"1234", b"5678", b"9012", b"\n1"]), [too_long(1), line(2, "1")]);
        assert_eq!(lines(&[b"123456789"]), [too_long(1)]);
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(text in "[ab\n ]{0,40}", cuts in prop::collection::vec(0_usize..40, 0..6)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|ends| &text.as_bytes()[ends[0]..ends[1]]).collect();
            let expected: Vec<_> = (1..)
                .zip(text.split('\n'))
                .filter(|(_, text)| text.len() > LIMIT || !text.trim().is_empty())
                .map(|(number, text)| (number, (text.len() <= LIMIT).then(|| text.to_owned())))
                .collect();
            let found: Vec<_> = lines(&pieces)
                .into_iter()
                .map(|line| {
                    let text = line.text.map(|text| String::from_utf8_lossy(&text).trim_end_matches('\n').to_owned());
                    (line.number, text)
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
