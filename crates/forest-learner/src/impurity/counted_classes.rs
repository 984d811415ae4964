//! The Gini impurity of a few classes whose rows weigh whole numbers: all sums are exact, and three of them share a word.

use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::{Keys, differ, note};
use crate::wide::{self, LANES, Loop, Wide};

use super::classes::rank_by_shares;
use super::{Cut, Impurity, LaneBest, Levels, MOST_SORTED, NO_CODE, NodeRows, NodeSums, SLOTS, Scan};

/// Bits of one sum.
const BITS: i32 = 21;
const MASK: u64 = (1 << BITS) - 1;
/// Sums in a word.
const FIELDS: usize = 3;
/// Places for the quantiles of a column.
const BINS: usize = 256;

/// Weight and class of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClassOfRow {
    weight: u32,
    /// Which word holds the sum of the class, and where in it.
    word: u8,
    shift: u8,
    class: u16,
}

impl ClassOfRow {
    pub(crate) fn new(weight: u32, class: u32) -> Self {
        let (word, field) = (class as usize / FIELDS, class as usize % FIELDS);
        Self { weight, word: word as u8, shift: (field * BITS as usize) as u8, class: class as u16 }
    }

    #[inline(always)]
    fn part(self) -> u64 {
        u64::from(self.weight) << self.shift
    }
}

/// The weights of the classes, three to a word; the last field is the number of rows.
type Sums<const WORDS: usize> = [u64; WORDS];

/// One row, in the last field.
const ONE_ROW: u64 = 1 << (2 * BITS);

/// Bins of four features.
type Bins<const WORDS: usize> = Vec<[[u64; LANES]; WORDS]>;

/// Impurity of up to `3 WORDS - 1` classes.
pub(crate) struct CountedClasses<const WORDS: usize> {
    classes: usize,
    node: Sums<WORDS>,
    /// The sums of each row of a small node.
    few: [Sums<WORDS>; MOST_SORTED],
    /// Sums per quantile: two sets, so that one can be kept while the other one is filled.
    bins: [[Bins<WORDS>; SLOTS / LANES]; 2],
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
            few: [[0; WORDS]; MOST_SORTED],
            bins: Default::default(),
            filled: 0,
            kept: None,
            counts: [0; SLOTS],
            used: [0; SLOTS],
            found: [None; SLOTS],
        }
    }

    fn cuts(&self, least_rows: u32) -> CountScan<'_, WORDS> {
        CountScan {
            node: &self.node,
            least_rows: u64::from(least_rows),
            left: [0; WORDS],
            before: NO_CODE,
            best: (-1.0, 1.0),
            cut: None,
        }
    }

    fn bin(&self, set: usize, slot: usize, bin: usize) -> Sums<WORDS> {
        self.bins[set][slot / LANES][bin].map(|word| word[slot % LANES])
    }
}

/// The weights of the classes.
fn weights<const WORDS: usize>(sums: &Sums<WORDS>) -> impl Iterator<Item = f64> {
    let field = |place: usize| (sums[place / FIELDS] >> (place % FIELDS * BITS as usize) & MASK) as f64;
    (0..FIELDS * WORDS - 1).map(field)
}

fn rows<const WORDS: usize>(sums: &Sums<WORDS>) -> u64 {
    sums[WORDS - 1] >> (2 * BITS)
}

fn add<const WORDS: usize>(sums: &mut Sums<WORDS>, others: &Sums<WORDS>) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}

/// What the sides of a cut are worth, `Σ cₗ² / wₗ + Σ cᵣ² / wᵣ`, as numerator and denominator.
fn fraction<const WORDS: usize>(node: &Sums<WORDS>, left: &Sums<WORDS>) -> (f64, f64) {
    let (mut left_squares, mut right_squares, mut left_weight, mut right_weight) = (0.0, 0.0, 0.0, 0.0);
    for (all, left) in weights(node).zip(weights(left)) {
        let right = all - left;
        left_squares += left * left;
        right_squares += right * right;
        left_weight += left;
        right_weight += right;
    }
    (left_squares * right_weight + right_squares * left_weight, left_weight * right_weight)
}

/// What a cut with such sides gains.
fn gain<const WORDS: usize>(node: &Sums<WORDS>, (numerator, denominator): (f64, f64)) -> f64 {
    // A decrease is never negative but for rounding.
    (numerator / denominator - worth(node)).max(0.0)
}

/// What a node is worth uncut, `Σ c² / w`.
fn worth<const WORDS: usize>(node: &Sums<WORDS>) -> f64 {
    let squares: f64 = weights(node).map(|weight| weight * weight).sum();
    squares / weights(node).sum::<f64>()
}

/// A scan over rows or bins one after the other.
struct CountScan<'a, const WORDS: usize> {
    node: &'a Sums<WORDS>,
    least_rows: u64,
    left: Sums<WORDS>,
    before: u32,
    best: (f64, f64),
    cut: Option<(u32, u32, f64)>,
}

