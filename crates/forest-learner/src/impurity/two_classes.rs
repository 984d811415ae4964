//! The Gini impurity of two classes whose rows weigh whole numbers: all sums are exact, and three of them fit one word.

use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::{Keys, code, differ};
use crate::wide::{self, LANES, Loop, Wide};

use super::{Cut, Impurity, Levels, NO_CODE, NodeRows, NodeSums, SLOTS, Scan};

/// Bits of one sum.
const BITS: i32 = 21;
const MASK: u64 = (1 << BITS) - 1;
/// Bits of one sum in the key of a row.
const NOTE_BITS: i32 = 10;
const NOTE_MASK: u64 = (1 << NOTE_BITS) - 1;
/// Places for the quantiles of a column.
const BINS: usize = 256;

/// A number of rows, their weight and the weight of those of the second class, 21 bits each. A row is such sums of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CountedClass(u64);

impl CountedClass {
    /// Largest weight of all rows of a tree.
    pub(crate) const MOST: usize = MASK as usize;

    pub(crate) fn new(weight: u32, class: u32) -> Self {
        let weight = u64::from(weight);
        Self(1 << (2 * BITS) | weight << BITS | (weight * u64::from(class)))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn rows(self) -> u64 {
        self.0 >> (2 * BITS)
    }

    #[inline(always)]
    fn weight(self) -> u64 {
        self.0 >> BITS & MASK
    }

    #[inline(always)]
    fn second(self) -> u64 {
        self.0 & MASK
    }
}

/// Impurity of two classes by whole numbers.
///
/// With the weights `w` and those of the second class `s`, of the left side and of the node, the decrease of a split is
/// `2 (sₗ w - wₗ s)² / (wₗ wᵣ w)`. Candidates are compared by cross-multiplication, without a division.
#[derive(Default)]
pub(crate) struct TwoClasses {
    node: CountedClass,
    /// Sums per quantile, of four features each.
    bins: [Vec<[u64; LANES]>; SLOTS / LANES],
    /// Number of bins of each slot.
    counts: [usize; SLOTS],
    used: [usize; SLOTS],
    /// The best cut of each slot with the last bin in its place and with it on the left, and the sums left of it.
    found: [[Option<(Cut, CountedClass)>; 2]; SLOTS],
    /// The sums left of the kept bins between which the best cut lies.
    kept: CountedClass,
}

impl TwoClasses {
    fn gain(&self, left: CountedClass) -> f64 {
        let (numerator, denominator) = self.fraction(left);
        numerator / denominator * self.gain_unit()
    }

    fn gain_unit(&self) -> f64 {
        2.0 / self.node.weight() as f64
    }

    /// Numerator and denominator by which cuts are compared.
    #[inline(always)]
    fn fraction(&self, left: CountedClass) -> (f64, f64) {
        let (weight, all) = (left.weight() as f64, self.node.weight() as f64);
        let deviation = left.second() as f64 * all - weight * self.node.second() as f64;
        (deviation * deviation, weight * (all - weight))
    }

    fn cut(&self, left: u32, right: u32, sums: CountedClass) -> Cut {
        Cut { left, right, gain: self.gain(sums), left_weight: sums.weight() as f64 }
    }

    fn cuts(&self, least_rows: u32) -> CountScan<'_> {
        CountScan {
            impurity: self,
            least_rows: u64::from(least_rows),
            left: CountedClass::default(),
            before: NO_CODE,
            numerator: -1.0,
            denominator: 1.0,
            best: None,
        }
    }

    fn bin(&self, slot: usize, bin: usize) -> CountedClass {
        CountedClass(self.bins[slot / LANES][bin][slot % LANES])
    }
}

/// A scan over rows or bins one after the other.
struct CountScan<'a> {
    impurity: &'a TwoClasses,
    least_rows: u64,
    left: CountedClass,
    before: u32,
    numerator: f64,
    denominator: f64,
    best: Option<(u32, u32, CountedClass)>,
}

impl CountScan<'_> {
    /// The best cut and what lies left of it.
    fn best_with_sums(self) -> Option<(Cut, CountedClass)> {
        self.best.map(|(left, right, sums)| (self.impurity.cut(left, right, sums), sums))
    }
}

impl Scan for CountScan<'_> {
    type Row = CountedClass;

    #[inline(always)]
    fn put_left(&mut self, row: CountedClass) {
        self.left = self.left.add(row);
    }

    #[inline(always)]
    fn push(&mut self, code: u32, row: CountedClass) {
        if code != self.before
            && self.before != NO_CODE
            && self.left.rows() >= self.least_rows
            && self.impurity.node.rows() - self.left.rows() >= self.least_rows
        {
            let (numerator, denominator) = self.impurity.fraction(self.left);
            if (numerator * self.denominator > self.numerator * denominator) & (denominator > 0.0) {
                (self.numerator, self.denominator) = (numerator, denominator);
                self.best = Some((self.before, code, self.left));
            }
        }
        self.before = code;
        self.left = self.left.add(row);
    }

    fn best(self) -> Option<Cut> {
        self.best_with_sums().map(|(cut, _)| cut)
    }
}

