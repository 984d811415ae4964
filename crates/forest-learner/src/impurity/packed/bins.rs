//! The sums of a node's rows per quantile, of several features at once.

use crate::feature_view::{COARSE_SHIFT, QuantileView, together};
use crate::impurity::{Cut, LaneBest, SLOTS};
use crate::row_major::for_each_row;
use crate::wide::{self, LANES, Loop, Wide};

use super::scan::{Found, Side};
use super::{Lanes, Layout, Measure, PackedScan};

/// Places for the quantiles of a column and for missing.
const BINS: usize = 256;

/// A number for each bin of four features.
type Group = [[u64; LANES]; BINS];

/// The bins of all slots with the best cuts between them.
#[derive(Default)]
pub(super) struct Bins {
    layout: Layout,
    words: [Vec<[u64; LANES]>; SLOTS / LANES],
    /// Rows per bin, where they are asked for and the words do not have them.
    rows: [Vec<[u64; LANES]>; SLOTS / LANES],
    /// Number of bins of each slot, and of those with a row.
    counts: [usize; SLOTS],
    used: [usize; SLOTS],
    /// The best cut of each slot with the last bin in its place and with it on the left.
    found: [[Option<Found>; 2]; SLOTS],
    /// What lies left of the kept bins between which the best cut lies.
    kept: Side,
}

impl Bins {
    pub(super) fn used(&self, slot: usize) -> usize {
        self.used[slot]
    }

    pub(super) fn last_is_used(&self, slot: usize) -> bool {
        self.bin(slot, self.counts[slot] - 1).word > 0
    }

    pub(super) fn found(&self, slot: usize, last_left: bool) -> Option<Cut> {
        self.found[slot][usize::from(last_left)].map(|found| found.cut)
    }

    /// Keeps what lies left of the best cut of a slot until that of another one is kept.
    pub(super) fn keep(&mut self, slot: usize, last_left: bool) {
        if let Some(Found { cut, left }) = self.found[slot][usize::from(last_left)] {
            let bin = self.bin(slot, cut.left as usize);
            self.kept = Side { word: left.word - bin.word, rows: left.rows.saturating_sub(bin.rows) };
        }
    }

    pub(super) fn kept(&self) -> Side {
        self.kept
    }

    fn bin(&self, slot: usize, bin: usize) -> Side {
        let of = |group: &Vec<[u64; LANES]>| group.get(bin).map_or(0, |bin| bin[slot % LANES]);
        self.side(of(&self.words[slot / LANES]), || of(&self.rows[slot / LANES]))
    }

    /// A sum of words, with its rows where they are known.
    fn side(&self, word: u64, rows: impl FnOnce() -> u64) -> Side {
        Side { word, rows: self.layout.rows_shift.map_or_else(rows, |shift| word >> shift) }
    }

    /// Adds up rows, of which each is a word, and finds the best cuts between their quantiles.
    pub(super) fn fill(
        &mut self,
        layout: Layout,
        measure: &Measure,
        numbers: &[u32],
        words: &(impl Iterator<Item = u64> + Clone),
        columns: &[QuantileView<'_>],
        least_rows: u32,
    ) {
        self.layout = layout;
        for (group, columns) in columns.chunks(LANES).enumerate() {
            self.words[group].resize(BINS, [0; LANES]);
            self.rows[group].resize(BINS, [0; LANES]);
            let (Some(bins), Some(rows)) =
                (self.words[group].first_chunk_mut(), self.rows[group].first_chunk_mut())
            else {
                continue;
            };
            let least_rows = u64::from(least_rows);
            let words = words.clone();
            let found = wide::run(Fill { layout, measure, numbers, words, columns, bins, rows, least_rows });
            for (lane, column) in columns.iter().enumerate() {
                let slot = group * LANES + lane;
                self.counts[slot] = column.missing_bin() + 1;
                self.used[slot] = found.used[lane] as usize;
                self.found[slot][0] = self.found_in(slot, lane, &found);
            }
        }
    }

    fn found_in(&self, slot: usize, lane: usize, found: &GroupFound) -> Option<Found> {
        let LaneBest { gains, places, left_weights } = &found.best;
        (gains[lane] >= 0.0).then(|| {
            let place = places[lane] as usize;
            let next =
                (place + 1..self.counts[slot]).find(|&bin| self.bin(slot, bin).word > 0).unwrap_or(place);
            Found {
                cut: Cut {
                    left: place as u32,
                    right: next as u32,
                    gain: gains[lane],
                    left_weight: left_weights[lane],
                },
                left: self.side(found.words[lane], || {
                    if found.has_rows { (0..=place).map(|bin| self.bin(slot, bin).rows).sum() } else { 0 }
                }),
            }
        })
    }

    /// Finds the best cut of a slot with the last bin on the left.
    pub(super) fn find_with_last_left(&mut self, slot: usize, measure: &Measure, least_rows: u32) {
        let last = self.counts[slot] - 1;
        let mut scan = PackedScan::new(self.layout, measure, least_rows);
        scan.put_left(self.bin(slot, last));
        for place in 0..last {
            let bin = self.bin(slot, place);
            if bin.word > 0 {
                scan.push(place as u32, bin);
            }
        }
        self.found[slot][1] = scan.best();
    }
}

/// Fills the bins of up to four features and goes through them once.
struct Fill<'a, I> {
    layout: Layout,
    measure: &'a Measure,
    numbers: &'a [u32],
    words: I,
    columns: &'a [QuantileView<'a>],
    bins: &'a mut Group,
    rows: &'a mut Group,
    least_rows: u64,
}

