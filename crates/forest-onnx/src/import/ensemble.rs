//! The lists of a tree ensemble, checked against each other.

use std::collections::HashMap;

use model_core::schema::Label;

use crate::proto::NodeProto;

use super::ImportError;
use super::attributes::Attributes;
use super::graph::operator;
use super::leaves::Leaves;

/// More features than this cannot be in a forest, whose own limit is below.
const WIDEST: usize = 1 << 16;

/// What a node does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing more: the end.
    Leaf,
    /// True when the value is at most the threshold.
    AtMost,
    /// True when it is below.
    Below,
    /// True when it is above.
    Above,
    /// True when it is at least the threshold.
    AtLeast,
}

/// One node of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FileNode {
    pub(super) tree: i64,
    pub(super) number: i64,
    pub(super) mode: Mode,
    pub(super) feature: i64,
    pub(super) value: f64,
    pub(super) when_true: i64,
    pub(super) when_false: i64,
    pub(super) missing_is_true: bool,
}

/// A tree ensemble of either kind.
#[derive(Debug)]
pub(super) struct Ensemble {
    pub(super) nodes: Vec<FileNode>,
    /// Position of each node by tree and number.
    pub(super) positions: HashMap<(i64, i64), usize>,
    pub(super) leaves: Leaves,
}

impl Ensemble {
    pub(super) fn read(node: &NodeProto) -> Result<Self, ImportError> {
        let attributes = Attributes::of(node);
        if attributes.text("post_transform", "NONE") != "NONE" {
            let reason =
                "the sum of the trees is transformed, as boosted trees do; a forest answers their mean";
            return Err(ImportError::Attribute { attribute: "post_transform", reason: reason.into() });
        }
        let nodes = read_nodes(&attributes)?;
        let mut positions = HashMap::with_capacity(nodes.len());
        for (position, node) in nodes.iter().enumerate() {
            if positions.insert((node.tree, node.number), position).is_some() {
                return Err(node.fault("it stands twice in the file"));
            }
        }
        let leaves = Leaves::read(&attributes, operator(node), &nodes, &positions)?;
        Ok(Self { nodes, positions, leaves })
    }

    /// The classes in ascending order; `None` for a regression.
    pub(super) fn classes(&self) -> Option<&[Label]> {
        self.leaves.classes()
    }

    /// Whether a missing value is ever sent to a true branch. A comparison with NaN is false.
    pub(super) fn knows_missing(&self) -> bool {
        self.nodes.iter().any(|node| node.missing_is_true && node.mode != Mode::Leaf)
    }

    /// The number of features, from what the graph and the caller say of it.
    pub(super) fn width(&self, graph: Option<usize>, named: Option<usize>) -> Result<usize, ImportError> {
        let splits = self.nodes.iter().filter(|node| node.mode != Mode::Leaf);
        let highest = splits.map(|node| node.feature).max().unwrap_or(0);
        let used = usize::try_from(highest).unwrap_or(0).saturating_add(1);
        let width = graph.or(named).unwrap_or(used);
        if width > WIDEST {
            let reason = format!("it asks for {width} features, more than any forest can have");
            return Err(ImportError::Graph { reason });
        }
        match named {
            Some(named) if named != width => Err(ImportError::Width { named, expected: width }),
            _ => Ok(width),
        }
    }
}

impl FileNode {
    pub(super) fn fault(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Node { tree: self.tree, node: self.number, reason: reason.into() }
    }
}

fn read_nodes(attributes: &Attributes<'_>) -> Result<Vec<FileNode>, ImportError> {
    let modes = attributes.texts("nodes_modes");
    let count = modes.len();
    if count == 0 {
        return Err(ImportError::Attribute { attribute: "nodes_modes", reason: "there are no nodes".into() });
    }
    let list = |name: &'static str| match attributes.ints(name) {
        list if list.len() == count => Ok(list),
        list => Err(length(name, list.len(), count)),
    };
    let trees = list("nodes_treeids")?;
    let numbers = list("nodes_nodeids")?;
    let features = list("nodes_featureids")?;
    let trues = list("nodes_truenodeids")?;
    let falses = list("nodes_falsenodeids")?;
    let values = attributes.numbers("nodes_values", "nodes_values_as_tensor")?;
    if values.len() != count {
        return Err(length("nodes_values", values.len(), count));
    }
    let missing = attributes.ints("nodes_missing_value_tracks_true");
    if !missing.is_empty() && missing.len() != count {
        return Err(length("nodes_missing_value_tracks_true", missing.len(), count));
    }
    (0..count)
        .map(|at| {
            let mut node = FileNode {
                tree: trees[at],
                number: numbers[at],
                mode: Mode::Leaf,
                feature: features[at],
                value: values[at],
                when_true: trues[at],
                when_false: falses[at],
                missing_is_true: missing.get(at).is_some_and(|&tracks| tracks != 0),
            };
            node.mode = mode(&modes[at]).ok_or_else(|| {
                node.fault(format!(
                    "{:?} is no test of a forest: expected BRANCH_LEQ, _LT, _GT, _GTE or LEAF",
                    String::from_utf8_lossy(&modes[at])
                ))
            })?;
            Ok(node)
        })
        .collect()
}

fn mode(name: &[u8]) -> Option<Mode> {
    Some(match name {
        b"LEAF" => Mode::Leaf,
        b"BRANCH_LEQ" => Mode::AtMost,
        b"BRANCH_LT" => Mode::Below,
        b"BRANCH_GT" => Mode::Above,
        b"BRANCH_GTE" => Mode::AtLeast,
        _ => return None,
    })
}

pub(super) fn length(attribute: &'static str, found: usize, expected: usize) -> ImportError {
    ImportError::Attribute { attribute, reason: format!("{found} entries, expected {expected}") }
}
