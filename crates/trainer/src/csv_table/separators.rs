//! Where cells and records end in a text without quotes: all places of a stretch of text are found at once, as the bits of a word.
//!
//! To search for the next one took three times as long: cells are short.

/// Bytes that are looked at together, one for each bit.
const STRETCH: usize = u64::BITS as usize;

/// Gives the places of all delimiters, line feeds and carriage returns, in order.
pub(super) fn for_each_separator(text: &[u8], delimiter: u8, mut work: impl FnMut(usize)) {
    let mut work_on = |first: usize, mut places: u64| {
        while places != 0 {
            work(first + places.trailing_zeros() as usize);
            places &= places - 1;
        }
    };
    let (stretches, rest) = text.as_chunks();
    for (stretch, first) in stretches.iter().zip((0..).step_by(STRETCH)) {
        work_on(first, separators(stretch, delimiter));
    }
    let mut last = [0; STRETCH];
    last[..rest.len()].copy_from_slice(rest);
    work_on(text.len() - rest.len(), separators(&last, delimiter) & ((1 << rest.len()) - 1));
}

/// A bit for each byte that ends a cell or a record. The compiler makes registers of many bytes of this.
fn separators(stretch: &[u8; STRETCH], delimiter: u8) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0; STRETCH];
    for (flag, &byte) in flags.iter_mut().zip(stretch) {
        *flag = u8::from(byte == delimiter) | u8::from(byte == b'\n') | u8::from(byte == b'\r');
    }
    let (words, _) = flags.as_chunks();
    let places = |&word: &[u8; 8]| u64::from_le_bytes(word).wrapping_mul(TOGETHER) >> 56;
    words.iter().zip((0..).step_by(8)).fold(0, |all, (word, shift)| all | places(word) << shift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_separators_are_found_in_order(text in "[a,;\\n\\r\\x00é]{0,200}", delimiter in "[,;\\t\\x00]") {
            let delimiter = delimiter.as_bytes()[0];
            let mut found = Vec::new();
            for_each_separator(text.as_bytes(), delimiter, |place| found.push(place));
            let ends = |byte: u8| byte == delimiter || matches!(byte, b'\n' | b'\r');
            let expected: Vec<usize> = (0..text.len()).filter(|&place| ends(text.as_bytes()[place])).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
