//! Targets that are numbers.

use crate::impurity::moments::weighted_mean;
use crate::impurity::{MOST_SORTED, NodeRows, NodeSums, WeightedTarget};
use crate::lane_sort::{Keys, note};
use crate::wide::Wide;

use super::{Begun, Kind, Layout};

/// Most bits of a step: sums of targets stay below 2^52, where every whole number is a floating-point one.
const SUM_BITS: u32 = 52;
const WORD_BITS: u32 = 63;

/// Steps of the targets of a node.
pub(crate) struct Targets {
    unit: f64,
    least: f64,
    /// Steps in a unit of the target.
    scale: f64,
    layout: Layout,
}

impl Targets {
    /// Targets in a unit that is a power of two.
    pub(crate) fn new(unit: f64) -> Self {
        Self { unit, least: 0.0, scale: 1.0, layout: Layout::default() }
    }
}

/// How many steps a unit has, so that a range stays below so many bits: a power of two, for targets that are not more than
/// steps apart to be taken as they are.
fn steps(range: f64, bits: u32) -> f64 {
    let exponent = i64::from(bits) - 1 - (range.to_bits() >> 52) as i64 + 1023;
    f64::from_bits((exponent.clamp(-1000, 1000) + 1023).cast_unsigned() << 52)
}

impl Kind for Targets {
    type Row = WeightedTarget;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, WeightedTarget>) -> Begun {
        let (mut weight, mut least, mut most) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for row in node.iter() {
            weight += row.weight;
            // Not `f64::min`, which asks whether one is NaN.
            least = if row.target < least { row.target } else { least };
            most = if row.target > most { row.target } else { most };
        }
        let weight_bits = u64::BITS - (weight as u64).leading_zeros();
        let step_bits = (SUM_BITS - weight_bits).min(WORD_BITS - 2 * weight_bits);
        self.scale = steps(most - least, step_bits);
        self.least = least;
        self.layout = Layout {
            weight_shift: 0,
            weight_mask: (1 << weight_bits) - 1,
            target_shift: weight_bits,
            target_mask: u64::MAX,
            rows_shift: None,
            unit: 1.0 / self.scale / self.scale,
        };
        Begun { sums: NodeSums { weight, pure: least >= most }, layout: self.layout }
    }

    #[inline(always)]
    fn pack(&self, row: WeightedTarget) -> u64 {
        let step = ((row.target - self.least) * self.scale) as i64 as u64;
        let weight = row.weight as i64 as u64;
        (step * weight) << self.layout.target_shift | weight
    }

    fn weight(row: WeightedTarget) -> f64 {
        row.weight
    }

    const IS_PACKED: bool = false;

    #[inline(always)]
    fn lane_layout(&self) -> Layout {
        self.layout
    }

    #[inline(always)]
    fn note(&self, place: u32, _: WeightedTarget) -> u32 {
        place
    }

    #[inline(always)]
    fn lane_words<W: Wide>(keys: Keys, few: &[u64; MOST_SORTED]) -> W {
        W::of_bits(keys.map(|key| few[note(key) as usize % MOST_SORTED]))
    }

    fn answer(&self, node: NodeRows<'_, WeightedTarget>, answer: &mut [f64]) {
        answer[0] = weighted_mean(node) * self.unit;
    }

    fn mean(&self, rows: impl Iterator<Item = WeightedTarget>) -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for row in rows {
            sum += row.weight * (row.target - self.least);
            weight += row.weight;
        }
        sum / weight
    }
}