impl<const WORDS: usize> CountScan<'_, WORDS> {
    fn push_sums(&mut self, code: u32, sums: &Sums<WORDS>) {
        if code != self.before && self.before != NO_CODE {
            let left_rows = rows(&self.left);
            let (numerator, denominator) = fraction(self.node, &self.left);
            if left_rows >= self.least_rows
                && rows(self.node) - left_rows >= self.least_rows
                && denominator > 0.0
                && numerator * self.best.1 > self.best.0 * denominator
            {
                self.best = (numerator, denominator);
                self.cut = Some((self.before, code, weights(&self.left).sum()));
            }
        }
        self.before = code;
        add(&mut self.left, sums);
    }

    fn put_sums_left(&mut self, sums: &Sums<WORDS>) {
        add(&mut self.left, sums);
    }
}

fn sums_of<const WORDS: usize>(row: ClassOfRow) -> Sums<WORDS> {
    let mut sums = [0; WORDS];
    sums[usize::from(row.word)] = row.part();
    sums[WORDS - 1] += ONE_ROW;
    sums
}

impl<const WORDS: usize> Scan for CountScan<'_, WORDS> {
    type Row = ClassOfRow;

    fn put_left(&mut self, row: ClassOfRow) {
        self.put_sums_left(&sums_of(row));
    }

    fn push(&mut self, code: u32, row: ClassOfRow) {
        self.push_sums(code, &sums_of(row));
    }

    fn best(self) -> Option<Cut> {
        let gain = gain(self.node, self.best);
        self.cut.map(|(left, right, left_weight)| Cut { left, right, gain, left_weight })
    }
}

/// The best cuts of four features at once, as their sums grow place by place.
struct Lanes<W, const WORDS: usize> {
    left: [W; WORDS],
    /// The weights of the classes in the node.
    node: [[W; FIELDS]; WORDS],
    squares: W,
    weight: W,
    /// What the node is worth uncut.
    worth: f64,
    numerators: W,
    denominators: W,
    places: W,
    left_weights: W,
}

impl<W: Wide, const WORDS: usize> Lanes<W, WORDS> {
    #[inline(always)]
    fn new(node: &Sums<WORDS>) -> Self {
        let field = |word: usize, field: usize| (node[word] >> (field * BITS as usize) & MASK) as f64;
        Self {
            left: [W::all(0.0); WORDS],
            node: std::array::from_fn(|word| std::array::from_fn(|place| W::all(field(word, place)))),
            squares: W::all(weights(node).map(|weight| weight * weight).sum()),
            weight: W::all(weights(node).sum()),
            worth: worth(node),
            numerators: W::all(-1.0),
            denominators: W::all(1.0),
            places: W::all_whole(0),
            left_weights: W::all(0.0),
        }
    }

    #[inline(always)]
    fn add(&mut self, sums: [W; WORDS]) {
        for (left, sums) in self.left.iter_mut().zip(sums) {
            *left = left.add_whole(sums);
        }
    }

    /// Tries the cut after a place.
    #[inline(always)]
    fn offer(&mut self, place: u64, allowed: W) {
        let (mut weight, mut squares, mut products) = (W::all(0.0), W::all(0.0), W::all(0.0));
        let mask = W::all_whole(MASK);
        let mut take = |sum: W, node: W| {
            let sum = sum.to_floating();
            weight = weight.add(sum);
            squares = squares.add(sum.mul(sum));
            products = products.add(sum.mul(node));
        };
        for word in 0..WORDS {
            let (sums, node) = (self.left[word], self.node[word]);
            take(sums.and(mask), node[0]);
            take(sums.shift_right(BITS as u32).and(mask), node[1]);
            if word + 1 < WORDS {
                take(sums.shift_right(2 * BITS as u32), node[2]);
            }
        }
        let right = self.weight.sub(weight);
        // Whole numbers below 2^53: exact.
        let right_squares = self.squares.sub(products.add(products)).add(squares);
        // Both are zero where the cut is not allowed or a side is empty, and then nothing is better.
        let numerator = squares.mul(right).add(right_squares.mul(weight)).and(allowed);
        let denominator = weight.mul(right).and(allowed);
        let better = numerator.mul(self.denominators).above(self.numerators.mul(denominator));
        self.numerators = numerator.where_set(better, self.numerators);
        self.denominators = denominator.where_set(better, self.denominators);
        self.places = W::all_whole(place).where_set(better, self.places);
        self.left_weights = weight.where_set(better, self.left_weights);
    }

    /// The best cuts.
    #[inline(always)]
    fn best(self) -> LaneBest {
        let zero = W::all(0.0);
        let worth = self.numerators.div(self.denominators).sub(W::all(self.worth));
        // A decrease is never negative but for rounding.
        let gains = worth.max(zero).where_set(self.numerators.above(zero), W::all(-1.0));
        LaneBest {
            gains: gains.numbers(),
            places: self.places.bits(),
            left_weights: self.left_weights.numbers(),
        }
    }
}

/// Adds up rows per quantile and finds the best cuts between the quantiles.
struct Quantiles<'a, const WORDS: usize> {
    node: &'a Sums<WORDS>,
    rows: NodeRows<'a, ClassOfRow>,
    columns: &'a [QuantileView<'a>],
    bins: &'a mut [[[u64; LANES]; WORDS]; BINS],
    least_rows: u64,
}

