//! What divides the rows of a node, made of the best offer.

use super::offer::{MissingSide, Offer, Place};
use super::{SplitSearch, levels};
use crate::feature_view::{MISSING, MISSING_QUANTILE, value};
use crate::impurity::{Impurity, NodeSums};
use crate::row_major::for_each_row;

/// How the rows of a node are divided.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    pub(crate) feature: u32,
    /// Decrease of impurity times the weight of the node.
    pub(crate) gain: f64,
    pub(crate) missing_right: bool,
    pub(crate) by: SplitBy,
    /// The levels that go left, where their places in an order are split.
    pub(crate) ordered: Option<Vec<u32>>,
}

/// What decides the side of a row that has a value.
#[derive(Debug, Clone)]
pub(crate) enum SplitBy {
    /// Codes up to `code` go left; as values, those up to `threshold`. With a quantile, all of the quantiles below go
    /// left, and none of those above.
    Threshold { code: u32, threshold: f32, quantile: Option<u8> },
    /// Levels whose bit is set go left.
    Levels(Vec<u32>),
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// Writes for each row of the node whether it goes left.
    pub(crate) fn sides(&self, split: &Split, numbers: &[u32], goes_left: &mut Vec<bool>) {
        let table = self.table.of_rows(self.block.get());
        let view = table.codes(split.feature as usize);
        let missing_left = !split.missing_right;
        goes_left.clear();
        match &split.by {
            &SplitBy::Threshold { code: last, quantile: Some(quantile), .. } => {
                let column = table.quantiles(split.feature as usize, numbers.len());
                goes_left.resize(numbers.len(), false);
                for_each_row(numbers, goes_left.iter_mut(), column.quantiles, |number, goes_left| {
                    let own = column.quantiles.get(number);
                    *goes_left = if own == quantile {
                        view.codes.get(number) <= last
                    } else {
                        (own < quantile) | (missing_left & (own == MISSING_QUANTILE))
                    };
                });
            }
            &SplitBy::Threshold { code: last, .. } => goes_left.extend(numbers.iter().map(|&number| {
                let code = view.codes.get(number);
                (code <= last) | (missing_left & (code == MISSING))
            })),
            SplitBy::Levels(set) => goes_left.extend(numbers.iter().map(|&number| {
                let code = view.codes.get(number);
                if code == MISSING { missing_left } else { levels::holds(set, value(code) as u32) }
            })),
        }
    }

    /// The split that an offer stands for.
    pub(super) fn split(&self, feature: u32, offer: Offer, sums: NodeSums) -> Split {
        let Offer { cut, missing, place, detail } = offer;
        let heavier_right = cut.left_weight * 2.0 < sums.weight;
        let missing_right = match missing {
            MissingSide::Left => false,
            MissingSide::Right => true,
            MissingSide::Unknown => heavier_right,
        };
        let by = match place {
            Place::Levels => SplitBy::Levels(self.levels.set(detail, !heavier_right)),
            Place::Drawn => {
                SplitBy::Threshold { code: cut.left, threshold: f32::from_bits(detail), quantile: None }
            }
            Place::Middle | Place::InQuantile | Place::Quantiles => SplitBy::Threshold {
                code: cut.left,
                threshold: self.table.threshold(feature as usize, cut.left, cut.right),
                quantile: matches!(place, Place::InQuantile).then_some(detail as u8),
            },
        };
        let order = self.table.order(feature as usize);
        let ordered = order.map(|order| match &by {
            &SplitBy::Threshold { threshold, .. } => order.up_to(threshold, !heavier_right),
            SplitBy::Levels(places) => order.of_places(places),
        });
        Split { feature, gain: cut.gain, missing_right, by, ordered }
    }
}
