//! Trees out of the nodes of an ensemble.

use forest::{GrownTree, Shape, TreeBuilder};

use super::ImportError;
use super::ensemble::{Ensemble, FileNode, Mode};

/// Builds the trees in the order of the file. Every node must be reached from the first one of its tree, and once.
pub(super) fn build(ensemble: &Ensemble, shape: &Shape) -> Result<Vec<GrownTree>, ImportError> {
    let mut is_reached = vec![false; ensemble.nodes.len()];
    let mut has_begun = std::collections::HashSet::new();
    let mut trees = Vec::new();
    for (position, node) in ensemble.nodes.iter().enumerate() {
        if has_begun.insert(node.tree) {
            trees.push(tree(ensemble, shape, position, &mut is_reached)?);
        }
    }
    match is_reached.iter().position(|reached| !reached) {
        Some(lost) => {
            Err(ensemble.nodes[lost].fault("no branch leads to it from the first node of its tree"))
        }
        None => Ok(trees),
    }
}

fn tree(
    ensemble: &Ensemble,
    shape: &Shape,
    root: usize,
    is_reached: &mut [bool],
) -> Result<GrownTree, ImportError> {
    let mut builder = TreeBuilder::new(shape);
    let mut open = vec![(root, 0)];
    while let Some((position, place)) = open.pop() {
        let node = &ensemble.nodes[position];
        if std::mem::replace(&mut is_reached[position], true) {
            return Err(node.fault("several branches lead to it"));
        }
        let Some(split) = Split::of(node) else {
            let answer = ensemble.leaves.answer(position).map_err(|reason| node.fault(reason))?;
            builder.leaf(place, &answer)?;
            continue;
        };
        let feature = usize::try_from(node.feature).ok().filter(|&feature| feature < shape.width());
        let feature = feature
            .ok_or_else(|| node.fault(format!("it splits feature {} of {}", node.feature, shape.width())))?;
        if split.threshold.is_nan() {
            return Err(node.fault("its threshold is not a number"));
        }
        let child = |number: i64| {
            let position = ensemble.positions.get(&(node.tree, number)).copied();
            position
                .ok_or_else(|| node.fault(format!("its branch leads to node {number}, which is not there")))
        };
        let (when_true, when_false) = (child(node.when_true)?, child(node.when_false)?);
        let missing_right = node.missing_is_true != split.true_is_left;
        let left = builder.split_at(place, feature, split.threshold, missing_right)?;
        let (true_place, false_place) = if split.true_is_left { (left, left + 1) } else { (left + 1, left) };
        open.push((when_false, false_place));
        open.push((when_true, true_place));
    }
    Ok(builder.finish())
}

/// A test as the forest knows it: values up to the threshold go left.
struct Split {
    threshold: f32,
    true_is_left: bool,
}

impl Split {
    /// `None` for a leaf.
    fn of(node: &FileNode) -> Option<Self> {
        let (threshold, true_is_left) = match node.mode {
            Mode::Leaf => return None,
            Mode::AtMost => (at_most(node.value), true),
            Mode::Below => (below(node.value), true),
            Mode::Above => (at_most(node.value), false),
            Mode::AtLeast => (below(node.value), false),
        };
        Some(Self { threshold, true_is_left })
    }
}

/// The largest `f32` up to this number: no `f32` lies between the two.
fn at_most(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) > value { rounded.next_down() } else { rounded }
}

/// The largest `f32` below this number.
fn below(value: f64) -> f32 {
    let threshold = at_most(value);
    if f64::from(threshold) == value { threshold.next_down() } else { threshold }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_of_doubles_parts_the_same_singles() {
        for value in [0.1, 0.7, -0.3, 1e-40, 5.521_128_177_642_822, 1.0, 0.0, 1e300, -1e300] {
            let (limit, strict) = (at_most(value), below(value));
            let near = value as f32;
            let mut candidates = vec![0.0, near];
            if near.is_finite() {
                candidates.extend([near.next_down(), near.next_up(), limit.next_up(), strict]);
            }
            for single in candidates {
                assert_eq!(single <= limit, f64::from(single) <= value, "{single} and {value}");
                assert_eq!(single <= strict, f64::from(single) < value, "{single} below {value}");
            }
        }
    }
}
