//! What explanations need of a forest beside its nodes: which share of a split's training weight went to each child.

use crate::Forest;
use crate::covers::Covers;
use crate::quadrature::Rule;

/// Computed once from the covers, on the first explanation.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    /// For every node its cover as a share of its parent's, above 0; 1 for a root.
    pub(crate) of_parent: Vec<f64>,
    /// Mean answer over the training weight: what a forest answers that knows no feature.
    pub(crate) base: Vec<f64>,
    /// A rule that is exact for every path of the forest.
    pub(crate) rule: Rule,
}

impl Shares {
    pub(crate) fn new(forest: &Forest, covers: &Covers) -> Self {
        let covers = covers.by_node(forest);
        let mut of_parent = vec![1.0; covers.len()];
        let mut base = vec![0.0; forest.shape().outputs()];
        let mut longest = 0;
        for tree in 0..forest.tree_count() {
            let range = forest.root(tree)..forest.root(tree) + forest.nodes_of_tree(tree).len();
            longest =
                longest.max(add_tree(forest, tree, &covers[range.clone()], &mut of_parent[range], &mut base));
        }
        for value in &mut base {
            *value /= forest.tree_count() as f64;
        }
        Self { of_parent, base, rule: Rule::for_degree(longest.saturating_sub(1)) }
    }
}

/// Fills in the shares of a tree, adds its mean answer, and returns a bound on the number of features on a path.
fn add_tree(forest: &Forest, tree: usize, covers: &[f64], shares: &mut [f64], base: &mut [f64]) -> usize {
    let (shape, nodes) = (forest.shape(), forest.nodes_of_tree(tree));
    let mut depths = vec![0usize; nodes.len()];
    let mut splits = vec![false; shape.width()];
    let mut deepest = 0;
    let mut sums = vec![0.0; base.len()];
    for (place, node) in nodes.iter().enumerate() {
        if node.is_leaf() {
            let answer = &forest.leaves_of(tree)[node.leaf() as usize * shape.outputs()..];
            for (sum, value) in sums.iter_mut().zip(answer) {
                *sum += covers[place] / covers[0] * value;
            }
            continue;
        }
        splits[shape.packing().feature(node) as usize] = true;
        let child = shape.packing().child(node) as usize;
        for child in [child, child + 1] {
            shares[child] = covers[child] / covers[place];
            depths[child] = depths[place] + 1;
            deepest = deepest.max(depths[child]);
        }
    }
    for (base, sum) in base.iter_mut().zip(sums) {
        *base += sum;
    }
    deepest.min(splits.iter().filter(|&&splits| splits).count())
}
