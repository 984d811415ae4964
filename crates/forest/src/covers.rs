//! Covers: the weight of the training rows that ended in each leaf, from which contributions are computed.
//!
//! The cover of a split is the sum of those below it, so only the leaves' are stored, in the order of their nodes. The first
//! byte of the block says how: [`WHOLE`] for whole numbers (see [`crate::varint`]), as unweighted rows have them, a byte each for
//! nearly all leaves of a deep forest; [`REAL`] for `f32`.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::shares::Shares;
use crate::{Forest, ForestError, GrownTree, varint};

/// Name of the block.
pub(crate) const COVERS: &str = "forest.covers";
/// Largest cover of a leaf: sums of any number of them stay finite.
pub(crate) const LARGEST_COVER: f32 = 1e30;
/// Up to here an `f32` counts in ones.
const LARGEST_WHOLE: f32 = 16_777_216.0;
const WHOLE: u8 = 0;
const REAL: u8 = 1;

/// The covers of a tree's leaves, in the order of its nodes.
fn of_leaves(tree: &GrownTree) -> impl Iterator<Item = f32> {
    tree.covers.iter().copied().filter(|&cover| cover > 0.0)
}

/// The covers of all leaves of a forest.
#[derive(Debug, Clone)]
pub(crate) struct Covers {
    /// As they are stored.
    bytes: Vec<u8>,
    /// What follows from them, computed on first use.
    shares: OnceLock<Shares>,
}

impl PartialEq for Covers {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Covers {
    /// The covers of these trees; `None` when a leaf was not told its own.
    pub(crate) fn of_trees(trees: &[GrownTree]) -> Option<Self> {
        let is_told = |tree: &GrownTree| {
            let mut nodes = tree.nodes.iter().zip(&tree.covers);
            tree.covers.len() == tree.nodes.len()
                && nodes.all(|(node, &cover)| !node.is_leaf() || cover > 0.0)
        };
        if !trees.par_iter().all(is_told) {
            return None;
        }
        let is_whole = |cover: f32| cover.fract() == 0.0 && cover <= LARGEST_WHOLE;
        let kind = if trees.par_iter().all(|tree| of_leaves(tree).all(is_whole)) { WHOLE } else { REAL };
        let parts = trees.par_iter().map(|tree| {
            let mut bytes = Vec::new();
            match kind {
                WHOLE => of_leaves(tree).for_each(|cover| varint::push(&mut bytes, cover as u64)),
                _ => bytes.extend(of_leaves(tree).flat_map(f32::to_le_bytes)),
            }
            bytes
        });
        let parts: Vec<Vec<u8>> = parts.collect();
        let bytes =
            [&[kind][..]].into_iter().chain(parts.iter().map(Vec::as_slice)).collect::<Vec<_>>().concat();
        Some(Self { bytes, shares: OnceLock::new() })
    }

    /// Takes up a stored block and checks that it has one positive number for each leaf.
    pub(crate) fn decode(bytes: Vec<u8>, leaves: usize) -> Result<Self, ForestError> {
        let covers = Self { bytes, shares: OnceLock::new() };
        let fault = |leaf, reason| ForestError::LeafBlock { block: COVERS, leaf, reason };
        if !matches!(covers.bytes.first(), Some(&(WHOLE | REAL))) {
            return Err(fault(0, "the kind of its numbers is not known"));
        }
        let mut found = 0;
        for cover in covers.numbers() {
            if !cover.is_some_and(|cover| cover > 0.0 && cover <= LARGEST_COVER) {
                return Err(fault(found, "its cover is no positive number"));
            }
            found += 1;
        }
        if found != leaves {
            return Err(fault(found, "there is not one cover for each leaf"));
        }
        Ok(covers)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The cover of every node, a split's being the sum of its children's, in the order of the forest's nodes.
    pub(crate) fn by_node(&self, forest: &Forest) -> Vec<f64> {
        let mut leaves = self.numbers().flatten();
        let mut covers: Vec<f64> = forest
            .nodes()
            .iter()
            .map(|node| if node.is_leaf() { leaves.next().map_or(1.0, f64::from) } else { 0.0 })
            .collect();
        let packing = forest.shape().packing();
        for tree in 0..forest.tree_count() {
            let nodes = forest.nodes_of_tree(tree);
            let covers = &mut covers[forest.root(tree)..][..nodes.len()];
            // Children come after their parent, so one pass backward suffices.
            for (place, node) in nodes.iter().enumerate().rev().filter(|(_, node)| !node.is_leaf()) {
                let child = packing.child(node) as usize;
                covers[place] = covers[child] + covers[child + 1];
            }
        }
        covers
    }

    /// What explanations are computed from.
    pub(crate) fn shares(&self, forest: &Forest) -> &Shares {
        self.shares.get_or_init(|| Shares::new(forest, self))
    }

    /// The numbers of the leaves; the last one is `None` when the bytes end within it.
    fn numbers(&self) -> impl Iterator<Item = Option<f32>> {
        let (&kind, mut rest) = self.bytes.split_first().unwrap_or((&WHOLE, &[]));
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let number = match kind {
                WHOLE => varint::take(&mut rest).map(|number| number as f32),
                _ => rest.split_first_chunk().map(|(&bytes, after)| {
                    rest = after;
                    f32::from_le_bytes(bytes)
                }),
            };
            if number.is_none() {
                rest = &[];
            }
            Some(number)
        })
    }
}
