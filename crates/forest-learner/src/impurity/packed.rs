//! Variance where rows weigh whole numbers, as a bootstrap's do: all sums of a side share one word, and are exact.
//!
//! Two classes are the numbers 0 and 1. Targets become whole numbers too, counted from the smallest of the node in steps
//! as fine as the word allows: of 41 bits in nodes of up to two thousand rows, of 21 in those of two million.

use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::Keys;
use crate::wide::Wide;

use super::{Cut, Impurity, LaneBest, Levels, MOST_SORTED, NodeRows, NodeSums, Orders, Scan};

mod bins;
mod lanes;
mod layout;
mod scan;
mod targets;
mod two_classes;

use bins::Bins;
use lanes::Lanes;
use layout::{Layout, Measure};
use scan::{PackedScan, Side};

pub(crate) use targets::Targets;
pub(crate) use two_classes::{CountedClass, TwoClasses};

/// Largest weight of all rows of a tree.
pub(crate) const LARGEST_WEIGHT: usize = (1 << 21) - 1;

/// What the targets are, and how a row becomes a word.
pub(crate) trait Kind: Send {
    /// What is kept for each row of a tree.
    type Row: Copy + Send + Sync;

    /// Takes up a node.
    fn begin(&mut self, node: NodeRows<'_, Self::Row>) -> Begun;

    /// What a row adds to its side.
    fn pack(&self, row: Self::Row) -> u64;

    /// Writes the words of as many rows, and returns their sum.
    #[inline(always)]
    fn pack_all(&self, rows: &[Self::Row], words: &mut [u64]) -> u64 {
        let mut sum = 0;
        for (word, &row) in words.iter_mut().zip(rows) {
            *word = self.pack(row);
            sum += *word;
        }
        sum
    }

    /// The weight of a row.
    fn weight(row: Self::Row) -> f64;

    /// Whether a row is its own word, so that a large node needs none beside it.
    const IS_PACKED: bool;

    /// The layout of the words that [`Kind::lane_words`] gives.
    fn lane_layout(&self) -> Layout;

    /// Whether the weight of a node is small enough for the key of a row.
    fn fits_lanes(&self, _weight: f64) -> bool {
        true
    }

    /// What the key of a row of a small node carries beside the code.
    fn note(&self, place: u32, row: Self::Row) -> u32;

    /// What the rows of four keys add to their sides; `few` has the words of the rows.
    fn lane_words<W: Wide>(keys: Keys, few: &[u64; MOST_SORTED]) -> W;

    /// What a leaf answers.
    fn answer(&self, node: NodeRows<'_, Self::Row>, answer: &mut [f64]);

    /// The mean of the target of some rows, in any unit.
    fn mean(&self, rows: impl Iterator<Item = Self::Row>) -> f64;
}

/// What a node is, before its rows become words.
pub(crate) struct Begun {
    sums: NodeSums,
    layout: Layout,
}

/// Impurity by words.
pub(crate) struct Packed<K> {
    kind: K,
    layout: Layout,
    measure: Measure,
    /// The words of a small node's rows.
    few: [u64; MOST_SORTED],
    /// The words of a large node's rows, where they are not the rows themselves.
    words: Vec<u64>,
    bins: Bins,
}

impl<K> Packed<K> {
    pub(crate) fn new(kind: K) -> Self {
        Self {
            kind,
            layout: Layout::default(),
            measure: Measure::default(),
            few: [0; MOST_SORTED],
            words: Vec::new(),
            bins: Bins::default(),
        }
    }
}

/// Gives the scan its words.
struct RowScan<'a, K> {
    kind: &'a K,
    scan: PackedScan<'a>,
}

impl<K: Kind> Scan for RowScan<'_, K> {
    type Row = K::Row;

    #[inline(always)]
    fn put_left(&mut self, row: K::Row) {
        self.scan.put_left(Side::of_row(self.kind.pack(row)));
    }

    #[inline(always)]
    fn push(&mut self, code: u32, row: K::Row) {
        self.scan.push(code, Side::of_row(self.kind.pack(row)));
    }

    #[inline(always)]
    fn best(self) -> Option<Cut> {
        self.scan.best().map(|best| best.cut)
    }
}

