//! The rows of a node in the order of their codes.

/// Up to this many rows are ordered by their ranks, all against all, without a branch.
const TINY: usize = 16;
/// Up to this many rows comparison is expected to be faster than counting digits; not yet tuned.
const SMALL: usize = 96;
/// Positions that fit a key beside a code.
const PACKED_LIMIT: usize = 1 << 16;
const DIGITS: usize = 256;

/// Buffers for ordering, kept from node to node.
#[derive(Default)]
pub(crate) struct Ordering {
    keys: Vec<u32>,
    spare: Vec<u32>,
    counts: Vec<u32>,
}

/// Positions of rows in the order of their codes, equal codes in the order of positions.
#[derive(Clone, Copy)]
pub(crate) enum Ordered<'a> {
    /// Keys with the code, counted from the least one, in the high half and the position in the low half.
    Packed(&'a [u32]),
    /// Positions alone; their codes are looked up.
    Positions(&'a [u32]),
}

/// The code of a packed key, counted from the least one.
#[inline(always)]
pub(crate) fn key_code(key: u32) -> u32 {
    key >> 16
}

/// The position of a packed key.
#[inline(always)]
pub(crate) fn key_position(key: u32) -> usize {
    (key & 0xffff) as usize
}

impl Ordering {
    /// Orders the rows of a node whose codes run from `least` to `most`.
    pub(crate) fn sort(&mut self, codes: &[u16], least: u16, most: u16) -> Ordered<'_> {
        if codes.len() > PACKED_LIMIT {
            self.count_codes(codes, least, most);
            return Ordered::Positions(&self.keys);
        }
        self.keys.clear();
        self.keys
            .extend((0u32..).zip(codes).map(|(position, &code)| u32::from(code - least) << 16 | position));
        if self.keys.len() <= TINY {
            rank(&mut self.keys);
        } else if self.keys.len() <= SMALL {
            self.keys.sort_unstable();
        } else {
            self.sort_digit(16);
            if most - least >= DIGITS as u16 {
                self.sort_digit(24);
            }
        }
        Ordered::Packed(&self.keys)
    }

    /// As [`Ordering::sort`], but always as positions.
    pub(crate) fn sort_positions(&mut self, codes: &[u16], least: u16, most: u16) -> &[u32] {
        if let Ordered::Packed(_) = self.sort(codes, least, most) {
            for key in &mut self.keys {
                *key = key_position(*key) as u32;
            }
        }
        &self.keys
    }

    /// Sorts by one digit, keeping the order within a digit.
    fn sort_digit(&mut self, shift: u32) {
        let digit = |key: u32| (key >> shift) as usize % DIGITS;
        let mut places = [0u32; DIGITS];
        for &key in &self.keys {
            places[digit(key)] += 1;
        }
        let mut place = 0;
        for count in &mut places {
            place += std::mem::replace(count, place);
        }
        self.spare.clear();
        self.spare.resize(self.keys.len(), 0);
        for &key in &self.keys {
            let place = &mut places[digit(key)];
            self.spare[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(&mut self.keys, &mut self.spare);
    }

    fn count_codes(&mut self, codes: &[u16], least: u16, most: u16) {
        self.counts.clear();
        self.counts.resize((most - least) as usize + 1, 0);
        for &code in codes {
            self.counts[(code - least) as usize] += 1;
        }
        let mut place = 0;
        for count in &mut self.counts {
            place += std::mem::replace(count, place);
        }
        self.keys.clear();
        self.keys.resize(codes.len(), 0);
        for (position, &code) in (0u32..).zip(codes) {
            let place = &mut self.counts[(code - least) as usize];
            self.keys[*place as usize] = position;
            *place += 1;
        }
    }
}

/// Sorts distinct keys: the place of a key is the number of smaller ones.
fn rank(keys: &mut [u32]) {
    let mut all = [u32::MAX; TINY];
    all[..keys.len()].copy_from_slice(keys);
    let mut sorted = [0; TINY];
    for key in &*keys {
        let place: u32 = all.iter().map(|other| u32::from(other < key)).sum();
        sorted[place as usize % TINY] = *key;
    }
    keys.copy_from_slice(&sorted[..keys.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_ordering_gives_one_order() {
        let mut ordering = Ordering::default();
        let mut check = |rows: usize, least: u16, most: u16| {
            let span = u64::from(most - least) + 1;
            let codes: Vec<u16> = (0..rows as u64)
                .map(|row| least + (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).wrapping_rem(span) as u16)
                .collect();
            let mut expected: Vec<u32> = (0..rows as u32).collect();
            expected.sort_by_key(|&position| codes[position as usize]);
            assert_eq!(ordering.sort_positions(&codes, least, most), expected, "{rows} rows");
        };
        for rows in 1..=20 {
            check(rows, 5, 60_005);
            check(rows, 0, 3);
        }
        check(50, 7, 60_000);
        check(500, 3, 200);
        check(5_000, 1, u16::MAX);
        check(65_536, 0, 40_000);
        check(70_000, 10, 50_000);
    }
}
