//! A forest in linfa's own words: fit, continue, predict, metrics and cross-validation on generated data.

use std::error::Error;

use forest_learner::{FitError, ForestParams, MaxFeatures};
use linfa::prelude::*;
use ndarray::{Array1, Array2};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let records = Array2::from_shape_simple_fn((600, 4), || random.gen_range(0.0..1.0));
    // The fourth feature says nothing.
    let heights: Array1<f64> =
        records.rows().into_iter().map(|x| 10.0 * x[0] + 5.0 * (x[1] - 0.5) * (x[2] - 0.5)).collect();
    let is_tall: Array1<bool> = heights.mapv(|height| height > 5.0);

    // Regression: the targets are f64.
    let (train, test) = Dataset::new(records.clone(), heights.clone()).split_with_ratio(0.8);
    let params = ForestParams::random_forest().n_estimators(50).random_state(1);
    let forest = params.fit(&train)?;
    println!("R² {:.3}", forest.predict(&test).r2(&test)?);
    println!("importance of each feature {:.2?}", forest.impurity_importances());

    // 50 more trees.
    let forest = params.clone().n_estimators(100).fit_with(Some(forest), &train)?;
    println!("R² of 100 trees {:.3}", forest.predict(&test).r2(&test)?);

    // Classification: the targets are usize, bool or String.
    let (train, test) = Dataset::new(records.clone(), is_tall.clone()).split_with_ratio(0.8);
    let forest = params.fit(&train)?;
    println!("accuracy {:.3}", forest.predict(&test).confusion_matrix(&test)?.accuracy());
    println!(
        "probability of {:?} for the first row {:.2}",
        forest.labels(),
        forest.scores(test.records()).row(0)
    );

    // linfa's cross-validation compares settings.
    let settings = [1, 2, 4].map(|count| params.clone().max_features(MaxFeatures::Count(count)));
    let mut dataset = Dataset::new(records, heights);
    let scores: Array1<f64> =
        dataset.cross_validate_single::<_, FitError, _, _, _>(5, &settings, |predicted, truth| {
            predicted.r2(truth)
        })?;
    println!("R² in 5 folds with 1, 2 and 4 features for a split {scores:.3}");

    // Probabilities are judged fold by fold.
    let mut dataset = Dataset::new(dataset.records, is_tall);
    let mut areas = Vec::new();
    for (forest, held_out) in dataset.iter_fold(5, |train| params.fit(train)) {
        let probabilities = forest?.predict_probabilities(held_out.records(), &true);
        areas.push(probabilities.roc(&held_out.targets().to_vec())?.area_under_curve());
    }
    println!("area under the ROC curve {:.3}", areas.iter().sum::<f32>() / areas.len() as f32);
    Ok(())
}
