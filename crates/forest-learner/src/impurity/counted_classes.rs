//! The Gini impurity of a few classes whose rows weigh whole numbers: all sums are exact, and three of them share a word.

use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::note;
use crate::wide::{self, LANES, Wide};

mod bins;
mod lanes;
mod light;
mod narrow;
mod scan;
mod sums;

use bins::{BINS, Quantiles};
use lanes::{Lanes, MOST_FIELDS};
use light::{Light, LightBin, LightQuantiles};
use narrow::{Narrow, NarrowLanes};
use scan::CountScan;
use sums::{BITS, FIELDS, ONE_ROW, Sums, add, fields, sums_of, weights};

pub(crate) use sums::ClassOfRow;

use super::classes::rank_by_shares;
use super::{Cut, Impurity, LaneBest, Levels, MOST_SORTED, NodeRows, NodeSums, Orders, SLOTS, Scan};

/// Bins of four features.
type Bins<const WORDS: usize> = Vec<[[u64; LANES]; WORDS]>;

/// Impurity of up to `3 WORDS - 1` classes.
pub(crate) struct CountedClasses<const WORDS: usize> {
    classes: usize,
    node: Sums<WORDS>,
    /// How one word holds the sums of a small node, where it can.
    narrow: Option<Narrow>,
    /// The sums of each row of a small node, where it cannot.
    few: [Sums<WORDS>; MOST_SORTED],
    /// Sums per quantile: two sets, so that one can be kept while the other one is filled.
    bins: [[Bins<WORDS>; SLOTS / LANES]; 2],
    /// The same where a node is light, with its classes.
    light_bins: [Vec<LightBin>; 2],
    light: [Option<Light>; 2],
    /// The set that was filled last.
    filled: usize,
    /// Set and slot of the bins that are kept.
    kept: Option<(usize, usize)>,
    /// Number of bins of each slot, and of those with a row.
    counts: [usize; SLOTS],
    used: [usize; SLOTS],
    found: [Option<Cut>; SLOTS],
}

impl<const WORDS: usize> CountedClasses<WORDS> {
    /// Most classes.
    pub(crate) const MOST: usize = FIELDS * WORDS - 1;

    pub(crate) fn new(classes: usize) -> Self {
        Self {
            classes,
            node: [0; WORDS],
            narrow: None,
            few: [[0; WORDS]; MOST_SORTED],
            bins: Default::default(),
            light_bins: Default::default(),
            light: [None; 2],
            filled: 0,
            kept: None,
            counts: [0; SLOTS],
            used: [0; SLOTS],
            found: [None; SLOTS],
        }
    }

    fn cuts(&self, least_rows: u32) -> CountScan<'_, WORDS> {
        CountScan::new(&self.node, least_rows)
    }

    /// The sums of a slot in some bins.
    fn sums(&self, set: usize, slot: usize, bins: impl Iterator<Item = usize>) -> Sums<WORDS> {
        if let Some(light) = &self.light[set] {
            return light.sums(&self.light_bins[set], bins, slot);
        }
        let mut sums = [0; WORDS];
        for bin in bins {
            add(&mut sums, &self.bins[set][slot / LANES][bin].map(|word| word[slot % LANES]));
        }
        sums
    }

    /// Whether a bin of a slot that was filled last has a row.
    fn has_rows(&self, slot: usize, bin: usize) -> bool {
        match self.light[self.filled] {
            Some(_) => light::has_rows(&self.light_bins[self.filled][bin], slot),
            // A bin with a row has it in the last word.
            None => self.bins[self.filled][slot / LANES][bin][WORDS - 1][slot % LANES] > 0,
        }
    }

    /// Takes up what was found in the bins of four slots, or of fewer.
    fn take_cuts(&mut self, group: usize, columns: &[QuantileView<'_>], best: LaneBest, used: [u64; LANES]) {
        for (lane, column) in columns.iter().enumerate() {
            let slot = group * LANES + lane;
            self.counts[slot] = column.missing_bin() + 1;
            self.used[slot] = used[lane] as usize;
            self.found[slot] = (best.gains[lane] >= 0.0).then(|| {
                let place = best.places[lane] as usize;
                let mut after = place + 1..self.counts[slot];
                let next = after.find(|&bin| self.has_rows(slot, bin)).unwrap_or(place);
                Cut {
                    left: place as u32,
                    right: next as u32,
                    gain: best.gains[lane],
                    left_weight: best.left_weights[lane],
                }
            });
        }
    }
}

