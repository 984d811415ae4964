//! The forest as the arrays of an artifact, and back.
//!
//! | block | content, little-endian |
//! |---|---|
//! | `forest.trees` | for each tree: number of nodes `u32`, leaf base `u32` |
//! | `forest.nodes` | for each node: `bits` `u32`, `packed` `u32`, see [`crate::node`] |
//! | `forest.sets` | words of the category sets, `u32` |
//! | `forest.leaves` | answers of the leaves, `outputs` numbers each, `f64` |
//! | `forest.covers` | training weight of every leaf, see [`crate::covers`]; may be absent |
//! | `forest.targets`, `forest.leaf_targets` | training targets in the leaves, see [`crate::leaf_targets`]; may be absent |
//! | `forest.calibration` | margins of intervals, see [`crate::intervals`]; with the targets |
//!
//! What else decides, the columns and the width of an answer, is in the schema of the artifact.

use model_core::{Artifact, Block, FeatureSchema};
use rayon::prelude::*;

use super::{Forest, TreeSpan};
use crate::covers::{COVERS, Covers};
use crate::intervals::{CALIBRATION, Calibration, Intervals};
use crate::leaf_targets::{LEAF_TARGETS, LeafTargets, TARGETS};
use crate::node::Node;
use crate::{ForestError, LoadError, Shape};

const TREES: &str = "forest.trees";
const NODES: &str = "forest.nodes";
const SETS: &str = "forest.sets";
const LEAVES: &str = "forest.leaves";
const TREE_BYTES: usize = 8;
const NODE_BYTES: usize = 8;

impl Forest {
    /// The arrays for an artifact.
    pub fn to_blocks(&self) -> Vec<Block> {
        let trees = self.trees.iter().flat_map(|tree| {
            let ([a, b, c, d], [e, f, g, h]) = (tree.nodes.to_le_bytes(), tree.leaf_base.to_le_bytes());
            [a, b, c, d, e, f, g, h]
        });
        let mut nodes = vec![0; self.nodes.len() * NODE_BYTES];
        for (bytes, node) in nodes.chunks_exact_mut(NODE_BYTES).zip(&self.nodes) {
            bytes.copy_from_slice(&node.to_bytes());
        }
        let block = |name: &str, bytes| Block { name: name.into(), bytes };
        let mut blocks = vec![
            block(TREES, trees.collect()),
            block(NODES, nodes),
            block(SETS, self.sets.iter().flat_map(|word| word.to_le_bytes()).collect()),
            block(LEAVES, self.leaves.iter().flat_map(|value| value.to_le_bytes()).collect()),
        ];
        blocks.extend(self.covers.as_ref().map(|covers| block(COVERS, covers.bytes().to_vec())));
        if let Some(Intervals { targets, calibration }) = &self.intervals {
            let [values, of_leaves] = targets.encode(self);
            blocks.push(block(TARGETS, values));
            blocks.push(block(LEAF_TARGETS, of_leaves));
            blocks.push(block(CALIBRATION, calibration.encode()));
        }
        blocks
    }

    /// Reads the arrays of an artifact and checks all that a walk relies on.
    ///
    /// # Errors
    /// When a block is absent, its length does not fit the others, or a tree breaks a rule. Allocates no more than the
    /// blocks are long.
    pub fn from_blocks(artifact: &Artifact, schema: &FeatureSchema) -> Result<Self, LoadError> {
        let shape = Shape::of_schema(schema)?;
        let blocks = Blocks {
            trees: artifact.block(TREES)?,
            nodes: artifact.block(NODES)?,
            sets: artifact.block(SETS)?,
            leaves: artifact.block(LEAVES)?,
            covers: artifact.block(COVERS).ok(),
        };
        let mut forest = blocks.decode(shape)?;
        if let Ok(values) = artifact.block(TARGETS)
            && forest.shape.outputs() == 1
        {
            let targets = LeafTargets::decode(&forest, values, artifact.block(LEAF_TARGETS)?)?;
            let calibration = Calibration::decode(artifact.block(CALIBRATION)?)?;
            forest.intervals = Some(Intervals { targets, calibration });
        }
        Ok(forest)
    }
}

/// The arrays as they are stored.
struct Blocks<'a> {
    trees: &'a [u8],
    nodes: &'a [u8],
    sets: &'a [u8],
    leaves: &'a [u8],
    covers: Option<&'a [u8]>,
}

impl Blocks<'_> {
    fn decode(&self, shape: Shape) -> Result<Forest, ForestError> {
        let trees = self.spans()?;
        check_multiple(SETS, self.sets, 4)?;
        check_multiple(LEAVES, self.leaves, shape.outputs().saturating_mul(8))?;
        let (nodes, _) = self.nodes.as_chunks::<NODE_BYTES>();
        let (sets, _) = self.sets.as_chunks::<4>();
        let (leaves, _) = self.leaves.as_chunks::<8>();
        let mut forest = Forest {
            shape,
            trees,
            nodes: nodes.par_iter().map(|&bytes| Node::from_bytes(bytes)).collect(),
            sets: sets.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect(),
            leaves: leaves.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
            covers: None,
            intervals: None,
        };
        forest.validate()?;
        if let Some(bytes) = self.covers {
            forest.covers = Some(Covers::decode(bytes, forest.leaf_count())?);
        }
        Ok(forest)
    }

    /// Places of the trees; together they are exactly the node array.
    fn spans(&self) -> Result<Vec<TreeSpan>, ForestError> {
        check_multiple(TREES, self.trees, TREE_BYTES)?;
        let mut spans = Vec::with_capacity(self.trees.len() / TREE_BYTES);
        let mut root = 0usize;
        for &[a, b, c, d, e, f, g, h] in self.trees.as_chunks::<TREE_BYTES>().0 {
            let nodes = u32::from_le_bytes([a, b, c, d]);
            spans.push(TreeSpan { root, nodes, leaf_base: u32::from_le_bytes([e, f, g, h]) });
            root = root.saturating_add(nodes as usize);
        }
        let expected = root.saturating_mul(NODE_BYTES);
        if self.nodes.len() != expected {
            let found = self.nodes.len();
            return Err(ForestError::BlockLength { block: NODES, found, expected: expected.to_string() });
        }
        Ok(spans)
    }
}

fn check_multiple(block: &'static str, bytes: &[u8], unit: usize) -> Result<(), ForestError> {
    if bytes.len().is_multiple_of(unit) {
        return Ok(());
    }
    Err(ForestError::BlockLength { block, found: bytes.len(), expected: format!("a multiple of {unit}") })
}
