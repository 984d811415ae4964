//! How often a value fell into each of fixed ranges, counted without a lock.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of durations in nanoseconds, each inclusive: fine where small requests are, to the ten seconds that nobody
/// waits for longer.
pub(crate) const DURATIONS: [u64; 17] = [
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Upper bounds of rows in one request, each inclusive.
pub(crate) const ROWS: [u64; 9] = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536];

/// Counts of values by ranges that end at `N` bounds; a last range has no end.
pub(super) struct Histogram<const N: usize> {
    within: [AtomicU64; N],
    beyond: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Self {
            within: array::from_fn(|_| AtomicU64::new(0)),
            beyond: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }
}

impl<const N: usize> Histogram<N> {
    /// Counts a value.
    pub(super) fn observe(&self, bounds: &[u64; N], value: u64) {
        // Most values are in the first ranges.
        let range = bounds.iter().position(|&bound| value <= bound);
        let count = range.and_then(|range| self.within.get(range)).unwrap_or(&self.beyond);
        count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Adds what was counted here.
    pub(super) fn add_to(&self, counted: &mut Counted<N>) {
        for (sum, count) in counted.within.iter_mut().zip(&self.within) {
            *sum += count.load(Ordering::Relaxed);
        }
        counted.beyond += self.beyond.load(Ordering::Relaxed);
        counted.sum = counted.sum.wrapping_add(self.sum.load(Ordering::Relaxed));
    }
}

/// What a histogram had counted at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted<const N: usize> {
    /// Values of each range, in the order of the bounds.
    pub(crate) within: [u64; N],
    /// Values above the last bound.
    pub(crate) beyond: u64,
    /// Sum of all values.
    pub(crate) sum: u64,
}

impl<const N: usize> Default for Counted<N> {
    fn default() -> Self {
        Self { within: [0; N], beyond: 0, sum: 0 }
    }
}

impl<const N: usize> Counted<N> {
    /// Number of all values.
    pub(crate) fn count(&self) -> u64 {
        self.within.iter().sum::<u64>() + self.beyond
    }

    /// The same with what another histogram of these bounds counted.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        for (sum, count) in self.within.iter_mut().zip(other.within) {
            *sum += count;
        }
        self.beyond += other.beyond;
        self.sum = self.sum.wrapping_add(other.sum);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bound_belongs_to_the_range_that_it_ends() {
        let check = |value: u64, range: Option<usize>| {
            let histogram = Histogram::default();
            histogram.observe(&[10, 20, 50], value);
            let mut counted = Counted::default();
            histogram.add_to(&mut counted);
            let mut expected = Counted { sum: value, ..Counted::default() };
            match range {
                Some(range) => expected.within[range] = 1,
                None => expected.beyond = 1,
            }
            assert_eq!(counted, expected, "{value}");
        };
        check(0, Some(0));
        check(10, Some(0));
        check(11, Some(1));
        check(20, Some(1));
        check(50, Some(2));
        check(51, None);
        check(u64::MAX, None);
    }

    #[test]
    fn bounds_ascend() {
        assert!(DURATIONS.is_sorted_by(|left, right| left < right));
        assert!(ROWS.is_sorted_by(|left, right| left < right));
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once(values in prop::collection::vec(0_u64..20_000_000_000, 0..100)) {
            let histogram = Histogram::default();
            values.iter().for_each(|&value| histogram.observe(&DURATIONS, value));
            let mut counted = Counted::default();
            histogram.add_to(&mut counted);
            prop_assert_eq!(counted.count(), values.len() as u64);
            prop_assert_eq!(counted.sum, values.iter().sum::<u64>());
        }
    }
}