/// The best cuts of four features at once, as their sums grow place by place.
struct Lanes<W> {
    all: W,
    second: W,
    numerators: W,
    denominators: W,
    places: W,
    /// The sums left of the best cuts.
    sums: W,
}

impl<W: Wide> Lanes<W> {
    #[inline(always)]
    fn new(node: CountedClass) -> Self {
        Self {
            all: W::all(node.weight() as f64),
            second: W::all(node.second() as f64),
            numerators: W::all(-1.0),
            denominators: W::all(1.0),
            places: W::all_whole(0),
            sums: W::all_whole(0),
        }
    }

    /// Tries the cut after a place, with weight, weight of the second class and all sums of the left side.
    #[inline(always)]
    fn offer(&mut self, place: u64, allowed: W, weight: W, second: W, sums: W) {
        let deviation = second.mul(self.all).sub(weight.mul(self.second));
        // Both are zero where the cut is not allowed or a side is empty, and then nothing is better.
        let square = deviation.mul(deviation).and(allowed);
        let product = weight.mul(self.all.sub(weight)).and(allowed);
        let better = square.mul(self.denominators).above(self.numerators.mul(product));
        self.numerators = square.where_set(better, self.numerators);
        self.denominators = product.where_set(better, self.denominators);
        self.places = W::all_whole(place).where_set(better, self.places);
        self.sums = sums.where_set(better, self.sums);
    }

    /// For each lane, after which place it is cut best and with which sums on the left.
    #[inline(always)]
    fn best(self) -> [Option<(usize, u64)>; LANES] {
        let (numerators, places, sums) = (self.numerators.numbers(), self.places.bits(), self.sums.bits());
        std::array::from_fn(|lane| (numerators[lane] >= 0.0).then_some((places[lane] as usize, sums[lane])))
    }
}

/// Adds up rows per quantile and finds the best cuts between the quantiles.
struct Quantiles<'a> {
    node: CountedClass,
    rows: NodeRows<'a, CountedClass>,
    columns: &'a [QuantileView<'a>],
    bins: &'a mut [[u64; LANES]; BINS],
    least_rows: u64,
}

impl Loop for Quantiles<'_> {
    /// The best cuts, and the number of bins with a row.
    type Out = ([Option<(usize, u64)>; LANES], [u64; LANES]);

    #[inline(always)]
    fn run<W: Wide>(self) -> Self::Out {
        let Self { node, rows, columns, bins, least_rows } = self;
        *bins = [[0; LANES]; BINS];
        if let Ok(columns) = <&[QuantileView<'_>; LANES]>::try_from(columns) {
            // The cells of a row lie in one line of cache.
            let quantiles = columns.map(|column| column.quantiles);
            for (&number, row) in rows.numbers.iter().zip(rows.rows) {
                for lane in 0..LANES {
                    bins[usize::from(quantiles[lane].get(number))][lane] += row.0;
                }
            }
        } else {
            for (lane, column) in columns.iter().enumerate().take(LANES) {
                for (&number, row) in rows.numbers.iter().zip(rows.rows) {
                    bins[usize::from(column.quantiles.get(number))][lane] += row.0;
                }
            }
        }
        let count = columns.iter().map(|column| column.count + 1).max().unwrap_or(0);
        let (mut sums, mut lanes) = (W::all_whole(0), Lanes::new(node));
        let (zero, one, mask) = (W::all_whole(0), W::all_whole(1), W::all_whole(MASK));
        let mut used = zero;
        let limit = W::all_whole(least_rows.saturating_sub(1) << (2 * BITS) | ((1 << (2 * BITS)) - 1));
        let node_sums = W::all_whole(node.0);
        for (place, bin) in (0u64..).zip(bins.iter().take(count)) {
            let bin = W::of_bits(*bin);
            sums = sums.add_whole(bin);
            let has_rows = bin.above_whole(zero);
            used = used.add_whole(has_rows.and(one));
            let mut allowed = has_rows;
            if least_rows > 1 {
                // No field of the left side is larger than that of the node.
                let right = node_sums.sub_whole(sums);
                allowed = allowed.and(sums.above_whole(limit)).and(right.above_whole(limit));
            }
            let weight = sums.shift_right::<BITS>().and(mask).to_floating();
            let second = sums.and(mask).to_floating();
            lanes.offer(place, allowed, weight, second, sums);
        }
        (lanes.best(), used.bits())
    }
}

impl Impurity for TwoClasses {
    type Row = CountedClass;

    #[inline(always)]
    fn begin(&mut self, node: NodeRows<'_, CountedClass>) -> NodeSums {
        self.node = CountedClass(node.rows.iter().map(|row| row.0).sum());
        let (weight, second) = (self.node.weight(), self.node.second());
        NodeSums { weight: weight as f64, pure: second == 0 || second == weight }
    }

    fn weight(row: CountedClass) -> f64 {
        row.weight() as f64
    }

