//! The search for the best split of a node among features drawn at random.

use forest::Column;

use crate::coded_table::{Cells, CodedTable};
use crate::feature_view::{FeatureView, MISSING, MISSING_QUANTILE, value};
use crate::impurity::{Bounds, Cut, Impurity, MOST_SORTED, NodeRows, NodeSums, SLOTS};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::row_sort::RowSort;
use crate::wide::LANES;

mod best_cut;
mod lane_cut;
mod levels;
mod quantile_cut;
mod random_cut;

use lane_cut::{LaneCuts, LaneScratch};
use levels::LevelScratch;

/// Most bytes of a block.
const BLOCK_BYTES: usize = 1 << 18;

/// How the rows of a node are divided.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    pub(crate) feature: u32,
    /// Decrease of impurity times the weight of the node.
    pub(crate) gain: f64,
    pub(crate) missing_right: bool,
    pub(crate) by: SplitBy,
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
}

/// All rows of the node have one code.
#[derive(Clone, Copy)]
struct Constant;

/// How the features of a node are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// One after the other.
    OneByOne,
    /// Several at once, each in the order of its codes.
    Lanes,
    /// Several at once, added up per quantile.
    Quantiles,
}

/// What is known of a feature before it is looked at alone.
#[derive(Clone, Copy)]
enum Ahead {
    Nothing,
    /// Its cut stands in a lane of a group.
    Lane {
        group: usize,
        lane: usize,
    },
    /// Its rows are added up in the bins of a slot.
    Quantiles {
        slot: usize,
    },
}

/// A way to divide the rows.
#[derive(Clone, Copy)]
struct Offer {
    cut: Cut,
    missing: MissingSide,
    place: Place,
}

/// Where a cut stands.
#[derive(Debug, Clone, Copy)]
enum Place {
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
enum MissingSide {
    Left,
    Right,
    /// The node has none: they follow the heavier side.
    Unknown,
}

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
                                    self.impurity.keep_bins(slot, offer.missing == MissingSide::Left);
                                }
                                (Place::Levels(_), _) => self.levels.keep(),
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

    /// How the features of a node are looked at.
    fn way(&mut self, node: NodeRows<'_, I::Row>) -> Way {
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
    fn look_ahead(&mut self, drawn: &[u32], node: NodeRows<'_, I::Row>, way: Way) -> [Ahead; SLOTS] {
        let Self { table, block, params, impurity, scratch, .. } = self;
        let table = table.of_rows(block.get());
        let mut ahead = [Ahead::Nothing; SLOTS];
        match way {
            Way::OneByOne => {}
            Way::Lanes => {
                let groups = drawn.chunks(LANES).zip(&mut scratch.lanes).zip(ahead.chunks_mut(LANES));
                for (group, ((drawn, cuts), ahead)) in groups.enumerate() {
                    // A lane beyond the last feature repeats it.
                    let feature = |lane: usize| drawn[lane.min(drawn.len() - 1)] as usize;
                    let codes = std::array::from_fn(|lane| table.codes(feature(lane)).codes);
                    let least_rows = params.min_samples_leaf;
                    *cuts = lane_cut::best(impurity, codes, node, least_rows, &mut scratch.lane_scratch);
                    for (lane, ahead) in ahead.iter_mut().enumerate() {
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
                    if may_tell && table.column(feature as usize) == Column::Numeric {
                        *ahead = Ahead::Quantiles { slot: slots };
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

    /// Writes for each row of the node whether it goes left.
    pub(crate) fn sides(&self, split: &Split, numbers: &[u32], goes_left: &mut Vec<bool>) {
        let table = self.table.of_rows(self.block.get());
        let view = table.codes(split.feature as usize);
        let missing_left = !split.missing_right;
        goes_left.clear();
        match &split.by {
            &SplitBy::Threshold { code: last, quantile: Some(quantile), .. } => {
                let column = table.quantiles(split.feature as usize, numbers.len());
                goes_left.extend(numbers.iter().map(|&number| {
                    let own = column.quantiles.get(number);
                    if own == quantile {
                        view.codes.get(number) <= last
                    } else {
                        own < quantile || missing_left && own == MISSING_QUANTILE
                    }
                }));
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

    fn offer(
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

    fn split(&self, feature: u32, offer: Offer, sums: NodeSums) -> Split {
        let Offer { cut, missing, place } = offer;
        let heavier_right = cut.left_weight * 2.0 < sums.weight;
        let missing_right = match missing {
            MissingSide::Left => false,
            MissingSide::Right => true,
            MissingSide::Unknown => heavier_right,
        };
        let by = match place {
            Place::Levels(levels) => SplitBy::Levels(self.levels.set(levels, !heavier_right)),
            Place::Threshold(_) | Place::InQuantile(_) | Place::Quantiles => {
                let middle = || self.table.threshold(feature as usize, cut.left, cut.right);
                let (threshold, quantile) = match place {
                    Place::Threshold(Some(drawn)) => (drawn, None),
                    Place::InQuantile(quantile) => (middle(), Some(quantile)),
                    _ => (middle(), None),
                };
                SplitBy::Threshold { code: cut.left, threshold, quantile }
            }
        };
        Split { feature, gain: cut.gain, missing_right, by }
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
