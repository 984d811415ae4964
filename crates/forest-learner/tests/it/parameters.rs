//! Each parameter does what its name says in scikit-learn.

use forest_learner::{
    Amount, ClassWeight, Criterion, FitError, ForestParams, MaxFeatures, Target, TrainingSet,
};
use linfa::ParamGuard;

use crate::tables::{classification, fit, mixed_columns, numeric, regression};

fn set() -> TrainingSet {
    let (columns, target) = mixed_columns(400);
    regression(columns, &target)
}

#[test]
fn limits_are_kept() {
    let set = set();
    let forest = || ForestParams::random_forest().n_estimators(5);
    assert!(fit(forest().max_depth(Some(3)), &set).forest.depth() <= 3);
    let leaves = fit(forest().max_leaf_nodes(Some(7)), &set).forest.leaf_count();
    assert_eq!(leaves, 5 * 7);
    let nodes = |params: ForestParams| fit(params, &set).forest.node_count();
    assert!(nodes(forest().min_samples_leaf(Amount::Count(20))) < nodes(forest()));
    assert!(nodes(forest().min_samples_split(Amount::Fraction(0.5))) < nodes(forest()));
    assert!(nodes(forest().max_samples(Some(Amount::Count(40)))) < nodes(forest()));
    // The variance of the target is the most that a split can take away.
    assert_eq!(nodes(forest().min_impurity_decrease(1e6)), 5);
    assert_eq!(fit(ForestParams::decision_tree(), &set).forest.tree_count(), 1);
}

#[test]
fn min_samples_leaf_counts_rows() {
    // Ten rows, of which one is different: with at least four rows in a leaf it cannot stand alone.
    let values: Vec<f32> = (0..10u8).map(f32::from).collect();
    let mut target = vec![0.0; 10];
    target[9] = 8.0;
    let set = regression(vec![numeric(&values)], &target);
    let params = ForestParams::decision_tree().min_samples_leaf(Amount::Count(4));
    let forest = fit(params, &set).forest;
    assert_eq!(forest.tree_answer(0, &[9.0]), [2.0]);
    assert_eq!(forest.tree_answer(0, &[0.0]), [0.0]);
}

#[test]
fn best_first_makes_the_best_splits_first() {
    // The split at 3.5 gains most, then the one at 5.5, then the one at 1.5.
    let values: Vec<f32> = (0..8u8).map(f32::from).collect();
    let target = [0.0, 0.0, 1.0, 1.0, 20.0, 20.0, 30.0, 30.0];
    let set = regression(vec![numeric(&values)], &target);
    let answers = |leaves| {
        let forest = fit(ForestParams::decision_tree().max_leaf_nodes(Some(leaves)), &set).forest;
        [0.0, 3.0, 4.0, 7.0].map(|value| forest.tree_answer(0, &[value])[0])
    };
    assert_eq!(answers(2), [0.5, 0.5, 25.0, 25.0]);
    assert_eq!(answers(3), [0.5, 0.5, 20.0, 30.0]);
    assert_eq!(answers(4), [0.0, 1.0, 20.0, 30.0]);
}

#[test]
fn a_tree_grown_best_first_knows_all_its_rows() {
    // Nodes are searched in another order than they are split, and large enough for quantiles.
    let (columns, target) = mixed_columns(3000);
    let set = regression(columns, &target);
    let forest = fit(ForestParams::decision_tree().max_leaf_nodes(Some(3000)), &set).forest;
    for (row, target) in set.rows().rows().zip(target) {
        assert_eq!(forest.tree_answer(0, row), [target]);
    }
}

#[test]
fn min_impurity_decrease_is_weighted_by_the_share_of_the_node() {
    // The root takes away 100 - 0.5 (four rows around 0 and 20); the split of either side another 1/2 × 1 = 0.5.
    let values = [0.0, 1.0, 2.0, 3.0];
    let target = [-1.0, 1.0, 19.0, 21.0];
    let set = regression(vec![numeric(&values)], &target);
    let nodes = |decrease| {
        fit(ForestParams::decision_tree().min_impurity_decrease(decrease), &set).forest.node_count()
    };
    assert_eq!(nodes(0.5), 7);
    assert_eq!(nodes(0.500_001), 3);
    assert_eq!(nodes(100.0), 3);
    assert_eq!(nodes(100.001), 1);
}

#[test]
fn weights_stand_for_repeated_rows() {
    let values = [1.0, 1.0, 2.0];
    let weighted = TrainingSet::new(
        vec![numeric(&values)],
        Target::Regression(vec![0.0, 6.0, 1.0]),
        Some(vec![2.0, 1.0, 0.0]),
    )
    .unwrap();
    let forest = fit(ForestParams::decision_tree(), &weighted).forest;
    assert_eq!(forest.tree_answer(0, &[1.0]), [2.0]);
    assert_eq!(forest.node_count(), 1);
}

