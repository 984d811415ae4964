//! Puts the codes of a column in order.

/// Bits of a digit.
const BITS: u32 = 11;
const DIGITS: usize = 1 << BITS;
const PASSES: usize = u32::BITS.div_ceil(BITS) as usize;

/// A radix sort that keeps the order of the rows, in buffers that stay from one column to the next.
#[derive(Default)]
pub(crate) struct CodeSort {
    keys: Vec<u64>,
    spare: Vec<u64>,
}

impl CodeSort {
    /// Code in the high half, row in the low half, in ascending order.
    pub(crate) fn ascending(&mut self, codes: &[u32]) -> &[u64] {
        self.keys.clear();
        self.keys.extend((0u64..).zip(codes).map(|(row, &code)| u64::from(code) << 32 | row));
        if codes.len() < DIGITS {
            self.keys.sort_unstable();
            return &self.keys;
        }
        self.spare.resize(codes.len(), 0);
        // The digits of all passes are counted at once.
        let mut starts = [[0u32; DIGITS]; PASSES];
        for &code in codes {
            for (pass, starts) in starts.iter_mut().enumerate() {
                starts[digit(code, pass)] += 1;
            }
        }
        for (pass, starts) in starts.iter_mut().enumerate() {
            // All codes may have the same digit, small whole numbers for example.
            if starts[digit(codes[0], pass)] as usize == codes.len() {
                continue;
            }
            let mut start = 0;
            for place in &mut *starts {
                start += std::mem::replace(place, start);
            }
            for &key in &self.keys {
                let place = &mut starts[digit((key >> 32) as u32, pass)];
                self.spare[*place as usize] = key;
                *place += 1;
            }
            std::mem::swap(&mut self.keys, &mut self.spare);
        }
        &self.keys
    }
}

/// A digit of a code, the last one first.
#[inline(always)]
fn digit(code: u32, pass: usize) -> usize {
    (code >> (pass as u32 * BITS)) as usize % DIGITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_ascend_by_code_and_row(
            rows in 0..3 * DIGITS,
            seed in any::<u32>(),
            shift in 0..32u32,
            other in 0..DIGITS,
        ) {
            let mut sort = CodeSort::default();
            // Longer and shorter columns one after the other share the buffers.
            for rows in [rows, other, rows / 2] {
                let codes: Vec<u32> =
                    (0..rows as u32).map(|row| (row ^ seed).wrapping_mul(0x9e37_79b9) >> shift).collect();
                let mut expected: Vec<u64> =
                    (0u64..).zip(&codes).map(|(row, &code)| u64::from(code) << 32 | row).collect();
                expected.sort_unstable();
                prop_assert_eq!(sort.ascending(&codes), expected);
            }
        }
    }
}
