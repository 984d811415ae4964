//! Variance, and the Gini impurity of two classes, which is twice the variance of 0 and 1.

use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::note;
use crate::wide::Wide;

use super::{
    Cut, Impurity, LaneBest, Levels, MOST_SORTED, NO_CODE, NodeRows, NodeSums, Orders, Run, SLOTS, Scan, TILE,
};

/// Squared error around the mean.
///
/// With targets counted from the node's mean, the decrease of a split is `s² W / (wₗ wᵣ)`, where `s` is the sum on the
/// left: one number decides, and candidates are compared by cross-multiplication, without a division.
pub(crate) struct Moments {
    weight: f64,
    mean: f64,
    meaning: Meaning,
    /// Rows of the node.
    rows: u32,
    bins: [Vec<Bin>; SLOTS],
    kept_bins: Vec<Bin>,
    /// What each row of a large node adds to its side.
    parts: Vec<Sum>,
    /// What each row of a small node adds to its side.
    few: [Sum; MOST_SORTED],
}

/// What the targets stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Meaning {
    /// Numbers, in a unit that is a power of two.
    Numbers {
        /// The unit.
        unit: f64,
    },
    /// The second of two classes (1) or the first (0).
    Classes,
}

/// Weight and target of a row; in this order, for two rows to be read at once.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct WeightedTarget {
    pub(crate) weight: f64,
    pub(crate) target: f64,
}

/// Weight and weighted sum of targets, counted from the node's mean.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) weight: f64,
    pub(super) sum: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    sum: Sum,
    rows: u32,
}

impl Moments {
    pub(crate) fn new(meaning: Meaning) -> Self {
        Self {
            weight: 0.0,
            mean: 0.0,
            meaning,
            rows: 0,
            bins: Default::default(),
            kept_bins: Vec::new(),
            parts: Vec::new(),
            few: [Sum::default(); MOST_SORTED],
        }
    }

    #[inline(always)]
    fn moment_scan(&self, least_rows: u32) -> MomentScan {
        MomentScan {
            weight: self.weight,
            mean: self.mean,
            rows: self.rows,
            least_rows,
            gain_unit: self.gain_unit(),
            left: Sum::default(),
            left_rows: 0,
            before: NO_CODE,
            numerator: -1.0,
            denominator: 1.0,
            cut: (0, 0, 0.0),
        }
    }

    /// What a fraction `s² / (wₗ wᵣ)` is multiplied with.
    fn gain_unit(&self) -> f64 {
        match self.meaning {
            Meaning::Numbers { .. } => self.weight,
            Meaning::Classes => self.weight * 2.0,
        }
    }
}

/// A scan for the best fraction `s² / (wₗ wᵣ)`.
struct MomentScan {
    weight: f64,
    mean: f64,
    rows: u32,
    least_rows: u32,
    gain_unit: f64,
    left: Sum,
    left_rows: u32,
    before: u32,
    /// The best fraction so far.
    numerator: f64,
    denominator: f64,
    cut: (u32, u32, f64),
}

impl MomentScan {
    #[inline(always)]
    fn push_run(&mut self, run: Run<Sum>) {
        if run.code != self.before
            && self.before != NO_CODE
            && self.left_rows >= self.least_rows
            && self.rows - self.left_rows >= self.least_rows
        {
            let square = self.left.sum * self.left.sum;
            let product = self.left.weight * (self.weight - self.left.weight);
            if (square * self.denominator > self.numerator * product) & (product > 0.0) {
                (self.numerator, self.denominator) = (square, product);
                self.cut = (self.before, run.code, self.left.weight);
            }
        }
        self.before = run.code;
        self.left.add(run.part);
        self.left_rows += run.rows;
    }
}

impl Scan for MomentScan {
    type Row = WeightedTarget;

    #[inline(always)]
    fn put_left(&mut self, row: WeightedTarget) {
        self.left.add(Sum::of(row, self.mean));
        self.left_rows += 1;
    }

    #[inline(always)]
    fn push(&mut self, code: u32, row: WeightedTarget) {
        self.push_run(Run { code, rows: 1, part: Sum::of(row, self.mean) });
    }

