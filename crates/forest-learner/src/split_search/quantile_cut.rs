//! The best threshold of a large node: first between quantiles, then exactly around the best of them.

use super::best_cut::better;
use super::{Constant, MissingSide, Offer, Place, Scratch, SplitSearch};
use crate::feature_view::{MISSING, QuantileView};
use crate::impurity::{Cut, Impurity, NodeRows};

/// Quantiles that must have rows for the best cut to be near the best one between them.
const LEAST_QUANTILES: usize = 16;

/// Whether so many quantiles of a slot have rows that the best cut can be told from them.
pub(super) fn tells<I: Impurity>(
    impurity: &I,
    slot: usize,
    column: QuantileView<'_>,
) -> Result<bool, Constant> {
    let used = impurity.used_bins(slot);
    if column.codes.is_some() && used < 2 {
        return Err(Constant);
    }
    Ok(column.codes.is_some() || used >= LEAST_QUANTILES)
}

/// The best cut between two quantiles of a slot.
pub(super) fn best<I: Impurity>(
    impurity: &mut I,
    slot: usize,
    column: QuantileView<'_>,
    least_rows: u32,
) -> Option<Offer> {
    let has_missing = impurity.last_bin_used(slot);
    let right = impurity.scan_bins(slot, false, least_rows);
    let left = if has_missing { impurity.scan_bins(slot, true, least_rows) } else { None };
    let (cut, missing) = better(right, left, has_missing)?;
    let Some(codes) = column.codes else {
        return Some(Offer { cut, missing, place: Place::Quantiles, detail: 0 });
    };
    let right = if cut.right as usize == column.missing_bin() { MISSING } else { codes.code(cut.right) };
    let cut = Cut { left: codes.code(cut.left), right, ..cut };
    Some(Offer { cut, missing, place: Place::Middle, detail: 0 })
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// The best cut between the values of the two quantiles between which the best one lies.
    pub(super) fn refine(&mut self, feature: u32, node: NodeRows<'_, I::Row>, offer: Offer) -> Option<Offer> {
        let Self { table, block, params, impurity, scratch, .. } = self;
        let table = table.of_rows(block.get());
        let column = table.quantiles(feature as usize, node.len());
        let Scratch { numbers, sort, sides, .. } = scratch;
        let Cut { left, right, .. } = offer.cut;
        let missing_left = offer.missing == MissingSide::Left;
        sides.divide(column, [left, right], missing_left, node.numbers, numbers);
        let view = table.codes(feature as usize);
        let entries = view.in_order(numbers, sort);
        let last = missing_left.then_some(column.missing_bin());
        let least_rows = params.min_samples_leaf as u32;
        let cut = impurity.scan_between(left as usize, last, entries, node.table, least_rows)?;
        sides.decide(view.codes, cut.left, numbers);
        Some(Offer { cut, place: Place::Middle, ..offer })
    }
}
