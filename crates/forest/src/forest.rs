//! The forest: its trees as flat arrays, ready to be walked.

use std::sync::Arc;

use model_core::{Rows, Scores};
use rayon::prelude::*;

use crate::category_sets::{SetTable, words};
use crate::covers::Covers;
use crate::intervals::Intervals;
use crate::leaf_table::LeafTable;
use crate::node::{NODE_BYTES, Node, Nodes};
use crate::traversal::{OrdinalForest, Walker, in_large_pages};
use crate::{ForestError, GrownTree, Shape};

mod apart;
mod blocks;
mod made_once;
mod validation;

use made_once::MadeOnce;

/// Largest size of an answer of a regression: the sum over any number of trees stays finite.
pub const LARGEST_ANSWER: f64 = 1e300;

/// A sound random forest. Its answer is the mean of its trees' answers, summed in tree order, so that it has the same
/// bits in every batch and on every number of threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    shape: Shape,
    trees: Vec<TreeSpan>,
    /// Nodes of all trees, see [`crate::node`]. Bytes, so that those of an artifact are taken over as they are.
    nodes: Arc<Vec<u8>>,
    /// Category sets of all trees, see [`crate::category_sets`].
    sets: Vec<u32>,
    /// Answers of all leaves, `outputs` numbers each.
    leaves: Vec<f64>,
    /// Training weight of every leaf; absent in what was stored before explanations were known.
    covers: Option<Covers>,
    /// Training targets in the leaves, where intervals were asked for.
    intervals: Option<Intervals>,
    /// The forest for many rows, without missing values and with them, where it is not too large.
    ordinal: [MadeOnce<Option<OrdinalForest>>; 2],
}

/// Place of one tree in the arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeSpan {
    /// Position of the root in the node array.
    pub(crate) root: usize,
    /// Number of nodes.
    nodes: u32,
    /// First answer of the leaf table that the tree's leaves name.
    pub(crate) leaf_base: u32,
}

impl Forest {
    /// Puts trees together, in this order.
    ///
    /// # Errors
    /// When there is no tree, a number in a leaf is not possible, or the tables grow beyond what a node can name.
    pub fn from_trees(shape: Shape, trees: Vec<GrownTree>) -> Result<Self, ForestError> {
        let mut leaves = LeafTable::new(shape.outputs());
        let mut sets = SetTable::default();
        let mut spans = Vec::with_capacity(trees.len());
        let mut moves = Vec::with_capacity(trees.len());
        let mut root = 0;
        let answers: Vec<&[f64]> = trees.iter().map(|tree| tree.leaves.as_slice()).collect();
        let (covers, numbered) = rayon::join(|| Covers::of_trees(&trees), || leaves.number_trees(&answers));
        for (tree, (base, numbers)) in trees.iter().zip(numbered) {
            let leaf_base = u32::try_from(base).map_err(|_| ForestError::TreeTooLarge {
                what: "leaves",
                limit: u32::MAX,
                features: shape.width(),
            })?;
            moves.push(Move { leaves: numbers, sets: move_sets(&shape, tree, &mut sets)? });
            spans.push(TreeSpan { root, nodes: tree.nodes.len() as u32, leaf_base });
            root += tree.nodes.len();
        }

        let mut nodes = vec![0; root * NODE_BYTES];
        let mut parts = Vec::with_capacity(trees.len());
        let (mut rest, _) = nodes.as_chunks_mut::<NODE_BYTES>();
        for tree in &trees {
            let (part, after) = rest.split_at_mut(tree.nodes.len());
            parts.push(part);
            rest = after;
        }
        parts.into_par_iter().zip(trees).zip(moves).for_each(|((part, tree), moved)| {
            for (place, node) in part.iter_mut().zip(tree.nodes) {
                *place = moved.apply(&shape, node).to_bytes();
            }
        });
        let forest = Self {
            shape,
            trees: spans,
            nodes: Arc::new(nodes),
            sets: sets.into_words(),
            leaves: leaves.into_values(),
            covers,
            intervals: None,
            ordinal: Default::default(),
        };
        in_large_pages(&forest.nodes);
        forest.validate()?;
        Ok(forest)
    }

    /// Columns and width of the answer.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Number of trees.
    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// Number of nodes of all trees, leaves included.
    pub fn node_count(&self) -> usize {
        self.nodes().len()
    }

    /// Number of leaves of all trees.
    pub fn leaf_count(&self) -> usize {
        (0..self.tree_count()).into_par_iter().map(|tree| self.leaves_in(tree)).sum()
    }

    /// Number of leaves of one tree.
    ///
    /// # Panics
    /// When there is no such tree, a mistake of the calling code.
    pub fn leaves_in(&self, tree: usize) -> usize {
        self.nodes_of_tree(tree).iter().filter(|node| node.is_leaf()).count()
    }

