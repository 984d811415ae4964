//! The weights of the classes per quantile, of four features.

use super::ClassOfRow;
use super::lanes::Lanes;
use super::sums::{BITS, ONE_ROW, Sums, fields};
use crate::feature_view::{COARSE_SHIFT, QuantileView, together};
use crate::impurity::{LaneBest, NodeRows};
use crate::row_major::for_each_row;
use crate::wide::{LANES, Loop, Wide};

/// Places for the quantiles of a column and for missing.
pub(super) const BINS: usize = 256;

/// The bins of four features.
pub(super) type Group<const WORDS: usize> = [[[u64; LANES]; WORDS]; BINS];

/// Adds up rows per quantile and finds the best cuts between the quantiles.
pub(super) struct Quantiles<'a, const WORDS: usize> {
    pub(super) node: &'a Sums<WORDS>,
    pub(super) rows: NodeRows<'a, ClassOfRow>,
    pub(super) columns: &'a [QuantileView<'a>],
    pub(super) bins: &'a mut Group<WORDS>,
    pub(super) least_rows: u64,
}

impl<const WORDS: usize> Loop for Quantiles<'_, WORDS> {
    /// The best cuts, and the number of bins with a row.
    type Out = (LaneBest, [u64; LANES]);

    #[inline(always)]
    fn run<W: Wide>(self) -> Self::Out {
        let Self { node, rows, columns, bins, least_rows } = self;
        let Some(first) = columns.first() else { return (LaneBest::default(), [0; LANES]) };
        let (last, count) =
            (first.missing_bin(), columns.iter().map(|column| column.count).max().unwrap_or(0));
        bins[..=last].fill([[0; LANES]; WORDS]);
        // As constants, lest every row asks.
        if first.is_coarse {
            add_up::<COARSE_SHIFT, WORDS>(bins, rows, columns);
        } else {
            add_up::<0, WORDS>(bins, rows, columns);
        }
        let mut lanes = Lanes::<W, WORDS>::new(fields(node), BITS);
        let (zero, one) = (W::all_whole(0), W::all_whole(1));
        let mut used = zero;
        let limit = W::all_whole(least_rows.saturating_sub(1) << (2 * BITS) | (ONE_ROW - 1));
        let node_rows = W::all_whole(node[WORDS - 1]);
        for place in (0..count.min(last)).chain([last]) {
            let bin = bins[place];
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
                let left = lanes.last_word();
                let right = node_rows.sub_whole(left);
                allowed = allowed.and(left.above_whole(limit)).and(right.above_whole(limit));
            }
            lanes.offer(place as u64, allowed);
        }
        (lanes.best(), used.bits())
    }
}

/// Adds rows to the bins of their quantiles.
#[inline(always)]
fn add_up<const SHIFT: u32, const WORDS: usize>(
    bins: &mut Group<WORDS>,
    rows: NodeRows<'_, ClassOfRow>,
    columns: &[QuantileView<'_>],
) {
    // As constants, lest every row asks how many features there are.
    match columns.len() {
        0 => {}
        1 => add_together::<SHIFT, WORDS, 1>(bins, rows, columns),
        2 => add_together::<SHIFT, WORDS, 2>(bins, rows, columns),
        3 => add_together::<SHIFT, WORDS, 3>(bins, rows, columns),
        _ => add_together::<SHIFT, WORDS, LANES>(bins, rows, columns),
    }
}

#[inline(always)]
fn add_together<const SHIFT: u32, const WORDS: usize, const N: usize>(
    bins: &mut Group<WORDS>,
    rows: NodeRows<'_, ClassOfRow>,
    columns: &[QuantileView<'_>],
) {
    let (first, quantiles) = (columns[0].quantiles, together::<N>(columns));
    for_each_row(rows.numbers, rows.rows.iter(), first, |number, row| {
        let (quantiles, word, part) = (quantiles.get(number), usize::from(row.word) % WORDS, row.part());
        for (lane, quantile) in quantiles.into_iter().enumerate() {
            let bin = &mut bins[usize::from(quantile >> SHIFT)];
            bin[word][lane] += part;
            bin[WORDS - 1][lane] += ONE_ROW;
        }
    });
}