#[test]
fn class_weights_change_the_shares() {
    let set = classification(vec![numeric(&[1.0; 4])], &[0, 0, 0, 1], 2);
    let answer = |weight| {
        let params = ForestParams::decision_tree().class_weight(Some(weight));
        fit(params, &set).forest.tree_answer(0, &[1.0]).to_vec()
    };
    assert_eq!(answer(ClassWeight::Balanced), [0.5, 0.5]);
    assert_eq!(answer(ClassWeight::BalancedSubsample), [0.5, 0.5]);
    assert_eq!(answer(ClassWeight::Explicit(vec![1.0, 9.0])), [0.25, 0.75]);
}

#[test]
fn out_of_bag_answers_come_from_the_other_trees() {
    let set = set();
    let fitted = fit(ForestParams::random_forest().n_estimators(40).out_of_bag(true), &set);
    let out_of_bag = fitted.out_of_bag.unwrap();
    let Target::Regression(target) = set.target() else { unreachable!() };
    // A tree leaves out a share of 1/e of the rows.
    let mean = f64::from(out_of_bag.trees.iter().sum::<u32>()) / set.len() as f64;
    assert!((mean - 40.0 * 0.368).abs() < 1.0, "{mean}");
    assert!((0..set.len()).all(|row| out_of_bag.covers(row)));
    let error = |scores: &[f64]| scores.iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let inside = error(fitted.forest.score(&set.rows()).values());
    let outside = error(out_of_bag.scores.values());
    let variance = error(&vec![target.iter().sum::<f64>() / target.len() as f64; target.len()]);
    assert!(inside * 3.0 < outside && outside * 4.0 < variance, "{inside} {outside} {variance}");
}

#[test]
fn patience_keeps_the_trees_up_to_the_step_at_which_it_ends() {
    let set = set();
    let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees).out_of_bag(true);
    let stopped = fit(forest(2000).patience(Some(30)), &set);
    let trees = stopped.forest.tree_count();
    assert!((40..2000).contains(&trees) && trees.is_multiple_of(10), "{trees}");
    // It is the forest of so many trees, with the same answers out of bag.
    assert_eq!(stopped, fit(forest(trees), &set));
    let curve = stopped.out_of_bag.unwrap().curve;
    assert_eq!(
        curve.iter().map(|point| point.trees).collect::<Vec<_>>(),
        (10..=trees).step_by(10).collect::<Vec<_>>()
    );
    // The last three steps are no better than what came before.
    let (before, after) = curve.split_at(curve.len() - 3);
    let least = before.iter().map(|point| point.error).fold(f64::INFINITY, f64::min);
    assert!(after.iter().all(|point| point.error >= least * (1.0 - 1e-4)), "{curve:?}");
    assert!(curve[0].error > least);
    // Fewer trees than the patience asks for: all of them.
    assert_eq!(fit(forest(25).patience(Some(30)), &set).forest.tree_count(), 25);
}

#[test]
fn patience_ends_at_the_same_tree_on_any_number_of_threads() {
    let (columns, target) = mixed_columns(150);
    let classes: Vec<u32> = target.iter().map(|&y| u32::from(y > 8.0) + u32::from(y > 12.0)).collect();
    let set = classification(columns, &classes, 3);
    let params = ForestParams::random_forest().n_estimators(300).out_of_bag(true).patience(Some(10));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(params.clone(), &set))
    };
    let one = on(1);
    assert!(one.forest.tree_count() < 300);
    assert!([3, 16].into_iter().all(|threads| on(threads) == one));
}

