//! A test of a level set as thresholds between codes.
//!
//! Codes in order fall into runs that go the same way. A chain has one threshold for each border between two runs: a
//! code below the border leaves the chain through the true branch, the last false branch is the last run's. So all
//! ways out but one are true branches, which may lead to one child from many places, and every code leaves as the set
//! says, whatever other number a caller sends: like the forest, `x < code + 1` rounds towards zero.

use forest::LevelSet;

/// One step of a chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// Values up to this one take the true branch.
    pub(super) threshold: f32,
    /// Whether the true branch leads to the left child. The false branch leads to the next step, or from the last one
    /// to the other child.
    pub(super) true_is_left: bool,
    /// Whether a missing value takes the true branch.
    pub(super) missing_is_true: bool,
}

/// Number of steps, without making them.
pub(super) fn length(set: LevelSet<'_>) -> u64 {
    runs(set).count().max(2) as u64 - 1
}

/// The steps of the test; at least one, since a missing value may go another way than all codes.
pub(super) fn steps(set: LevelSet<'_>, missing_right: bool) -> Vec<Step> {
    let runs: Vec<(u32, bool)> = runs(set).collect();
    let step = |(last, goes_left): (u32, bool)| Step {
        threshold: ((last + 1) as f32).next_down(),
        true_is_left: goes_left,
        missing_is_true: false,
    };
    let mut steps: Vec<Step> = match runs[..] {
        [(_, goes_left)] => {
            vec![Step { threshold: f32::INFINITY, true_is_left: goes_left, missing_is_true: false }]
        }
        _ => runs[..runs.len() - 1].iter().copied().map(step).collect(),
    };
    // Runs alternate, so a missing value leaves by the second step at the latest.
    if let Some(step) = steps.iter_mut().find(|step| step.true_is_left != missing_right) {
        step.missing_is_true = true;
    }
    steps
}

/// Last code and direction of each run.
fn runs(set: LevelSet<'_>) -> impl Iterator<Item = (u32, bool)> {
    (0..=set.levels()).filter_map(move |code| {
        let goes_left = set.contains(code);
        let is_last = code == set.levels() || set.contains(code + 1) != goes_left;
        is_last.then_some((code, goes_left))
    })
}

#[cfg(test)]
mod tests {
    use forest::{Column, Forest, NodeView, Shape, TreeBuilder};

    use super::*;

    /// Where a value leaves the chain: whether left.
    fn leaves_left(steps: &[Step], value: f32) -> bool {
        let taken = steps
            .iter()
            .find(|step| if value.is_nan() { step.missing_is_true } else { value <= step.threshold });
        match taken {
            Some(step) => step.true_is_left,
            None => !steps.last().unwrap().true_is_left,
        }
    }

    #[test]
    fn every_value_leaves_the_chain_as_the_forest_sends_it() {
        const LEVELS: u32 = 4;
        let shape = Shape::new(vec![Column::Category { levels: LEVELS }], 1).unwrap();
        for bits in 0..1u32 << (LEVELS + 1) {
            for missing_right in [false, true] {
                let mut builder = TreeBuilder::new(&shape);
                let left = builder.split_by_levels(0, 0, &[bits], missing_right).unwrap();
                builder.leaf(left, &[1.0]).unwrap();
                builder.leaf(left + 1, &[0.0]).unwrap();
                let forest = Forest::from_trees(shape.clone(), vec![builder.finish()]).unwrap();
                let Some(NodeView::Levels { set, .. }) = forest.tree(0).next() else { panic!("a set") };
                let steps = steps(set, missing_right);
                assert_eq!(steps.len() as u64, length(set));
                let one: f32 = 1.0;
                let values = [-1.0, 0.0, one.next_down(), one, 1.5, 2.0, 3.0, 3.99, 4.0, 5.0, 1e9];
                for value in values.into_iter().chain([f32::NAN, f32::INFINITY, f32::NEG_INFINITY]) {
                    let expected = forest.tree_answer(0, &[value])[0] == 1.0;
                    assert_eq!(leaves_left(&steps, value), expected, "{bits:b}, {missing_right}, {value}");
                }
            }
        }
    }
}
