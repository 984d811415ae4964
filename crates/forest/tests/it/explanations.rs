//! Contributions are the Shapley values, add up to the answer, and have the same bits in any batch.

use forest::{Column, Forest, NodeView, Shape, TreeBuilder};
use model_core::Rows;
use proptest::prelude::*;

use crate::random_forests::{build, draws, row};

/// The answer of a tree that knows the features of a set: a split on another one goes both ways, by the covers.
fn answer(nodes: &[NodeView], covers: &[f64], place: usize, row: &[f32], known: u32) -> Vec<f64> {
    let (feature, left, right, goes_right) = match nodes[place] {
        NodeView::Leaf { answer } => return answer.to_vec(),
        NodeView::Threshold { feature, threshold, missing_right, left, right } => {
            let value = row[feature];
            (feature, left, right, if value.is_nan() { missing_right } else { value > threshold })
        }
        NodeView::Levels { feature, set, missing_right, left, right } => {
            let value = row[feature];
            let is_left = |code: f32| set.contains(code as u32);
            (feature, left, right, if value.is_nan() { missing_right } else { !is_left(value) })
        }
    };
    let below = |child| answer(nodes, covers, child, row, known);
    if known >> feature & 1 == 1 {
        return below(if goes_right { right } else { left });
    }
    let share = covers[left] / covers[place];
    below(left).iter().zip(below(right)).map(|(left, right)| share * left + (1.0 - share) * right).collect()
}

/// Shapley values by their definition, over all sets of features: for each output, `width` numbers.
fn by_definition(forest: &Forest, row: &[f32]) -> Vec<f64> {
    let (width, outputs) = (forest.shape().width(), forest.shape().outputs());
    let covers = forest.node_covers().unwrap();
    let mut first = 0;
    let mut values = vec![0.0; width * outputs];
    for tree in 0..forest.tree_count() {
        let nodes: Vec<NodeView> = forest.tree(tree).collect();
        let covers = &covers[first..][..nodes.len()];
        first += nodes.len();
        let game: Vec<Vec<f64>> = (0..1u32 << width).map(|set| answer(&nodes, covers, 0, row, set)).collect();
        for feature in 0..width {
            for set in (0..1u32 << width).filter(|set| set >> feature & 1 == 0) {
                // |S|! (n − |S| − 1)! / n!
                let size = set.count_ones() as usize;
                let factorial = |n: usize| (1..=n).product::<usize>() as f64;
                let weight = factorial(size) * factorial(width - size - 1) / factorial(width);
                let (with, without) = (&game[(set | 1 << feature) as usize], &game[set as usize]);
                for output in 0..outputs {
                    values[output * width + feature] += weight * (with[output] - without[output]);
                }
            }
        }
    }
    values.iter().map(|value| value / forest.tree_count() as f64).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn contributions_are_the_shapley_values_and_add_up_to_the_answer(
        mut draws in draws(),
        width in 1..5usize,
        outputs in 1..4usize,
    ) {
        let forest = build(&mut draws, width, outputs, 4);
        let rows = Rows::from_values(width, (0..40).flat_map(|_| row(&mut draws, width)).collect());
        let (explained, scores) = (forest.explain(&rows).unwrap(), forest.score(&rows));
        for (place, row) in rows.rows().enumerate() {
            let expected = by_definition(&forest, row);
            for output in 0..outputs {
                let found = explained.of(place, output);
                for (found, expected) in found.iter().zip(&expected[output * width..]) {
                    prop_assert!((found - expected).abs() < 1e-13, "{found} for {expected}");
                }
                let sum = explained.base()[output] + found.iter().sum::<f64>();
                prop_assert!((sum - scores.row(place)[output]).abs() < 1e-13);
            }
        }
        // One row alone, in buffers that were used before, has the same bits as in the batch.
        let mut explainer = forest.explainer().unwrap();
        let mut alone = vec![f64::NAN; width * outputs];
        for (place, row) in rows.rows().enumerate() {
            explainer.explain(row, &mut alone);
            for output in 0..outputs {
                prop_assert_eq!(&alone[output * width..][..width], explained.of(place, output));
            }
        }
    }
}

