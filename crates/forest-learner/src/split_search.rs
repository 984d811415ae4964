//! The search for the best split of a node among features drawn at random.

use forest::Column;

use crate::feature_view::{Entry, FeatureView};
use crate::impurity::{Cut, Impurity, NodeRows, NodeSums};
use crate::local_block::{self, LocalBlock};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::rank_sort::RankSort;
use crate::sorted_column::SortedColumn;
use crate::threshold::between;

mod best_cut;
mod levels;
mod random_cut;

use levels::LevelScratch;

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
    /// Codes up to `code` go left; as values, those up to `threshold`.
    Threshold { code: u32, threshold: f32 },
    /// Levels whose bit is set go left.
    Levels(Vec<u32>),
}

/// The search with its buffers, for one tree after the other.
pub(crate) struct SplitSearch<'a, I> {
    columns: &'a [SortedColumn],
    params: &'a ResolvedParams,
    impurity: I,
    /// All features; those known to be constant on the branch first, then those drawn.
    features: Vec<u32>,
    block: LocalBlock,
    scratch: Scratch,
    levels: LevelScratch,
}

/// Buffers for the rows of a node.
#[derive(Default)]
struct Scratch {
    codes: Vec<u32>,
    entries: Vec<Entry>,
    sort: RankSort,
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
    pub(crate) fn new(columns: &'a [SortedColumn], params: &'a ResolvedParams, impurity: I) -> Self {
        Self {
            columns,
            params,
            impurity,
            features: Vec::new(),
            block: LocalBlock::default(),
            scratch: Scratch::default(),
            levels: LevelScratch::default(),
        }
    }

    /// Forgets what the last tree left behind, so that a tree depends on its own random stream alone.
    pub(crate) fn begin_tree(&mut self) {
        self.features.clear();
        self.features.extend(0..self.columns.len() as u32);
    }

    /// Copies the codes of a small node's rows side by side, where that pays. Then the positions in the node stand for
    /// the row numbers.
    pub(crate) fn copy_block(&mut self, numbers: &[u32]) -> bool {
        let pays = local_block::pays(numbers.len(), self.columns.len(), self.params.max_features);
        if pays {
            self.block.copy(self.columns, numbers, &mut self.scratch.sort);
        }
        pays
    }

    /// Writes what a leaf with these rows answers.
    pub(crate) fn answer(&self, node: NodeRows<'_, I::Row>, answer: &mut [f64]) {
        self.impurity.answer(node, answer);
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
        local: bool,
        sums: NodeSums,
        mut constants: usize,
        random: &mut TreeRandom,
    ) -> (Option<Split>, usize) {
        let mut best: Option<Split> = None;
        let mut tried = 0;
        let mut next = constants;
        while tried < self.params.max_features && next < self.features.len() {
            let left = (self.features.len() - next) as u32;
            self.features.swap(next, next + random.below(left) as usize);
            let feature = self.features[next];
            match self.offer(feature, node, local, random) {
                Err(Constant) => {
                    self.features.swap(constants, next);
                    constants += 1;
                }
                Ok(offer) => {
                    tried += 1;
                    if let Some(offer) = offer
                        && best.as_ref().is_none_or(|best| offer.cut.gain > best.gain)
                    {
                        best = Some(self.split(feature, local, offer, sums));
                    }
                    // Every feature parts two rows in the one possible way.
                    if node.len() == 2 && best.is_some() {
                        break;
                    }
                }
            }
            next += 1;
        }
        (best, constants)
    }

    /// Writes for each row of the node whether it goes left.
    pub(crate) fn sides(&self, split: &Split, numbers: &[u32], local: bool, goes_left: &mut Vec<bool>) {
        let view = self.view(split.feature, local);
        let (missing, missing_left) = (view.missing(), !split.missing_right);
        goes_left.clear();
        match &split.by {
            &SplitBy::Threshold { code: last, .. } => {
                view.codes(numbers, |code| {
                    goes_left.push((code <= last) | (missing_left & (code == missing)));
                });
            }
            SplitBy::Levels(set) => view.codes(numbers, |code| {
                let held = || levels::holds(set, view.value(code) as u32);
                goes_left.push(if code == missing { missing_left } else { held() });
            }),
        }
    }

    fn offer(
        &mut self,
        feature: u32,
        node: NodeRows<'_, I::Row>,
        local: bool,
        random: &mut TreeRandom,
    ) -> Result<Option<Offer>, Constant> {
        let Self { columns, params, impurity, block, scratch, levels, .. } = self;
        let column = &columns[feature as usize];
        let view = if local { block.view(feature as usize) } else { column.view() };
        let least_rows = params.min_samples_leaf as u32;
        let offer = match (column.column, params.random_thresholds) {
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

    fn view(&self, feature: u32, local: bool) -> FeatureView<'_> {
        let feature = feature as usize;
        if local { self.block.view(feature) } else { self.columns[feature].view() }
    }

    fn split(&self, feature: u32, local: bool, offer: Offer, sums: NodeSums) -> Split {
        let Offer { cut, missing, place } = offer;
        let heavier_right = cut.left_weight * 2.0 < sums.weight;
        let missing_right = match missing {
            MissingSide::Left => false,
            MissingSide::Right => true,
            MissingSide::Unknown => heavier_right,
        };
        let by = match place {
            Place::Threshold(drawn) => {
                let view = self.view(feature, local);
                let middle = || threshold(view, cut.left, cut.right);
                SplitBy::Threshold { code: cut.left, threshold: drawn.unwrap_or_else(middle) }
            }
            Place::Levels(levels) => SplitBy::Levels(self.levels.set(levels, !heavier_right)),
        };
        Split { feature, gain: cut.gain, missing_right, by }
    }
}

impl Scratch {
    /// Fetches the codes of the rows and returns the smallest and the largest.
    #[inline(always)]
    fn gather(&mut self, view: FeatureView<'_>, numbers: &[u32]) -> (u32, u32) {
        self.codes.clear();
        view.codes(numbers, |code| self.codes.push(code));
        self.codes.iter().fold((u32::MAX, 0), |(least, most), &code| (least.min(code), most.max(code)))
    }
}

/// The threshold between two codes, of which the right one may be the code for missing.
fn threshold(view: FeatureView<'_>, left: u32, right: u32) -> f32 {
    if right < view.missing() { between(view.value(left), view.value(right)) } else { f32::INFINITY }
}
