//! Orders rows by their ranks, which are distinct integers.

use crate::feature_view::Entry;

/// Most rows whose places are found by comparing all with all.
pub(crate) const MOST_COMPARED: usize = 64;
/// Ranks that are compared at once.
const LANES: usize = 16;

/// Words of the bitmap for each row up to which reading the bitmap is cheaper than comparing.
const WORDS_PER_ROW: usize = 8;

/// Buffers for ordering; the bitmap is all zero between two uses.
#[derive(Default)]
pub(crate) struct RankSort {
    words: Vec<u64>,
    ranks: Vec<u32>,
    entries: Vec<Entry>,
}

impl RankSort {
    /// At most [`MOST_COMPARED`] rows of a local block. `by_row` has code and rank of each row in one word, ranks are
    /// distinct and below 32,767. The place of a row is the number of smaller ranks: no branch, and sixteen comparisons
    /// at once.
    #[inline(always)]
    pub(crate) fn by_places(&mut self, numbers: &[u32], by_row: &[u32]) -> &[Entry] {
        let rows = numbers.len().min(MOST_COMPARED);
        let mut keys = [i16::MAX; MOST_COMPARED];
        let mut entries = [Entry::default(); MOST_COMPARED];
        for ((key, entry), &number) in keys.iter_mut().zip(&mut entries).zip(numbers) {
            let word = by_row[number as usize];
            *key = word as i16;
            *entry = Entry { code: word >> 16, number };
        }
        let sorted = room(&mut self.entries, MOST_COMPARED);
        let groups = keys.as_chunks::<LANES>().0.iter().zip(entries.as_chunks::<LANES>().0);
        for (own, entries) in groups.take(rows.div_ceil(LANES)) {
            let mut places = [0u16; LANES];
            for &key in &keys[..rows] {
                for lane in 0..LANES {
                    places[lane] += u16::from(key < own[lane]);
                }
            }
            // Places beyond the rows have the largest key: they come last.
            for lane in 0..LANES {
                sorted[places[lane] as usize % MOST_COMPARED] = entries[lane];
            }
        }
        &sorted[..rows]
    }

    /// Rows with distinct ranks below `limit`, each by its rank: a bit for each, then the bits from the lowest.
    #[inline(always)]
    pub(crate) fn by_ranks(
        &mut self,
        ranks: impl ExactSizeIterator<Item = u32>,
        limit: usize,
        entry: impl Fn(u32) -> Entry,
    ) -> &[Entry] {
        let sorted = room(&mut self.entries, ranks.len());
        let words = limit.div_ceil(64);
        if words > ranks.len() * WORDS_PER_ROW {
            self.ranks.clear();
            self.ranks.extend(ranks);
            self.ranks.sort_unstable();
            for (place, &rank) in sorted.iter_mut().zip(&self.ranks) {
                *place = entry(rank);
            }
            return sorted;
        }
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
        let bitmap = &mut self.words[..words];
        for rank in ranks {
            bitmap[rank as usize / 64] |= 1 << (rank % 64);
        }
        let mut places = sorted.iter_mut();
        for (first, word) in (0u32..).step_by(64).zip(bitmap) {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                if let Some(place) = places.next() {
                    *place = entry(first + bits.trailing_zeros());
                }
                bits &= bits - 1;
            }
        }
        sorted
    }

    /// Rows by the byte that is their code: counts the codes.
    pub(crate) fn by_bytes(&mut self, numbers: &[u32], codes: &[u8]) -> &[Entry] {
        let mut places = [0u32; 257];
        for &number in numbers {
            places[usize::from(codes[number as usize]) + 1] += 1;
        }
        for code in 1..places.len() {
            places[code] += places[code - 1];
        }
        let sorted = room(&mut self.entries, numbers.len());
        for &number in numbers {
            let code = codes[number as usize];
            let place = &mut places[usize::from(code)];
            sorted[*place as usize] = Entry { code: u32::from(code), number };
            *place += 1;
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

    /// Distinct ranks below `limit` in a shuffled order.
    fn ranks(rows: usize, limit: usize) -> Vec<u32> {
        (0..rows as u64).map(|row| (row * 7919 * (limit / rows) as u64 % limit as u64) as u32).collect()
    }

    #[test]
    fn ranks_come_in_ascending_order() {
        let mut sort = RankSort::default();
        let mut check = |rows: usize, limit: usize| {
            let ranks = ranks(rows, limit);
            let mut expected = ranks.clone();
            expected.sort_unstable();
            let found = sort.by_ranks(ranks.into_iter(), limit, |rank| Entry { code: rank, number: 0 });
            assert!(found.iter().map(|entry| entry.code).eq(expected), "{rows} of {limit}");
        };
        check(1, 1);
        check(64, 64);
        check(100, 700);
        check(3, 100_000);
        check(5_000, 100_003);
    }

    #[test]
    fn rows_of_a_block_come_in_the_order_of_their_ranks() {
        let mut sort = RankSort::default();
        for rows in 1..=MOST_COMPARED {
            let ranks = ranks(rows, 2 * rows);
            let by_row: Vec<u32> = ranks.iter().map(|rank| ((rank / 3) << 16) | rank).collect();
            let numbers: Vec<u32> = (0..rows as u32).collect();
            let mut expected = numbers.clone();
            expected.sort_by_key(|&number| ranks[number as usize]);
            let found = sort.by_places(&numbers, &by_row);
            assert!(found.iter().all(|entry| entry.code == ranks[entry.number as usize] / 3));
            assert!(found.iter().map(|entry| entry.number).eq(expected));
        }
    }

    #[test]
    fn equal_bytes_keep_the_order_of_the_rows() {
        let codes = [3, 255, 0, 3, 0];
        let mut sort = RankSort::default();
        let found = sort.by_bytes(&[0, 1, 2, 3, 4], &codes).iter().map(|entry| (entry.code, entry.number));
        assert!(found.eq([(0, 2), (0, 4), (3, 0), (3, 3), (255, 1)]));
    }
}
