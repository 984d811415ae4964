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

/// A number that is ordered by a code, then by a note of up to 20 bits, and holds both.
#[inline(always)]
pub(crate) fn key(code: u32, note: u32) -> f64 {
    f64::from_bits(EXPONENT | u64::from(code) << NOTE_BITS | u64::from(note))
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

/// Sorts every lane.
#[inline(always)]
pub(crate) fn sort<W: Wide>(keys: &mut [Keys]) {
    let rows = keys.len();
    if rows < 2 {
        return;
    }
    let top = rows.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            // All places i below `rows - d` with `i & p == r`.
            let mut start = r;
            while start + d < rows {
                let run = p.min(rows - d - start);
                let (low, high) = keys[start..].split_at_mut(d);
                for (low, high) in low[..run].iter_mut().zip(&mut high[..run]) {
                    exchange::<W>(low, high);
                }
                start += 2 * p;
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

#[inline(always)]
fn exchange<W: Wide>(low: &mut Keys, high: &mut Keys) {
    let (a, b) = (W::of(*low), W::of(*high));
    *low = a.min(b).numbers();
    *high = b.max(a).numbers();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wide::{self, Loop};

    struct Sort<'a>(&'a mut [Keys]);

    impl Loop for Sort<'_> {
        type Out = ();

        #[inline(always)]
        fn run<W: Wide>(self) {
            sort::<W>(self.0);
        }
    }

    #[test]
    fn every_number_of_rows_is_sorted_in_every_lane() {
        for rows in 0..=130u32 {
            for distinct in [1, 2, 5, u32::MAX] {
                let code_of = |row: u32, lane: usize| {
                    (row + 1).wrapping_mul(2_654_435_769 + 2 * lane as u32).rotate_left(7) % distinct
                };
                let mut keys: Vec<Keys> =
                    (0..rows).map(|row| std::array::from_fn(|lane| key(code_of(row, lane), row))).collect();
                wide::run(Sort(&mut keys));
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
}
