//! linfa's own trees as an oracle.

use forest_learner::ForestParams;
use linfa::prelude::*;
use linfa_ensemble::EnsembleLearnerParams;
use linfa_trees::{DecisionTree, SplitQuality};
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

#[test]
fn a_stump_splits_where_linfa_splits() {
    let dataset = blobs(200);
    let theirs =
        DecisionTree::params().split_quality(SplitQuality::Gini).max_depth(Some(1)).fit(&dataset).unwrap();
    let ours = ForestParams::decision_tree().max_depth(Some(1)).fit(&dataset).unwrap();
    let (feature, threshold, _) = theirs.root_node().split();
    assert_eq!(ours.impurity_importances()[feature], 1.0);
    // linfa parts two neighbouring values in the middle, as we do; ours is an f32.
    let mut row = [0.0f32; 4];
    let mut answer = |value: f64| {
        row[feature] = value as f32;
        ours.forest().tree_answer(0, &row).to_vec()
    };
    assert_ne!(answer(threshold - 1e-4), answer(threshold + 1e-4));
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
