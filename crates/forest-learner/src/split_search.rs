//! The search for the best split of a node among features drawn at random.

use std::ops::Range;

use forest::Column;

use crate::feature_view::FeatureView;
use crate::impurity::{Cut, Impurity, NodeRows, NodeSums};
use crate::local_blocks::{self, LocalBlocks};
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

/// Where the rows of a node are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowPlace {
    /// In the table.
    Table,
    /// In this block.
    Block(u32),
    /// In the block that was copied last.
    InnerBlock,
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
    blocks: LocalBlocks,
    inner: LocalBlocks,
    scratch: Scratch,
    levels: LevelScratch,
}

/// Buffers for the rows of a node.
#[derive(Default)]
struct Scratch {
    codes: Vec<u32>,
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
            blocks: LocalBlocks::default(),
            inner: LocalBlocks::default(),
            scratch: Scratch::default(),
            levels: LevelScratch::default(),
        }
    }

    /// Forgets what the last tree left behind, so that a tree depends on its own random stream alone.
    pub(crate) fn begin_tree(&mut self) {
        self.features.clear();
        self.features.extend(0..self.columns.len() as u32);
    }

    /// Whether a node of so many rows gets a block.
    pub(crate) fn block_pays(&self, rows: usize) -> bool {
        local_blocks::pays(rows, self.columns.len(), self.params.max_features)
    }

    /// Gives these nodes, ranges of the row numbers, a block each. There the positions in the node stand for the row
    /// numbers.
    pub(crate) fn deal(&mut self, nodes: &[Range<usize>], numbers: &[u32]) {
        self.blocks.deal(self.columns, nodes, numbers, &mut self.scratch.sort);
    }

    /// Gives a node with these positions in a block a block of its own, where that pays.
    pub(crate) fn copy(&mut self, positions: &[u32], block: usize) -> bool {
        let (features, drawn) = (self.columns.len(), self.params.max_features);
        let pays = local_blocks::pays_inner(positions.len(), self.blocks.rows(block), features, drawn);
        if pays {
            self.inner.copy(&self.blocks, block, positions, &mut self.scratch.sort);
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
        place: RowPlace,
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
            let above = best.as_ref().map_or(f64::NEG_INFINITY, |best| best.gain);
            match self.offer(feature, node, place, above, random) {
                Err(Constant) => {
                    self.features.swap(constants, next);
                    constants += 1;
                }
                Ok(offer) => {
                    tried += 1;
                    if let Some(offer) = offer
                        && offer.cut.gain > above
                    {
                        best = Some(self.split(feature, place, offer, sums));
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
    pub(crate) fn sides(&self, split: &Split, numbers: &[u32], place: RowPlace, goes_left: &mut Vec<bool>) {
        let view = self.view(split.feature, place);
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
        place: RowPlace,
        above: f64,
        random: &mut TreeRandom,
    ) -> Result<Option<Offer>, Constant> {
        let Self { columns, params, impurity, blocks, inner, scratch, levels, .. } = self;
        let column = &columns[feature as usize];
        let view = view(columns, blocks, inner, feature, place);
        let least_rows = params.min_samples_leaf as u32;
        let offer = match (column.column, params.random_thresholds) {
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

    fn view(&self, feature: u32, place: RowPlace) -> FeatureView<'_> {
        view(self.columns, &self.blocks, &self.inner, feature, place)
    }

    fn split(&self, feature: u32, rows: RowPlace, offer: Offer, sums: NodeSums) -> Split {
        let Offer { cut, missing, place } = offer;
        let heavier_right = cut.left_weight * 2.0 < sums.weight;
        let missing_right = match missing {
            MissingSide::Left => false,
            MissingSide::Right => true,
            MissingSide::Unknown => heavier_right,
        };
        let by = match place {
            Place::Threshold(drawn) => {
                let view = self.view(feature, rows);
                let middle = || threshold(view, cut.left, cut.right);
                SplitBy::Threshold { code: cut.left, threshold: drawn.unwrap_or_else(middle) }
            }
            Place::Levels(levels) => SplitBy::Levels(self.levels.set(levels, !heavier_right)),
        };
        Split { feature, gain: cut.gain, missing_right, by }
    }
}

#[inline(always)]
fn view<'a>(
    columns: &'a [SortedColumn],
    blocks: &'a LocalBlocks,
    inner: &'a LocalBlocks,
    feature: u32,
    place: RowPlace,
) -> FeatureView<'a> {
    let feature = feature as usize;
    match place {
        RowPlace::Table => columns[feature].view(),
        RowPlace::Block(block) => blocks.view(block as usize, feature),
        RowPlace::InnerBlock => inner.view(0, feature),
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
