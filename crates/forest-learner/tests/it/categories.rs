//! Categories are split by subsets of their levels.

use forest_learner::ForestParams;

use crate::tables::{category, classification, fit, mixed_columns, regression};

#[test]
fn a_subset_parts_levels_in_any_order() {
    // Levels 0, 2 and 4 against 1 and 3: one split suffices.
    let levels: Vec<f32> = (0..50).map(|row| (row % 5) as f32).collect();
    let target: Vec<f64> = levels.iter().map(|level| f64::from(*level as u32 % 2)).collect();
    let forest = fit(ForestParams::decision_tree(), &regression(vec![category(5, &levels)], &target)).forest;
    assert_eq!(forest.node_count(), 3);
    let answer = |level: f32| forest.tree_answer(0, &[level])[0];
    assert_eq!([0.0, 1.0, 2.0, 3.0, 4.0].map(answer), [0.0, 1.0, 0.0, 1.0, 0.0]);
    // Unseen levels and missing values go the way of the heavier side, here that of three levels in five.
    assert_eq!((answer(5.0), answer(f32::NAN)), (0.0, 0.0));
}

#[test]
fn levels_absent_in_training_follow_the_heavier_side() {
    let set = regression(vec![category(40, &[33.0, 35.0, 35.0])], &[1.0, 8.0, 8.0]);
    let forest = fit(ForestParams::decision_tree(), &set).forest;
    let answer = |level: f32| forest.tree_answer(0, &[level])[0];
    assert_eq!([33.0, 35.0, 0.0, 39.0, 40.0].map(answer), [1.0, 8.0, 8.0, 8.0, 8.0]);
}

#[test]
fn a_missing_category_learns_its_direction() {
    let set = regression(
        vec![category(2, &[0.0, 0.0, 0.0, 1.0, f32::NAN, f32::NAN])],
        &[1.0, 1.0, 1.0, 5.0, 5.0, 5.0],
    );
    let forest = fit(ForestParams::decision_tree(), &set).forest;
    assert_eq!(forest.tree_answer(0, &[f32::NAN]), [5.0]);
    // An unseen level is not a missing value: both sides weigh the same, and the left one is taken.
    assert_eq!(forest.tree_answer(0, &[2.0]), [1.0]);
}

#[test]
fn many_classes_are_ordered_by_what_parts_them() {
    // Twelve levels in three groups, one class each: two splits part them whatever the order of the levels.
    let levels: Vec<f32> = (0..120).map(|row| (row % 12) as f32).collect();
    let classes: Vec<u32> = levels.iter().map(|level| *level as u32 * 5 % 12 / 4).collect();
    let set = classification(vec![category(12, &levels)], &classes, 3);
    let forest = fit(ForestParams::decision_tree(), &set).forest;
    assert_eq!(forest.node_count(), 5);
    for (level, class) in levels.iter().zip(&classes) {
        assert_eq!(forest.tree_answer(0, &[*level])[*class as usize], 1.0);
    }
}

#[test]
fn an_order_of_levels_sends_rows_where_they_were_grown() {
    // Every row has a pair of levels of its own, none, or one without a code, and a target that no order of levels alone tells.
    let rows = 40 * 25;
    let level = |row: usize, step: usize, count: usize| match (row / step) % count {
        0 => f32::NAN,
        level => level as f32,
    };
    let columns = [(1, 40), (40, 25)]
        .map(|(step, count)| -> Vec<f32> { (0..rows).map(|row| level(row, step, count)).collect() });
    let target: Vec<f64> = (0..rows).map(|row| (row * 7919 % rows) as f64).collect();
    let classes: Vec<u32> = target.iter().map(|target| *target as u32 % 3).collect();
    // The last level has no code of its own.
    let columns = vec![category(39, &columns[0]), category(24, &columns[1])];
    let fast = || ForestParams::decision_tree().max_bins(Some(63));
    let set = regression(columns.clone(), &target);
    let forest = fit(fast(), &set).forest;
    for (row, target) in set.rows().rows().zip(&target) {
        assert_eq!(forest.tree_answer(0, row), [*target]);
    }
    let set = classification(columns, &classes, 3);
    let forest = fit(fast(), &set).forest;
    for (row, class) in set.rows().rows().zip(&classes) {
        assert_eq!(forest.tree_answer(0, row)[*class as usize], 1.0);
    }
    // Levels without a row follow the heavier side in an order as well.
    let set = regression(vec![category(40, &[33.0, 35.0, 35.0])], &[1.0, 8.0, 8.0]);
    let forest = fit(fast(), &set).forest;
    let answer = |level: f32| forest.tree_answer(0, &[level])[0];
    assert_eq!([33.0, 35.0, 0.0, 39.0, 40.0].map(answer), [1.0, 8.0, 8.0, 8.0, 8.0]);
}

#[test]
fn full_trees_memorise_mixed_tables() {
    let (columns, target) = mixed_columns(500);
    let set = regression(columns, &target);
    let rows = set.rows();
    for params in [ForestParams::decision_tree(), ForestParams::extra_trees().n_estimators(3)] {
        let forest = fit(params, &set).forest;
        for (row, target) in rows.rows().zip(&target) {
            assert_eq!(forest.tree_answer(0, row), [*target]);
        }
    }
}
