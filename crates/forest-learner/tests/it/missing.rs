//! Where missing values go: the direction that was learned, or that of the heavier side.

use forest_learner::ForestParams;

use crate::tables::{fit, numeric, regression};

const NAN: f32 = f32::NAN;

fn answers(values: &[f32], target: &[f64], asked: &[f32]) -> Vec<f64> {
    let set = regression(vec![numeric(values)], target);
    let forest = fit(ForestParams::decision_tree(), &set).forest;
    asked.iter().map(|&value| forest.tree_answer(0, &[value])[0]).collect()
}

#[test]
fn missing_values_learn_a_direction() {
    // They behave as large values, then as small ones.
    assert_eq!(answers(&[1.0, 2.0, NAN, NAN], &[0.0, 7.0, 7.0, 7.0], &[1.0, 2.0, NAN]), [0.0, 7.0, 7.0]);
    assert_eq!(answers(&[1.0, 2.0, NAN, NAN], &[0.0, 7.0, 0.0, 0.0], &[1.0, 2.0, NAN]), [0.0, 7.0, 0.0]);
}

#[test]
fn being_missing_can_be_all_that_matters() {
    assert_eq!(
        answers(&[1.0, 2.0, f32::INFINITY, NAN], &[1.0, 1.0, 1.0, 5.0], &[2.0, f32::INFINITY, NAN]),
        [1.0, 1.0, 5.0]
    );
}

#[test]
fn without_missing_values_in_training_they_follow_the_heavier_side() {
    assert_eq!(answers(&[1.0, 2.0, 3.0], &[0.0, 0.0, 9.0], &[NAN]), [0.0]);
    assert_eq!(answers(&[1.0, 2.0, 3.0], &[0.0, 9.0, 9.0], &[NAN]), [9.0]);
}

#[test]
fn a_column_of_missing_values_is_no_feature() {
    let set = regression(vec![numeric(&[NAN; 3]), numeric(&[1.0, 2.0, 3.0])], &[1.0, 2.0, 3.0]);
    for params in [ForestParams::decision_tree(), ForestParams::extra_trees().n_estimators(3)] {
        let fitted = fit(params, &set);
        assert_eq!(fitted.impurity_importances, [0.0, 1.0]);
        assert_eq!(fitted.forest.tree_answer(0, &[NAN, 2.0]), [2.0]);
    }
}

#[test]
fn infinities_are_values_like_others() {
    let values = [f32::NEG_INFINITY, -1.0, 1.0, f32::INFINITY];
    assert_eq!(answers(&values, &[1.0, 2.0, 3.0, 4.0], &values), [1.0, 2.0, 3.0, 4.0]);
}
