//! Rules about the forest's parameters.

use forest_learner::Monotonic;
use model_core::Level;

use super::Problems;
use crate::config::typed::{self, Algorithm, ClassWeightWord, Count, Criterion, TaskName};
use crate::config::{ClassWeight, Model, Rows};

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Model {
    let typed = &config.model;
    let bootstrap = typed.bootstrap.unwrap_or(typed.algorithm == Algorithm::RandomForest);
    if typed.algorithm == Algorithm::DecisionTree {
        one_tree(typed, problems);
    } else if !bootstrap {
        if typed.max_samples.is_some() {
            problems.add([&"model", &"max_samples"], "needs model.bootstrap to be true");
        }
        if typed.oob_score {
            problems.add(
                [&"model", &"oob_score"],
                "needs model.bootstrap to be true: without it every tree sees every row",
            );
        }
        if typed.interval.is_some() {
            problems.add(
                [&"model", &"interval"],
                "needs model.bootstrap to be true: rows that a tree does not see calibrate the intervals",
            );
        }
    }
    if typed.patience.is_some() && !typed.oob_score {
        problems.add([&"model", &"patience"], "needs model.oob_score to be true: it is about that error");
    }
    if typed.max_bins.is_some() && typed.algorithm == Algorithm::ExtraTrees {
        problems.add(
            [&"model", &"max_bins"],
            "extra_trees draw their thresholds; use random_forest, or remove this key",
        );
    }
    task(config, problems);
    if typed.min_samples_split == Count::Number(1) {
        problems.add(
            [&"model", &"min_samples_split"],
            "expected a whole number from 2 or a number above 0 up to 1, found 1: one row cannot be split",
        );
    }
    if typed.min_samples_leaf == Count::Share(1.0) {
        problems.add(
            [&"model", &"min_samples_leaf"],
            "expected a whole number from 1 or a number above 0 below 1, found 1.0: no split has all rows on \
             either side",
        );
    }
    Model {
        algorithm: typed.algorithm,
        n_estimators: if typed.algorithm == Algorithm::DecisionTree { 1 } else { typed.n_estimators },
        tree_method: typed.tree_method,
        max_bins: typed.max_bins,
        criterion: typed.criterion,
        max_depth: typed.max_depth,
        min_samples_split: rows(typed.min_samples_split),
        min_samples_leaf: rows(typed.min_samples_leaf),
        max_leaf_nodes: typed.max_leaf_nodes,
        min_impurity_decrease: typed.min_impurity_decrease,
        max_features: typed.max_features,
        bootstrap,
        max_samples: typed.max_samples.map(rows),
        class_weight: class_weight(typed),
        monotonic_cst: typed
            .monotonic_cst
            .iter()
            .map(|(name, &way)| (name.clone(), direction(way)))
            .collect(),
        oob_score: typed.oob_score,
        patience: typed.patience,
        interval: interval(typed, problems),
        random_state: typed.random_state,
        sample_weight: typed.sample_weight.clone(),
    }
}

fn interval(typed: &typed::Model, problems: &mut Problems) -> Option<Level> {
    let level = typed.interval.map(Level::new)?;
    level.map_err(|error| problems.add([&"model", &"interval"], error.to_string())).ok()
}

fn one_tree(typed: &typed::Model, problems: &mut Problems) {
    let one_tree = "a decision_tree is one tree on all rows; use random_forest, or remove this key";
    if ![1, typed::Model::default().n_estimators].contains(&typed.n_estimators) {
        problems.add([&"model", &"n_estimators"], one_tree);
    }
    if typed.bootstrap == Some(true) {
        problems.add([&"model", &"bootstrap"], one_tree);
    }
    if typed.max_samples.is_some() {
        problems.add([&"model", &"max_samples"], one_tree);
    }
    if typed.oob_score {
        problems.add([&"model", &"oob_score"], one_tree);
    }
    if typed.interval.is_some() {
        problems.add([&"model", &"interval"], one_tree);
    }
}

/// What fits one task only, where the config says the task.
fn task(config: &typed::Config, problems: &mut Problems) {
    let derived = config.target.minutes_between.as_ref().map(|_| TaskName::Regression);
    match (config.target.task.or(derived), config.model.criterion) {
        (Some(TaskName::Regression), Some(Criterion::Gini | Criterion::Entropy)) => {
            problems.add([&"model", &"criterion"], "the task is regression; use \"squared_error\"");
        }
        (Some(TaskName::Classification), Some(Criterion::SquaredError)) => {
            problems.add([&"model", &"criterion"], "the task is classification; use \"gini\" or \"entropy\"");
        }
        _ => {}
    }
    if config.target.task.or(derived) == Some(TaskName::Classification) && config.model.interval.is_some() {
        problems.add(
            [&"model", &"interval"],
            "the task is classification; its probabilities say how sure an answer is",
        );
    }
    if config.target.task.or(derived) == Some(TaskName::Regression) && config.model.class_weight.is_some() {
        problems.add([&"model", &"class_weight"], "the task is regression, which has no classes");
    }
}

fn direction(way: i8) -> Monotonic {
    match way.signum() {
        1 => Monotonic::Increasing,
        -1 => Monotonic::Decreasing,
        _ => Monotonic::Free,
    }
}

fn rows(count: Count) -> Rows {
    match count {
        Count::Number(number) => Rows::Number(number),
        Count::Share(share) => Rows::Share(share),
    }
}

fn class_weight(typed: &typed::Model) -> ClassWeight {
    match &typed.class_weight {
        None => ClassWeight::Uniform,
        Some(typed::ClassWeight::Word(ClassWeightWord::Balanced)) => ClassWeight::Balanced,
        Some(typed::ClassWeight::Word(ClassWeightWord::BalancedSubsample)) => ClassWeight::BalancedSubsample,
        Some(typed::ClassWeight::ByClass(weights)) => ClassWeight::ByClass(weights.clone()),
    }
}