/// Adds the words of rows to the bins of their quantiles.
#[inline(always)]
fn add_up<const SHIFT: u32>(
    bins: &mut Group,
    numbers: &[u32],
    words: impl Iterator<Item = u64> + Clone,
    columns: &[QuantileView<'_>],
) {
    // As constants, lest every row asks how many features there are.
    match columns.len() {
        0 => {}
        1 => add_together::<SHIFT, 1>(bins, numbers, words, columns),
        2 => add_together::<SHIFT, 2>(bins, numbers, words, columns),
        3 => add_together::<SHIFT, 3>(bins, numbers, words, columns),
        _ => add_together::<SHIFT, LANES>(bins, numbers, words, columns),
    }
}

#[inline(always)]
fn add_together<const SHIFT: u32, const N: usize>(
    bins: &mut Group,
    numbers: &[u32],
    words: impl Iterator<Item = u64>,
    columns: &[QuantileView<'_>],
) {
    let (first, quantiles) = (columns[0].quantiles, together::<N>(columns));
    for_each_row(numbers, words, first, |number, word| {
        let quantiles = quantiles.get(number);
        for (lane, quantile) in quantiles.into_iter().enumerate() {
            bins[usize::from(quantile >> SHIFT)][lane] += word;
        }
    });
}

/// The best cuts of a group, the words left of them, and the number of bins with a row.
#[derive(Default)]
struct GroupFound {
    best: LaneBest,
    words: [u64; LANES],
    used: [u64; LANES],
    /// Whether rows were counted beside the words.
    has_rows: bool,
}

impl<I: Iterator<Item = u64> + Clone> Loop for Fill<'_, I> {
    type Out = GroupFound;

    #[inline(always)]
    fn run<W: Wide>(self) -> GroupFound {
        let Self { layout, measure, numbers, words, columns, bins, rows, least_rows } = self;
        let Some(first) = columns.first() else { return GroupFound::default() };
        let (last, count) =
            (first.missing_bin(), columns.iter().map(|column| column.count).max().unwrap_or(0));
        bins[..=last].fill([0; LANES]);
        let counts_rows = least_rows > 1 && layout.rows_shift.is_none();
        if counts_rows {
            rows[..=last].fill([0; LANES]);
        }
        // As constants, lest every row asks.
        if first.is_coarse {
            add_up::<COARSE_SHIFT>(bins, numbers, words, columns);
            if counts_rows {
                add_up::<COARSE_SHIFT>(rows, numbers, std::iter::repeat(1), columns);
            }
        } else {
            add_up::<0>(bins, numbers, words, columns);
            if counts_rows {
                add_up::<0>(rows, numbers, std::iter::repeat(1), columns);
            }
        }
        let (mut sums, mut left_rows) = (W::all_whole(0), W::all_whole(0));
        let mut lanes = Lanes::<W>::new(layout, measure);
        let (zero, one, all_rows) = (W::all_whole(0), W::all_whole(1), W::all_whole(measure.rows));
        let limit = W::all_whole(least_rows.saturating_sub(1));
        let mut used = zero;
        for place in (0..count.min(last)).chain([last]) {
            if bins[place] == [0; LANES] {
                continue;
            }
            let bin = W::of_bits(bins[place]);
            sums = sums.add_whole(bin);
            let has_rows = bin.above_whole(zero);
            used = used.add_whole(has_rows.and(one));
            let mut allowed = has_rows;
            if least_rows > 1 {
                left_rows = match layout.rows_shift {
                    Some(shift) => sums.shift_right(shift),
                    None => left_rows.add_whole(W::of_bits(rows[place])),
                };
                let right_rows = all_rows.sub_whole(left_rows);
                allowed = allowed.and(left_rows.above_whole(limit)).and(right_rows.above_whole(limit));
            }
            lanes.offer(place as u64, allowed, sums);
        }
        GroupFound {
            best: lanes.best(),
            words: lanes.sums().bits(),
            used: used.bits(),
            has_rows: counts_rows,
        }
    }
}