impl<const WORDS: usize> Loop for Quantiles<'_, WORDS> {
    /// The best cuts, and the number of bins with a row.
    type Out = (LaneBest, [u64; LANES]);

    #[inline(always)]
    fn run<W: Wide>(self) -> Self::Out {
        let Self { node, rows, columns, bins, least_rows } = self;
        *bins = [[[0; LANES]; WORDS]; BINS];
        for (lane, column) in columns.iter().enumerate().take(LANES) {
            for (&number, row) in rows.numbers.iter().zip(rows.rows) {
                let bin = &mut bins[column.bin(number)];
                bin[usize::from(row.word) % WORDS][lane] += row.part();
                bin[WORDS - 1][lane] += ONE_ROW;
            }
        }
        let count = columns.iter().map(|column| column.missing_bin() + 1).max().unwrap_or(0);
        let mut lanes = Lanes::<W, WORDS>::new(node);
        let (zero, one) = (W::all_whole(0), W::all_whole(1));
        let mut used = zero;
        let limit = W::all_whole(least_rows.saturating_sub(1) << (2 * BITS) | (ONE_ROW - 1));
        let node_rows = W::all_whole(node[WORDS - 1]);
        for (place, bin) in (0u64..).zip(bins.iter().take(count)) {
            // A bin with a row has it in the last word.
            if bin[WORDS - 1] == [0; LANES] {
                continue;
            }
            let bin = bin.map(W::of_bits);
            lanes.add(bin);
            let has_rows = bin[WORDS - 1].above_whole(zero);
            used = used.add_whole(has_rows.and(one));
            let mut allowed = has_rows;
            if least_rows > 1 {
                let left = lanes.left[WORDS - 1];
                let right = node_rows.sub_whole(left);
                allowed = allowed.and(left.above_whole(limit)).and(right.above_whole(limit));
            }
            lanes.offer(place, allowed);
        }
        (lanes.best(), used.bits())
    }
}

impl<const WORDS: usize> Impurity for CountedClasses<WORDS> {
    type Row = ClassOfRow;

    fn begin(&mut self, node: NodeRows<'_, ClassOfRow>) -> NodeSums {
        self.node = [0; WORDS];
        self.kept = None;
        for row in node.iter() {
            self.node[usize::from(row.word)] += row.part();
        }
        self.node[WORDS - 1] += ONE_ROW * node.len() as u64;
        if node.len() <= MOST_SORTED {
            for (few, row) in self.few.iter_mut().zip(node.iter()) {
                *few = sums_of(row);
            }
        }
        let pure = weights(&self.node).filter(|&weight| weight > 0.0).count() < 2;
        NodeSums { weight: weights(&self.node).sum(), pure }
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
    fn scan_lanes<W: Wide>(&self, keys: &[Keys], least_rows: usize) -> LaneBest {
        let mut lanes = Lanes::<W, WORDS>::new(&self.node);
        for (place, pair) in (0u64..).zip(keys.windows(2)) {
            let own = pair[0].map(|key| &self.few[note(key) as usize % MOST_SORTED]);
            lanes.add(std::array::from_fn(|word| W::of_bits(own.map(|sums| sums[word]))));
            let left = place as usize + 1;
            if left >= least_rows && keys.len() - left >= least_rows {
                lanes.offer(place, differ(W::of(pair[0]), W::of(pair[1])));
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
        for (group, columns) in columns.chunks(LANES).enumerate() {
            let bins = &mut self.bins[self.filled][group];
            bins.resize(BINS, [[0; LANES]; WORDS]);
            let Some(bins) = bins.first_chunk_mut() else { continue };
            let least_rows = u64::from(least_rows);
            let (best, used) =
                wide::run(Quantiles { node: &self.node, rows: node, columns, bins, least_rows });
            for (lane, column) in columns.iter().enumerate() {
                let slot = group * LANES + lane;
                self.counts[slot] = column.missing_bin() + 1;
                self.used[slot] = used[lane] as usize;
                self.found[slot] = (best.gains[lane] >= 0.0).then(|| {
                    let place = best.places[lane] as usize;
                    let has_rows = |&bin: &usize| rows(&self.bin(self.filled, slot, bin)) > 0;
                    let next = (place + 1..BINS).find(has_rows).unwrap_or(place);
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

    fn used_bins(&self, slot: usize) -> usize {
        self.used[slot]
    }

    fn last_bin_used(&self, slot: usize) -> bool {
        rows(&self.bin(self.filled, slot, self.counts[slot] - 1)) > 0
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
        for bin in (0..first).chain(last) {
            scan.put_sums_left(&self.bin(set, slot, bin));
        }
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
        scan.put_sums_left(&self.bin(self.filled, slot, last));
        for bin in 0..last {
            let sums = self.bin(self.filled, slot, bin);
            if rows(&sums) > 0 {
                scan.push_sums(bin as u32, &sums);
            }
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
