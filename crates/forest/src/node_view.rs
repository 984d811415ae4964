//! A tree as others read it: for export, for explanation, for a look into it.

use crate::category_sets::{holds, words};
use crate::{Forest, Shape};

/// One node of a tree. Children are places in the same tree and come after their parent; the root is at place 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NodeView<'a> {
    /// A numeric feature: a value up to `threshold` goes left.
    Threshold {
        /// Position of the feature.
        feature: usize,
        /// Never NaN.
        threshold: f32,
        /// Whether a missing value goes right.
        missing_right: bool,
        /// Place of the left child.
        left: usize,
        /// Place of the right child.
        right: usize,
    },
    /// A category: a level of the set goes left.
    Levels {
        /// Position of the feature.
        feature: usize,
        /// The levels that go left.
        set: LevelSet<'a>,
        /// Whether a missing value goes right.
        missing_right: bool,
        /// Place of the left child.
        left: usize,
        /// Place of the right child.
        right: usize,
    },
    /// The end of a walk.
    Leaf {
        /// The answer of the tree: one number for regression, one probability for each class for classification.
        answer: &'a [f64],
    },
}

/// A set of levels of one category, the unseen level among the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelSet<'a> {
    words: &'a [u32],
    levels: u32,
}

impl LevelSet<'_> {
    /// Number of levels known from training. Their codes are `0..levels`, the code of an unseen level is `levels`.
    pub fn levels(self) -> u32 {
        self.levels
    }

    /// Whether the set holds the level with this code.
    ///
    /// # Panics
    /// When there is no such code, a mistake of the calling code.
    pub fn contains(self, code: u32) -> bool {
        assert!(code <= self.levels, "code {code} of {} levels", self.levels);
        holds(self.words, 0, code)
    }
}

impl Forest {
    /// The nodes of one tree in order.
    ///
    /// # Panics
    /// When there is no such tree, a mistake of the calling code.
    pub fn tree(&self, tree: usize) -> impl ExactSizeIterator<Item = NodeView<'_>> + '_ {
        let (shape, leaves) = (self.shape(), self.leaves_of(tree));
        let packing = shape.packing();
        self.nodes_of_tree(tree).iter().map(move |node| {
            if node.is_leaf() {
                let first = node.leaf() as usize * shape.outputs();
                return NodeView::Leaf { answer: &leaves[first..][..shape.outputs()] };
            }
            let (feature, missing_right) = (packing.feature(node) as usize, node.missing_right());
            let left = packing.child(node) as usize;
            let right = left + 1;
            match set(shape, self.sets(), feature, node.bits) {
                Some(set) => NodeView::Levels { feature, set, missing_right, left, right },
                None => {
                    let threshold = node.threshold();
                    NodeView::Threshold { feature, threshold, missing_right, left, right }
                }
            }
        })
    }
}

/// The set of a split on this feature; `None` for a numeric one.
fn set<'a>(shape: &Shape, sets: &'a [u32], feature: usize, place: u32) -> Option<LevelSet<'a>> {
    let levels = shape.levels(feature)?;
    Some(LevelSet { words: &sets[place as usize..][..words(levels)], levels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, TreeBuilder};

    #[test]
    fn a_tree_is_read_as_it_was_written() {
        let columns = vec![Column::Numeric, Column::Category { levels: 32 }];
        let shape = Shape::new(columns, 1).unwrap();
        let mut trees = Vec::new();
        for offset in [0.0, 10.0] {
            let mut builder = TreeBuilder::new(&shape);
            let left = builder.split_at(0, 0, 0.5, true).unwrap();
            builder.leaf(left, &[offset + 1.0]).unwrap();
            // Level 3 and the unseen one.
            let inner = builder.split_by_levels(left + 1, 1, &[8, 1], false).unwrap();
            builder.leaf(inner, &[offset + 2.0]).unwrap();
            builder.leaf(inner + 1, &[offset + 3.0]).unwrap();
            trees.push(builder.finish());
        }
        let forest = Forest::from_trees(shape, trees).unwrap();
        let nodes: Vec<NodeView> = forest.tree(1).collect();
        assert_eq!(nodes.len(), 5);
        let expected =
            NodeView::Threshold { feature: 0, threshold: 0.5, missing_right: true, left: 1, right: 2 };
        assert_eq!(nodes[0], expected);
        assert_eq!(nodes[1], NodeView::Leaf { answer: &[11.0] });
        let NodeView::Levels { feature: 1, set, missing_right: false, left: 3, right: 4 } = nodes[2] else {
            panic!("{:?}", nodes[2])
        };
        assert_eq!((0..=set.levels()).filter(|&code| set.contains(code)).collect::<Vec<_>>(), [3, 32]);
        assert_eq!(nodes[4], NodeView::Leaf { answer: &[13.0] });
    }
}
