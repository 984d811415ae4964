//! What the leaves of an ensemble answer.

use std::collections::HashMap;

use model_core::schema::Label;

use super::ImportError;
use super::attributes::Attributes;
use super::ensemble::{FileNode, Mode, length};

/// How far the shares of a leaf may be from a sum of 1: they are `f32`.
const SHARE_TOLERANCE: f64 = 1e-4;
/// A share this near to 0 or 1 is meant to be it: an `f32` divided by the number of trees and multiplied again.
const NEARLY_PURE: f64 = f32::EPSILON as f64;
/// Most numbers of all leaves for each weight that is stored: files hold them all, or one of two.
const SPARSEST: usize = 16;

/// The weights of all leaves and what they mean.
#[derive(Debug)]
pub(super) struct Leaves {
    /// Output and weight, leaf after leaf.
    weights: Vec<(usize, f64)>,
    /// Where the weights of each node begin, one more at the end.
    starts: Vec<usize>,
    meaning: Meaning,
    /// Number of trees when the ensemble adds up, 1 when it averages: what a weight is multiplied by.
    factor: f64,
    /// Added to the answer of a regression.
    base: f64,
}

#[derive(Debug)]
enum Meaning {
    Number,
    /// One weight a leaf, of the second of two classes.
    SecondOfTwo(Vec<Label>),
    /// One weight for each class, and the place of each class of the file in ascending order.
    EveryClass(Vec<Label>, Vec<usize>),
}

impl Leaves {
    pub(super) fn read(
        attributes: &Attributes<'_>,
        operator: &str,
        nodes: &[FileNode],
        positions: &HashMap<(i64, i64), usize>,
    ) -> Result<Self, ImportError> {
        let is_classifier = operator == "TreeEnsembleClassifier";
        let names = if is_classifier { CLASSIFIER } else { REGRESSOR };
        let outputs = attributes.ints(names.outputs);
        let meaning =
            if is_classifier { class_meaning(attributes, outputs)? } else { one_target(attributes)? };
        let (weights, starts) = by_node(attributes, &names, &meaning, nodes, positions)?;
        check_size(&weights, nodes, &meaning)?;
        let trees = nodes.iter().map(|node| node.tree).collect::<std::collections::HashSet<_>>().len();
        let factor = match attributes.text("aggregate_function", "SUM").as_str() {
            "SUM" => trees as f64,
            "AVERAGE" => 1.0,
            other => {
                let reason = format!("{other:?}, expected SUM or AVERAGE");
                return Err(ImportError::Attribute { attribute: "aggregate_function", reason });
            }
        };
        let base = attributes.numbers("base_values", "base_values_as_tensor")?;
        let base = match base[..] {
            [] => 0.0,
            [base] if !is_classifier => base,
            _ if base.iter().all(|&base| base == 0.0) => 0.0,
            _ => {
                let reason = "something is added to the trees, as boosted trees do".into();
                return Err(ImportError::Attribute { attribute: "base_values", reason });
            }
        };
        Ok(Self { weights, starts, meaning, factor, base })
    }

    pub(super) fn classes(&self) -> Option<&[Label]> {
        match &self.meaning {
            Meaning::Number => None,
            Meaning::SecondOfTwo(labels) | Meaning::EveryClass(labels, _) => Some(labels),
        }
    }

    /// The answer of the tree at the leaf that stands at this position in the file.
    pub(super) fn answer(&self, position: usize) -> Result<Vec<f64>, String> {
        let weights = &self.weights[self.starts[position]..self.starts[position + 1]];
        let sum = |output| -> f64 {
            let of_output = weights.iter().filter(|&&(candidate, _)| candidate == output);
            of_output.map(|&(_, weight)| weight * self.factor).sum()
        };
        match &self.meaning {
            Meaning::Number => {
                let weights = weights.iter().map(|&(_, weight)| weight * self.factor);
                Ok(vec![weights.sum::<f64>() + self.base])
            }
            Meaning::SecondOfTwo(_) => {
                let second = share(sum(weights.first().map_or(0, |&(output, _)| output)))?;
                Ok(vec![1.0 - second, second])
            }
            Meaning::EveryClass(labels, places) => {
                let mut answer = vec![0.0; labels.len()];
                for &(class, weight) in weights {
                    answer[places[class]] += weight * self.factor;
                }
                let total: f64 = answer.iter().sum();
                let is_one = (1.0 - total).abs() <= SHARE_TOLERANCE;
                if !is_one {
                    return Err(format!(
                        "its shares of the classes add up to {total}, expected 1: only forests that average probabilities can be read"
                    ));
                }
                answer.iter().map(|&weight| share(weight / total)).collect()
            }
        }
    }
}

/// Names of the lists of weights.
struct Names {
    trees: &'static str,
    nodes: &'static str,
    outputs: &'static str,
    weights: &'static str,
    weights_as_tensor: &'static str,
}

const REGRESSOR: Names = Names {
    trees: "target_treeids",
    nodes: "target_nodeids",
    outputs: "target_ids",
    weights: "target_weights",
    weights_as_tensor: "target_weights_as_tensor",
};
const CLASSIFIER: Names = Names {
    trees: "class_treeids",
    nodes: "class_nodeids",
    outputs: "class_ids",
    weights: "class_weights",
    weights_as_tensor: "class_weights_as_tensor",
};

