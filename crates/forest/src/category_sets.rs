//! The sets of levels by which categorical splits divide their rows.
//!
//! A set over `levels` levels is `levels + 1` bits in whole words; a set bit means left. The last bit is the direction
//! of an unseen level. A node names its set by the position of the first word.

use std::collections::HashMap;

use crate::ForestError;

/// Words of a set over this many levels.
pub(crate) fn words(levels: u32) -> usize {
    levels as usize / 32 + 1
}

/// Whether the set that begins at `place` holds the level with this code.
#[inline(always)]
pub(crate) fn holds(sets: &[u32], place: u32, code: u32) -> bool {
    sets[place as usize + (code / 32) as usize] >> (code % 32) & 1 != 0
}

/// A table of sets in which equal ones are stored once.
#[derive(Debug, Default)]
pub(crate) struct SetTable {
    words: Vec<u32>,
    places: HashMap<Box<[u32]>, u32>,
}

impl SetTable {
    /// The place of this set, which is added when it is new.
    pub(crate) fn place(&mut self, set: &[u32]) -> Result<u32, ForestError> {
        if let Some(&place) = self.places.get(set) {
            return Ok(place);
        }
        let place = u32::try_from(self.words.len()).map_err(|_| ForestError::SetsTooLarge)?;
        self.words.extend_from_slice(set);
        self.places.insert(set.into(), place);
        Ok(place)
    }

    pub(crate) fn into_words(self) -> Vec<u32> {
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_share_a_place() {
        let mut table = SetTable::default();
        assert_eq!(table.place(&[0b101]).unwrap(), 0);
        assert_eq!(table.place(&[0, 1]).unwrap(), 1);
        assert_eq!(table.place(&[0b101]).unwrap(), 0);
        let words = table.into_words();
        assert_eq!(words, [0b101, 0, 1]);
        assert!(holds(&words, 0, 2) && !holds(&words, 0, 1));
        assert!(holds(&words, 1, 32) && !holds(&words, 1, 31));
    }

    #[test]
    fn there_is_always_a_bit_for_the_unseen_level() {
        for (levels, expected) in [(0, 1), (1, 1), (31, 1), (32, 2), (63, 2), (64, 3)] {
            assert_eq!(words(levels), expected, "{levels}");
        }
    }
}