impl<const WORDS: usize> Impurity for CountedClasses<WORDS> {
    type Row = ClassOfRow;

    fn begin(&mut self, node: NodeRows<'_, ClassOfRow>) -> NodeSums {
        self.node = [0; WORDS];
        self.kept = None;
        // Two sums in turn, so that none waits for the row before.
        let (pairs, last) = node.rows.as_chunks::<2>();
        let mut others = [0; WORDS];
        for [one, other] in pairs {
            self.node[usize::from(one.word) % WORDS] += one.part();
            others[usize::from(other.word) % WORDS] += other.part();
        }
        for row in last {
            others[usize::from(row.word) % WORDS] += row.part();
        }
        add(&mut self.node, &others);
        self.node[WORDS - 1] += ONE_ROW * node.len() as u64;
        let (mut weight, mut present) = (0.0, 0);
        for own in weights(&self.node) {
            weight += own;
            present += usize::from(own > 0.0);
        }
        if present > 1 && node.len() <= MOST_SORTED {
            self.narrow = Narrow::of(&self.node);
            if self.narrow.is_none() {
                for (few, row) in self.few.iter_mut().zip(node.iter()) {
                    *few = sums_of(row);
                }
            }
        }
        NodeSums { weight, pure: present < 2 }
    }

    fn weight(row: ClassOfRow) -> f64 {
        f64::from(row.weight)
    }

    fn answer(&self, node: NodeRows<'_, ClassOfRow>, answer: &mut [f64]) {
        answer.fill(0.0);
        for row in node.iter() {
            answer[usize::from(row.class)] += f64::from(row.weight);
        }
        let total: f64 = answer.iter().sum();
        for share in answer {
            *share /= total;
        }
    }

    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = ClassOfRow> {
        self.cuts(least_rows)
    }

    const SCANS_LANES: bool = true;

    #[inline(always)]
    fn note(&self, place: u32, row: ClassOfRow) -> u32 {
        match &self.narrow {
            Some(narrow) => narrow.note(row),
            None => place,
        }
    }

    #[inline(always)]
    fn scan_lanes<W: Wide, const PADDED: bool>(&self, orders: Orders<'_, PADDED>) -> LaneBest {
        if let Some(narrow) = &self.narrow {
            let mut lanes = NarrowLanes::<W>::new(narrow);
            for place in orders.places() {
                lanes.take(W::of(orders.keys[place]));
                if let Some(cuts) = orders.cuts(place) {
                    lanes.offer(cuts);
                }
                lanes.go_on();
            }
            return lanes.best();
        }
        let mut lanes = Lanes::<W, WORDS>::new(fields(&self.node), BITS);
        for place in orders.places() {
            let own = orders.keys[place].map(|key| &self.few[note(key) as usize % MOST_SORTED]);
            lanes.add(std::array::from_fn(|word| W::of_bits(own.map(|sums| sums[word]))));
            if let Some(cuts) = orders.cuts(place) {
                lanes.offer(place as u64, cuts);
            }
        }
        lanes.best()
    }