    fn answer(&self, node: NodeRows<'_, CountedClass>, answer: &mut [f64]) {
        let sums = CountedClass(node.rows.iter().map(|row| row.0).sum());
        let mean = sums.second() as f64 / sums.weight() as f64;
        answer.copy_from_slice(&[1.0 - mean, mean]);
    }

    #[inline(always)]
    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = CountedClass> {
        self.cuts(least_rows)
    }

    const SCANS_LANES: bool = true;

    fn fits_lanes(&self) -> bool {
        self.node.weight() <= NOTE_MASK
    }

    #[inline(always)]
    fn note(&self, _: u32, row: CountedClass) -> u32 {
        (row.weight() << NOTE_BITS | row.second()) as u32
    }

    #[inline(always)]
    fn scan_lanes<W: Wide>(&self, keys: &[Keys], least_rows: usize) -> [Option<Cut>; LANES] {
        let (mut sums, mut lanes) = (W::all_whole(0), Lanes::<W>::new(self.node));
        let (mask, note_mask) = (W::all_whole(NOTE_MASK), W::all_whole((1 << (2 * NOTE_BITS)) - 1));
        for (place, pair) in (0u64..).zip(keys.windows(2)) {
            let (own, next) = (W::of(pair[0]), W::of(pair[1]));
            sums = sums.add_whole(own.and(note_mask));
            let left = place as usize + 1;
            if left < least_rows || keys.len() - left < least_rows {
                continue;
            }
            let (weight, second) =
                (sums.shift_right::<NOTE_BITS>().to_floating(), sums.and(mask).to_floating());
            lanes.offer(place, differ(own, next), weight, second, sums);
        }
        let best = lanes.best();
        std::array::from_fn(|lane| {
            best[lane].map(|(place, sums)| {
                let sums = CountedClass(sums >> NOTE_BITS << BITS | sums & NOTE_MASK);
                self.cut(code(keys[place][lane]), code(keys[place + 1][lane]), sums)
            })
        })
    }

    fn fill_quantiles(
        &mut self,
        node: NodeRows<'_, CountedClass>,
        columns: &[QuantileView<'_>],
        least_rows: u32,
    ) {
        for (group, columns) in columns.chunks(LANES).enumerate() {
            let bins = &mut self.bins[group];
            bins.resize(BINS, [0; LANES]);
            let Some(bins) = bins.first_chunk_mut() else { continue };
            let least_rows = u64::from(least_rows);
            let (found, used) =
                wide::run(Quantiles { node: self.node, rows: node, columns, bins, least_rows });
            for (lane, column) in columns.iter().enumerate() {
                let slot = group * LANES + lane;
                self.counts[slot] = column.count + 1;
                self.used[slot] = used[lane] as usize;
                self.found[slot][0] = found[lane].map(|(place, sums)| {
                    let next = (place + 1..BINS).find(|&bin| self.bin(slot, bin).0 > 0).unwrap_or(place);
                    let sums = CountedClass(sums);
                    (self.cut(place as u32, next as u32, sums), sums)
                });
            }
        }
    }

    fn used_bins(&self, slot: usize) -> usize {
        self.used[slot]
    }

    fn last_bin_used(&self, slot: usize) -> bool {
        self.bin(slot, self.counts[slot] - 1).0 > 0
    }

    fn keep_bins(&mut self, slot: usize, last_left: bool) {
        if let Some((cut, sums)) = self.found[slot][usize::from(last_left)] {
            self.kept = CountedClass(sums.0 - self.bin(slot, cut.left as usize).0);
        }
    }

    fn scan_between(
        &mut self,
        _: usize,
        _: Option<usize>,
        entries: &[Entry],
        table: &[CountedClass],
        least_rows: u32,
    ) -> Option<Cut> {
        let mut scan = self.cuts(least_rows);
        scan.left = self.kept;
        for entry in entries {
            scan.push(entry.code, table[entry.number as usize]);
        }
        scan.best()
    }

    fn scan_bins(&mut self, slot: usize, last_left: bool, least_rows: u32) -> Option<Cut> {
        if last_left {
            let last = self.counts[slot] - 1;
            let mut scan = self.cuts(least_rows);
            scan.put_left(self.bin(slot, last));
            for bin in (0..last).filter(|&bin| self.bin(slot, bin).0 > 0) {
                scan.push(bin as u32, self.bin(slot, bin));
            }
            self.found[slot][1] = scan.best_with_sums();
        }
        self.found[slot][usize::from(last_left)].map(|(cut, _)| cut)
    }

    /// By the share of the second class: then no subset is better than the best cut (Breiman et al. 1984).
    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[CountedClass], ranks: &mut Vec<f64>) {
        ranks.clear();
        ranks.extend(levels.iter().map(|entries| {
            let sums = entries
                .iter()
                .fold(CountedClass::default(), |sums, entry| sums.add(table[entry.number as usize]));
            sums.second() as f64 / sums.weight() as f64
        }));
    }
}
