//! A forest that is continued: the old trees stay, the new ones are those of one long training.

use forest_learner::{FitError, Fitted, ForestParams, TrainingSet};
use linfa::ParamGuard;

use crate::tables::{classification, fit, mixed_columns, numeric, regression};

fn continued(params: ForestParams, from: &Fitted, set: &TrainingSet) -> Result<Fitted, FitError> {
    params.check().unwrap().continue_on_table(&from.forest, set, &|_| ())
}

#[test]
fn on_the_same_table_it_is_the_forest_grown_at_once() {
    let (columns, target) = mixed_columns(300);
    let classes: Vec<u32> = target.iter().map(|&y| u32::from(y > 8.0) + u32::from(y > 12.0)).collect();
    for set in [regression(columns.clone(), &target), classification(columns.clone(), &classes, 3)] {
        let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees).random_state(4);
        let first = fit(forest(7), &set);
        let both = continued(forest(18), &first, &set).unwrap();
        let at_once = fit(forest(18), &set).forest;
        assert_eq!(both.forest, at_once);
        assert_eq!(both.forest.to_blocks(), at_once.to_blocks());
    }
}

#[test]
fn on_another_table_the_old_trees_answer_as_before() {
    let (columns, target) = mixed_columns(300);
    let old = regression(columns, &target);
    let (columns, target) = mixed_columns(450);
    let new = regression(columns, &target.iter().map(|y| y + 100.0).collect::<Vec<_>>());
    let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees).out_of_bag(true);
    let first = fit(forest(6), &old);
    let both = continued(forest(11).patience(Some(1000)), &first, &new).unwrap();
    assert_eq!(both.forest.tree_count(), 11);
    for row in new.rows().rows() {
        for tree in 0..6 {
            assert_eq!(both.forest.tree_answer(tree, row), first.forest.tree_answer(tree, row));
        }
        assert!((6..11).all(|tree| both.forest.tree_answer(tree, row)[0] > 80.0));
    }
    // Out of bag, only the new trees answer.
    let out_of_bag = both.out_of_bag.clone().unwrap();
    assert!((0..new.len()).all(|row| out_of_bag.trees[row] <= 5));
    assert!((0..new.len()).all(|row| !out_of_bag.covers(row) || out_of_bag.scores.row(row)[0] > 80.0));
    assert_eq!(continued(forest(11), &first, &new).unwrap(), both);
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let (columns, target) = mixed_columns(60);
    let set = regression(columns, &target);
    let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees);
    let first = fit(forest(5), &set);
    let error = continued(forest(5), &first, &set).unwrap_err().to_string();
    assert_eq!(
        error,
        "n_estimators is 5, expected more than 5, the trees of the pretrained forest, which count"
    );
    let narrow = regression(vec![numeric(&[1.0, 2.0])], &[1.0, 2.0]);
    assert!(matches!(continued(forest(6), &first, &narrow), Err(FitError::Pretrained)));
}
