//! linfa's own trees as an oracle.

use forest::NodeView;
use forest_learner::{ForestParams, TreeMethod};
use linfa::prelude::*;
use linfa_ensemble::EnsembleLearnerParams;
use linfa_trees::{DecisionTree, SplitQuality, TreeNode};
use ndarray::{Array1, Array2};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Three classes around three centres that overlap.
fn blobs(rows: usize) -> Dataset<f64, usize, ndarray::Ix1> {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let classes: Array1<usize> = (0..rows).map(|row| row % 3).collect();
    let records = Array2::from_shape_fn((rows, 4), |(row, column)| {
        let centre = if column == classes[row] { 1.5 } else { 0.0 };
        centre + (0..6).map(|_| random.gen_range(-0.8..0.8)).sum::<f64>()
    });
    Dataset::new(records, classes)
}

fn accuracy(predicted: &Array1<usize>, truth: &Dataset<f64, usize, ndarray::Ix1>) -> f64 {
    f64::from(predicted.confusion_matrix(truth).unwrap().accuracy())
}

/// Depths at which a node cuts another feature than linfa's, or parts its rows differently.
fn differences(ours: &[NodeView], theirs: &TreeNode<f64, usize>, records: &Array2<f64>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut pending = vec![(0, theirs, (0..records.nrows()).collect::<Vec<_>>())];
    while let Some((place, theirs, rows)) = pending.pop() {
        // linfa makes one leaf of leaves of the same class.
        if theirs.is_leaf() {
            continue;
        }
        let (cut, border, _) = theirs.split();
        let NodeView::Threshold { feature, threshold, left, right, .. } = ours[place] else {
            found.push(theirs.depth());
            continue;
        };
        let goes_left = |row: &usize| records[[*row, feature]] as f32 <= threshold;
        if feature != cut || rows.iter().any(|row| goes_left(row) != (records[[*row, cut]] < border)) {
            found.push(theirs.depth());
            continue;
        }
        let (lower, upper): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(goes_left);
        let children = theirs.children();
        pending.extend(
            [(left, lower), (right, upper)]
                .into_iter()
                .zip(children)
                .filter_map(|((place, rows), child)| child.as_ref().map(|child| (place, &**child, rows))),
        );
    }
    found
}

#[test]
fn a_small_tree_splits_where_linfas_splits() {
    let dataset = blobs(2000);
    for depth in [1, 5] {
        let theirs = DecisionTree::params()
            .split_quality(SplitQuality::Gini)
            .max_depth(Some(depth))
            .fit(&dataset)
            .unwrap();
        let ours = ForestParams::decision_tree().max_depth(Some(depth)).tree_method(TreeMethod::Exact);
        let ours = ours.fit(&dataset).unwrap();
        let nodes: Vec<NodeView> = ours.forest().tree(0).collect();
        assert_eq!(differences(&nodes, theirs.root_node(), dataset.records()), [0usize; 0]);
        // A leaf with as many rows of one class as of another answers anything in linfa.
        let (ours, theirs) = (ours.predict(&dataset), theirs.predict(&dataset));
        let others = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).count();
        assert!(others < 20, "{others} of 2000 rows");
    }
}

#[test]
fn a_tree_is_as_good_as_linfas() {
    let (train, test) = blobs(900).split_with_ratio(0.6);
    let theirs = DecisionTree::params().fit(&train).unwrap().predict(&test);
    let ours = ForestParams::decision_tree().fit(&train).unwrap().predict(&test);
    let (theirs, ours) = (accuracy(&theirs, &test), accuracy(&ours, &test));
    assert!((theirs - ours).abs() < 0.05, "linfa {theirs}, here {ours}");
}

#[test]
fn a_forest_is_better_than_linfas() {
    let (train, test) = blobs(600).split_with_ratio(0.6);
    let tree = DecisionTree::params();
    let theirs = EnsembleLearnerParams::new(tree)
        .ensemble_size(30)
        .bootstrap_proportion(0.7)
        .feature_proportion(0.5)
        .fit(&train)
        .unwrap()
        .predict(&test);
    let ours = ForestParams::random_forest().n_estimators(30).fit(&train).unwrap().predict(&test);
    let (theirs, ours) = (accuracy(&theirs, &test), accuracy(&ours, &test));
    assert!(ours > theirs - 0.03, "linfa {theirs}, here {ours}");
}
