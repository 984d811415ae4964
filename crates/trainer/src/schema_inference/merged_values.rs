//! Different numbers that become one in an `f32`: identifiers beyond 2²⁴, doubles that lie very close.

use std::collections::HashMap;

/// Decimal digits that an `f32` always keeps apart.
const SAFE_LENGTH: usize = 6;
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
        // Texts of few characters have few digits: they cannot merge with each other.
        if text.len() <= SAFE_LENGTH {
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
        check(&["123.456", "123.457", "0.10000000", "0.1"], 0);
    }
}
