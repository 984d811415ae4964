//! The trees of a model for other programs, one JSON object a line.
//!
//! `{"tree": 0, "nodes": […]}`; a node names its children by their places in the list, and the root comes first. A split has
//! `feature`, `left`, `right`, `missing` (`"left"` or `"right"`), and either `threshold` (values up to it go left) or
//! `levels` (the levels that go left) with `unseen`; a leaf has `answer`, a list of one number for regression and of one
//! probability for each class. `cover` is the weight of the training rows that came to the node.

use forest::{ForestModel, LevelSet, NodeView};
use model_core::{FeatureKind, FeatureSchema, Levels, Model};
use serde_json::{Value, json};

use crate::error::Error;
use crate::standard_output::print;

/// Prints all trees.
pub(super) fn print_trees(model: &ForestModel) -> Result<(), Error> {
    let forest = model.forest();
    let covers = forest.node_covers();
    let mut first = 0;
    for tree in 0..forest.tree_count() {
        let mut nodes: Vec<Value> = forest.tree(tree).map(|node| document(node, model.schema())).collect();
        if let Some(covers) = &covers {
            for (node, cover) in nodes.iter_mut().zip(&covers[first..]) {
                node["cover"] = (*cover).into();
            }
        }
        first += nodes.len();
        print(&format!("{}\n", json!({"tree": tree, "nodes": nodes})))?;
    }
    Ok(())
}

fn document(node: NodeView<'_>, schema: &FeatureSchema) -> Value {
    let name = |feature: usize| schema.features[feature].name.as_str();
    match node {
        NodeView::Threshold { feature, threshold, missing_right, left, right } => json!({
            "feature": name(feature),
            // JSON has no infinity. As one, the largest double is beyond every `f32`.
            "threshold": f64::from(threshold).clamp(f64::MIN, f64::MAX),
            "missing": side(missing_right),
            "left": left,
            "right": right,
        }),
        NodeView::Levels { feature, set, missing_right, left, right } => json!({
            "feature": name(feature),
            "levels": levels(&schema.features[feature].kind, set),
            "unseen": side(!set.contains(set.levels())),
            "missing": side(missing_right),
            "left": left,
            "right": right,
        }),
        NodeView::Leaf { answer } => json!({"answer": answer}),
    }
}

fn side(right: bool) -> &'static str {
    if right { "right" } else { "left" }
}

/// The levels of a set as the data writes them.
fn levels(kind: &FeatureKind, set: LevelSet<'_>) -> Vec<Value> {
    let FeatureKind::Category(category) = kind else { return Vec::new() };
    let codes = (0..set.levels()).filter(|&code| set.contains(code)).map(|code| code as usize);
    match &category.levels {
        Levels::Text(names) => codes.map(|code| names[code].as_str().into()).collect(),
        Levels::Integer { values, .. } => codes.map(|code| values[code].into()).collect(),
    }
}
