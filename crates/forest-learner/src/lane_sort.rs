//! Puts the few rows of a node in the order of several features at once: every lane of a register sorts one feature.
//!
//! A network of comparisons has no branch that depends on the rows, and the smaller and the larger of two keys are one
//! instruction each for all lanes (Batcher's merge exchange: Knuth, The Art of Computer Programming 3, 5.2.2 M).

use crate::wide::{LANES, Wide};

/// The keys of one row, or of one place in the orders, in all lanes.
pub(crate) type Keys = [f64; LANES];

/// Bits of a key below the code.
const NOTE_BITS: u32 = 20;

/// The exponent with which all bits of the fraction count as a whole number.
const EXPONENT: u64 = 0x433 << 52;

/// Numbers that are ordered by a code, then by a note of up to 20 bits, and hold both.
#[inline(always)]
pub(crate) fn lane_keys<W: Wide>(codes: [u32; LANES], note: u32) -> Keys {
    let codes = W::of_bits(codes.map(u64::from)).shift_left(NOTE_BITS);
    codes.or(W::all_whole(EXPONENT | u64::from(note))).numbers()
}

/// The code of a key.
#[inline(always)]
pub(crate) fn code(key: f64) -> u32 {
    (key.to_bits() >> NOTE_BITS) as u32
}

/// The note of a key.
#[inline(always)]
pub(crate) fn note(key: f64) -> u32 {
    key.to_bits() as u32 & ((1 << NOTE_BITS) - 1)
}

/// Where two keys have different codes.
#[inline(always)]
pub(crate) fn differ<W: Wide>(a: W, b: W) -> W {
    a.xor(b).above_whole(W::all_whole((1 << NOTE_BITS) - 1))
}

/// A key behind those of all rows.
pub(crate) const PADDING: u64 = EXPONENT | ((1 << 52) - 1);

/// Sorts every lane of four rows, which stay in registers.
#[inline(always)]
pub(crate) fn sort_four<W: Wide>(keys: &mut [W; 4]) {
    for [low, high] in [[0, 1], [2, 3], [0, 2], [1, 3], [1, 2]] {
        let (a, b) = (keys[low], keys[high]);
        keys[low] = a.min(b);
        keys[high] = b.max(a);
    }
}

/// Most rows that are sorted.
pub(crate) const MOST_ROWS: usize = 64;

/// The comparisons that sort so many rows, for each number of rows.
pub(crate) struct Networks {
    /// Places that are compared, those for two rows first.
    pairs: Vec<[u8; 2]>,
    /// Where the comparisons for each number of rows begin.
    starts: Vec<usize>,
}

impl Default for Networks {
    fn default() -> Self {
        let (mut pairs, mut starts) = (Vec::new(), vec![0]);
        for rows in 0..=MOST_ROWS {
            add_pairs(rows, &mut pairs);
            starts.push(pairs.len());
        }
        Self { pairs, starts }
    }
}

impl Networks {
    /// Sorts every lane of up to [`MOST_ROWS`] rows.
    #[inline(always)]
    pub(crate) fn sort<W: Wide>(&self, keys: &mut [Keys; MOST_ROWS], rows: usize) {
        let rows = rows.min(MOST_ROWS);
        for &[low, high] in &self.pairs[self.starts[rows]..self.starts[rows + 1]] {
            exchange::<W>(keys, usize::from(low) % MOST_ROWS, usize::from(high) % MOST_ROWS);
        }
    }
}

/// The places that are compared in turn to sort so many rows.
fn add_pairs(rows: usize, pairs: &mut Vec<[u8; 2]>) {
    if rows < 2 {
        return;
    }
    let top = rows.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            let places = (0..rows - d).filter(|place| place & p == r);
            pairs.extend(places.map(|place| [place as u8, (place + d) as u8]));
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

#[inline(always)]
fn exchange<W: Wide>(keys: &mut [Keys; MOST_ROWS], low: usize, high: usize) {
    let (a, b) = (W::of(keys[low]), W::of(keys[high]));
    keys[low] = a.min(b).numbers();
    keys[high] = b.max(a).numbers();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wide::{self, Loop};

    struct Sort<'a>(&'a [[u32; LANES]]);

    impl Loop for Sort<'_> {
        type Out = Vec<Keys>;

        #[inline(always)]
        fn run<W: Wide>(self) -> Vec<Keys> {
            let mut keys = [Keys::default(); MOST_ROWS];
            for (row, (keys, &codes)) in (0..).zip(keys.iter_mut().zip(self.0)) {
                *keys = lane_keys::<W>(codes, row);
            }
            Networks::default().sort::<W>(&mut keys, self.0.len());
            keys[..self.0.len()].to_vec()
        }
    }

    #[test]
    fn every_number_of_rows_is_sorted_in_every_lane() {
        for rows in 0..=MOST_ROWS as u32 {
            for distinct in [1, 2, 5, u32::MAX] {
                let code_of = |row: u32, lane: usize| {
                    (row + 1).wrapping_mul(2_654_435_769 + 2 * lane as u32).rotate_left(7) % distinct
                };
                let codes: Vec<[u32; LANES]> =
                    (0..rows).map(|row| std::array::from_fn(|lane| code_of(row, lane))).collect();
                let keys = wide::run(Sort(&codes));
                for lane in 0..LANES {
                    let mut expected: Vec<u32> = (0..rows).collect();
                    expected.sort_by_key(|&row| code_of(row, lane));
                    assert!(keys.iter().map(|keys| note(keys[lane])).eq(expected.iter().copied()));
                    assert!(
                        keys.iter().zip(expected).all(|(keys, row)| code(keys[lane]) == code_of(row, lane))
                    );
                }
            }
        }
    }

    struct SortFour([Keys; 4]);

    impl Loop for SortFour {
        type Out = [Keys; 4];

        #[inline(always)]
        fn run<W: Wide>(self) -> [Keys; 4] {
            let mut keys = self.0.map(W::of);
            sort_four(&mut keys);
            keys.map(W::numbers)
        }
    }

    #[test]
    fn all_orders_of_four_rows_are_sorted_before_the_padding() {
        for order in 0..256u32 {
            // Four digits of two bits: every order, and every choice of equal ones.
            let codes = [0, 2, 4, 6].map(|shift| order >> shift & 3);
            let keys = [0, 1, 2, 3].map(|row: u32| wide::run(Key([codes[row as usize]; LANES], row)));
            let mut expected = keys;
            expected.sort_by(|a, b| a[0].total_cmp(&b[0]));
            assert_eq!(wide::run(SortFour(keys)), expected);
            let padding = [f64::from_bits(PADDING); LANES];
            assert_eq!(wide::run(SortFour([padding, keys[0], keys[1], keys[2]]))[3], padding);
        }
    }

    struct Key([u32; LANES], u32);

    impl Loop for Key {
        type Out = Keys;

        #[inline(always)]
        fn run<W: Wide>(self) -> Keys {
            lane_keys::<W>(self.0, self.1)
        }
    }
}