/// A probability, freed of what `f32` did to it.
fn share(weight: f64) -> Result<f64, String> {
    if !(-SHARE_TOLERANCE..=1.0 + SHARE_TOLERANCE).contains(&weight) {
        return Err(format!(
            "its share of a class is {weight}, expected 0 to 1: only forests that average probabilities can be read"
        ));
    }
    let nearest = weight.round();
    Ok(if (weight - nearest).abs() <= NEARLY_PURE { nearest } else { weight.clamp(0.0, 1.0) })
}

fn one_target(attributes: &Attributes<'_>) -> Result<Meaning, ImportError> {
    match attributes.int("n_targets").unwrap_or(1) {
        1 => Ok(Meaning::Number),
        targets => Err(ImportError::Attribute {
            attribute: "n_targets",
            reason: format!("{targets}, and a model answers one number"),
        }),
    }
}

fn class_meaning(attributes: &Attributes<'_>, class_ids: &[i64]) -> Result<Meaning, ImportError> {
    let integers = attributes.ints("classlabels_int64s").iter().map(|&label| Label::Integer(label));
    let texts = attributes.texts("classlabels_strings").iter();
    let texts = texts.map(|text| Label::Text(String::from_utf8_lossy(text).into_owned()));
    let labels: Vec<Label> = integers.chain(texts).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| labels[a].cmp(&labels[b]));
    let sorted: Vec<Label> = order.iter().map(|&class| labels[class].clone()).collect();
    if labels.is_empty() || sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        let reason = "expected one or more labels, each different".into();
        return Err(ImportError::Attribute { attribute: "classlabels", reason });
    }
    let one_id = class_ids.first().is_some_and(|first| class_ids.iter().all(|id| id == first));
    if labels.len() == 2 && one_id {
        if sorted != labels {
            let reason = "two classes with one weight must stand in ascending order".into();
            return Err(ImportError::Attribute { attribute: "classlabels", reason });
        }
        return Ok(Meaning::SecondOfTwo(sorted));
    }
    let mut places = vec![0; labels.len()];
    for (place, &class) in order.iter().enumerate() {
        places[class] = place;
    }
    Ok(Meaning::EveryClass(sorted, places))
}

type WeightsByNode = (Vec<(usize, f64)>, Vec<usize>);

/// The weights in the order of the nodes.
fn by_node(
    attributes: &Attributes<'_>,
    names: &Names,
    meaning: &Meaning,
    nodes: &[FileNode],
    positions: &HashMap<(i64, i64), usize>,
) -> Result<WeightsByNode, ImportError> {
    let weights = attributes.numbers(names.weights, names.weights_as_tensor)?;
    let count = weights.len();
    let list = |name: &'static str| match attributes.ints(name) {
        list if list.len() == count => Ok(list),
        list => Err(length(name, list.len(), count)),
    };
    let (trees, numbers, outputs) = (list(names.trees)?, list(names.nodes)?, list(names.outputs)?);
    let limit = match meaning {
        Meaning::Number => 1,
        Meaning::SecondOfTwo(_) => 2,
        Meaning::EveryClass(labels, _) => labels.len(),
    };
    let mut placed = Vec::with_capacity(count);
    for (at, &weight) in weights.iter().enumerate() {
        let fault =
            |reason: &str| ImportError::Node { tree: trees[at], node: numbers[at], reason: reason.into() };
        let &position = positions
            .get(&(trees[at], numbers[at]))
            .ok_or_else(|| fault("a weight is for it, but it is not there"))?;
        if nodes[position].mode != Mode::Leaf {
            return Err(fault("it has a weight, but is no leaf"));
        }
        let output = usize::try_from(outputs[at]).ok().filter(|&output| output < limit);
        let output = output.ok_or_else(|| fault("it has a weight for an output that is not there"))?;
        placed.push((position, output, weight));
    }
    // Stable, so that weights are added up in the order of the file.
    placed.sort_by_key(|&(position, _, _)| position);
    let mut starts = Vec::with_capacity(nodes.len() + 1);
    let mut next = 0;
    for position in 0..=nodes.len() {
        while placed.get(next).is_some_and(|&(node, _, _)| node < position) {
            next += 1;
        }
        starts.push(next);
    }
    Ok((placed.into_iter().map(|(_, output, weight)| (output, weight)).collect(), starts))
}

/// A forest holds every number of every leaf, so a file with few of them must not ask for many.
fn check_size(weights: &[(usize, f64)], nodes: &[FileNode], meaning: &Meaning) -> Result<(), ImportError> {
    let Meaning::EveryClass(labels, _) = meaning else { return Ok(()) };
    let leaves = nodes.iter().filter(|node| node.mode == Mode::Leaf).count();
    if leaves.saturating_mul(labels.len()) > weights.len().saturating_mul(SPARSEST).saturating_add(1 << 16) {
        let reason = format!(
            "{} weights for {leaves} leaves of {} classes: only forests that average probabilities can be read",
            weights.len(),
            labels.len()
        );
        return Err(ImportError::Attribute { attribute: "class_weights", reason });
    }
    Ok(())
}
