//! The best threshold of a large node: first between quantiles, then exactly around the best of them.

use super::best_cut::better;
use super::{Constant, MissingSide, Offer, Place, SplitSearch};
use crate::coarse_table::CoarseColumn;
use crate::feature_view::FeatureView;
use crate::impurity::{Cut, Impurity, NodeRows};

/// Quantiles that must have rows for the best cut to be near the best one between them.
const LEAST_QUANTILES: usize = 16;

/// Adds up the rows per quantile. Whether so many quantiles have rows that the best cut can be told from them.
pub(super) fn tells<I: Impurity>(
    impurity: &mut I,
    view: FeatureView<'_>,
    column: CoarseColumn<'_>,
    node: NodeRows<'_, I::Row>,
) -> Result<bool, Constant> {
    impurity.fill_quantiles(node.numbers, column);
    let used = impurity.used_bins();
    match view.bins() {
        // Each quantile is one value.
        Some(_) if used < 2 => Err(Constant),
        Some(_) => Ok(true),
        None => Ok(used >= LEAST_QUANTILES),
    }
}

/// The best cut between two quantiles.
pub(super) fn best<I: Impurity>(impurity: &mut I, view: FeatureView<'_>, least_rows: u32) -> Option<Offer> {
    let has_missing = impurity.last_bin_used();
    let right = impurity.scan_bins(false, least_rows);
    let left = if has_missing { impurity.scan_bins(true, least_rows) } else { None };
    let place = if view.bins().is_some() { Place::Threshold(None) } else { Place::Quantiles };
    better(right, left, has_missing).map(|(cut, missing)| Offer { cut, missing, place })
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// The best cut between the values of the two quantiles between which the best one lies.
    pub(super) fn refine(&mut self, feature: u32, node: NodeRows<'_, I::Row>, offer: Offer) -> Option<Offer> {
        let Self { columns, coarse, params, impurity, scratch, .. } = self;
        let column = coarse.column(feature as usize)?;
        let Cut { left, right, .. } = offer.cut;
        scratch.numbers.clear();
        scratch.numbers.extend(node.numbers.iter().copied().filter(|&number| {
            let code = u32::from(column.code(number));
            (code == left) | (code == right)
        }));
        let entries = columns[feature as usize].view().in_order(&scratch.numbers, &mut scratch.sort);
        let missing_left = offer.missing == MissingSide::Left;
        let least_rows = params.min_samples_leaf as u32;
        let cut = impurity.scan_between(left as usize, missing_left, entries, node.table, least_rows)?;
        let last = entries[entries.partition_point(|entry| entry.code <= cut.left) - 1];
        Some(Offer { cut, place: Place::InQuantile(column.code(last.number)), ..offer })
    }
}
