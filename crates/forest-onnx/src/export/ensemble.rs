//! The trees as the parallel lists of a `TreeEnsembleRegressor`.

use forest::{Forest, NodeView};

use super::graph::{GraphWriter, doubles, int, ints, text, texts};
use super::level_chain::{length, steps};
use super::{ExportError, LARGEST_FILE};
use crate::proto::{AttributeProto, element};

/// Fewest bytes that a node takes in the file: eight for its value, two for each number, twelve for the name of its kind.
const BYTES_PER_NODE: u64 = 32;

/// Adds the nodes that answer the mean of the trees, `f32` of shape `[rows, outputs]`.
pub(super) fn mean_of_trees(
    graph: &mut GraphWriter,
    forest: &Forest,
    matrix: &str,
    output: &str,
) -> Result<String, ExportError> {
    let nodes = node_count(forest);
    if nodes.saturating_mul(BYTES_PER_NODE) > LARGEST_FILE {
        return Err(ExportError::TooLarge { nodes });
    }
    let mut lists = Lists::default();
    for tree in 0..forest.tree_count() {
        lists.tree(forest, tree);
    }
    let wide = graph.node("Cast", &[matrix], "/double", vec![int("to", element::DOUBLE.into())]);
    let attributes = lists.attributes(forest.shape().outputs());
    Ok(graph.ml_node("TreeEnsembleRegressor", &[&wide], output, attributes))
}

/// Number of nodes that the trees take in the file.
pub(super) fn node_count(forest: &Forest) -> u64 {
    let nodes = (0..forest.tree_count()).flat_map(|tree| forest.tree(tree));
    nodes.map(|node| size(&node)).sum()
}

fn size(node: &NodeView<'_>) -> u64 {
    match node {
        NodeView::Threshold { .. } | NodeView::Leaf { .. } => 1,
        NodeView::Levels { set, .. } => length(*set),
    }
}

/// The lists of the operator: one entry for each node, then one for each weight of a leaf.
#[derive(Debug, Default)]
struct Lists {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<Vec<u8>>,
    values: Vec<f64>,
    trues: Vec<i64>,
    falses: Vec<i64>,
    missing_is_true: Vec<i64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    weight_outputs: Vec<i64>,
    weights: Vec<f64>,
}

/// One node of the file.
#[derive(Clone, Copy)]
struct Row {
    feature: usize,
    mode: &'static str,
    value: f64,
    when_true: i64,
    when_false: i64,
    missing_is_true: bool,
}

impl Lists {
    fn tree(&mut self, forest: &Forest, tree: usize) {
        // The first number of each node in the file: a level set takes several.
        let mut next = 0;
        let mut numbers = Vec::with_capacity(forest.tree(tree).len());
        for node in forest.tree(tree) {
            numbers.push(next);
            next += size(&node) as i64;
        }
        for (node, &number) in forest.tree(tree).zip(&numbers) {
            match node {
                NodeView::Threshold { feature, threshold, missing_right, left, right } => {
                    let row = Row {
                        feature,
                        mode: "BRANCH_LEQ",
                        value: threshold.into(),
                        when_true: numbers[left],
                        when_false: numbers[right],
                        missing_is_true: !missing_right,
                    };
                    self.push(tree, number, row);
                }
                NodeView::Levels { feature, set, missing_right, left, right } => {
                    let child = |is_left| if is_left { numbers[left] } else { numbers[right] };
                    let steps = steps(set, missing_right);
                    for (place, step) in (0..).zip(&steps) {
                        let is_last = place + 1 == steps.len() as i64;
                        let row = Row {
                            feature,
                            mode: "BRANCH_LEQ",
                            value: step.threshold.into(),
                            when_true: child(step.true_is_left),
                            when_false: if is_last { child(!step.true_is_left) } else { number + place + 1 },
                            missing_is_true: step.missing_is_true,
                        };
                        self.push(tree, number + place, row);
                    }
                }
                NodeView::Leaf { answer } => {
                    let row = Row {
                        feature: 0,
                        mode: "LEAF",
                        value: 0.0,
                        when_true: 0,
                        when_false: 0,
                        missing_is_true: false,
                    };
                    self.push(tree, number, row);
                    self.weights(tree, number, answer);
                }
            }
        }
    }

    fn push(&mut self, tree: usize, number: i64, row: Row) {
        self.trees.push(tree as i64);
        self.nodes.push(number);
        self.features.push(row.feature as i64);
        self.modes.push(row.mode.into());
        self.values.push(row.value);
        self.trues.push(row.when_true);
        self.falses.push(row.when_false);
        self.missing_is_true.push(row.missing_is_true.into());
    }

    /// The numbers of a leaf. Zeros add nothing and are left out, but a leaf has one number at least.
    fn weights(&mut self, tree: usize, number: i64, answer: &[f64]) {
        for (output, &weight) in answer.iter().enumerate() {
            if weight != 0.0 || output == 0 {
                self.weight_trees.push(tree as i64);
                self.weight_nodes.push(number);
                self.weight_outputs.push(output as i64);
                self.weights.push(weight);
            }
        }
    }

    fn attributes(self, outputs: usize) -> Vec<AttributeProto> {
        vec![
            text("aggregate_function", "AVERAGE"),
            int("n_targets", outputs as i64),
            ints("nodes_falsenodeids", self.falses),
            ints("nodes_featureids", self.features),
            ints("nodes_missing_value_tracks_true", self.missing_is_true),
            texts("nodes_modes", self.modes),
            ints("nodes_nodeids", self.nodes),
            ints("nodes_treeids", self.trees),
            ints("nodes_truenodeids", self.trues),
            doubles("nodes_values_as_tensor", &self.values),
            text("post_transform", "NONE"),
            ints("target_ids", self.weight_outputs),
            ints("target_nodeids", self.weight_nodes),
            ints("target_treeids", self.weight_trees),
            doubles("target_weights_as_tensor", &self.weights),
        ]
    }
}
