//! The learner through linfa's traits.

use std::process::Command;

use forest_learner::{FitError, ForestParams};
use linfa::prelude::*;
use ndarray::{Array1, Array2, array};

fn params() -> ForestParams {
    ForestParams::random_forest().n_estimators(20)
}

#[test]
fn every_kind_of_target_is_learned() {
    let records = Array2::from_shape_fn((60, 2), |(row, column)| (row * (column + 1) % 60) as f64);
    let numbers: Array1<f64> = records.column(0).to_owned();
    let large: Array1<bool> = numbers.mapv(|value| value >= 30.0);
    let third: Array1<usize> = numbers.mapv(|value| 10 * (value as usize / 20));
    let name: Array1<String> = large.mapv(|large| if large { "large" } else { "small" }.to_owned());
    let tree = ForestParams::decision_tree;

    let dataset = Dataset::new(records.clone(), numbers.clone());
    assert_eq!(tree().fit(&dataset).unwrap().predict(&dataset), numbers);
    let dataset = Dataset::new(records.mapv(|value| value as f32), numbers.mapv(|value| value as f32));
    assert_eq!(tree().fit(&dataset).unwrap().predict(&dataset), *dataset.targets());
    let dataset = Dataset::new(records.clone(), large.clone());
    assert_eq!(tree().fit(&dataset).unwrap().predict(&dataset), large);
    let dataset = Dataset::new(records.clone(), third.clone());
    let forest = tree().fit(&dataset).unwrap();
    assert_eq!(forest.predict(&dataset), third);
    assert_eq!(forest.labels(), [0, 10, 20]);
    assert_eq!(forest.scores(&records).row(59), array![0.0, 0.0, 1.0]);
    let dataset = Dataset::new(records, name.clone());
    assert_eq!(tree().fit(&dataset).unwrap().predict(&dataset), name);
}

#[test]
fn weights_of_a_dataset_count() {
    let dataset = Dataset::new(array![[1.0], [1.0]], array![0.0, 8.0]).with_weights(array![3.0, 1.0]);
    let forest = ForestParams::decision_tree().fit(&dataset).unwrap();
    assert_eq!(forest.predict(&array![[5.0]]), array![2.0]);
}

#[test]
fn a_continued_forest_is_the_one_grown_at_once() {
    let records = Array2::from_shape_fn((80, 3), |(row, column)| (row * (7 + 4 * column) % 80) as f64);
    let name = records.column(0).mapv(|x| ["low", "middle", "high"][x as usize / 27].to_owned());
    let dataset = Dataset::new(records.clone(), name);
    let forest = |trees: usize| ForestParams::random_forest().n_estimators(trees).random_state(3);
    let first = forest(5).fit_with(None, &dataset).unwrap();
    assert_eq!(first, forest(5).fit(&dataset).unwrap());
    let both = forest(12).fit_with(Some(first.clone()), &dataset).unwrap();
    let at_once = forest(12).fit(&dataset).unwrap();
    assert_eq!(both.forest(), at_once.forest());
    assert_eq!(both.labels(), at_once.labels());
    for (both, at_once) in both.impurity_importances().iter().zip(at_once.impurity_importances()) {
        assert!((both - at_once).abs() < 1e-12, "{both} {at_once}");
    }

    // Rows of one class alone move the forest towards it, and the classes stay.
    let one = Dataset::new(records.clone(), Array1::from_elem(80, "middle".to_owned()));
    let moved = forest(12).fit_with(Some(first.clone()), &one).unwrap();
    assert_eq!(moved.labels(), ["high", "low", "middle"]);
    let (before, after) = (first.scores(&records), moved.scores(&records));
    for (before, after) in before.rows().into_iter().zip(after.rows()) {
        assert!((after[2] - (before[2] * 5.0 + 7.0) / 12.0).abs() < 1e-6, "{before} {after}");
    }

    let other = Dataset::new(array![[0.0, 0.0, 0.0]], array!["tall".to_owned()]);
    let error = forest(12).fit_with(Some(first.clone()), &other).unwrap_err().to_string();
    assert_eq!(error, "target, row 0: \"tall\" is none of the classes of the pretrained forest");
    assert!(matches!(forest(5).fit_with(Some(first), &dataset), Err(FitError::Params(_))));
}

#[test]
fn numbers_are_continued_too() {
    let dataset = Dataset::new(array![[1.0], [2.0], [3.0], [4.0]], array![1.0, 1.0, 5.0, 5.0]);
    let first = params().fit(&dataset).unwrap();
    let both = params().n_estimators(30).fit_with(Some(first), &dataset).unwrap();
    assert_eq!(both, params().n_estimators(30).fit(&dataset).unwrap());
    let wide = Dataset::new(array![[1.0, 2.0]], array![1.0]);
    assert!(matches!(params().n_estimators(40).fit_with(Some(both), &wide), Err(FitError::Pretrained)));
}

#[test]
fn probabilities_are_those_of_the_class() {
    let records = Array2::from_shape_fn((60, 2), |(row, column)| (row * (column + 7) % 60) as f64);
    let third: Array1<usize> = records.column(0).mapv(|value| 10 * (value as usize / 20));
    let dataset = Dataset::new(records.clone(), third);
    let forest = params().fit(&dataset).unwrap();
    let scores = forest.scores(&records);
    for (column, label) in [0, 10, 20].iter().enumerate() {
        let probabilities = forest.predict_probabilities(&records, label);
        assert_eq!(probabilities.mapv(|p| *p), scores.column(column).mapv(|p| p as f32));
        assert!(probabilities.iter().any(|p| (0.01..0.99).contains(&**p)), "{probabilities:?}");
    }
    assert!(forest.predict_probabilities(&records, &15).iter().all(|p| **p == 0.0));

    let is_low: Vec<bool> = dataset.targets().iter().map(|&label| label == 0).collect();
    let roc = forest.predict_probabilities(&records, &0).roc(&is_low).unwrap();
    assert!(roc.area_under_curve() > 0.95, "{}", roc.area_under_curve());
}

#[test]
fn faults_are_errors() {
    let dataset = Dataset::new(array![[1.0]], array![f64::NAN]);
    assert!(matches!(params().fit(&dataset), Err(FitError::TrainingSet(_))));
    let dataset = Dataset::new(array![[1.0]], array![1.0]);
    assert!(matches!(params().n_estimators(0).fit(&dataset), Err(FitError::Params(_))));
}

#[test]
fn the_example_runs() {
    // The example was built beside this test.
    let test = std::env::current_exe().unwrap();
    let example = test.parent().unwrap().with_file_name("examples").join("linfa");
    let output = Command::new(example.with_extension(std::env::consts::EXE_EXTENSION)).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figure = |line: &str| -> f64 {
        let line = text.lines().find_map(|candidate| candidate.strip_prefix(line));
        line.unwrap_or_else(|| panic!("no {line:?} in {text}")).trim().parse().unwrap()
    };
    assert!(figure("R² 0") > 0.0 && figure("R²") > 0.95, "{text}");
    assert!(figure("accuracy") > 0.93, "{text}");
    assert!(text.contains("in 5 folds"), "{text}");
    assert!(figure("area under the ROC curve") > 0.97, "{text}");
    assert!(figure("R² of 100 trees") > 0.95, "{text}");
}
