//! The work that the features of a node share, done before each of them is looked at alone.

use forest::Column;

use super::{SplitSearch, lane_cut};
use crate::impurity::{Impurity, MOST_SORTED, NodeRows, SLOTS};
use crate::wide::LANES;

/// How the features of a node are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One after the other.
    OneByOne,
    /// Several at once, each in the order of its codes.
    Lanes,
    /// Several at once, added up per quantile.
    Quantiles,
}

/// What is known of a feature before it is looked at alone. In few bytes: every node has some.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Nothing,
    /// It is a category whose best subset is looked for in the node.
    Subset,
    /// Its cut stands in a lane of a group.
    Lane {
        group: u8,
        lane: u8,
    },
    /// Its rows are added up in the bins of a slot.
    Quantiles {
        slot: u8,
    },
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// How the features of a node are looked at.
    pub(super) fn way(&mut self, node: NodeRows<'_, I::Row>) -> Way {
        if self.params.random_thresholds || node.len() == 2 {
            Way::OneByOne
        } else if I::SCANS_LANES && node.len() <= MOST_SORTED && self.impurity.fits_lanes() {
            Way::Lanes
        } else if I::SCANS_QUANTILES && node.len() >= I::QUANTILE_ROWS {
            Way::Quantiles
        } else {
            Way::OneByOne
        }
    }

    /// Does the work that several features share.
    pub(super) fn look_ahead(
        &mut self,
        drawn: &[u32],
        node: NodeRows<'_, I::Row>,
        way: Way,
    ) -> [Ahead; SLOTS] {
        let Self { table, block, params, impurity, scratch, levels, .. } = self;
        let table = table.of_rows(block.get());
        let mut ahead = [Ahead::Nothing; SLOTS];
        let categories = if table.has_categories() { drawn } else { &[] };
        for (ahead, &feature) in ahead.iter_mut().zip(categories) {
            let feature = feature as usize;
            let is_category = table.column(feature) != Column::Numeric;
            if is_category
                && (!table.is_ordered(feature) || levels.are_filled(table.codes(feature), node.numbers))
            {
                *ahead = Ahead::Subset;
            }
        }
        match way {
            Way::OneByOne => {}
            Way::Lanes => {
                let groups = drawn.chunks(LANES).zip(&mut scratch.lanes).zip(ahead.chunks_mut(LANES));
                for (group, ((drawn, cuts), ahead)) in (0u8..).zip(groups) {
                    // A lane beyond the last feature repeats it.
                    let feature = |lane: usize| drawn[lane.min(drawn.len() - 1)] as usize;
                    let codes = std::array::from_fn(|lane| table.codes(feature(lane)).codes);
                    let least_rows = params.min_samples_leaf;
                    *cuts = lane_cut::best(impurity, codes, node, least_rows, &mut scratch.lane_scratch);
                    for (lane, ahead) in (0u8..).zip(ahead).filter(|(_, ahead)| **ahead != Ahead::Subset) {
                        *ahead = Ahead::Lane { group, lane };
                    }
                }
            }
            Way::Quantiles => {
                let mut columns = [table.quantiles(drawn[0] as usize, node.len()); SLOTS];
                let mut slots = 0;
                for (ahead, &feature) in ahead.iter_mut().zip(drawn) {
                    let column = table.quantiles(feature as usize, node.len());
                    let may_tell = params.quantiles_first || column.codes.is_some();
                    if may_tell && *ahead != Ahead::Subset {
                        *ahead = Ahead::Quantiles { slot: slots as u8 };
                        columns[slots] = column;
                        slots += 1;
                    }
                }
                if slots > 0 {
                    impurity.fill_quantiles(node, &columns[..slots], params.min_samples_leaf as u32);
                }
            }
        }
        ahead
    }
}