    /// Splits between a root and its deepest leaf, over all trees.
    pub fn depth(&self) -> usize {
        let depth = |tree: &TreeSpan| {
            let nodes = self.nodes_of(tree);
            // Children come after their parent, so one pass forward suffices.
            let mut depths = vec![0u32; nodes.len()];
            let mut deepest = 0;
            for (place, node) in nodes.iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
                let child = self.shape.packing().child(node) as usize;
                let depth = depths[place] + 1;
                depths[child..child + 2].fill(depth);
                deepest = deepest.max(depth);
            }
            deepest as usize
        };
        self.trees.par_iter().map(depth).max().unwrap_or_default()
    }

    /// Answers one row into `answer`, without allocating and without other threads.
    ///
    /// # Panics
    /// When the row or the answer has another width than the forest, a mistake of the calling code.
    pub fn score_row(&self, row: &[f32], answer: &mut [f64]) {
        Walker::new(self).score_row(row, answer);
    }

    /// Answers every row; many rows are shared out to the threads of rayon's current pool.
    ///
    /// # Panics
    /// When the rows have another width than the forest, a mistake of the calling code.
    pub fn score(&self, rows: &Rows) -> Scores {
        Walker::new(self).score(rows)
    }

    /// The answer of one tree to one row.
    ///
    /// # Panics
    /// When there is no such tree or the row has another width, mistakes of the calling code.
    pub fn tree_answer(&self, tree: usize, row: &[f32]) -> &[f64] {
        Walker::new(self).tree_answer(tree, row)
    }

    fn nodes_of(&self, tree: &TreeSpan) -> Nodes<'_> {
        self.nodes().part(tree.root, tree.nodes as usize)
    }

    pub(crate) fn sets(&self) -> &[u32] {
        &self.sets
    }

    pub(crate) fn nodes(&self) -> Nodes<'_> {
        Nodes(self.nodes.as_chunks().0)
    }

    /// Places of the trees in the arrays, in the order of the trees.
    pub(crate) fn spans(&self) -> &[TreeSpan] {
        &self.trees
    }

    /// Position of the root of a tree in the node array.
    pub(crate) fn root(&self, tree: usize) -> usize {
        self.trees[tree].root
    }

    /// Place of the leaf in its tree, as in [`Forest::tree`], to which a row comes.
    ///
    /// # Panics
    /// When there is no such tree or the row has another width, mistakes of the calling code.
    pub fn leaf_place(&self, tree: usize, row: &[f32]) -> usize {
        Walker::new(self).leaf_place(tree, row)
    }

    pub(crate) fn interval_parts(&self) -> Option<&Intervals> {
        self.intervals.as_ref()
    }

    pub(crate) fn set_intervals(&mut self, intervals: Intervals) {
        self.intervals = Some(intervals);
    }

    pub(crate) fn covers(&self) -> Option<&Covers> {
        self.covers.as_ref()
    }

    /// The forest for so many rows, if it is not too large for them and has no categories; made when it is first asked for.
    pub(crate) fn ordinal(&self, rows: usize, missing: bool) -> Option<&OrdinalForest> {
        if !OrdinalForest::pays(self, rows) {
            return None;
        }
        self.ordinal[usize::from(missing)].get(|| OrdinalForest::of(self, missing)).as_ref()
    }

    pub(crate) fn nodes_of_tree(&self, tree: usize) -> Nodes<'_> {
        self.nodes_of(&self.trees[tree])
    }

    /// Where in the leaf table the answer of the leaf at this place of a tree begins.
    #[inline(always)]
    pub(crate) fn answer_place(&self, tree: usize, leaf: u32) -> usize {
        let tree = &self.trees[tree];
        let leaf = self.nodes().at(tree.root + leaf as usize).leaf();
        (tree.leaf_base as usize + leaf as usize) * self.shape.outputs()
    }

    /// The answers of all leaves.
    pub(crate) fn leaf_table(&self) -> &[f64] {
        &self.leaves
    }

    /// The part of the leaf table that the leaves of a tree name.
    pub(crate) fn leaves_of(&self, tree: usize) -> &[f64] {
        &self.leaves[self.trees[tree].leaf_base as usize * self.shape.outputs()..]
    }
}

/// New names for the leaves and sets of one tree.
struct Move {
    leaves: Vec<u32>,
    sets: Vec<u32>,
}

impl Move {
    fn apply(&self, shape: &Shape, node: Node) -> Node {
        let packing = shape.packing();
        if node.is_category() {
            Node { bits: self.sets[node.bits as usize], packed: node.packed }
        } else if node.is_leaf() {
            packing.leaf(packing.child(node), self.leaves[node.leaf() as usize])
        } else {
            node
        }
    }
}

/// Adds the sets of a tree to the table of the forest; the result gives the new place of each old one.
fn move_sets(shape: &Shape, tree: &GrownTree, table: &mut SetTable) -> Result<Vec<u32>, ForestError> {
    const UNSEEN: u32 = u32::MAX;
    let mut moves = vec![UNSEEN; tree.sets.len()];
    for &node in tree.nodes.iter().filter(|node| node.is_category()) {
        let place = node.bits as usize;
        let feature = shape.packing().feature(node) as usize;
        if moves[place] == UNSEEN
            && let Some(levels) = shape.levels(feature)
        {
            moves[place] = table.place(&tree.sets[place..][..words(levels)])?;
        }
    }
    Ok(moves)
}
