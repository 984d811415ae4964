//! Trees that are grown apart: put together, they are the forest that one process grows.

use forest::{Forest, GrownTree, Shape};
use forest_learner::{FitError, Fitted, ForestParams, Grown, MaxFeatures, TrainingSet};
use linfa::ParamGuard;
use model_core::Level;

use crate::tables::{classification, fit, mixed_columns, regression};

/// The forest of so many parts, each through its bytes.
fn in_parts(params: &ForestParams, pretrained: Option<&Forest>, set: &TrainingSet, parts: usize) -> Fitted {
    let params = params.clone().check().unwrap();
    let first = pretrained.map_or(0, Forest::tree_count);
    let new = params.tree_count() - first;
    let shape = Shape::new(set.columns().iter().map(|c| c.column).collect(), set.target().outputs()).unwrap();
    let mut grown = Vec::new();
    for part in 0..parts {
        let trees = first + part * new / parts..first + (part + 1) * new / parts;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1 + part % 3).build().unwrap();
        let part = pool.install(|| params.grow_apart(set, trees, &|_| ())).unwrap();
        grown.extend(part.into_iter().map(|Grown { tree, importances }| {
            let mut bytes = Vec::new();
            tree.encode(&shape, &mut bytes);
            Grown { tree: GrownTree::decode(&shape, 0, &mut bytes.as_slice()).unwrap(), importances }
        }));
    }
    params.put_together(pretrained, set, grown).unwrap()
}

#[track_caller]
fn assert_same(whole: &Fitted, together: &Fitted) {
    assert_eq!(whole.forest.to_blocks(), together.forest.to_blocks());
    assert_eq!(whole, together);
}

#[test]
fn put_together_they_are_the_forest_grown_at_once() {
    let (columns, target) = mixed_columns(400);
    let classes: Vec<u32> = target.iter().map(|&y| u32::from(y > 8.0) + u32::from(y > 12.0)).collect();
    let forest = || ForestParams::random_forest().n_estimators(13).random_state(5);
    let numbers = regression(columns.clone(), &target);
    for set in [numbers.clone(), classification(columns, &classes, 3)] {
        for params in [
            forest(),
            forest().out_of_bag(true),
            forest().n_estimators(60).out_of_bag(true).patience(Some(10)),
            ForestParams::extra_trees().n_estimators(7).max_leaf_nodes(Some(9)),
        ] {
            let whole = fit(params.clone(), &set);
            for parts in [1, 4, 7] {
                assert_same(&whole, &in_parts(&params, None, &set, parts));
            }
        }
    }
    let params = forest().interval(Some(Level::new(0.9).unwrap()));
    assert_same(&fit(params.clone(), &numbers), &in_parts(&params, None, &numbers, 4));
}

#[test]
fn a_patience_ends_where_it_ends_at_once() {
    let (columns, target) = mixed_columns(200);
    let set = regression(columns, &target);
    let params = ForestParams::random_forest().n_estimators(300).out_of_bag(true).patience(Some(10));
    let together = in_parts(&params, None, &set, 3);
    assert!(together.forest.tree_count() < 300, "{}", together.forest.tree_count());
    assert_same(&fit(params, &set), &together);
}

#[test]
fn behind_a_pretrained_forest_too() {
    let (columns, target) = mixed_columns(300);
    let set = regression(columns, &target);
    let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees).out_of_bag(true);
    let first = fit(forest(6), &set).forest;
    let whole = forest(17).check().unwrap().continue_on_table(&first, &set, &|_| ()).unwrap();
    assert_same(&whole, &in_parts(&forest(17), Some(&first), &set, 4));
}

#[test]
fn large_nodes_that_fork_do_not_change_a_byte() {
    // With few trees the sides of a node grow side by side, with many they do not.
    let (columns, target) = mixed_columns(20_000);
    let classes: Vec<u32> = target.iter().map(|&value| (value as u32 / 3) % 3).collect();
    let params = ForestParams::random_forest().n_estimators(16).max_features(MaxFeatures::Count(2));
    for set in [regression(columns.clone(), &target), classification(columns, &classes, 3)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let whole = pool.install(|| fit(params.clone(), &set));
        assert_same(&whole, &in_parts(&params, None, &set, 5));
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let (columns, target) = mixed_columns(80);
    let set = regression(columns.clone(), &target);
    let level = Some(Level::new(0.9).unwrap());
    let params = |seed| {
        let forest = ForestParams::random_forest().n_estimators(6).random_state(seed).interval(level);
        forest.check().unwrap()
    };
    let grown = params(1).grow_apart(&set, 0..6, &|_| ()).unwrap();
    let error = params(1).put_together(None, &set, grown[..5].to_vec()).unwrap_err().to_string();
    assert_eq!(error, "5 trees were grown apart, expected 6");
    let mut other = grown.clone();
    other[3].importances[0] = f64::NAN;
    let error = params(1).put_together(None, &set, other).unwrap_err();
    assert!(matches!(error, FitError::OtherTree { tree: 3, .. }), "{error}");
    // Intervals need the rows of every leaf, and a tree of another seed has leaves without any.
    let error = params(2).put_together(None, &set, grown).unwrap_err();
    assert!(matches!(error, FitError::OtherTree { tree: 0, .. }), "{error}");
}
