//! Lines as they come, read by a thread of its own: a block is what was there when it was read.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use memchr::{memchr, memrchr};

use crate::csv_table::BYTE_ORDER_MARK;

/// Most bytes that are read at once.
const BLOCK_BYTES: usize = 1 << 17;
/// Most bytes of a line.
const LONGEST_LINE: usize = 1 << 24;
/// Most blocks that wait; then no more is read.
const WAITING: usize = 64;

/// What came.
#[derive(Debug)]
pub(super) enum Came {
    /// Whole lines.
    Lines(Vec<u8>),
    /// A line that is too long to be kept.
    TooLong,
    /// No more can be read.
    Failed(io::Error),
}

/// What is wrong with a line that is too long: expected and found.
pub(super) const TOO_LONG: (&str, &str) = ("an object of at most 16 MiB", "a longer line");

/// Reads until the end of the input, or until nobody takes what comes.
pub(super) fn read(input: impl Read + Send + 'static) -> io::Result<Receiver<Came>> {
    let (sender, receiver) = sync_channel(WAITING);
    let reader = std::thread::Builder::new().name("reader".into());
    reader.spawn(move || read_all(input, &sender, BLOCK_BYTES, LONGEST_LINE))?;
    Ok(receiver)
}

/// The end of the channel is the end of the input, whatever ended it.
fn read_all(mut input: impl Read, sender: &SyncSender<Came>, block_bytes: usize, longest: usize) {
    let mut rest = Vec::new();
    // The end of a line that is too long has not come yet.
    let mut passes = false;
    let mut is_first = true;
    loop {
        let mut block = std::mem::take(&mut rest);
        let kept = block.len();
        block.resize(kept + block_bytes, 0);
        let read = match input.read(&mut block[kept..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            other => other.map(Some),
        };
        match read {
            Ok(count) => {
                block.truncate(kept + count.unwrap_or_default());
                if count == Some(0) {
                    if !block.is_empty() && !passes {
                        let _: Result<(), _> = sender.send(Came::Lines(block));
                    }
                    return;
                }
            }
            Err(error) => {
                let _: Result<(), _> = sender.send(Came::Failed(error));
                return;
            }
        }
        if is_first && block.len() >= BYTE_ORDER_MARK.len() {
            is_first = false;
            if block.starts_with(BYTE_ORDER_MARK) {
                block.drain(..BYTE_ORDER_MARK.len());
            }
        }
        if passes {
            let Some(end) = memchr(b'\n', &block) else { continue };
            block.drain(..=end);
            passes = false;
        }
        // What was kept has no end.
        let from = kept.saturating_sub(BYTE_ORDER_MARK.len());
        match memrchr(b'\n', &block[from.min(block.len())..]).map(|end| from + end + 1) {
            Some(end) => {
                rest = block.split_off(end);
                if sender.send(Came::Lines(block)).is_err() {
                    return;
                }
            }
            None => rest = block,
        }
        if rest.len() > longest {
            rest.clear();
            passes = true;
            if sender.send(Came::TooLong).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slowly(Vec<u8>, usize);

    impl Read for Slowly {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    #[test]
    fn lines_are_kept_whole_however_they_come() {
        let check = |text: &str, expected: &[&str]| {
            for step in [1, 2, 3, 7, 100] {
                for block_bytes in [1, 4, 64] {
                    let (sender, receiver) = sync_channel(1000);
                    read_all(Slowly(text.into(), step), &sender, block_bytes, 8);
                    drop(sender);
                    let mut lines = Vec::new();
                    for came in receiver {
                        match came {
                            Came::Lines(block) => {
                                let text = String::from_utf8(block).unwrap();
                                lines.extend(text.lines().map(str::to_owned));
                            }
                            Came::TooLong => lines.push("too long".into()),
                            Came::Failed(error) => panic!("{error}"),
                        }
                    }
                    assert_eq!(lines, expected, "{text:?}, {step} at a time into {block_bytes}");
                }
            }
        };
        check("", &[]);
        check("a", &["a"]);
        check("a\nb\n\nc", &["a", "b", "", "c"]);
        check("\u{feff}a\nb\n", &["a", "b"]);
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_memory() {
        let text = format!("a\n{}\nb\n{}", "x".repeat(40), "y".repeat(40));
        let (sender, receiver) = sync_channel(1000);
        read_all(Slowly(text.into(), 3), &sender, 4, 8);
        drop(sender);
        let told: Vec<_> = receiver
            .into_iter()
            .map(|came| match came {
                Came::Lines(block) => String::from_utf8(block).unwrap(),
                Came::TooLong => "too long".into(),
                Came::Failed(error) => panic!("{error}"),
            })
            .collect();
        assert_eq!(told, ["a\n", "too long", "b\n", "too long"]);
    }
}
