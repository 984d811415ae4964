//! Walks through the trees, for one row and for many.
//!
//! A step is one load of a node, one of a value, one comparison and one addition, each waiting for the one before. So
//! several walks run side by side: of several trees for one row, of several rows for many.

use model_core::{Rows, Scores};
use rayon::prelude::*;

use crate::category_sets::holds;
use crate::node::{Node, Packing, exceeds, level_code};
use crate::{Forest, Shape};

/// Walks that run side by side.
const LANES: usize = 8;
/// Rows that one tree answers before the next tree: they and their sums stay in the cache beside the tree.
const BLOCK_ROWS: usize = 1024;
/// Fewer walks than these are done at once by the calling thread.
const PARALLEL_WALKS: usize = 1 << 14;

/// One forest, ready to be walked.
pub(crate) struct Walker<'a> {
    forest: &'a Forest,
    shape: &'a Shape,
    packing: Packing,
    sets: &'a [u32],
    has_categories: bool,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(forest: &'a Forest) -> Self {
        Self {
            forest,
            shape: forest.shape(),
            packing: forest.shape().packing(),
            sets: forest.sets(),
            has_categories: !forest.sets().is_empty(),
        }
    }

    pub(crate) fn score_row(&self, row: &[f32], answer: &mut [f64]) {
        self.check_width(row.len());
        assert_eq!(answer.len(), self.shape.outputs(), "width of the answer");
        answer.fill(0.0);
        match self.rule_for(row) {
            Rule::Plain => self.sum_trees::<false, false>(row, answer),
            Rule::Missing => self.sum_trees::<false, true>(row, answer),
            Rule::Full => self.sum_trees::<true, true>(row, answer),
        }
        self.average(answer);
    }

    pub(crate) fn score(&self, rows: &Rows) -> Scores {
        self.check_width(rows.width());
        let outputs = self.shape.outputs();
        let mut answers = vec![0.0; rows.len() * outputs];
        let block = |(rows, answers): (&[f32], &mut [f64])| self.score_block(rows, answers);
        if rows.len().saturating_mul(self.forest.tree_count()) < PARALLEL_WALKS {
            let values = rows.values().chunks(BLOCK_ROWS * rows.width());
            values.zip(answers.chunks_mut(BLOCK_ROWS * outputs)).for_each(block);
        } else {
            // Every thread gets work, down to one group of lanes.
            let per_thread = rows.len().div_ceil(rayon::current_num_threads() * LANES) * LANES;
            let block_rows = per_thread.min(BLOCK_ROWS);
            let values = rows.values().par_chunks(block_rows * rows.width());
            values.zip(answers.par_chunks_mut(block_rows * outputs)).for_each(block);
        }
        Scores::new(outputs, answers)
    }

    pub(crate) fn tree_answer(&self, tree: usize, row: &[f32]) -> &'a [f64] {
        self.check_width(row.len());
        let [leaf] = self.walk::<true, true, 1>(row, [self.forest.root(tree)], [0]);
        self.answer(leaf, self.forest.leaves_of(tree))
    }

    /// Place of the leaf in its tree to which a row comes.
    pub(crate) fn leaf_place(&self, tree: usize, row: &[f32]) -> usize {
        self.check_width(row.len());
        let [leaf] = self.walk::<true, true, 1>(row, [self.forest.root(tree)], [0]);
        // A leaf leads to itself.
        self.packing.child(leaf) as usize
    }

    /// Adds up the answers of all trees for one row.
    fn sum_trees<const CATEGORIES: bool, const MISSING: bool>(&self, row: &[f32], answer: &mut [f64]) {
        let trees = self.forest.tree_count();
        for first in (0..trees).step_by(LANES) {
            // The last group repeats its last tree and drops the repetitions.
            let roots = std::array::from_fn(|lane| self.forest.root((first + lane).min(trees - 1)));
            let leaves = self.walk::<CATEGORIES, MISSING, LANES>(row, roots, [0; LANES]);
            for (tree, leaf) in (first..trees).zip(leaves) {
                add(answer, self.answer(leaf, self.forest.leaves_of(tree)));
            }
        }
    }

    fn score_block(&self, rows: &[f32], answers: &mut [f64]) {
        match self.rule_for(rows) {
            Rule::Plain => self.sum_block::<false, false>(rows, answers),
            Rule::Missing => self.sum_block::<false, true>(rows, answers),
            Rule::Full => self.sum_block::<true, true>(rows, answers),
        }
        self.average(answers);
    }

    /// Adds up the answers of all trees for a block of rows, tree after tree.
    fn sum_block<const CATEGORIES: bool, const MISSING: bool>(&self, rows: &[f32], answers: &mut [f64]) {
        let (width, outputs) = (self.shape.width(), self.shape.outputs());
        for tree in 0..self.forest.tree_count() {
            let (root, answers_of_tree) = (self.forest.root(tree), self.forest.leaves_of(tree));
            let groups = rows.chunks(LANES * width).zip(answers.chunks_mut(LANES * outputs));
            for (group, answers) in groups {
                // The last group repeats its last row and drops the repetitions.
                let last = group.len() / width - 1;
                let starts = std::array::from_fn(|lane| lane.min(last) * width);
                let leaves = self.walk::<CATEGORIES, MISSING, LANES>(group, [root; LANES], starts);
                for (answer, leaf) in answers.chunks_exact_mut(outputs).zip(leaves) {
                    add(answer, self.answer(leaf, answers_of_tree));
                }
            }
        }
    }

    /// Walks down in every lane: from the root at `roots[lane]` with the row that begins at `starts[lane]`.
    #[inline(always)]
    fn walk<const CATEGORIES: bool, const MISSING: bool, const N: usize>(
        &self,
        rows: &[f32],
        roots: [usize; N],
        starts: [usize; N],
    ) -> [Node; N] {
        let nodes = self.forest.nodes();
        let mut places = roots;
        loop {
            let mut moved = 0;
            for lane in 0..N {
                let node = nodes[places[lane]];
                let feature = self.packing.feature(node) as usize;
                let right =
                    self.goes_right::<CATEGORIES, MISSING>(node, feature, rows[starts[lane] + feature]);
                let next = roots[lane] + self.packing.child(node) as usize + usize::from(right);
                moved |= next ^ places[lane];
                places[lane] = next;
            }
            // A leaf leads to itself: when nothing moved, every lane has arrived.
            if moved == 0 {
                return places.map(|place| nodes[place]);
            }
        }
    }

    /// The left child of a split in its tree, its feature, and whether the row goes to the right child beside it.
    #[inline(always)]
    pub(crate) fn step(&self, node: Node, row: &[f32]) -> (usize, usize, bool) {
        let feature = self.packing.feature(node) as usize;
        let right = self.goes_right::<true, true>(node, feature, row[feature]);
        (self.packing.child(node) as usize, feature, right)
    }

    /// The branch rule, see [`crate::node`].
    #[inline(always)]
    fn goes_right<const CATEGORIES: bool, const MISSING: bool>(
        &self,
        node: Node,
        feature: usize,
        value: f32,
    ) -> bool {
        let mut right = exceeds(value, node.threshold());
        if CATEGORIES
            && node.is_category()
            && let Some(levels) = self.shape.levels(feature)
        {
            right = !value.is_nan() && !holds(self.sets, node.bits, level_code(value, levels));
        }
        if MISSING {
            right |= value.is_nan() & node.missing_right();
        }
        right
    }

    /// The cheapest rule that answers these rows as the full one does.
    fn rule_for(&self, values: &[f32]) -> Rule {
        if self.has_categories {
            Rule::Full
        } else if values.iter().any(|value| value.is_nan()) {
            Rule::Missing
        } else {
            Rule::Plain
        }
    }

    fn answer<'b>(&self, leaf: Node, leaves: &'b [f64]) -> &'b [f64] {
        &leaves[leaf.leaf() as usize * self.shape.outputs()..][..self.shape.outputs()]
    }

    fn average(&self, sums: &mut [f64]) {
        let trees = self.forest.tree_count() as f64;
        for sum in sums {
            *sum /= trees;
        }
    }

    fn check_width(&self, width: usize) {
        assert_eq!(width, self.shape.width(), "width of the rows");
    }
}

/// What a walk must look at beyond the threshold.
enum Rule {
    /// Nothing.
    Plain,
    /// Missing values.
    Missing,
    /// Missing values and categories.
    Full,
}

#[inline(always)]
fn add(sums: &mut [f64], answer: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(answer) {
        *sum += value;
    }
}
