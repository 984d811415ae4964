//! Different numbers that become one in an `f32`: identifiers beyond 2²⁴, doubles that lie very close.

/// Decimal digits that an `f32` always keeps apart, within its range.
const SAFE_DIGITS: usize = 6;
/// The least whole number of more digits.
pub(super) const MERGEABLE: u64 = 1_000_000;
/// Values that are remembered for each column; of a longer column the count is a lower bound.
const REMEMBERED: usize = 1 << 16;
const FIRST_SLOTS: usize = 1 << 6;
/// Values that are looked up together: the table of one column is then in the processor's cache, which the tables of all
/// columns are not. Looking up each value as it comes took more than half of the time of a whole pass.
const TOGETHER: usize = 1 << 15;
/// Words of the filter: 16 bits for each value that is remembered.
const FILTER_WORDS: usize = REMEMBERED * 16 / 64;
/// The bits of a NaN, which no value has.
const FREE: u32 = u32::MAX;

/// Counts the values that share their `f32` with a different value seen before.
///
/// The values that were seen stand in a hash table of open addressing, at most half full. Once no more is remembered, a
/// filter of one bit a hash answers most of the time.
#[derive(Debug, Clone, Default)]
pub(super) struct MergedValues {
    /// Bits of the `f32`; a power of two of them.
    encoded: Vec<u32>,
    /// Bits of the first value that became the `f32` of the same slot.
    first: Vec<u64>,
    /// A bit for the hash of each value in the table; made when the table is full.
    filter: Vec<u64>,
    remembered: usize,
    /// Values that are still to be looked up.
    pending: Vec<f64>,
    count: u64,
}

impl MergedValues {
    /// The count as of the last [`Self::settle`].
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Takes note of values that are not [safe](is_safe).
    pub(super) fn note(&mut self, values: impl IntoIterator<Item = f64>) {
        for value in values {
            self.pending.push(value);
            if self.pending.len() == TOGETHER {
                self.settle();
            }
        }
    }

    /// Looks up what was noted, in the order of the notes.
    pub(super) fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        for &value in &pending {
            self.look_up(value);
        }
        pending.clear();
        self.pending = pending;
    }

    fn look_up(&mut self, value: f64) {
        let encoded = (value as f32).to_bits();
        if self.remembered == REMEMBERED && !self.may_hold(encoded) {
            return;
        }
        if self.remembered * 2 >= self.encoded.len() && self.remembered < REMEMBERED {
            self.grow();
        }
        let slot = self.slot(encoded);
        if self.encoded[slot] == encoded {
            self.count += u64::from(self.first[slot] != value.to_bits());
        } else if self.remembered < REMEMBERED {
            self.encoded[slot] = encoded;
            self.first[slot] = value.to_bits();
            self.remembered += 1;
            if self.remembered == REMEMBERED {
                self.make_filter();
            }
        }
    }

    fn make_filter(&mut self) {
        self.filter = vec![0; FILTER_WORDS];
        for &encoded in self.encoded.iter().filter(|&&encoded| encoded != FREE) {
            let bit = hash(encoded) % (FILTER_WORDS * 64);
            self.filter[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Whether the value may be in the table.
    fn may_hold(&self, encoded: u32) -> bool {
        let bit = hash(encoded) % (FILTER_WORDS * 64);
        self.filter[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// The slot that holds `encoded`, or the free one where it belongs.
    fn slot(&self, encoded: u32) -> usize {
        let mask = self.encoded.len() - 1;
        let mut slot = hash(encoded) & mask;
        while self.encoded[slot] != encoded && self.encoded[slot] != FREE {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let slots = (self.encoded.len() * 2).max(FIRST_SLOTS);
        let old = std::mem::replace(&mut self.encoded, vec![FREE; slots]);
        let first = std::mem::replace(&mut self.first, vec![0; slots]);
        for (encoded, first) in old.into_iter().zip(first).filter(|(encoded, _)| *encoded != FREE) {
            let slot = self.slot(encoded);
            self.encoded[slot] = encoded;
            self.first[slot] = first;
        }
    }
}

/// Fibonacci hashing: the high bits of the product are well mixed.
fn hash(encoded: u32) -> usize {
    (u64::from(encoded).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
}

/// Whether the number cannot merge with another one that is written as shortly. Most columns are passed over here, at
/// the cost of looking at the text.
pub(super) fn is_safe(text: &str, value: f64) -> bool {
    let size = value.abs();
    let is_in_range = size == 0.0 || size >= f64::from(f32::MIN_POSITIVE) && size <= f64::from(f32::MAX);
    is_in_range && (text.len() <= SAFE_DIGITS || significant_digits(text) <= SAFE_DIGITS)
}

/// Digits from the first that is not zero on. Without branches: signs and points come as they like.
fn significant_digits(text: &str) -> usize {
    let mut has_begun = false;
    let mut digits = 0;
    for byte in text.bytes() {
        let is_digit = byte.is_ascii_digit();
        has_begun |= is_digit & (byte != b'0');
        digits += usize::from(is_digit & has_begun);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_different_values_of_one_f32_are_counted() {
        let check = |values: &[&str], expected: u64| {
            let mut merged = MergedValues::default();
            for text in values {
                let value: f64 = text.parse().unwrap();
                if !is_safe(text, value) {
                    merged.note([value]);
                }
            }
            merged.settle();
            assert_eq!(merged.count(), expected, "{values:?}");
        };
        check(&["16777216", "16777217", "16777216", "16777218"], 1);
        check(&["0.1234567891", "0.1234567892", "0.1234567891"], 1);
        check(&["1e-60", "1e-50", "0.00123456", "0.00123457"], 1);
        check(&["1e300", "1e301"], 1);
        check(&["123.456", "123.457", "0.10000000", "0.1"], 0);
    }

    #[test]
    fn as_many_values_are_remembered_as_the_limit_says() {
        let mut merged = MergedValues::default();
        let value = |number: usize| 1.0 + number as f64 / 1e6;
        for number in 0..REMEMBERED + 100 {
            merged.note([value(number)]);
        }
        merged.settle();
        assert_eq!((merged.count(), merged.encoded.len()), (0, REMEMBERED * 2));
        for number in 0..REMEMBERED + 100 {
            merged.note([value(number).next_up()]);
        }
        merged.settle();
        assert_eq!(merged.count(), REMEMBERED as u64);
    }
}
