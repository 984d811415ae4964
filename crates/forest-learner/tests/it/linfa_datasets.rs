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
}