#[test]
fn parameters_that_do_not_fit_the_table_are_refused_by_name() {
    let regression = set();
    let classes = classification(vec![numeric(&[1.0, 2.0])], &[0, 1], 2);
    let check = |params: ForestParams, set: &TrainingSet, message: &str| {
        let error = params.check().unwrap().fit_table(set, &|_| ()).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    let forest = ForestParams::random_forest;
    check(
        forest().criterion(Criterion::Gini),
        &regression,
        "criterion is gini, expected squared_error for regression",
    );
    check(
        forest().criterion(Criterion::SquaredError),
        &classes,
        "criterion is squared_error, expected gini or entropy for classification",
    );
    check(
        forest().max_features(MaxFeatures::Count(4)),
        &regression,
        "max_features is 4, expected at most 3, the number of features",
    );
    check(
        forest().max_samples(Some(Amount::Count(401))),
        &regression,
        "max_samples is 401, expected at most 400, the number of rows",
    );
    check(
        forest().class_weight(Some(ClassWeight::Balanced)),
        &regression,
        "class_weight is set, but the target is a number; use weights of the rows instead",
    );
    check(
        forest().class_weight(Some(ClassWeight::Explicit(vec![1.0]))),
        &classes,
        "class_weight is a list of 1, expected one weight for each of the 2 classes",
    );
    let nothing = forest().class_weight(Some(ClassWeight::Explicit(vec![0.0, 0.0])));
    assert!(matches!(nothing.check().unwrap().fit_table(&classes, &|_| ()), Err(FitError::NoWeight)));
}

#[test]
fn hard_tables_give_sound_forests() {
    let fits = |set: &TrainingSet| {
        for params in [
            ForestParams::random_forest().n_estimators(3),
            ForestParams::extra_trees().n_estimators(3),
            ForestParams::decision_tree(),
        ] {
            let forest = fit(params, set).forest;
            assert!(forest.score(&set.rows()).values().iter().all(|score| score.is_finite()));
        }
    };
    fits(&regression(vec![numeric(&[1.0])], &[3.0]));
    fits(&regression(vec![numeric(&[1.0; 9])], &[3.0; 9]));
    fits(&regression(vec![numeric(&[1.0, 2.0, 3.0])], &[1e300, -1e300, 1.0]));
    fits(&regression(vec![numeric(&[1.0, 2.0, 3.0])], &[5e-324, 0.0, 1e-300]));
    fits(&classification(vec![numeric(&[1.0, 2.0, 3.0])], &[2, 2, 2], 5));
    fits(&classification(vec![numeric(&[1.0])], &[0], 1));
    let subnormal: Vec<f32> = (0..50).map(f32::from_bits).collect();
    fits(&regression(vec![numeric(&subnormal)], &(0..50).map(f64::from).collect::<Vec<_>>()));
    fits(&regression(vec![numeric(&[f32::NAN; 20])], &(0..20).map(f64::from).collect::<Vec<_>>()));
    fits(&classification(vec![numeric(&[1.0, 2.0])], &[0, 1], 2));
    fits(&classification(vec![numeric(&[7.0; 30])], &[0, 1, 2].repeat(10), 3));
    let infinite = [f32::NEG_INFINITY, f32::MIN, 0.0, f32::MAX, f32::INFINITY, f32::NAN].repeat(4);
    fits(&regression(vec![numeric(&infinite)], &(0..24).map(f64::from).collect::<Vec<_>>()));
    let wide =
        (0..10_000u32).map(|place| numeric(&[0, 1, 2, 3].map(|row| (place * row % 7) as f32))).collect();
    fits(&regression(wide, &[1.0, 2.0, 3.0, 4.0]));
    let tiny = TrainingSet::new(
        vec![numeric(&[1.0, 2.0, 3.0])],
        Target::Regression(vec![1.0, 2.0, 3.0]),
        Some(vec![1e-300, 1e300, 1.0]),
    );
    fits(&tiny.unwrap());
}

#[test]
fn a_tree_may_be_nearly_as_deep_as_its_table_is_long() {
    // Each split takes away the largest row alone.
    let values: Vec<f32> = (0..350u16).map(f32::from).collect();
    let target: Vec<f64> = (0..350).map(|row| 2.5f64.powi(row)).collect();
    let forest = fit(ForestParams::decision_tree(), &regression(vec![numeric(&values)], &target)).forest;
    assert!(forest.depth() > 300, "{}", forest.depth());
}

/// The worst column there is: 2^24 different values, all integers that `f32` tells apart from 0 on, none twice.
#[test]
fn a_column_of_all_different_values_is_cut_exactly() {
    const ROWS: u32 = 1 << 24;
    // An odd factor permutes the numbers below a power of two.
    let values: Vec<f32> = (0..ROWS).map(|row| (row.wrapping_mul(0x9E37_79B1) % ROWS) as f32).collect();
    // Eight steps of unequal length, between neighbouring values that no quantile ends at.
    let ends = [1_599_999, 4_000_001, 6_400_123, 8_388_607, 11_200_001, 12_912_345, 16_000_003]
        .map(|end| end as f32);
    let step = |value: f32| ends.iter().filter(|&&end| value > end).count() as f64;
    let target: Vec<f64> = values.iter().map(|&value| step(value)).collect();
    let set = regression(vec![numeric(&values)], &target);
    let forest = fit(ForestParams::decision_tree().max_depth(Some(3)), &set).forest;
    assert_eq!(forest.score(&set.rows()).values(), target);
}

#[test]
fn bins_part_the_rows_in_training_as_in_prediction() {
    // Uneven gaps, so that a threshold in the middle of two bins' largest values would send rows the wrong way.
    let mut values: Vec<f32> = (0..997u32).map(|i| ((i * 617 % 997) as f32).powi(3)).collect();
    values.extend([f32::NAN; 3]);
    let target: Vec<f64> =
        values.iter().map(|&value| if value.is_nan() { -5.0 } else { f64::from(value).cbrt() }).collect();
    let set = TrainingSet::new(vec![numeric(&values)], Target::Regression(target.clone()), None).unwrap();
    // More than 252 are as 252.
    for (asked, bins) in [(2, 2), (7, 7), (63, 63), (252, 252), (255, 252)] {
        let forest = fit(ForestParams::decision_tree().max_bins(Some(asked)), &set).forest;
        assert_eq!(forest.leaf_count(), bins + 1, "one leaf for each bin and one for missing");
        let rows = set.rows();
        let answers: Vec<f64> = rows.rows().map(|row| forest.tree_answer(0, row)[0]).collect();
        for &answer in &answers {
            let (mut sum, mut count) = (0.0, 0.0);
            for (target, _) in target.iter().zip(&answers).filter(|(_, other)| **other == answer) {
                sum += target;
                count += 1.0;
            }
            assert!((answer - sum / count).abs() < 1e-9, "{answer} is the mean of the rows that reach it");
        }
    }
}
