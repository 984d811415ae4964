//! Writing to standard output, where the reader may have gone away.

use std::io::{ErrorKind, Write};

use crate::error::Error;

/// Prints the text. A reader that stops reading, such as `head`, is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::Output),
    }
}

/// Terminals narrower than this are written to as if they were so wide.
const NARROWEST: usize = 40;

/// Columns of the terminal that is written to; nothing where it is a file or a pipe, whose lines are never broken.
pub(crate) fn columns() -> Option<usize> {
    let terminal = console::Term::stdout();
    let columns = terminal.is_term().then(|| terminal.size_checked()).flatten()?.1;
    Some(usize::from(columns).max(NARROWEST))
}

/// Prints what is for people: on a terminal, sentences end where it ends.
pub(crate) fn print_fitted(text: &str) -> Result<(), Error> {
    match columns() {
        None => print(text),
        Some(columns) => print(&broken(text, columns)),
    }
}

/// The text with its sentences broken between words; what stands in columns is left as it is.
fn broken(text: &str, columns: usize) -> String {
    let is_sentence = |line: &str| !line.trim_start().contains("  ") && !line.contains(['─', '═', '█']);
    let mut fitted = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        if line.trim_end().chars().count() <= columns || !is_sentence(line) {
            fitted.push_str(line);
            continue;
        }
        // A point goes on below its first word.
        let words = line.trim_start_matches(' ');
        let before = &line[..line.len() - words.len()];
        let indent = if words.starts_with("- ") { format!("{before}  ") } else { before.to_owned() };
        fitted.push_str(before);
        let mut used = before.len();
        for (place, word) in words.trim_end_matches('\n').split(' ').enumerate() {
            let length = word.chars().count();
            if place > 0 && used + 1 + length > columns {
                fitted.push('\n');
                fitted.push_str(&indent);
                used = indent.len();
            } else if place > 0 {
                fitted.push(' ');
                used += 1;
            }
            fitted.push_str(word);
            used += length;
        }
        fitted.push_str(if line.ends_with('\n') { "\n" } else { "" });
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_between_words_and_tables_are_not() {
        let text = " - one two three four\nshort\n name   a   b   c\nfive six seven eight\n";
        let expected = " - one two\n   three four\nshort\n name   a   b   c\nfive six\nseven eight\n";
        assert_eq!(broken(text, 13), expected);
        assert_eq!(broken("alongwordthatfitsnowhere x", 10), "alongwordthatfitsnowhere\nx");
        assert_eq!(broken("", 10), "");
    }
}
