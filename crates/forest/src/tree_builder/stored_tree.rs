//! A grown tree as bytes, so that the trees of one forest can be grown by several processes and put together by another.
//!
//! All numbers are little-endian: how many nodes, words of sets and answers there are and whether covers follow, `u32` each;
//! then the nodes, 8 bytes each, the words, `u32`, the answers, `outputs` `f64` each, and the cover of every leaf in the order
//! of the nodes, `f32`. Unlike in an artifact nothing is shared between trees, so that a forest that is put together of
//! stored trees is, to the byte, the one of the trees themselves.

use super::GrownTree;
use crate::category_sets::words;
use crate::covers::LARGEST_COVER;
use crate::node::{LEAF_LIMIT, NODE_BYTES, Node};
use crate::{ForestError, Shape};

impl GrownTree {
    /// Appends the tree to `bytes`.
    pub fn encode(&self, shape: &Shape, bytes: &mut Vec<u8>) {
        let has_covers = self.covers.len() == self.nodes.len();
        let answers = self.leaves.len() / shape.outputs();
        for count in [self.nodes.len(), self.sets.len(), answers, usize::from(has_covers)] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend(self.nodes.iter().flat_map(|node| node.to_bytes()));
        bytes.extend(self.sets.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(self.leaves.iter().flat_map(|value| value.to_le_bytes()));
        let covers = self.nodes.iter().zip(&self.covers).filter(|(node, _)| node.is_leaf());
        bytes.extend(covers.flat_map(|(_, cover)| cover.to_le_bytes()));
    }

    /// Takes a tree of this shape from the front of `bytes`, and checks all that [`Forest::from_trees`] relies on; what a walk
    /// relies on is checked there. `tree` is its number, for errors. Allocates no more than `bytes` is long.
    ///
    /// [`Forest::from_trees`]: crate::Forest::from_trees
    ///
    /// # Errors
    /// When the bytes end within the tree, or a node names what there is not.
    pub fn decode(shape: &Shape, tree: usize, bytes: &mut &[u8]) -> Result<Self, ForestError> {
        Stored { shape, tree, bytes }.take()
    }
}

struct Stored<'a, 'b> {
    shape: &'a Shape,
    tree: usize,
    bytes: &'a mut &'b [u8],
}

impl<'b> Stored<'_, 'b> {
    fn take(mut self) -> Result<GrownTree, ForestError> {
        let [nodes, sets, answers, has_covers] = [self.word()?, self.word()?, self.word()?, self.word()?];
        if answers > LEAF_LIMIT || nodes > self.shape.packing().node_limit() {
            return Err(self.fault("it is larger than a node can name"));
        }
        let nodes: Vec<Node> = self.array::<NODE_BYTES>(nodes as usize)?.iter().map(node).collect();
        let sets: Vec<u32> =
            self.array(sets as usize)?.iter().map(|&word| u32::from_le_bytes(word)).collect();
        let numbers = (answers as usize).saturating_mul(self.shape.outputs());
        let leaves = self.array(numbers)?.iter().map(|&value| f64::from_le_bytes(value)).collect();
        self.check_names(&nodes, sets.len(), answers)?;
        let covers = match has_covers {
            0 => Vec::new(),
            1 => self.covers(&nodes)?,
            _ => return Err(self.fault("it is of another form")),
        };
        Ok(GrownTree { nodes, sets, leaves, covers })
    }

    fn covers(&mut self, nodes: &[Node]) -> Result<Vec<f32>, ForestError> {
        let leaves = nodes.iter().filter(|node| node.is_leaf()).count();
        let mut stored = self.array(leaves)?.iter().map(|&cover| f32::from_le_bytes(cover));
        let of_node = |node: &Node| if node.is_leaf() { stored.next().unwrap_or(f32::NAN) } else { 0.0 };
        let covers: Vec<f32> = nodes.iter().map(of_node).collect();
        let is_sound =
            |(node, &cover): (&Node, &f32)| !node.is_leaf() || cover > 0.0 && cover <= LARGEST_COVER;
        match nodes.iter().zip(&covers).all(is_sound) {
            true => Ok(covers),
            false => Err(self.fault("the cover of a leaf is no positive number")),
        }
    }

