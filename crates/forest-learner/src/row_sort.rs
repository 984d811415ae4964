//! Puts the rows of a node in the order of their codes.

use crate::feature_view::Entry;
use crate::row_major::Strided;

/// Most rows whose places are found by comparing all with all.
pub(crate) const MOST_COMPARED: usize = 64;
/// Keys that are compared at once.
const LANES: usize = 8;

/// Buffers for ordering.
#[derive(Default)]
pub(crate) struct RowSort {
    keys: Vec<u64>,
    entries: Vec<Entry>,
}

impl RowSort {
    /// At most [`MOST_COMPARED`] rows. The place of a row is the number of smaller ones: no branch, and eight comparisons
    /// at once.
    #[inline(always)]
    pub(crate) fn by_comparing_all(&mut self, numbers: &[u32], codes: Strided<'_, u32>) -> &[Entry] {
        let rows = numbers.len().min(MOST_COMPARED);
        let mut keys = [i32::MAX; MOST_COMPARED];
        let mut entries = [Entry::default(); MOST_COMPARED];
        for ((key, entry), &number) in keys.iter_mut().zip(&mut entries).zip(numbers) {
            let code = codes.get(number);
            // In the order of signed integers, which are compared fastest.
            *key = (code ^ 1 << 31) as i32;
            *entry = Entry { code, number };
        }
        let sorted = room(&mut self.entries, MOST_COMPARED);
        // Rows of equal codes that have taken a place, by their first place.
        let mut taken = [0u8; MOST_COMPARED];
        let groups = keys.as_chunks::<LANES>().0.iter().zip(entries.as_chunks::<LANES>().0);
        for (own, entries) in groups.take(rows.div_ceil(LANES)) {
            let mut places = [0u32; LANES];
            for &key in &keys[..rows] {
                for lane in 0..LANES {
                    places[lane] += u32::from(key < own[lane]);
                }
            }
            for (&place, &entry) in places.iter().zip(entries) {
                let place = place as usize % MOST_COMPARED;
                sorted[(place + usize::from(taken[place])) % MOST_COMPARED] = entry;
                taken[place] += 1;
            }
        }
        &sorted[..rows]
    }

    /// Any number of rows.
    pub(crate) fn by_code(&mut self, numbers: &[u32], codes: Strided<'_, u32>) -> &[Entry] {
        self.keys.clear();
        self.keys
            .extend(numbers.iter().map(|&number| u64::from(codes.get(number)) << 32 | u64::from(number)));
        self.keys.sort_unstable();
        let sorted = room(&mut self.entries, numbers.len());
        for (place, &key) in sorted.iter_mut().zip(&self.keys) {
            *place = Entry { code: (key >> 32) as u32, number: key as u32 };
        }
        sorted
    }
}

/// So many places of a buffer that only grows.
fn room(entries: &mut Vec<Entry>, rows: usize) -> &mut [Entry] {
    if entries.len() < rows {
        entries.resize(rows, Entry::default());
    }
    &mut entries[..rows]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_one_order() {
        let mut sort = RowSort::default();
        for (rows, distinct) in [(1, 1), (2, 1), (7, 3), (8, 100), (9, 2), (33, 5), (63, 1000), (64, 64)] {
            let codes: Vec<u32> = (0..2 * rows as u32).map(|i| i.wrapping_mul(2_654_435_769) >> 8).collect();
            let codes: Vec<u32> = codes.into_iter().map(|code| code % distinct).collect();
            let numbers: Vec<u32> = (0..rows as u32).map(|row| 2 * row).collect();
            let mut expected = numbers.clone();
            expected.sort_by_key(|&number| codes[number as usize]);
            let codes = Strided::dense(&codes);
            let found: Vec<Entry> = sort.by_comparing_all(&numbers, codes).to_vec();
            assert!(found.iter().map(|entry| entry.number).eq(expected.iter().copied()), "{rows} rows");
            assert!(found.iter().all(|entry| entry.code == codes.get(entry.number)));
            assert_eq!(sort.by_code(&numbers, codes), found);
        }
    }
}
