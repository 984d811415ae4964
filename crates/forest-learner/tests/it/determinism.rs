//! Same table, parameters and seed: the same bytes on any number of threads.

use forest_learner::{
    Amount, ForestParams, MaxFeatures, PermutationImportance, TrainingSet, permutation_importance,
};

use crate::tables::{classification, fit, mixed_columns, regression};

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn sets() -> [TrainingSet; 3] {
    let (columns, target) = mixed_columns(600);
    let quarter = |value: &f64| ((value / 6.0) as u32).min(3);
    let four: Vec<u32> = target.iter().map(quarter).collect();
    let two: Vec<u32> = four.iter().map(|&class| class / 2).collect();
    [
        regression(columns.clone(), &target),
        classification(columns.clone(), &two, 2),
        classification(columns, &four, 4),
    ]
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let forest = || ForestParams::random_forest().n_estimators(13).max_features(MaxFeatures::Count(2));
    let variants = [
        forest().out_of_bag(true),
        forest().max_leaf_nodes(Some(20)).max_samples(Some(Amount::Fraction(0.7))).out_of_bag(true),
        ForestParams::extra_trees().n_estimators(7),
    ];
    for set in sets() {
        for params in &variants {
            let one = in_pool(1, || fit(params.clone(), &set));
            for threads in [2, 3] {
                let more = in_pool(threads, || fit(params.clone(), &set));
                assert_eq!(one.forest.to_blocks(), more.forest.to_blocks(), "{threads} threads: {params:?}");
                assert_eq!(one, more);
            }
        }
    }
}

#[test]
fn a_few_large_trees_grow_on_all_threads_with_the_same_bytes() {
    // Nodes of more than 4096 rows fork: their sides grow side by side where trees are few.
    let (columns, target) = mixed_columns(20_000);
    let classes: Vec<u32> = target.iter().map(|&value| (value as u32 / 3) % 3).collect();
    let forest = || ForestParams::random_forest().max_features(MaxFeatures::Count(2));
    for set in [regression(columns.clone(), &target), classification(columns, &classes, 3)] {
        let few = in_pool(1, || fit(forest().n_estimators(2), &set));
        for threads in [2, 3] {
            let more = in_pool(threads, || fit(forest().n_estimators(2), &set));
            assert_eq!(few.forest.to_blocks(), more.forest.to_blocks(), "{threads} threads");
            assert_eq!(few, more);
        }
        // So many that each of them grows on one thread.
        let many = in_pool(2, || fit(forest().n_estimators(16), &set)).forest;
        let rows = set.rows();
        for row in (0..rows.len()).step_by(97).map(|row| rows.row(row)) {
            for tree in 0..2 {
                assert_eq!(few.forest.tree_answer(tree, row), many.tree_answer(tree, row));
            }
        }
    }
}

#[test]
fn the_seed_decides() {
    let [set, ..] = sets();
    let seeded = |seed| fit(ForestParams::random_forest().n_estimators(3).random_state(seed), &set);
    assert_eq!(seeded(1), seeded(1));
    assert_ne!(seeded(1).forest, seeded(2).forest);
}

#[test]
fn the_first_trees_of_a_larger_forest_are_the_smaller_forest() {
    let [set, ..] = sets();
    let small = fit(ForestParams::random_forest().n_estimators(2), &set).forest;
    let large = fit(ForestParams::random_forest().n_estimators(5), &set).forest;
    let rows = set.rows();
    for row in rows.rows() {
        for tree in 0..2 {
            assert_eq!(small.tree_answer(tree, row), large.tree_answer(tree, row));
        }
    }
}

#[test]
fn permutation_importance_is_the_same_on_any_number_of_threads() {
    let [set, ..] = sets();
    let forest = fit(ForestParams::random_forest().n_estimators(10), &set).forest;
    let rows = set.rows();
    let measure = || permutation_importance(&forest, &rows, set.target(), 3, 9);
    let one = in_pool(1, measure);
    assert_eq!(one, in_pool(3, measure));
    // The second and third feature carry the target, the first little of it.
    let means: Vec<f64> = one.iter().map(|found| found.mean).collect();
    assert!(means[1] > means[0] && means[2] > means[0] && means[0] > 0.0, "{one:?}");
    // The shuffles differ, and less than what the feature is worth; of one there is no spread.
    let spread = one[1].deviation.unwrap();
    assert!(spread > 0.0 && spread < means[1], "{one:?}");
    let single = permutation_importance(&forest, &rows, set.target(), 1, 9);
    assert!(single.iter().all(|found| found.deviation.is_none()), "{single:?}");
}

#[test]
fn out_of_bag_importance_needs_no_other_rows() {
    use linfa::ParamGuard;
    for set in sets() {
        let params = ForestParams::random_forest().n_estimators(20).check().unwrap();
        let forest = params.fit_table(&set, &|_| ()).unwrap().forest;
        let measure = || params.out_of_bag_importance(&forest, 0, &set, usize::MAX, 3, 9).unwrap().unwrap();
        let one = in_pool(1, measure);
        assert_eq!(one, in_pool(3, measure));
        // The first feature carries little of the target. On the rows that the trees know, shuffling costs much more.
        let known = permutation_importance(&forest, &set.rows(), set.target(), 3, 9);
        let largest =
            |found: &[PermutationImportance]| found.iter().map(|found| found.mean).fold(f64::MIN, f64::max);
        assert!(largest(&one) > 0.0 && largest(&one) < largest(&known), "{one:?} {known:?}");
    }
}

#[test]
fn without_a_bootstrap_no_row_is_out_of_bag() {
    use linfa::ParamGuard;
    let [set, ..] = sets();
    let params = ForestParams::random_forest().n_estimators(3).bootstrap(false).check().unwrap();
    let forest = params.fit_table(&set, &|_| ()).unwrap().forest;
    assert_eq!(params.out_of_bag_importance(&forest, 0, &set, 10, 1, 1).unwrap(), None);
}

#[test]
fn every_finished_tree_is_told() {
    use linfa::ParamGuard;
    use std::sync::Mutex;
    let [set, ..] = sets();
    let told = Mutex::new(Vec::new());
    let params = ForestParams::random_forest().n_estimators(5).check().unwrap();
    params.fit_table(&set, &|done| told.lock().unwrap().push(done)).unwrap();
    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, [1, 2, 3, 4, 5]);
}
