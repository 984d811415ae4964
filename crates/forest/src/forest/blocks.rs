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

use std::sync::Arc;

use model_core::{Artifact, Block};

use super::{Forest, TreeSpan};
use crate::covers::{COVERS, Covers};
use crate::intervals::{CALIBRATION, Calibration, Intervals};
use crate::leaf_targets::{LEAF_TARGETS, LeafTargets, TARGETS};
use crate::node::NODE_BYTES;
use crate::traversal::in_large_pages;
use crate::{ForestError, LoadError, Shape};

const TREES: &str = "forest.trees";
const NODES: &str = "forest.nodes";
const SETS: &str = "forest.sets";
const LEAVES: &str = "forest.leaves";
const TREE_BYTES: usize = 8;

impl Forest {
    /// The arrays for an artifact.
    pub fn to_blocks(&self) -> Vec<Block> {
        let trees = self.trees.iter().flat_map(|tree| {
            let ([a, b, c, d], [e, f, g, h]) = (tree.nodes.to_le_bytes(), tree.leaf_base.to_le_bytes());
            [a, b, c, d, e, f, g, h]
        });
        let block = |name: &str, bytes| Block { name: name.into(), bytes };
        let mut blocks = vec![
            block(TREES, trees.collect()),
            block(NODES, self.nodes.to_vec()),
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

    /// Takes the arrays out of an artifact and checks all that a walk relies on.
    ///
    /// # Errors
    /// When a block is absent, its length does not fit the others, or a tree breaks a rule. Allocates no more than the
    /// blocks other than the nodes are long; the nodes stay in the memory that the file was read into.
    pub fn from_blocks(artifact: &mut Artifact) -> Result<Self, LoadError> {
        let shape = Shape::of_schema(artifact.schema())?;
        let trees = spans(artifact.block(TREES)?, artifact.block(NODES)?)?;
        let (sets, leaves) = (artifact.block(SETS)?, artifact.block(LEAVES)?);
        check_multiple(SETS, sets, 4)?;
        check_multiple(LEAVES, leaves, shape.outputs().saturating_mul(8))?;
        let sets = sets.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
        let leaves = leaves.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        let covers = artifact.block(COVERS).ok().map(<[u8]>::to_vec);
        let targets = match artifact.block(TARGETS) {
            Ok(values) if shape.outputs() == 1 => {
                let calibration = Calibration::decode(artifact.block(CALIBRATION)?)?;
                Some((values.to_vec(), artifact.block(LEAF_TARGETS)?.to_vec(), calibration))
            }
            _ => None,
        };
        // From here on the artifact holds no other block.
        let nodes = Arc::new(artifact.take_block(NODES)?);
        in_large_pages(&nodes);
        let ordinal = Default::default();
        let mut forest = Self { shape, trees, nodes, sets, leaves, covers: None, intervals: None, ordinal };
        forest.validate()?;
        if let Some(bytes) = covers {
            forest.covers = Some(Covers::decode(bytes, forest.leaf_count())?);
        }
        if let Some((values, of_leaves, calibration)) = targets {
            let targets = LeafTargets::decode(&forest, &values, &of_leaves)?;
            forest.intervals = Some(Intervals { targets, calibration });
        }
        Ok(forest)
    }
}

/// Places of the trees; together they are exactly the node array.
fn spans(trees: &[u8], nodes: &[u8]) -> Result<Vec<TreeSpan>, ForestError> {
    check_multiple(TREES, trees, TREE_BYTES)?;
    let mut spans = Vec::with_capacity(trees.len() / TREE_BYTES);
    let mut root = 0usize;
    for &[a, b, c, d, e, f, g, h] in trees.as_chunks::<TREE_BYTES>().0 {
        let count = u32::from_le_bytes([a, b, c, d]);
        spans.push(TreeSpan { root, nodes: count, leaf_base: u32::from_le_bytes([e, f, g, h]) });
        root = root.saturating_add(count as usize);
    }
    let expected = root.saturating_mul(NODE_BYTES);
    if nodes.len() != expected {
        let found = nodes.len();
        return Err(ForestError::BlockLength { block: NODES, found, expected: expected.to_string() });
    }
    Ok(spans)
}

fn check_multiple(block: &'static str, bytes: &[u8], unit: usize) -> Result<(), ForestError> {
    if bytes.len().is_multiple_of(unit) {
        return Ok(());
    }
    Err(ForestError::BlockLength { block, found: bytes.len(), expected: format!("a multiple of {unit}") })
}
