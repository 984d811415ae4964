//! Different numbers that become one in an `f32`: identifiers beyond 2²⁴, doubles that lie very close.

use std::collections::HashMap;

/// Decimal digits that an `f32` always keeps apart, within its range.
const SAFE_DIGITS: usize = 6;
/// Values that are remembered for each column; of a longer column the count is a lower bound.
const REMEMBERED: usize = 1 << 16;

/// Counts the values that share their `f32` with a different value seen before.
#[derive(Debug, Clone, Default)]
pub(super) struct MergedValues {
    seen: HashMap<u32, u64>,
    count: u64,
}

impl MergedValues {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn note(&mut self, text: &str, value: f64) {
        if is_safe(text, value) {
            return;
        }
        let encoded = (value as f32).to_bits();
        match self.seen.get(&encoded) {
            Some(&first) => self.count += u64::from(first != value.to_bits()),
            None if self.seen.len() < REMEMBERED => {
                self.seen.insert(encoded, value.to_bits());
            }
            None => {}
        }
    }
}

/// Whether the number cannot merge with another one that is written as shortly. Most columns are passed over here, at
/// the cost of looking at the text.
fn is_safe(text: &str, value: f64) -> bool {
    let size = value.abs();
    let is_in_range = size == 0.0 || size >= f64::from(f32::MIN_POSITIVE) && size <= f64::from(f32::MAX);
    let digits = text.bytes().filter(u8::is_ascii_digit);
    is_in_range
        && (text.len() <= SAFE_DIGITS || digits.skip_while(|&digit| digit == b'0').count() <= SAFE_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_different_values_of_one_f32_are_counted() {
        let check = |values: &[&str], expected: u64| {
            let mut merged = MergedValues::default();
            for value in values {
                merged.note(value, value.parse().unwrap());
            }
            assert_eq!(merged.count(), expected, "{values:?}");
        };
        check(&["16777216", "16777217", "16777216", "16777218"], 1);
        check(&["0.1234567891", "0.1234567892", "0.1234567891"], 1);
        check(&["1e-60", "1e-50", "0.00123456", "0.00123457"], 1);
        check(&["1e300", "1e301"], 1);
        check(&["123.456", "123.457", "0.10000000", "0.1"], 0);
    }
}
