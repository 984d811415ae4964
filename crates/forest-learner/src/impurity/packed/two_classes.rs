//! The Gini impurity of two classes, which is twice the variance of 0 and 1.

use crate::impurity::{MOST_SORTED, NodeRows, NodeSums};
use crate::lane_sort::{Keys, note};
use crate::wide::Wide;

use super::{Begun, Kind, LARGEST_WEIGHT, Layout};

/// Bits of one sum.
const BITS: u32 = 21;
/// Bits of one sum in the key of a row.
const NOTE_BITS: u32 = 10;
const NOTE_MASK: u64 = (1 << NOTE_BITS) - 1;

/// A number of rows, their weight and the weight of those of the second class. A row is such sums of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CountedClass(u64);

impl CountedClass {
    pub(crate) fn new(weight: u32, class: u32) -> Self {
        let weight = u64::from(weight);
        Self(1 << (2 * BITS) | weight << BITS | (weight * u64::from(class)))
    }

    #[inline(always)]
    fn sum(rows: impl Iterator<Item = Self>) -> Self {
        Self(rows.map(|row| row.0).sum())
    }

    #[inline(always)]
    fn weight(self) -> u64 {
        self.0 >> BITS & LARGEST_WEIGHT as u64
    }

    #[inline(always)]
    fn second(self) -> u64 {
        self.0 & LARGEST_WEIGHT as u64
    }
}

/// Two classes as numbers.
pub(crate) struct TwoClasses;

/// Twice the variance.
const LAYOUT: Layout = Layout {
    weight_shift: BITS,
    weight_mask: LARGEST_WEIGHT as u64,
    target_shift: 0,
    target_mask: LARGEST_WEIGHT as u64,
    rows_shift: Some(2 * BITS),
    unit: 2.0,
};

/// In the keys of small nodes.
const LANE_LAYOUT: Layout =
    Layout { weight_shift: NOTE_BITS, weight_mask: NOTE_MASK, target_mask: NOTE_MASK, ..LAYOUT };

impl Kind for TwoClasses {
    type Row = CountedClass;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, CountedClass>) -> Begun {
        let sums = CountedClass::sum(node.iter());
        let (weight, second) = (sums.weight(), sums.second());
        let sums = NodeSums { weight: weight as f64, pure: second == 0 || second == weight };
        Begun { sums, layout: LAYOUT }
    }

    #[inline(always)]
    fn pack(&self, row: CountedClass) -> u64 {
        row.0
    }

    fn weight(row: CountedClass) -> f64 {
        row.weight() as f64
    }

    const IS_PACKED: bool = true;

    #[inline(always)]
    fn lane_layout(&self) -> Layout {
        LANE_LAYOUT
    }

    fn fits_lanes(&self, weight: f64) -> bool {
        weight <= NOTE_MASK as f64
    }

    #[inline(always)]
    fn note(&self, _: u32, row: CountedClass) -> u32 {
        (row.weight() << NOTE_BITS | row.second()) as u32
    }

    #[inline(always)]
    fn lane_words<W: Wide>(keys: Keys, _: &[u64; MOST_SORTED]) -> W {
        W::of_bits(keys.map(|key| u64::from(note(key))))
    }

    fn answer(&self, node: NodeRows<'_, CountedClass>, answer: &mut [f64]) {
        let mean = self.mean(node.iter());
        answer.copy_from_slice(&[1.0 - mean, mean]);
    }

    fn mean(&self, rows: impl Iterator<Item = CountedClass>) -> f64 {
        let sums = CountedClass::sum(rows);
        sums.second() as f64 / sums.weight() as f64
    }
}