    /// That every set and every answer is there that a node names.
    fn check_names(&self, nodes: &[Node], sets: usize, answers: u32) -> Result<(), ForestError> {
        let packing = self.shape.packing();
        for (place, &node) in nodes.iter().enumerate() {
            let fault = |reason| Err(ForestError::Node { tree: self.tree, node: place, reason });
            if node.is_category() {
                let feature = packing.feature(node) as usize;
                if feature >= self.shape.width() {
                    return fault("its feature does not exist");
                }
                let Some(levels) = self.shape.levels(feature) else {
                    return fault("a set of levels splits a numeric feature");
                };
                if node.bits as usize + words(levels) > sets {
                    return fault("its category set is beyond the table of sets");
                }
            } else if node.is_leaf() && node.leaf() >= answers {
                return fault("its leaf is beyond the leaf table");
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Result<u32, ForestError> {
        Ok(self.array(1)?.first().map_or(0, |&word| u32::from_le_bytes(word)))
    }

    fn array<const SIZE: usize>(&mut self, count: usize) -> Result<&'b [[u8; SIZE]], ForestError> {
        let length = count.checked_mul(SIZE);
        let taken = length.and_then(|length| self.bytes.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| self.fault("its bytes end too early"))?;
        *self.bytes = rest;
        Ok(taken.as_chunks().0)
    }

    fn fault(&self, reason: &'static str) -> ForestError {
        ForestError::Tree { tree: self.tree, reason }
    }
}

fn node(bytes: &[u8; NODE_BYTES]) -> Node {
    Node::from_bytes(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Forest, TreeBuilder};

    fn shape() -> Shape {
        Shape::new(vec![Column::Numeric, Column::Category { levels: 40 }], 2).unwrap()
    }

    /// A threshold, a set below it, and three leaves of which two are equal.
    fn tree(shape: &Shape) -> GrownTree {
        let mut builder = TreeBuilder::new(shape);
        let left = builder.split_at(0, 0, 1.5, true).unwrap();
        let levels = builder.split_by_levels(left, 1, &[0b101, 0b10], false).unwrap();
        for (leaf, answer) in [(left + 1, [0.25, 0.75]), (levels, [1.0, 0.0]), (levels + 1, [0.25, 0.75])] {
            builder.leaf(leaf, &answer).unwrap();
            builder.cover(leaf, 3.0);
        }
        builder.finish()
    }

    #[test]
    fn a_tree_comes_back_as_it_was() {
        let shape = shape();
        let tree = tree(&shape);
        let mut bytes = Vec::new();
        tree.encode(&shape, &mut bytes);
        let length = bytes.len();
        tree.encode(&shape, &mut bytes);
        let mut rest = bytes.as_slice();
        let read = [0, 1].map(|number| GrownTree::decode(&shape, number, &mut rest).unwrap());
        assert!(rest.is_empty());
        let forest = |trees| Forest::from_trees(shape.clone(), trees).unwrap();
        assert_eq!(forest(vec![tree.clone(), tree.clone()]).to_blocks(), forest(read.into()).to_blocks());
        for end in 0..length {
            assert!(GrownTree::decode(&shape, 0, &mut &bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn no_byte_can_make_it_panic() {
        let shape = shape();
        let mut bytes = Vec::new();
        tree(&shape).encode(&shape, &mut bytes);
        let numeric = Shape::new(vec![Column::Numeric; 2], 2).unwrap();
        let mut refused = 0;
        for place in 0..bytes.len() {
            for flipped in [1, 0x40, 0x80, 0xff] {
                let mut wrong = bytes.clone();
                wrong[place] ^= flipped;
                for shape in [&shape, &numeric] {
                    let read = GrownTree::decode(shape, 0, &mut wrong.as_slice());
                    let forest = read.and_then(|tree| Forest::from_trees(shape.clone(), vec![tree]));
                    refused += usize::from(forest.is_err());
                }
            }
        }
        assert!(refused > bytes.len(), "{refused}");
    }
}
