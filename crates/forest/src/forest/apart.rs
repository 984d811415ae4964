//! A forest taken apart again, so that others can be put behind its trees.

use rayon::prelude::*;

use super::Forest;
use crate::GrownTree;
use crate::category_sets::words;
use crate::node::Node;

impl Forest {
    /// The trees in order, as a learner hands them over. [`Forest::from_trees`] makes the same forest of them, but for
    /// intervals, which belong to a forest as a whole.
    pub fn to_trees(&self) -> Vec<GrownTree> {
        let covers = self.covers.as_ref().map(|covers| covers.by_node(self));
        (0..self.tree_count()).into_par_iter().map(|tree| self.to_tree(tree, covers.as_deref())).collect()
    }

    fn to_tree(&self, tree: usize, covers: Option<&[f64]>) -> GrownTree {
        let (nodes, outputs) = (self.nodes_of_tree(tree), self.shape.outputs());
        let packing = self.shape.packing();
        // In the order of the forest's tables, so that they come out the same again.
        let leaves = ascending(nodes.iter().filter(|node| node.is_leaf()).map(|node| node.leaf()));
        let sets = ascending(nodes.iter().filter(|node| node.is_category()).map(|node| node.bits));
        let answers = self.leaves_of(tree);
        let mut own_sets = Vec::new();
        let mut places = vec![0; sets.len()];
        let renamed = |names: &[u32], name: u32| names.binary_search(&name).unwrap_or_default();
        for node in nodes.iter().filter(|node| node.is_category()) {
            let place = renamed(&sets, node.bits);
            let levels = self.shape.levels(packing.feature(node) as usize).unwrap_or_default();
            places[place] = words(levels);
        }
        let mut start = 0;
        for (place, &set) in places.iter_mut().zip(&sets) {
            let length = std::mem::replace(place, start);
            own_sets.extend_from_slice(&self.sets[set as usize..][..length]);
            start += length;
        }
        let own = |node: Node| {
            if node.is_category() {
                Node { bits: places[renamed(&sets, node.bits)] as u32, packed: node.packed }
            } else if node.is_leaf() {
                packing.leaf(packing.child(node), renamed(&leaves, node.leaf()) as u32)
            } else {
                node
            }
        };
        let of_leaf = |(node, &cover): (Node, &f64)| if node.is_leaf() { cover as f32 } else { 0.0 };
        GrownTree {
            nodes: nodes.iter().map(own).collect(),
            sets: own_sets,
            leaves: leaves
                .iter()
                .flat_map(|&leaf| &answers[leaf as usize * outputs..][..outputs])
                .copied()
                .collect(),
            covers: covers.map_or_else(Vec::new, |covers| {
                nodes.iter().zip(&covers[self.root(tree)..]).map(of_leaf).collect()
            }),
        }
    }
}

/// The different names, the smallest first.
fn ascending(names: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut names: Vec<u32> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
