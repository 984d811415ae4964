//! The covers of a forest are the training weight that came to each node.

use forest::NodeView;
use forest_learner::{ForestParams, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;

/// 200 rows of two features; every third cell of the second is missing.
fn table(weights: Option<Vec<f64>>) -> TrainingSet {
    let column = |values: Vec<f32>| TrainingColumn { column: forest::Column::Numeric, values };
    let first = (0..200u32).map(|row| (row * 37 % 101) as f32).collect();
    let second = (0..200u32).map(|row| if row % 3 == 0 { f32::NAN } else { (row % 17) as f32 }).collect();
    let target = (0..200u32).map(|row| f64::from(row * 37 % 101 / 10 + row % 17 % 5)).collect();
    TrainingSet::new(vec![column(first), column(second)], Target::Regression(target), weights).unwrap()
}

#[test]
fn covers_of_a_tree_are_the_weights_of_the_rows_that_come_there() {
    for weights in [None, Some((0..200).map(|row| f64::from(row % 4) * 0.25).collect::<Vec<_>>())] {
        let set = table(weights.clone());
        let params = ForestParams::decision_tree().max_depth(Some(5)).check().unwrap();
        let forest = params.fit_table(&set, &|_| ()).unwrap().forest;
        let nodes: Vec<NodeView> = forest.tree(0).collect();
        let mut expected = vec![0.0; nodes.len()];
        for (number, row) in set.rows().rows().enumerate() {
            let weight = weights.as_ref().map_or(1.0, |weights| weights[number]);
            let mut place = 0;
            loop {
                expected[place] += weight;
                place = match nodes[place] {
                    NodeView::Threshold { feature, threshold, missing_right, left, right } => {
                        let value = row[feature];
                        let goes_right = if value.is_nan() { missing_right } else { value > threshold };
                        if goes_right { right } else { left }
                    }
                    NodeView::Levels { .. } | NodeView::Leaf { .. } => break,
                };
            }
        }
        assert!(nodes.len() > 20, "{} nodes", nodes.len());
        assert_eq!(forest.node_covers().unwrap(), expected);
    }
}

#[test]
fn the_root_of_every_tree_has_as_many_rows_as_were_drawn() {
    let params = ForestParams::random_forest().n_estimators(20).random_state(7).check().unwrap();
    let forest = params.fit_table(&table(None), &|_| ()).unwrap().forest;
    let covers = forest.node_covers().unwrap();
    let mut root = 0;
    for tree in 0..forest.tree_count() {
        assert_eq!(covers[root], 200.0, "tree {tree}");
        root += forest.tree(tree).len();
    }
}
