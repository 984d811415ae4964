//! Orders rows by their ranks, which are distinct integers.

/// Most rows whose places are found by comparing all with all.
pub(crate) const MOST_COMPARED: usize = 64;
/// Ranks that are compared at once.
const LANES: usize = 16;

/// Words of the bitmap for each row up to which reading the bitmap is cheaper than comparing.
const WORDS_PER_ROW: usize = 8;

/// The bitmap, all zero between two uses.
#[derive(Default)]
pub(crate) struct RankSort {
    words: Vec<u64>,
    keys: Vec<i16>,
    places: Vec<u16>,
    ranks: Vec<u32>,
}

impl RankSort {
    /// Hands out the position of each rank and its place among them, of at most [`MOST_COMPARED`] distinct ranks below
    /// 32,767. The place is the number of smaller ones: no branch, and sixteen comparisons at once.
    #[inline(always)]
    pub(crate) fn places(&mut self, ranks: impl ExactSizeIterator<Item = u32>) -> &[u16] {
        let rows = ranks.len();
        self.keys.clear();
        self.keys.extend(ranks.map(|rank| rank as i16));
        self.keys.resize(rows.next_multiple_of(LANES), i16::MAX);
        self.places.clear();
        for own in self.keys.as_chunks::<LANES>().0 {
            let mut smaller = [0u16; LANES];
            for &key in &self.keys[..rows] {
                for lane in 0..LANES {
                    smaller[lane] += u16::from(key < own[lane]);
                }
            }
            self.places.extend_from_slice(&smaller);
        }
        &self.places[..rows]
    }

    /// Hands out distinct ranks below `limit` in ascending order: a bit for each, then the bits from the lowest.
    #[inline(always)]
    pub(crate) fn sort(
        &mut self,
        ranks: impl ExactSizeIterator<Item = u32>,
        limit: usize,
        mut take: impl FnMut(u32),
    ) {
        let words = limit.div_ceil(64);
        if words > ranks.len() * WORDS_PER_ROW {
            self.ranks.clear();
            self.ranks.extend(ranks);
            self.ranks.sort_unstable();
            self.ranks.iter().copied().for_each(take);
            return;
        }
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
        let bitmap = &mut self.words[..words];
        for rank in ranks {
            bitmap[rank as usize / 64] |= 1 << (rank % 64);
        }
        for (first, word) in (0u32..).step_by(64).zip(bitmap) {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                take(first + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }
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
            let mut found = Vec::new();
            sort.sort(ranks.into_iter(), limit, |rank| found.push(rank));
            assert_eq!(found, expected, "{rows} of {limit}");
        };
        check(1, 1);
        check(64, 64);
        check(100, 700);
        check(3, 100_000);
        check(5_000, 100_003);
    }

    #[test]
    fn a_place_is_the_number_of_smaller_ranks() {
        let mut sort = RankSort::default();
        for rows in 1..=MOST_COMPARED {
            let ranks = ranks(rows, 2 * rows);
            let expected: Vec<u16> =
                ranks.iter().map(|own| ranks.iter().filter(|other| *other < own).count() as u16).collect();
            assert_eq!(sort.places(ranks.into_iter()), expected);
        }
    }
}