    #[inline(always)]
    fn best(self) -> Option<Cut> {
        let (left, right, left_weight) = self.cut;
        let gain = self.numerator / self.denominator * self.gain_unit;
        (self.numerator >= 0.0).then_some(Cut { left, right, gain, left_weight })
    }
}

impl Sum {
    #[inline(always)]
    fn of(row: WeightedTarget, mean: f64) -> Self {
        Self { weight: row.weight, sum: row.weight * (row.target - mean) }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, other: Self) {
        self.weight += other.weight;
        self.sum += other.sum;
    }
}

impl Impurity for Moments {
    type Row = WeightedTarget;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, WeightedTarget>) -> NodeSums {
        let (mut weight, mut sum) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for row in node.iter() {
            weight += row.weight;
            sum += row.weight * row.target;
            least = least.min(row.target);
            most = most.max(row.target);
        }
        (self.weight, self.mean) = (weight, sum / weight);
        self.rows = node.len() as u32;
        if node.len() <= MOST_SORTED {
            for (place, row) in self.few.iter_mut().zip(node.iter()) {
                *place = Sum::of(row, self.mean);
            }
        }
        NodeSums { weight, pure: least >= most }
    }

    fn weight(row: WeightedTarget) -> f64 {
        row.weight
    }

    fn answer(&self, node: NodeRows<'_, WeightedTarget>, answer: &mut [f64]) {
        let mean = weighted_mean(node);
        match self.meaning {
            Meaning::Numbers { unit } => answer[0] = mean * unit,
            Meaning::Classes => answer.copy_from_slice(&[1.0 - mean, mean]),
        }
    }

    #[inline(always)]
    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = WeightedTarget> {
        self.moment_scan(least_rows)
    }

    const SCANS_LANES: bool = true;

    #[inline(always)]
    fn scan_lanes<W: Wide, const PADDED: bool>(&self, orders: Orders<'_, PADDED>) -> LaneBest {
        let (mut sums, mut weights) = (W::all(0.0), W::all(0.0));
        // The best fractions `s² / (wₗ wᵣ)` so far, and after which place they are cut.
        let (mut numerators, mut denominators) = (W::all(-1.0), W::all(1.0));
        let (mut places, mut left_weights) = (W::all_whole(0), W::all(0.0));
        let (zero, weight) = (W::all(0.0), W::all(self.weight));
        for place in orders.places() {
            let parts = orders.keys[place].map(|key| self.few[note(key) as usize % MOST_SORTED]);
            sums = sums.add(W::of(parts.map(|part| part.sum)));
            weights = weights.add(W::of(parts.map(|part| part.weight)));
            let Some(cuts) = orders.cuts(place) else { continue };
            let square = sums.mul(sums);
            let product = weights.mul(weight.sub(weights));
            let better =
                square.mul(denominators).above(numerators.mul(product)).and(product.above(zero)).and(cuts);
            numerators = square.where_set(better, numerators);
            denominators = product.where_set(better, denominators);
            places = W::all_whole(place as u64).where_set(better, places);
            left_weights = weights.where_set(better, left_weights);
        }
        LaneBest {
            gains: numerators.div(denominators).mul(W::all(self.gain_unit())).numbers(),
            places: places.bits(),
            left_weights: left_weights.numbers(),
        }
    }

    fn fill_quantiles(&mut self, node: NodeRows<'_, WeightedTarget>, columns: &[QuantileView<'_>], _: u32) {
        self.parts.clear();
        self.parts.extend(node.iter().map(|row| Sum::of(row, self.mean)));
        for (bins, _) in self.bins.iter_mut().zip(columns) {
            bins.clear();
            bins.resize(256, Bin::default());
        }
        for (numbers, parts) in node.numbers.chunks(TILE).zip(self.parts.chunks(TILE)) {
            for (bins, column) in self.bins.iter_mut().zip(columns) {
                let Some(bins) = bins.first_chunk_mut::<256>() else { continue };
                for (&number, &part) in numbers.iter().zip(parts) {
                    let bin = &mut bins[column.bin(number)];
                    bin.sum.add(part);
                    bin.rows += 1;
                }
            }
        }
        for (bins, column) in self.bins.iter_mut().zip(columns) {
            bins.truncate(column.missing_bin() + 1);
        }
    }

    fn used_bins(&self, slot: usize) -> usize {
        self.bins[slot].iter().filter(|bin| bin.rows > 0).count()
    }

    fn last_bin_used(&self, slot: usize) -> bool {
        self.bins[slot].last().is_some_and(|bin| bin.rows > 0)
    }

    fn keep_bins(&mut self, slot: usize, _: bool) {
        std::mem::swap(&mut self.bins[slot], &mut self.kept_bins);
    }

    fn scan_between(
        &mut self,
        first: usize,
        last: Option<usize>,
        entries: &[Entry],
        table: &[WeightedTarget],
        least_rows: u32,
    ) -> Option<Cut> {
        let mut scan = self.moment_scan(least_rows);
        let last = last.and_then(|bin| self.kept_bins.get(bin));
        for bin in self.kept_bins[..first].iter().chain(last) {
            scan.left.add(bin.sum);
            scan.left_rows += bin.rows;
        }
        for entry in entries {
            scan.push(entry.code, table[entry.number as usize]);
        }
        scan.best()
    }

    fn scan_bins(&mut self, slot: usize, last_left: bool, least_rows: u32) -> Option<Cut> {
        let mut scan = self.moment_scan(least_rows);
        let mut bins = self.bins[slot].as_slice();
        if last_left && let Some((last, others)) = bins.split_last() {
            scan.left.add(last.sum);
            scan.left_rows += last.rows;
            bins = others;
        }
        for (code, bin) in (0u32..).zip(bins).filter(|(_, bin)| bin.rows > 0) {
            scan.push_run(Run { code, rows: bin.rows, part: bin.sum });
        }
        scan.best()
    }

    /// By the mean of the target: then no subset is better than the best cut (Fisher 1958).
    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[WeightedTarget], ranks: &mut Vec<f64>) {
        ranks.clear();
        ranks.extend(levels.iter().map(|entries| {
            let mut sum = Sum::default();
            for entry in entries {
                sum.add(Sum::of(table[entry.number as usize], self.mean));
            }
            sum.sum / sum.weight
        }));
    }
}

