//! How a learner writes down a tree, node after node.

use crate::category_sets::{SetTable, words};
use crate::covers::LARGEST_COVER;
use crate::leaf_table::LeafTable;
use crate::node::{LEAF_LIMIT, Node, Packing, Split};
use crate::{ForestError, Shape};

mod graft;
mod stored_tree;

/// A tree under construction. It begins with an open root at place 0; every open node becomes a split, which opens two
/// more, or a leaf.
#[derive(Debug)]
pub struct TreeBuilder<'a> {
    shape: &'a Shape,
    packing: Packing,
    nodes: Vec<Node>,
    sets: SetTable,
    leaves: LeafTable,
    /// Training weight of each leaf by its place, as far as it was told.
    covers: Vec<f32>,
}

/// A finished tree, not yet part of a forest.
#[derive(Debug, Clone)]
pub struct GrownTree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) sets: Vec<u32>,
    pub(crate) leaves: Vec<f64>,
    /// Training weight of each leaf by its place, 0 for a split; empty when it was not told.
    pub(crate) covers: Vec<f32>,
}

impl GrownTree {
    /// Number of nodes, leaves included.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
}

/// Stands at the place of an open node. As a leaf it would name leaf 0.
const OPEN: Node = Node { bits: u32::MAX, packed: u32::MAX };

impl<'a> TreeBuilder<'a> {
    /// A tree with an open root.
    pub fn new(shape: &'a Shape) -> Self {
        Self {
            shape,
            packing: shape.packing(),
            nodes: vec![OPEN],
            sets: SetTable::default(),
            leaves: LeafTable::new(shape.outputs()),
            covers: Vec::new(),
        }
    }

    /// Makes `node` a split: values up to `threshold` go left, missing ones as told. Returns the place of the left
    /// child, the right one follows it; both are open.
    ///
    /// # Errors
    /// When the tree has more nodes than its nodes can name.
    ///
    /// # Panics
    /// When the threshold is NaN, the feature does not exist or is a category, or the node is not open.
    pub fn split_at(
        &mut self,
        node: u32,
        feature: usize,
        threshold: f32,
        missing_right: bool,
    ) -> Result<u32, ForestError> {
        assert!(!threshold.is_nan(), "a threshold is a number");
        assert!(self.shape.levels(feature).is_none(), "feature {feature} is a category");
        self.split(node, feature, Split::Threshold(threshold), missing_right)
    }

    /// Makes `node` a split: levels whose bit is set in `left` go left. `left` has one bit for each level and one
    /// more for unseen levels, in 32-bit words, the rest zero. Returns the place of the left child, the right one
    /// follows it; both are open.
    ///
    /// # Errors
    /// When the tree has more nodes than its nodes can name.
    ///
    /// # Panics
    /// When the feature does not exist or is no category, the set has another width, or the node is not open.
    pub fn split_by_levels(
        &mut self,
        node: u32,
        feature: usize,
        left: &[u32],
        missing_right: bool,
    ) -> Result<u32, ForestError> {
        assert_eq!(Some(left.len()), self.shape.levels(feature).map(words), "width of the set");
        let place = self.sets.place(left)?;
        self.split(node, feature, Split::Set(place), missing_right)
    }

    /// Makes `node` a leaf with this answer.
    ///
    /// # Errors
    /// When the tree has more distinct leaves than its nodes can name.
    ///
    /// # Panics
    /// When the answer has another width or the node is not open.
    pub fn leaf(&mut self, node: u32, answer: &[f64]) -> Result<(), ForestError> {
        assert_eq!(answer.len(), self.shape.outputs(), "width of the answer");
        assert_eq!(self.nodes[node as usize], OPEN, "node {node} is decided already");
        let leaf = self.leaves.add(answer);
        if leaf >= LEAF_LIMIT {
            return Err(self.too_large("leaves", LEAF_LIMIT));
        }
        self.nodes[node as usize] = self.packing.leaf(node, leaf);
        Ok(())
    }

    /// Tells the training weight that ended in a leaf. A forest explains its answers when all its leaves have one.
    pub fn cover(&mut self, node: u32, weight: f64) {
        let place = node as usize;
        if self.covers.len() <= place {
            self.covers.resize(place + 1, 0.0);
        }
        // Weights have any unit; what counts is their ratio, and that none of them vanishes.
        self.covers[place] = (weight as f32).clamp(f32::MIN_POSITIVE, LARGEST_COVER);
    }

    /// The finished tree.
    ///
    /// # Panics
    /// When a node is still open.
    pub fn finish(self) -> GrownTree {
        assert!(self.nodes.iter().all(|&node| node != OPEN), "every node is decided");
        let mut covers = self.covers;
        if !covers.is_empty() {
            covers.resize(self.nodes.len(), 0.0);
        }
        GrownTree {
            nodes: self.nodes,
            sets: self.sets.into_words(),
            leaves: self.leaves.into_values(),
            covers,
        }
    }

    fn split(
        &mut self,
        node: u32,
        feature: usize,
        by: Split,
        missing_right: bool,
    ) -> Result<u32, ForestError> {
        assert_eq!(self.nodes[node as usize], OPEN, "node {node} is decided already");
        let limit = self.packing.node_limit();
        let child = self.nodes.len() as u32;
        if limit - child < 2 {
            return Err(self.too_large("nodes", limit));
        }
        self.nodes[node as usize] = self.packing.split(child, feature as u32, by, missing_right);
        self.nodes.extend([OPEN, OPEN]);
        Ok(child)
    }

    fn too_large(&self, what: &'static str, limit: u32) -> ForestError {
        ForestError::TreeTooLarge { what, limit, features: self.shape.width() }
    }
}
