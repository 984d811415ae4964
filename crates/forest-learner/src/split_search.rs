//! The search for the best split of a node among features drawn at random.

use crate::coded_table::{Cells, CodedTable};
use crate::feature_view::FeatureView;
use crate::impurity::{Bounds, Impurity, NodeRows, NodeSums, SLOTS};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::row_sort::RowSort;
use crate::wide::LANES;

mod ahead;
mod best_cut;
mod lane_cut;
mod levels;
mod offer;
mod quantile_cut;
mod random_cut;
mod sides;
mod split;

use ahead::{Ahead, Way};
use lane_cut::{LaneCuts, LaneScratch};
use levels::LevelScratch;
use offer::{MissingSide, Offer, Place};
use sides::Sides;
pub(crate) use split::{Split, SplitBy};

/// Most bytes of a block.
const BLOCK_BYTES: usize = 1 << 18;

/// The search with its buffers, for one tree after the other.
pub(crate) struct SplitSearch<'a, I> {
    table: &'a CodedTable,
    block: Block,
    params: &'a ResolvedParams,
    impurity: I,
    /// All features; those known to be constant on the branch first, then those drawn.
    features: Vec<u32>,
    scratch: Scratch,
    levels: LevelScratch,
}

/// The rows of a node close together, for all nodes below it.
struct Block {
    cells: Cells,
    /// Whether the numbers of rows are those in the block.
    is_used: bool,
}

impl Block {
    fn get(&self) -> Option<&Cells> {
        self.is_used.then_some(&self.cells)
    }
}

/// Buffers for the rows of a node.
#[derive(Default)]
struct Scratch {
    codes: Vec<u32>,
    numbers: Vec<u32>,
    sort: RowSort,
    lane_scratch: LaneScratch,
    lanes: [LaneCuts; SLOTS / LANES],
    sides: Sides,
}

/// All rows of the node have one code.
#[derive(Clone, Copy)]
struct Constant;

impl<'a, I: Impurity> SplitSearch<'a, I> {
    pub(crate) fn new(table: &'a CodedTable, params: &'a ResolvedParams, impurity: I) -> Self {
        Self {
            table,
            block: Block { cells: Cells::new(0, table.features()), is_used: false },
            params,
            impurity,
            features: Vec::new(),
            scratch: Scratch::default(),
            levels: LevelScratch::default(),
        }
    }

    /// Takes up the features in the order that a branch has brought them into, so that what follows depends on the branch
    /// and its random stream alone.
    pub(crate) fn begin_branch(&mut self, features: &[u32]) {
        self.features.clear();
        self.features.extend_from_slice(features);
    }

    /// All features in their order at the node that was searched last.
    pub(crate) fn features(&self) -> &[u32] {
        &self.features
    }

    /// Writes what a leaf with these rows answers.
    pub(crate) fn answer(&self, node: NodeRows<'_, I::Row>, answer: &mut [f64]) {
        self.impurity.answer(node, answer);
    }

    /// Most rows of a block: so many that it stays in the second level of cache.
    pub(crate) fn block_rows(&self) -> usize {
        BLOCK_BYTES / (self.table.features() * (size_of::<u32>() + size_of::<u8>()))
    }

    /// Lays these rows close together: in the nodes below they are numbered from 0.
    pub(crate) fn lay_block(&mut self, numbers: &[u32]) {
        self.table.copy_rows(numbers, &mut self.block.cells);
    }

    /// Tells whether the numbers of the rows that follow are those in the block.
    pub(crate) fn use_block(&mut self, is_used: bool) {
        self.block.is_used = is_used;
    }

    /// Takes up the bounds of a node, before it is begun or answers.
    pub(crate) fn bound(&mut self, bounds: Bounds) {
        self.impurity.bound(bounds);
    }

    /// Takes up the sums of a node.
    pub(crate) fn begin(&mut self, node: NodeRows<'_, I::Row>) -> NodeSums {
        self.impurity.begin(node)
    }

    /// The best split of the node that was begun, and the number of features known to be constant in it, of which
    /// there were `constants` before.
    ///
    /// Features are drawn until `max_features` of them were not constant, or none is left.
    pub(crate) fn find(
        &mut self,
        node: NodeRows<'_, I::Row>,
        sums: NodeSums,
        mut constants: usize,
        random: &mut TreeRandom,
    ) -> (Option<Split>, usize) {
        self.forget_sides();
        let way = self.way(node);
        let mut best: Option<(u32, Offer)> = None;
        let mut tried = 0;
        let mut next = constants;
        while tried < self.params.max_features && next < self.features.len() {
            let left = self.features.len() - next;
            let count = match way {
                Way::OneByOne => 1,
                Way::Lanes => left.min(self.params.max_features - tried).min(SLOTS),
                Way::Quantiles => left.min(self.params.max_features - tried).min(I::QUANTILE_SLOTS),
            };
            let mut drawn = [0; SLOTS];
            for (place, drawn) in drawn[..count].iter_mut().enumerate() {
                self.features.swap(next + place, next + place + random.below((left - place) as u32) as usize);
                *drawn = self.features[next + place];
            }
            let drawn = &drawn[..count];
            let ahead = self.look_ahead(drawn, node, way);
            if way == Way::Lanes && lane_cut::are_plain(&self.scratch.lanes, &ahead[..count]) {
                let above = best.map_or(f64::NEG_INFINITY, |(_, offer)| offer.cut.gain);
                if let Some((lane, cut)) = lane_cut::best_lane(&self.scratch.lanes, count, above) {
                    let (missing, place) = (MissingSide::Unknown, Place::Middle);
                    best = Some((drawn[lane], Offer { cut, missing, place, detail: 0 }));
                }
                (tried, next) = (tried + count, next + count);
                continue;
            }
            for (&feature, ahead) in drawn.iter().zip(ahead) {
                match self.offer(feature, node, ahead, random) {
                    Err(Constant) => {
                        self.features.swap(constants, next);
                        constants += 1;
                    }
                    Ok(offer) => {
                        tried += 1;
                        let above = best.map_or(f64::NEG_INFINITY, |(_, offer)| offer.cut.gain);
                        if let Some(offer) = offer.filter(|offer| offer.cut.gain > above) {
                            match (offer.place, ahead) {
                                (Place::Quantiles, Ahead::Quantiles { slot }) => {
                                    self.impurity.keep_bins(slot.into(), offer.missing == MissingSide::Left);
                                }
                                (Place::Levels, _) => self.levels.keep(),
                                _ => {}
                            }
                            best = Some((feature, offer));
                        }
                    }
                }
                next += 1;
            }
            if node.len() == 2 && best.is_some() {
                break;
            }
        }
        let split = best.and_then(|(feature, offer)| {
            let to_refine = matches!(offer.place, Place::Quantiles);
            let offer = if to_refine { self.refine(feature, node, offer)? } else { offer };
            Some(self.split(feature, offer, sums))
        });
        (split, constants)
    }
}

impl Scratch {
    /// Fetches the codes of the rows and returns the smallest and the largest.
    #[inline(always)]
    fn gather(&mut self, view: FeatureView<'_>, numbers: &[u32]) -> (u32, u32) {
        self.codes.clear();
        self.codes.extend(numbers.iter().map(|&number| view.codes.get(number)));
        self.codes.iter().fold((u32::MAX, 0), |(least, most), &code| (least.min(code), most.max(code)))
    }
}
