//! Puts a tree that grew by itself in the place of an open node.

use super::{GrownTree, OPEN, TreeBuilder};
use crate::ForestError;
use crate::category_sets::words;
use crate::node::{LEAF_LIMIT, Node};

impl TreeBuilder<'_> {
    /// Makes `node` the root of a tree of the same shape. The result is as if the nodes of the tree had been decided here
    /// in the same order.
    ///
    /// # Errors
    /// When the tree has more nodes or distinct leaves than its nodes can name, or too many sets.
    ///
    /// # Panics
    /// When the node is not open.
    pub fn graft(&mut self, node: u32, part: &GrownTree) -> Result<(), ForestError> {
        assert_eq!(self.nodes[node as usize], OPEN, "node {node} is decided already");
        let limit = self.packing.node_limit();
        if self.nodes.len() + part.nodes.len() - 1 > limit as usize {
            return Err(self.too_large("nodes", limit));
        }
        let before = self.nodes.len() as u32 - 1;
        let place = |own: u32| if own == 0 { node } else { own + before };
        // Tables are in the order in which what they hold was first decided.
        let outputs = self.shape.outputs();
        let leaves: Vec<u32> =
            part.leaves.chunks_exact(outputs).map(|answer| self.leaves.add(answer)).collect();
        if leaves.iter().any(|&leaf| leaf >= LEAF_LIMIT) {
            return Err(self.too_large("leaves", LEAF_LIMIT));
        }
        let sets = self.graft_sets(part)?;
        let grafted = |own: &Node| {
            let child = self.packing.child(*own);
            if own.is_leaf() {
                self.packing.leaf(place(child), leaves[own.leaf() as usize])
            } else {
                let set =
                    sets.binary_search_by_key(&own.bits, |set| set.0).ok().filter(|_| own.is_category());
                let bits = set.map_or(own.bits, |set| sets[set].1);
                self.packing.with_child(Node { bits, packed: own.packed }, place(child))
            }
        };
        let mut nodes = part.nodes.iter().map(grafted);
        let root = nodes.next();
        let others: Vec<Node> = nodes.collect();
        if let Some(root) = root {
            self.nodes[node as usize] = root;
        }
        self.nodes.extend(others);
        for (own, &cover) in (0u32..).zip(&part.covers).filter(|(_, cover)| **cover > 0.0) {
            self.cover(place(own), f64::from(cover));
        }
        Ok(())
    }

    /// The places of a part's sets, there and here, in the order of the former.
    fn graft_sets(&mut self, part: &GrownTree) -> Result<Vec<(u32, u32)>, ForestError> {
        let set = |node: &Node| {
            let levels = self.shape.levels(self.packing.feature(*node) as usize)?;
            Some((node.bits, words(levels)))
        };
        let mut sets: Vec<(u32, usize)> =
            part.nodes.iter().filter(|node| node.is_category()).filter_map(set).collect();
        sets.sort_unstable();
        sets.dedup();
        let here = |(place, words): (u32, usize)| {
            Ok((place, self.sets.place(&part.sets[place as usize..][..words])?))
        };
        sets.into_iter().map(here).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Column, GrownTree, Shape, TreeBuilder};

    /// Decides what is below a node; nodes of depth 2 grow by themselves where a shape is given.
    fn grow(tree: &mut TreeBuilder<'_>, node: u32, depth: u32, path: u32, of_parts: Option<&Shape>) {
        if let Some(shape) = of_parts.filter(|_| depth == 2) {
            let mut part = TreeBuilder::new(shape);
            grow(&mut part, 0, depth, path, None);
            return tree.graft(node, &part.finish()).unwrap();
        }
        if depth == 0 {
            tree.cover(node, f64::from(path) + 1.0);
            return tree.leaf(node, &[f64::from(path % 3), 1.0]).unwrap();
        }
        let child = if path.is_multiple_of(2) {
            tree.split_by_levels(node, 1, &[0b101 << (path % 3)], path.is_multiple_of(3)).unwrap()
        } else {
            tree.split_at(node, 0, path as f32, true).unwrap()
        };
        grow(tree, child, depth - 1, path * 2, of_parts);
        grow(tree, child + 1, depth - 1, path * 2 + 1, of_parts);
    }

    #[test]
    fn a_tree_of_parts_is_the_tree_grown_at_once() {
        let shape = Shape::new(vec![Column::Numeric, Column::Category { levels: 4 }], 2).unwrap();
        let built = |depth: u32, of_parts: Option<&Shape>| -> GrownTree {
            let mut tree = TreeBuilder::new(&shape);
            grow(&mut tree, 0, depth, 1, of_parts);
            tree.finish()
        };
        // Parts below splits, a part as the root, a part of one leaf.
        for depth in [5, 2] {
            let (once, parts) = (built(depth, None), built(depth, Some(&shape)));
            assert_eq!(once.nodes, parts.nodes);
            assert_eq!((once.sets, once.leaves, once.covers), (parts.sets, parts.leaves, parts.covers));
        }
    }
}
