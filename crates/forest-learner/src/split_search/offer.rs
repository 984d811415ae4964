//! The best way that one feature offers to divide the rows of a node.

use forest::Column;

use super::ahead::Ahead;
use super::{Constant, SplitSearch, quantile_cut};
use crate::impurity::{Cut, Impurity, NodeRows};
use crate::random::TreeRandom;

/// A way to divide the rows.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub(super) cut: Cut,
    pub(super) missing: MissingSide,
    pub(super) place: Place,
    /// What the place says more of. Beside it, not in it: a processor waits for a number that was written in two parts, and
    /// each feature of each node makes an offer.
    pub(super) detail: u32,
}

/// Where a cut stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In the middle between two values.
    Middle,
    /// Between two values, at the threshold whose bits are the detail.
    Drawn,
    /// Between two quantiles; between which values is still to be found.
    Quantiles,
    /// Between the levels of a category as the scratch has them; the detail is their number.
    Levels,
}

/// Where rows without a value go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingSide {
    Left,
    Right,
    /// The node has none: they follow the heavier side.
    Unknown,
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// What a feature offers, with what is known of it ahead; `None` when no cut leaves enough rows on both sides.
    pub(super) fn offer(
        &mut self,
        feature: u32,
        node: NodeRows<'_, I::Row>,
        ahead: Ahead,
        random: &mut TreeRandom,
    ) -> Result<Option<Offer>, Constant> {
        let Self { table, block, params, impurity, scratch, levels, .. } = self;
        let table = table.of_rows(block.get());
        let column = table.column(feature as usize);
        let view = table.codes(feature as usize);
        let least_rows = params.min_samples_leaf as u32;
        impurity.constrain(params.direction(feature as usize));
        match ahead {
            Ahead::Lane { group, lane } => {
                if let Some(found) = scratch.lanes[usize::from(group)].found(lane.into()) {
                    let place = Place::Middle;
                    return Ok(found?.map(|(cut, missing)| Offer { cut, missing, place, detail: 0 }));
                }
            }
            Ahead::Quantiles { slot } => {
                let quantiles = table.quantiles(feature as usize, node.len());
                if quantile_cut::tells(impurity, slot.into(), quantiles)? {
                    return Ok(quantile_cut::best(impurity, slot.into(), quantiles, least_rows));
                }
            }
            _ => {}
        }
        let offer = match (column, ahead, params.random_thresholds) {
            (Column::Category { levels: count }, Ahead::Subset, random_subset) => {
                let subset = if random_subset {
                    scratch.random_subset(impurity, levels, view, node, least_rows, random)
                } else {
                    scratch.best_subset(impurity, levels, view, node, least_rows)
                };
                subset?.map(|(cut, missing)| (cut, missing, Place::Levels, count))
            }
            (_, _, false) => scratch
                .best_cut(impurity, view, node, least_rows)?
                .map(|(cut, missing)| (cut, missing, Place::Middle, 0)),
            (_, _, true) => scratch
                .random_cut(impurity, view, node, least_rows, random)?
                .map(|(cut, missing, threshold)| (cut, missing, Place::Drawn, threshold.to_bits())),
        };
        Ok(offer.map(|(cut, missing, place, detail)| Offer { cut, missing, place, detail }))
    }
}
