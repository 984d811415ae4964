//! Walks through the trees, for one row and for many.
//!
//! A step is one load of a node, one of a value, one comparison and one addition, each waiting for the one before. So
//! many walks run side by side: of all trees for one row, of many rows for each tree in turn.

use model_core::{Rows, Scores};
use rayon::prelude::*;

use crate::Forest;
use crate::node::Node;

mod descent;

use descent::{Coded, Descent, Full, LANES, Missing, Plain, Rule, coded, goes_right};
pub(crate) use descent::{OrdinalForest, Work, in_large_pages, in_wide_registers};

/// Rows that one tree answers before the next tree. A tree of a large forest is fetched from memory once for all of them,
/// which is why they are many.
const BLOCK_ROWS: usize = 8192;
/// Fewer rows than these walk all trees at once, row after row.
const FEW_ROWS: usize = 32;
/// Fewer walks than these are done at once by the calling thread.
const PARALLEL_WALKS: usize = 1 << 14;

/// One forest, ready to be walked.
pub(crate) struct Walker<'a> {
    forest: &'a Forest,
    width: usize,
    outputs: usize,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(forest: &'a Forest) -> Self {
        Self { forest, width: forest.shape().width(), outputs: forest.shape().outputs() }
    }

    pub(crate) fn score_row(&self, row: &[f32], answer: &mut [f64]) {
        self.check_width(row.len());
        assert_eq!(answer.len(), self.outputs, "width of the answer");
        answer.fill(0.0);
        self.add(row, answer);
        self.average(answer);
    }

    pub(crate) fn score(&self, rows: &Rows) -> Scores {
        self.check_width(rows.width());
        let mut answers = vec![0.0; rows.len() * self.outputs];
        let block = |(values, answers): (&[f32], &mut [f64])| {
            self.add(values, answers);
            self.average(answers);
        };
        if rows.len().saturating_mul(self.forest.tree_count()) < PARALLEL_WALKS {
            let values = rows.values().chunks(BLOCK_ROWS * self.width);
            values.zip(answers.chunks_mut(BLOCK_ROWS * self.outputs)).for_each(block);
        } else {
            // As many blocks for every thread.
            let threads = rayon::current_num_threads();
            let blocks = rows.len().div_ceil(threads * BLOCK_ROWS) * threads;
            let block_rows = rows.len().div_ceil(blocks);
            let values = rows.values().par_chunks(block_rows * self.width);
            values.zip(answers.par_chunks_mut(block_rows * self.outputs)).for_each(block);
        }
        Scores::new(self.outputs, answers)
    }

    pub(crate) fn tree_answer(&self, tree: usize, row: &[f32]) -> &'a [f64] {
        self.answer(tree, self.leaf_place(tree, row) as u32)
    }

    /// Adds up the answers of all trees for these rows, by the cheapest rule that answers them as the full one does.
    fn add(&self, values: &[f32], sums: &mut [f64]) {
        if !self.forest.sets().is_empty() {
            return self.add_by::<Coded>(&coded(self.forest.shape(), values), sums);
        }
        let missing = values.iter().any(|value| value.is_nan());
        let rows = sums.len() / self.outputs;
        if rows >= FEW_ROWS
            && let Some(forest) = self.forest.ordinal(rows, missing)
        {
            forest.add(self.forest, values, sums);
        } else if missing {
            self.add_by::<Missing>(values, sums);
        } else {
            self.add_by::<Plain>(values, sums);
        }
    }

    fn add_by<R: Rule>(&self, values: &[f32], sums: &mut [f64]) {
        if sums.len() / self.outputs < FEW_ROWS {
            let rows = values.chunks_exact(self.width).zip(sums.chunks_exact_mut(self.outputs));
            rows.for_each(|(row, sums)| self.add_trees::<R>(row, sums));
        } else {
            (0..self.forest.tree_count()).for_each(|tree| self.add_rows::<R>(tree, values, sums));
        }
    }

    /// Place of the leaf in its tree to which a row comes.
    pub(crate) fn leaf_place(&self, tree: usize, row: &[f32]) -> usize {
        self.check_width(row.len());
        let root = self.forest.root(tree);
        let mut leaf = root;
        Descent::new(self.forest, row).trees::<Full>(std::iter::once(root), 0, |_, place| leaf = place);
        leaf - root
    }

    /// Adds up the answers of all trees for one row.
    fn add_trees<R: Rule>(&self, row: &[f32], sums: &mut [f64]) {
        let trees = self.forest.tree_count();
        let levels = (self.forest.node_count() / trees).ilog2();
        let (nodes, answers) = (self.forest.nodes(), self.forest.leaf_table());
        let descent = Descent::new(self.forest, row);
        for spans in self.forest.spans().chunks(LANES) {
            let roots = spans.iter().map(|span| span.root);
            let answer =
                |lane: usize, place| spans[lane].leaf_base as usize + nodes.at(place).leaf() as usize;
            match &mut *sums {
                [sum] => {
                    descent.trees::<R>(roots, levels, |lane, place| *sum += answers[answer(lane, place)]);
                }
                sums => descent.trees::<R>(roots, levels, |lane, place| {
                    add(sums, &answers[answer(lane, place) * self.outputs..]);
                }),
            }
        }
    }

    /// Adds the answers of one tree for many rows.
    fn add_rows<R: Rule>(&self, tree: usize, values: &[f32], sums: &mut [f64]) {
        let nodes = self.forest.nodes_of_tree(tree);
        let mut leaves = [0; LANES];
        let groups = values.chunks(LANES * self.width).zip(sums.chunks_mut(LANES * self.outputs));
        for (group, sums) in groups {
            let leaves = &mut leaves[..group.len() / self.width];
            Descent::new(self.forest, group).rows::<R>(nodes, nodes.len().ilog2(), leaves);
            if self.outputs == 1 {
                let answers = self.forest.leaves_of(tree);
                for (sum, &leaf) in sums.iter_mut().zip(&*leaves) {
                    *sum += answers[nodes.at(leaf as usize).leaf() as usize];
                }
            } else {
                for (sums, &leaf) in sums.chunks_exact_mut(self.outputs).zip(&*leaves) {
                    add(sums, self.answer(tree, leaf));
                }
            }
        }
    }

    /// The left child of a split in its tree, its feature, and whether the row goes to the right child beside it.
    #[inline(always)]
    pub(crate) fn step(&self, node: Node, row: &[f32]) -> (usize, usize, bool) {
        let packing = self.forest.shape().packing();
        let feature = packing.feature(node) as usize;
        let right = goes_right::<Full>(self.forest.shape(), self.forest.sets(), node, row[feature]);
        (packing.child(node) as usize, feature, right)
    }

    /// The answer of the leaf at this place of the tree.
    #[inline(always)]
    fn answer(&self, tree: usize, leaf: u32) -> &'a [f64] {
        &self.forest.leaf_table()[self.forest.answer_place(tree, leaf)..][..self.outputs]
    }

    fn average(&self, sums: &mut [f64]) {
        let trees = self.forest.tree_count() as f64;
        for sum in sums {
            *sum /= trees;
        }
    }

    fn check_width(&self, width: usize) {
        assert_eq!(width, self.width, "width of the rows");
    }
}

#[inline(always)]
fn add(sums: &mut [f64], answer: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(answer) {
        *sum += value;
    }
}