    fn fill_quantiles(
        &mut self,
        node: NodeRows<'_, ClassOfRow>,
        columns: &[QuantileView<'_>],
        least_rows: u32,
    ) {
        self.filled = self.kept.map_or(0, |(set, _)| 1 - set);
        let light = if least_rows > 1 { None } else { Light::of(&self.node) };
        self.light[self.filled] = light;
        if let Some(light) = &light {
            let bins = &mut self.light_bins[self.filled];
            bins.resize(BINS, LightBin::default());
            let Some(bins) = bins.first_chunk_mut() else { return };
            let cuts = wide::run(LightQuantiles { light, rows: node, columns, bins });
            for (group, (columns, (best, used))) in columns.chunks(LANES).zip(cuts).enumerate() {
                self.take_cuts(group, columns, best, used);
            }
            return;
        }
        for (group, columns) in columns.chunks(LANES).enumerate() {
            let bins = &mut self.bins[self.filled][group];
            bins.resize(BINS, [[0; LANES]; WORDS]);
            let Some(bins) = bins.first_chunk_mut() else { continue };
            let least_rows = u64::from(least_rows);
            let (best, used) =
                wide::run(Quantiles { node: &self.node, rows: node, columns, bins, least_rows });
            self.take_cuts(group, columns, best, used);
        }
    }

    fn used_bins(&self, slot: usize) -> usize {
        self.used[slot]
    }

    fn last_bin_used(&self, slot: usize) -> bool {
        self.has_rows(slot, self.counts[slot] - 1)
    }

    fn keep_bins(&mut self, slot: usize, _: bool) {
        self.kept = Some((self.filled, slot));
    }

    fn scan_between(
        &mut self,
        first: usize,
        last: Option<usize>,
        entries: &[Entry],
        table: &[ClassOfRow],
        least_rows: u32,
    ) -> Option<Cut> {
        let (set, slot) = self.kept?;
        let mut scan = self.cuts(least_rows);
        scan.put_sums_left(&self.sums(set, slot, (0..first).chain(last)));
        for entry in entries {
            scan.push(entry.code, table[entry.number as usize]);
        }
        scan.best()
    }

    fn scan_bins(&mut self, slot: usize, last_left: bool, least_rows: u32) -> Option<Cut> {
        if !last_left {
            return self.found[slot];
        }
        let last = self.counts[slot] - 1;
        let mut scan = self.cuts(least_rows);
        let sums = |bin| self.sums(self.filled, slot, std::iter::once(bin));
        scan.put_sums_left(&sums(last));
        for bin in (0..last).filter(|&bin| self.has_rows(slot, bin)) {
            scan.push_sums(bin as u32, &sums(bin));
        }
        scan.best()
    }

    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[ClassOfRow], ranks: &mut Vec<f64>) {
        let node: Vec<f64> = weights(&self.node).take(self.classes).collect();
        let row = |number: u32| {
            let row = table[number as usize];
            (usize::from(row.class), f64::from(row.weight))
        };
        rank_by_shares(levels, row, &node, ranks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impurity::tests::{best_gain, check_cuts, drawn, weight};

    /// The Gini impurity of some rows times their weight.
    fn gini(classes: &[u32], rows: &[usize]) -> f64 {
        let mut weights = [0.0; MOST_FIELDS];
        for &row in rows {
            weights[classes[row] as usize] += f64::from(weight(row));
        }
        let total: f64 = weights.iter().sum();
        total - weights.iter().map(|weight| weight * weight).sum::<f64>() / total
    }

    fn check<const WORDS: usize>() {
        for n_classes in [2, CountedClasses::<WORDS>::MOST as u64] {
            for (rows, distinct) in [(2, 2), (3, 2), (17, 5), (64, 64), (65, 40), (900, 200), (20_000, 200)] {
                let classes: Vec<u32> = (0..rows).map(|row| drawn(row, 9, n_classes) as u32).collect();
                let quantiles: Vec<u8> = (0..rows).map(|row| drawn(row, 5, distinct) as u8).collect();
                let of_rows: Vec<ClassOfRow> = classes
                    .iter()
                    .enumerate()
                    .map(|(row, &class)| ClassOfRow::new(weight(row), class))
                    .collect();
                check_cuts(
                    &mut CountedClasses::<WORDS>::new(n_classes as usize),
                    &of_rows,
                    &quantiles,
                    |least_rows| best_gain(&quantiles, least_rows, |rows| gini(&classes, rows)),
                );
            }
        }
    }

    /// Few classes share one word in a small node, many do not; the largest of these nodes is not light.
    #[test]
    fn classes_are_cut_best_however_many_there_are() {
        check::<1>();
        check::<2>();
        check::<3>();
        check::<4>();
    }

    #[test]
    fn a_leaf_answers_the_shares() {
        let rows = [(2, 0), (1, 2), (1, 2)].map(|(weight, class)| ClassOfRow::new(weight, class));
        let mut answer = [f64::NAN; 3];
        CountedClasses::<2>::new(3)
            .answer(NodeRows { numbers: &[0, 1, 2], rows: &rows, table: &rows }, &mut answer);
        assert_eq!(answer, [0.5, 0.0, 0.5]);
    }
}
