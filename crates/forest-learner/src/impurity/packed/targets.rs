//! Targets that are numbers.

use crate::impurity::moments::weighted_mean;
use crate::impurity::{MOST_SORTED, NodeRows, NodeSums, WeightedTarget};
use crate::lane_sort::{Keys, note};
use crate::wide::{self, LANES, Loop, Wide};

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

/// Weight of some rows, their smallest and their largest target.
#[derive(Clone, Copy)]
struct Extent {
    weight: f64,
    least: f64,
    most: f64,
}

impl Extent {
    #[inline(always)]
    fn add(&mut self, other: Self) {
        self.weight += other.weight;
        // Not `f64::min`, which asks whether one is NaN.
        self.least = if other.least < self.least { other.least } else { self.least };
        self.most = if other.most > self.most { other.most } else { self.most };
    }
}

/// Finds the extent of rows. Weights are whole numbers, so that their sum is the same in any order.
struct MeasureExtent<'a>(&'a [WeightedTarget]);

impl Loop for MeasureExtent<'_> {
    type Out = Extent;

    #[inline(always)]
    fn run<W: Wide>(self) -> Extent {
        let mut all = Extent { weight: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };
        let (fours, rest) = self.0.as_chunks::<LANES>();
        // Two rows in a number: the weight of each, then its target.
        let (mut sums, mut least, mut most) =
            ([W::all(0.0); 2], [W::all(f64::INFINITY); 2], [W::all(f64::NEG_INFINITY); 2]);
        for [a, b, c, d] in fours {
            let first = W::of([a.weight, a.target, b.weight, b.target]);
            let second = W::of([c.weight, c.target, d.weight, d.target]);
            sums = [sums[0].add(first), sums[1].add(second)];
            least = [least[0].min(first), least[1].min(second)];
            most = [most[0].max(first), most[1].max(second)];
        }
        if !fours.is_empty() {
            let sums = sums[0].add(sums[1]).numbers();
            let (least, most) = (least[0].min(least[1]).numbers(), most[0].max(most[1]).numbers());
            for row in [0, 2] {
                all.add(Extent { weight: sums[row], least: least[row + 1], most: most[row + 1] });
            }
        }
        for row in rest {
            all.add(Extent { weight: row.weight, least: row.target, most: row.target });
        }
        all
    }
}

/// As [`Kind::pack_all`].
struct PackAll<'a> {
    targets: &'a Targets,
    rows: &'a [WeightedTarget],
    words: &'a mut [u64],
}

impl Loop for PackAll<'_> {
    type Out = u64;

    #[inline(always)]
    fn run<W: Wide>(self) -> u64 {
        let Self { targets, rows, words } = self;
        let (least, scale) = (W::all(targets.least), W::all(targets.scale));
        let (fours, rest) = rows.as_chunks::<LANES>();
        let (words, of_rest) = words.split_at_mut(fours.len() * LANES);
        let mut sums = W::all_whole(0);
        for ([a, b, c, d], words) in fours.iter().zip(words.as_chunks_mut::<LANES>().0) {
            let target = W::of([a.target, b.target, c.target, d.target]);
            let weight = W::of([a.weight, b.weight, c.weight, d.weight]);
            let step = target.sub(least).mul(scale).truncated();
            let word = step.mul(weight).to_whole().shift_left(targets.layout.target_shift);
            let word = word.or(weight.to_whole());
            *words = word.bits();
            sums = sums.add_whole(word);
        }
        let mut sum = sums.bits().iter().sum();
        for (word, &row) in of_rest.iter_mut().zip(rest) {
            *word = targets.pack(row);
            sum += *word;
        }
        sum
    }
}

impl Kind for Targets {
    type Row = WeightedTarget;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, WeightedTarget>) -> Begun {
        let Extent { weight, least, most } = wide::run(MeasureExtent(node.rows));
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

    #[inline(always)]
    fn pack_all(&self, rows: &[WeightedTarget], words: &mut [u64]) -> u64 {
        wide::run(PackAll { targets: self, rows, words })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rows_have_the_words_of_one_after_the_other() {
        for scale in [1.0, 1e-9, 1e9] {
            let rows: Vec<WeightedTarget> = (1..=11u32)
                .map(|row| WeightedTarget {
                    weight: f64::from(row % 4),
                    target: (f64::from(row) * 0.7).sin() * scale,
                })
                .collect();
            for count in 2..=rows.len() {
                let (rows, numbers) = (&rows[..count], vec![0; count]);
                let mut targets = Targets::new(1.0);
                targets.begin(NodeRows { numbers: &numbers, rows, table: rows });
                let expected: Vec<u64> = rows.iter().map(|&row| targets.pack(row)).collect();
                let mut words = vec![0; count];
                assert_eq!(targets.pack_all(rows, &mut words), expected.iter().sum::<u64>());
                assert_eq!(words, expected);
            }
        }
    }
}
