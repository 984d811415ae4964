//! The top of a tree as a picture.

use forest::{Forest, ForestModel, NodeView};
use model_core::{Encoder, FeatureKind, Model, Task, winning_class};

use crate::picture::{Tree, TreeNode};
use crate::report::{cell, figure, value};

/// Splits from the root that are drawn, and levels that a split names.
const DEPTH: usize = 3;
const NAMED: usize = 3;

/// The first tree down to a few splits.
pub(super) fn first_tree(model: &ForestModel) -> String {
    let title = format!("The first of {} trees, down to {DEPTH} splits", model.forest().tree_count());
    top_of(model.forest(), model.encoder(), title)
}

/// The only tree of a forest down to a few splits.
pub(super) fn single_tree(forest: &Forest, encoder: &Encoder) -> String {
    top_of(forest, encoder, format!("The single tree, down to {DEPTH} splits"))
}

fn top_of(forest: &Forest, encoder: &Encoder, title: String) -> String {
    let nodes: Vec<NodeView<'_>> = forest.tree(0).collect();
    Tree { title, root: node(encoder, &nodes, 0, DEPTH) }.svg()
}

fn node(encoder: &Encoder, nodes: &[NodeView<'_>], place: usize, depth: usize) -> TreeNode {
    match nodes[place] {
        NodeView::Leaf { answer } => TreeNode::leaf(answer_of(&encoder.schema().target.task, answer)),
        _ if depth == 0 => TreeNode::leaf("…".into()),
        NodeView::Threshold { feature, threshold, left, right, .. } => {
            let name = &encoder.schema().features[feature].name;
            let label = match encoder.schema().features[feature].kind {
                FeatureKind::Boolean => format!("{name} is false"),
                _ => format!("{name} ≤ {}", value(threshold.into())),
            };
            TreeNode::split(label, [left, right].map(|child| node(encoder, nodes, child, depth - 1)))
        }
        NodeView::Levels { feature, set, left, right, .. } => {
            let codes: Vec<u32> = (0..set.levels()).filter(|&code| set.contains(code)).collect();
            let label = levels(encoder, feature, &codes);
            TreeNode::split(label, [left, right].map(|child| node(encoder, nodes, child, depth - 1)))
        }
    }
}

fn levels(encoder: &Encoder, feature: usize, codes: &[u32]) -> String {
    let name = |code: &u32| cell(encoder.decode(feature, *code as f32));
    let mut names: Vec<String> = codes.iter().take(NAMED).map(name).collect();
    if codes.len() > NAMED {
        names.push(format!("{} more", codes.len() - NAMED));
    }
    format!("{} is {}", encoder.schema().features[feature].name, names.join(", "))
}

fn answer_of(task: &Task, answer: &[f64]) -> String {
    match task {
        Task::Regression => figure(answer[0]),
        Task::Classification(classes) => {
            let class = winning_class(answer);
            format!("{} ({:.2})", classes[class], answer[class])
        }
    }
}
