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
}

/// Where a cut stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Between two values; where it is not drawn, in the middle.
    Threshold(Option<f32>),
    /// Between two values of this quantile and the next one with a row.
    InQuantile(u8),
    /// Between two quantiles; between which values is still to be found.
    Quantiles,
    /// Between the levels of a category as the scratch has them; this is their number.
    Levels(u32),
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
            Ahead::Lane { group, lane } if column == Column::Numeric => {
                if let Some(found) = scratch.lanes[group].found(lane) {
                    let place = Place::Threshold(None);
                    return Ok(found?.map(|(cut, missing)| Offer { cut, missing, place }));
                }
            }
            Ahead::Quantiles { slot } => {
                let quantiles = table.quantiles(feature as usize, node.len());
                if quantile_cut::tells(impurity, slot, quantiles)? {
                    return Ok(quantile_cut::best(impurity, slot, quantiles, least_rows));
                }
            }
            _ => {}
        }
        let offer = match (column, params.random_thresholds) {
            (Column::Numeric, false) => scratch
                .best_cut(impurity, view, node, least_rows)?
                .map(|(cut, missing)| (cut, missing, Place::Threshold(None))),
            (Column::Numeric, true) => scratch
                .random_cut(impurity, view, node, least_rows, random)?
                .map(|(cut, missing, threshold)| (cut, missing, Place::Threshold(Some(threshold)))),
            (Column::Category { levels: count }, random_subset) => {
                let subset = if random_subset {
                    scratch.random_subset(impurity, levels, view, node, least_rows, random)
                } else {
                    scratch.best_subset(impurity, levels, view, node, least_rows)
                };
                subset?.map(|(cut, missing)| (cut, missing, Place::Levels(count)))
            }
        };
        Ok(offer.map(|(cut, missing, place)| Offer { cut, missing, place }))
    }
}