/// The mean of the targets. That of equal targets is the target itself, without rounding.
pub(super) fn weighted_mean(node: NodeRows<'_, WeightedTarget>) -> f64 {
    let first = node.rows[0].target;
    let (mut sum, mut weight, mut equal) = (0.0, 0.0, true);
    for row in node.iter() {
        sum += row.weight * row.target;
        weight += row.weight;
        equal &= row.target == first;
    }
    if equal { first } else { sum / weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<const N: usize>(meaning: Meaning, rows: &[(f64, f64)]) -> [f64; N] {
        let rows: Vec<_> = rows.iter().map(|&(weight, target)| WeightedTarget { weight, target }).collect();
        let mut answer = [f64::NAN; N];
        let numbers: Vec<u32> = (0..rows.len() as u32).collect();
        Moments::new(meaning).answer(NodeRows { numbers: &numbers, rows: &rows, table: &rows }, &mut answer);
        answer
    }

    #[test]
    fn a_mean_is_weighted_and_equal_targets_are_kept() {
        let unit = Meaning::Numbers { unit: 4.0 };
        assert_eq!(answer(unit, &[(3.0, 0.1), (7.0, 0.1)]), [0.4]);
        assert_eq!(answer(unit, &[(1.0, 4.0), (3.0, 0.0)]), [4.0]);
    }

    #[test]
    fn two_classes_are_answered_by_their_shares() {
        assert_eq!(answer(Meaning::Classes, &[(3.0, 0.0), (1.0, 1.0)]), [0.75, 0.25]);
        assert_eq!(answer(Meaning::Classes, &[(0.3, 1.0), (0.1, 1.0)]), [0.0, 1.0]);
    }
}