/// A path longer than one group of quadrature points is exact for: 40 features, each split once.
#[test]
fn long_paths_stay_exact() {
    let width = 40;
    let shape = Shape::new(vec![Column::Numeric; width], 1).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let mut place = 0;
    for feature in 0..width {
        let left = tree.split_at(place, feature, 0.0, false).unwrap();
        tree.leaf(left, &[0.0]).unwrap();
        tree.cover(left, 1.0);
        place = left + 1;
    }
    tree.leaf(place, &[1.0]).unwrap();
    tree.cover(place, 1.0);
    let tree = tree.finish();
    let forest = Forest::from_trees(shape, vec![tree]).unwrap();
    let explained = forest.explain(&Rows::from_values(width, vec![1.0; width])).unwrap();
    // The row reaches the last leaf only with all features. z of feature i is (n − i)/(n − i + 1): compared with the
    // integral ∫ (1 − zᵢ) ∏_{j≠i} (t + (1 − t) zⱼ) dt by a fine midpoint rule.
    let shares: Vec<f64> = (0..width).map(|i| (width - i) as f64 / (width - i + 1) as f64).collect();
    for (feature, &found) in explained.of(0, 0).iter().enumerate() {
        let steps = 20_000;
        let integral: f64 = (0..steps)
            .map(|step| {
                let t = (f64::from(step) + 0.5) / f64::from(steps);
                let others = shares.iter().enumerate().filter(|(other, _)| *other != feature);
                others.map(|(_, z)| t + (1.0 - t) * z).product::<f64>()
            })
            .sum();
        let expected = (1.0 - shares[feature]) * integral / f64::from(steps);
        assert!((found - expected).abs() < 1e-9, "{feature}: {found} for {expected}");
    }
    let sum = explained.base()[0] + explained.of(0, 0).iter().sum::<f64>();
    assert!((sum - 1.0).abs() < 1e-13, "{sum}");
}

#[test]
fn a_forest_without_covers_does_not_explain() {
    let shape = Shape::new(vec![Column::Numeric], 1).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let left = tree.split_at(0, 0, 0.5, false).unwrap();
    tree.leaf(left, &[1.0]).unwrap();
    tree.cover(left, 3.0);
    tree.leaf(left + 1, &[2.0]).unwrap();
    let tree = tree.finish();
    let forest = Forest::from_trees(shape, vec![tree]).unwrap();
    assert!(!forest.can_explain() && forest.explainer().is_none());
    assert_eq!(forest.explain(&Rows::from_values(1, vec![0.0])), None);
    assert_eq!(forest.to_blocks().len(), 4);
}

/// Weights of one row each take a byte for each leaf.
#[test]
fn stored_covers_are_small() {
    let shape = Shape::new(vec![Column::Numeric], 1).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let mut place = 0;
    for step in 0..1000u16 {
        let left = tree.split_at(place, 0, f32::from(step), false).unwrap();
        tree.leaf(left, &[f64::from(step)]).unwrap();
        tree.cover(left, 2.0);
        place = left + 1;
    }
    tree.leaf(place, &[0.0]).unwrap();
    tree.cover(place, 1.0);
    let tree = tree.finish();
    let forest = Forest::from_trees(shape, vec![tree]).unwrap();
    assert_eq!(forest.to_blocks()[4].bytes.len(), 1 + 1001);
    assert_eq!(forest.node_covers().unwrap()[0], 2001.0);
}

/// More trees than one task walks over, and more rows than one task explains.
#[test]
fn many_trees_give_one_row_the_bits_of_the_batch() {
    let width = 3;
    let shape = Shape::new(vec![Column::Numeric; width], 1).unwrap();
    let trees = (0..41).map(|number| {
        let mut tree = TreeBuilder::new(&shape);
        let left = tree.split_at(0, number % width, number as f32 / 7.0 - 3.0, false).unwrap();
        for (place, answer) in [(left, 0.1), (left + 1, 1.0 / (number + 1) as f64)] {
            tree.leaf(place, &[answer]).unwrap();
            tree.cover(place, (1 + number) as f64);
        }
        tree.finish()
    });
    let forest = Forest::from_trees(shape.clone(), trees.collect()).unwrap();
    let values = (0_i16..40 * 3).map(|value| f32::from(value % 13) / 2.0 - 3.0);
    let rows = Rows::from_values(width, values.collect());
    let (explained, scores) = (forest.explain(&rows).unwrap(), forest.score(&rows));
    let mut explainer = forest.explainer().unwrap();
    for (place, row) in rows.rows().enumerate() {
        let mut alone = vec![f64::NAN; width];
        explainer.explain(row, &mut alone);
        assert_eq!(alone, explained.of(place, 0));
        let sum = explained.base()[0] + alone.iter().sum::<f64>();
        assert!((sum - scores.row(place)[0]).abs() < 1e-13);
    }
}
