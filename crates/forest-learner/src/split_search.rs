//! The search for the best split of a node among features drawn at random.

use crate::impurity::{Cut, Impurity, NodeSums};
use crate::local_block::{self, LocalBlock};
use crate::ordering::Ordering;
use crate::params::ResolvedParams;
use crate::quantize::{CodedColumn, CodedKind};
use crate::random::TreeRandom;

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
    Threshold { code: u16, threshold: f32 },
    /// Codes whose bit is set go left.
    Levels(Vec<u32>),
}

/// The search with its buffers, for one tree after the other.
pub(crate) struct SplitSearch<'a, I> {
    columns: &'a [CodedColumn],
    params: &'a ResolvedParams,
    impurity: I,
    /// All features; those known to be constant on the branch first, then those drawn.
    features: Vec<u32>,
    block: LocalBlock,
    codes: Vec<u16>,
    ordering: Ordering,
    levels: LevelScratch,
}

/// What one feature offers.
enum Offer {
    /// All rows of the node have one code.
    Constant,
    /// No cut leaves enough rows on both sides.
    Nothing,
    /// A way to divide the rows.
    Cut { cut: Cut, missing: MissingSide, place: Place },
}

/// Where a cut stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Between two values.
    Threshold(f32),
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

/// The rows of a node.
#[derive(Clone, Copy)]
pub(crate) struct NodeRows<'r, R> {
    /// Row numbers, or positions in the local block, ascending.
    pub(crate) numbers: &'r [u32],
    /// Weight and target of each.
    pub(crate) rows: &'r [R],
    /// Whether the numbers are positions in the local block.
    pub(crate) local: bool,
}

impl<'a, I: Impurity> SplitSearch<'a, I> {
    pub(crate) fn new(columns: &'a [CodedColumn], params: &'a ResolvedParams, impurity: I) -> Self {
        Self {
            columns,
            params,
            impurity,
            features: Vec::new(),
            block: LocalBlock::default(),
            codes: Vec::new(),
            ordering: Ordering::default(),
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
            self.block.copy(self.columns, numbers);
        }
        pays
    }

    /// Writes what a leaf with these rows answers.
    pub(crate) fn answer(&self, rows: &[I::Row], answer: &mut [f64]) {
        self.impurity.answer(rows, answer);
    }

    /// Takes up the sums of a node.
    pub(crate) fn begin(&mut self, rows: &[I::Row]) -> NodeSums {
        self.impurity.begin(rows)
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
        let mut best: Option<Split> = None;
        let mut tried = 0;
        let mut next = constants;
        while tried < self.params.max_features && next < self.features.len() {
            let left = (self.features.len() - next) as u32;
            self.features.swap(next, next + random.below(left) as usize);
            let feature = self.features[next];
            match self.offer(feature, node, random) {
                Offer::Constant => {
                    self.features.swap(constants, next);
                    constants += 1;
                }
                Offer::Nothing => tried += 1,
                Offer::Cut { cut, missing, place } => {
                    tried += 1;
                    if best.as_ref().is_none_or(|best| cut.gain > best.gain) {
                        best = Some(self.split(feature, cut, missing, place, sums));
                    }
                    // Every feature parts two rows in the one possible way.
                    if node.rows.len() == 2 {
                        break;
                    }
                }
            }
            next += 1;
        }
        (best, constants)
    }

    /// Writes for each row of the node whether it goes left.
    pub(crate) fn sides(&mut self, split: &Split, numbers: &[u32], local: bool, goes_left: &mut Vec<bool>) {
        let column = &self.columns[split.feature as usize];
        self.gather(split.feature, numbers, local);
        let (missing, missing_left) = (column.missing, !split.missing_right);
        goes_left.clear();
        match &split.by {
            &SplitBy::Threshold { code: last, .. } => goes_left
                .extend(self.codes.iter().map(|&code| (code <= last) | (missing_left & (code == missing)))),
            SplitBy::Levels(set) => goes_left.extend(
                self.codes
                    .iter()
                    .map(|&code| if code == missing { missing_left } else { levels::holds(set, code) }),
            ),
        }
    }

    fn offer(&mut self, feature: u32, node: NodeRows<'_, I::Row>, random: &mut TreeRandom) -> Offer {
        let column = &self.columns[feature as usize];
        let (least, most) = self.gather(feature, node.numbers, node.local);
        if least == most {
            return Offer::Constant;
        }
        let range = CodeRange { least, most, missing: column.missing };
        let offer = match (&column.kind, self.params.random_thresholds) {
            (CodedKind::Numeric(_), false) => self.best_cut(node.rows, range).map(|(cut, missing)| {
                let threshold = column.threshold(cut.left as u16, cut.right as u16);
                (cut, missing, Place::Threshold(threshold))
            }),
            (CodedKind::Numeric(bounds), true) => self.random_cut(node.rows, range, bounds, random),
            (&CodedKind::Category { levels }, random_subset) => {
                let subset = if random_subset {
                    self.random_subset(node.rows, range, random)
                } else {
                    self.best_subset(node.rows, range)
                };
                subset.map(|(cut, missing)| (cut, missing, Place::Levels(levels)))
            }
        };
        match offer {
            Some((cut, missing, place)) => Offer::Cut { cut, missing, place },
            None => Offer::Nothing,
        }
    }

    /// Fetches the codes of a feature and returns the least and the largest.
    fn gather(&mut self, feature: u32, numbers: &[u32], local: bool) -> (u16, u16) {
        if local {
            self.block.gather(feature, numbers, &mut self.codes)
        } else {
            self.columns[feature as usize].gather(numbers, &mut self.codes)
        }
    }

    fn split(&self, feature: u32, cut: Cut, missing: MissingSide, place: Place, sums: NodeSums) -> Split {
        let heavier_right = cut.left_weight * 2.0 < sums.weight;
        let missing_right = match missing {
            MissingSide::Left => false,
            MissingSide::Right => true,
            MissingSide::Unknown => heavier_right,
        };
        let by = match place {
            Place::Threshold(threshold) => SplitBy::Threshold { code: cut.left as u16, threshold },
            Place::Levels(levels) => SplitBy::Levels(self.levels.set(levels, !heavier_right)),
        };
        Split { feature, gain: cut.gain, missing_right, by }
    }
}

/// The codes that occur in a node, and the code for missing.
#[derive(Debug, Clone, Copy)]
struct CodeRange {
    least: u16,
    most: u16,
    missing: u16,
}

impl CodeRange {
    fn has_missing(self) -> bool {
        self.most == self.missing
    }
}
