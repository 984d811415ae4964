//! The search for the best split of a node among features drawn at random.

use forest::Column;

use crate::coded_table::CodedTable;
use crate::feature_view::{FeatureView, MISSING, value};
use crate::impurity::{Bounds, Cut, Impurity, NodeRows, NodeSums};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::row_sort::RowSort;

mod best_cut;
mod levels;
mod quantile_cut;
mod random_cut;

use levels::LevelScratch;

/// Rows from which a node is added up per quantile.
const COARSE_ROWS: usize = 160;

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
    params: &'a ResolvedParams,
    impurity: I,
    /// All features; those known to be constant on the branch first, then those drawn.
    features: Vec<u32>,
    scratch: Scratch,
    levels: LevelScratch,
}

/// Buffers for the rows of a node.
#[derive(Default)]
struct Scratch {
    codes: Vec<u32>,
    numbers: Vec<u32>,
    sort: RowSort,
}

/// All rows of the node have one code.
struct Constant;

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
            params,
            impurity,
            features: Vec::new(),
            scratch: Scratch::default(),
            levels: LevelScratch::default(),
        }
    }

    /// Forgets what the last tree left behind, so that a tree depends on its own random stream alone.
    pub(crate) fn begin_tree(&mut self) {
        self.features.clear();
        self.features.extend(0..self.table.features() as u32);
    }

    /// Writes what a leaf with these rows answers.
    pub(crate) fn answer(&self, node: NodeRows<'_, I::Row>, answer: &mut [f64]) {
        self.impurity.answer(node, answer);
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
        let coarse = I::SCANS_QUANTILES && node.len() >= COARSE_ROWS && !self.params.random_thresholds;
        if coarse {
            self.impurity.line_up(node);
        }
        let mut best: Option<(u32, Offer)> = None;
        let mut tried = 0;
        let mut next = constants;
        while tried < self.params.max_features && next < self.features.len() {
            let left = (self.features.len() - next) as u32;
            self.features.swap(next, next + random.below(left) as usize);
            let feature = self.features[next];
            let above = best.map_or(f64::NEG_INFINITY, |(_, offer)| offer.cut.gain);
            match self.offer(feature, node, coarse, above, random) {
                Err(Constant) => {
                    self.features.swap(constants, next);
                    constants += 1;
                }
                Ok(offer) => {
                    tried += 1;
                    if let Some(offer) = offer.filter(|offer| offer.cut.gain > above) {
                        match offer.place {
                            Place::Quantiles => self.impurity.keep_bins(),
                            Place::Levels(_) => self.levels.keep(),
                            Place::Threshold(_) | Place::InQuantile(_) => {}
                        }
                        best = Some((feature, offer));
                    }
                    // Every feature parts two rows in the one possible way.
                    if node.len() == 2 && best.is_some() {
                        break;
                    }
                }
            }
            next += 1;
        }
        let split = best.and_then(|(feature, offer)| {
            let to_refine = matches!(offer.place, Place::Quantiles);
            let offer = if to_refine { self.refine(feature, node, offer)? } else { offer };
            Some(self.split(feature, offer, sums))
        });
        (split, constants)
    }

    /// Writes for each row of the node whether it goes left.
    pub(crate) fn sides(&self, split: &Split, numbers: &[u32], goes_left: &mut Vec<bool>) {
        let view = self.table.view(split.feature as usize);
        let missing_left = !split.missing_right;
        goes_left.clear();
        match &split.by {
            &SplitBy::Threshold { code: last, quantile: Some(quantile), .. } => {
                let column = self.table.quantiles(split.feature as usize);
                goes_left.extend(numbers.iter().map(|&number| {
                    let own = column.quantiles.get(number);
                    if own == quantile {
                        view.codes.get(number) <= last
                    } else {
                        own < quantile || missing_left && usize::from(own) == column.count
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
        coarse_node: bool,
        above: f64,
        random: &mut TreeRandom,
    ) -> Result<Option<Offer>, Constant> {
        let Self { table, params, impurity, scratch, levels, .. } = self;
        let column = table.column(feature as usize);
        let view = table.view(feature as usize);
        let least_rows = params.min_samples_leaf as u32;
        impurity.constrain(params.direction(feature as usize));
        if coarse_node && column == Column::Numeric {
            let quantiles = table.quantiles(feature as usize);
            let may_tell = params.quantiles_first || quantiles.codes.is_some();
            if may_tell && quantile_cut::tells(impurity, quantiles, node)? {
                return Ok(quantile_cut::best(impurity, quantiles, least_rows));
            }
        }
        let offer = match (column, params.random_thresholds) {
            (Column::Numeric, false) => scratch
                .best_cut(impurity, view, node, least_rows, above)?
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
