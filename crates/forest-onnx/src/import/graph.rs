//! Which node of a graph is the forest, and that nothing beside it changes the answer.

use crate::proto::{GraphProto, ML_DOMAIN, NodeProto, element};

use super::ImportError;

/// Nodes after a classifier that only give its answer another form.
const FORMS: [&str; 4] = ["Identity", "Reshape", "Squeeze", "ZipMap"];
/// Most nodes between the input and the trees.
const LONGEST_WAY: usize = 16;
/// Operators that an error lists.
const LISTED: usize = 6;

/// The forest of a graph.
pub(super) struct Found<'a> {
    /// Its node.
    pub(super) node: &'a NodeProto,
    /// Width of the input, where the file fixes one.
    pub(super) width: Option<usize>,
}

/// Finds the one tree ensemble of the graph.
pub(super) fn find_ensemble(graph: &GraphProto) -> Result<Found<'_>, ImportError> {
    let mut ensembles = graph.node.iter().filter(|node| is_ensemble(node));
    let (Some(node), None) = (ensembles.next(), ensembles.next()) else {
        let operators: Vec<&str> = graph.node.iter().take(LISTED).map(operator).collect();
        let reason = format!(
            "expected one TreeEnsembleRegressor or TreeEnsembleClassifier, found {} nodes: {}",
            graph.node.len(),
            operators.join(", ")
        );
        return Err(ImportError::Graph { reason });
    };
    let is_classifier = operator(node) == "TreeEnsembleClassifier";
    for other in graph.node.iter().filter(|other| !is_ensemble(other)) {
        let keeps = match operator(other) {
            // A label may be of any type; a number must stay one.
            "Cast" => is_classifier || keeps_fractions(other),
            operator => FORMS.contains(&operator),
        };
        if !keeps {
            let reason = format!("the node {:?} beside the trees would change the answer", operator(other));
            return Err(ImportError::Graph { reason });
        }
    }
    Ok(Found { node, width: input_width(graph, node)? })
}

/// Follows the rows back to the input of the graph.
fn input_width(graph: &GraphProto, ensemble: &NodeProto) -> Result<Option<usize>, ImportError> {
    let fault = |reason: &str| ImportError::Graph { reason: reason.into() };
    let mut name = ensemble.input.first().ok_or_else(|| fault("the trees have no input"))?;
    for _ in 0..LONGEST_WAY {
        if let Some(input) = graph.input.iter().find(|input| input.name.as_ref() == Some(name)) {
            let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
            let shape = tensor.and_then(|tensor| tensor.shape.as_ref());
            let width = shape.and_then(|shape| shape.dim.get(1)).and_then(|dim| dim.dim_value);
            return Ok(width.and_then(|width| usize::try_from(width).ok()).filter(|&width| width > 0));
        }
        let before = graph.node.iter().find(|node| node.output.contains(name));
        let before = before.ok_or_else(|| fault("the trees do not read the input of the graph"))?;
        let keeps = match operator(before) {
            "Cast" => keeps_fractions(before),
            operator => operator == "Identity",
        };
        if !keeps {
            let reason = format!(
                "the rows pass {:?} before they reach the trees: import the forest alone, without the steps before it",
                operator(before)
            );
            return Err(ImportError::Graph { reason });
        }
        name = before.input.first().ok_or_else(|| fault("a node has no input"))?;
    }
    Err(fault("the rows take a longer way to the trees than any forest needs, or go round in a circle"))
}

fn is_ensemble(node: &NodeProto) -> bool {
    node.domain.as_deref() == Some(ML_DOMAIN)
        && matches!(operator(node), "TreeEnsembleRegressor" | "TreeEnsembleClassifier")
}

pub(super) fn operator(node: &NodeProto) -> &str {
    node.op_type.as_deref().unwrap_or_default()
}

/// Whether a cast leads to a type with fractions.
fn keeps_fractions(cast: &NodeProto) -> bool {
    let to = cast.attribute.iter().find(|attribute| attribute.name.as_deref() == Some("to"));
    let types = [i64::from(element::FLOAT), i64::from(element::DOUBLE)];
    to.and_then(|to| to.i).is_some_and(|to| types.contains(&to))
}