impl<K: Kind> Impurity for Packed<K> {
    type Row = K::Row;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, K::Row>) -> NodeSums {
        let Begun { sums, layout } = self.kind.begin(node);
        self.layout = layout;
        if sums.pure {
            return sums;
        }
        let all = if node.len() <= MOST_SORTED {
            self.kind.pack_all(node.rows, &mut self.few)
        } else if K::IS_PACKED {
            node.iter().map(|row| self.kind.pack(row)).sum()
        } else {
            if self.words.len() < node.len() {
                self.words.resize(node.len(), 0);
            }
            self.kind.pack_all(node.rows, &mut self.words)
        };
        self.measure = Measure::of(layout, all, node.len());
        sums
    }

    fn weight(row: K::Row) -> f64 {
        K::weight(row)
    }

    fn answer(&self, node: NodeRows<'_, K::Row>, answer: &mut [f64]) {
        self.kind.answer(node, answer);
    }

    #[inline(always)]
    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = K::Row> {
        RowScan { kind: &self.kind, scan: PackedScan::new(self.layout, &self.measure, least_rows) }
    }

    const SCANS_LANES: bool = true;

    fn fits_lanes(&self) -> bool {
        self.kind.fits_lanes(self.measure.weight)
    }

    #[inline(always)]
    fn note(&self, place: u32, row: K::Row) -> u32 {
        self.kind.note(place, row)
    }

    #[inline(always)]
    fn scan_lanes<W: Wide, const PADDED: bool>(&self, orders: Orders<'_, PADDED>) -> LaneBest {
        let (mut sums, mut lanes) =
            (W::all_whole(0), Lanes::<W>::new(self.kind.lane_layout(), &self.measure));
        for place in orders.places() {
            sums = sums.add_whole(K::lane_words(orders.keys[place], &self.few));
            if let Some(cuts) = orders.cuts(place) {
                lanes.offer(place as u64, cuts, sums);
            }
        }
        lanes.best()
    }

    fn fill_quantiles(&mut self, node: NodeRows<'_, K::Row>, columns: &[QuantileView<'_>], least_rows: u32) {
        let Self { kind, layout, measure, words, bins, .. } = self;
        if K::IS_PACKED {
            let words = node.rows.iter().map(|&row| kind.pack(row));
            bins.fill(*layout, measure, node.numbers, &words, columns, least_rows);
        } else {
            bins.fill(*layout, measure, node.numbers, &words.iter().copied(), columns, least_rows);
        }
    }

    fn used_bins(&self, slot: usize) -> usize {
        self.bins.used(slot)
    }

    fn last_bin_used(&self, slot: usize) -> bool {
        self.bins.last_is_used(slot)
    }

    fn keep_bins(&mut self, slot: usize, last_left: bool) {
        self.bins.keep(slot, last_left);
    }

    fn scan_between(
        &mut self,
        _: usize,
        _: Option<usize>,
        entries: &[Entry],
        table: &[K::Row],
        least_rows: u32,
    ) -> Option<Cut> {
        let mut scan = PackedScan::new(self.layout, &self.measure, least_rows);
        scan.put_left(self.bins.kept());
        for entry in entries {
            scan.push(entry.code, Side::of_row(self.kind.pack(table[entry.number as usize])));
        }
        scan.best().map(|best| best.cut)
    }

    fn scan_bins(&mut self, slot: usize, last_left: bool, least_rows: u32) -> Option<Cut> {
        if last_left {
            self.bins.find_with_last_left(slot, &self.measure, least_rows);
        }
        self.bins.found(slot, last_left)
    }

    /// By the mean of the target: then no subset is better than the best cut (Fisher 1958).
    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[K::Row], ranks: &mut Vec<f64>) {
        ranks.clear();
        let rows =
            |entries: &'_ [Entry]| self.kind.mean(entries.iter().map(|entry| table[entry.number as usize]));
        ranks.extend(levels.iter().map(rows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impurity::WeightedTarget;
    use crate::impurity::tests::{best_gain, check_cuts, drawn, weight};

    /// The variance of some rows times their weight.
    fn spread(targets: &[f64], rows: &[usize]) -> f64 {
        let total: f64 = rows.iter().map(|&row| f64::from(weight(row))).sum();
        let mean = rows.iter().map(|&row| f64::from(weight(row)) * targets[row]).sum::<f64>() / total;
        rows.iter().map(|&row| f64::from(weight(row)) * (targets[row] - mean).powi(2)).sum()
    }

    /// All ways to the best cut of a node whose rows have targets and one of so many quantiles.
    fn check<K: Kind>(kind: K, row: impl Fn(u32, f64) -> K::Row, targets: &[f64], distinct: u64, unit: f64) {
        let quantiles: Vec<u8> = (0..targets.len()).map(|row| drawn(row, 5, distinct) as u8).collect();
        let rows: Vec<K::Row> =
            (0..).zip(targets).map(|(place, &target)| row(weight(place), target)).collect();
        check_cuts(&mut Packed::new(kind), &rows, &quantiles, |least_rows| {
            best_gain(&quantiles, least_rows, |rows| spread(targets, rows)).map(|gain| gain * unit)
        });
    }

    #[test]
    fn two_classes_are_cut_best() {
        for (rows, distinct) in [(2, 2), (3, 2), (17, 5), (64, 64), (65, 40), (900, 200)] {
            let targets: Vec<f64> = (0..rows).map(|row| drawn(row, 9, 2) as f64).collect();
            check(
                TwoClasses,
                |weight, target| CountedClass::new(weight, target as u32),
                &targets,
                distinct,
                2.0,
            );
        }
    }

    #[test]
    fn targets_are_cut_best_whatever_their_size() {
        for scale in [1.0, 1e-300, 1e300, 1e-9] {
            for (rows, distinct) in [(2, 2), (3, 2), (17, 5), (64, 64), (65, 40), (900, 200)] {
                let targets: Vec<f64> =
                    (0..rows).map(|row| (drawn(row, 9, 1000) as f64 / 1000.0 - 0.3) * scale).collect();
                let unit = if (1e-9..=1.0).contains(&scale) { 1.0 } else { 0.0 };
                let row = |weight, target| WeightedTarget { weight: f64::from(weight), target };
                if unit > 0.0 {
                    check(Targets::new(1.0), row, &targets, distinct, unit);
                } else {
                    // The decrease itself is beyond a number, but there is a cut.
                    let rows: Vec<_> =
                        (0..).zip(&targets).map(|(place, &target)| row(weight(place), target)).collect();
                    let numbers: Vec<u32> = (0..rows.len() as u32).collect();
                    let mut impurity = Packed::new(Targets::new(1.0));
                    impurity.begin(NodeRows { numbers: &numbers, rows: &rows, table: &rows });
                    let mut scan = impurity.scan(1);
                    rows.iter().zip(0..).for_each(|(&row, code)| scan.push(code, row));
                    assert!(scan.best().is_some());
                }
            }
        }
    }
}
