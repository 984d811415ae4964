//! What divides the rows of a node, made of the best offer.

use super::SplitSearch;
use super::offer::{MissingSide, Offer, Place};
use crate::impurity::{Impurity, NodeSums};

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
    /// Codes up to `code` go left; as values, those up to `threshold`.
    Threshold { code: u32, threshold: f32 },
    /// Levels whose bit is set go left.
    Levels(Vec<u32>),
}

impl<I: Impurity> SplitSearch<'_, I> {
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
            Place::Drawn => SplitBy::Threshold { code: cut.left, threshold: f32::from_bits(detail) },
            Place::Middle | Place::Quantiles => SplitBy::Threshold {
                code: cut.left,
                threshold: self.table.threshold(feature as usize, cut.left, cut.right),
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
