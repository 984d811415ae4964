//! Prediction intervals hold as many new targets as they say, and are wide where the target is uncertain.

use forest::Forest;
use forest_learner::{FitError, ForestParams, Target, TrainingSet};
use linfa::ParamGuard;
use model_core::{Interval, Level, Rows};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::tables::{classification, fit, numeric, regression};

/// Rows of three features: the target follows the first, its noise grows with the second, the third says nothing.
fn table(rows: usize, seed: u64) -> (Rows, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rows = Rows::from_values(3, (0..rows * 3).map(|_| random.r#gen()).collect());
    let target = rows.rows().map(|row| {
        // The sum of twelve uniform numbers less six: nearly normal.
        let noise = (0..12).map(|_| random.r#gen::<f64>()).sum::<f64>() - 6.0;
        10.0 * f64::from(row[0]) + (0.2 + 3.0 * f64::from(row[1])) * noise
    });
    let target = target.collect();
    (rows, target)
}

fn training_set(rows: &Rows, target: &[f64]) -> TrainingSet {
    let column = |feature: usize| numeric(&rows.rows().map(|row| row[feature]).collect::<Vec<_>>());
    regression((0..3).map(column).collect(), target)
}

fn trained(params: ForestParams) -> Forest {
    let (rows, target) = table(4000, 1);
    fit(params.interval(Level::new(0.9).ok()), &training_set(&rows, &target)).forest
}

fn coverage(intervals: &[Interval], target: &[f64]) -> f64 {
    let held = intervals.iter().zip(target).filter(|(interval, target)| interval.holds(**target));
    held.count() as f64 / target.len() as f64
}

#[test]
fn held_out_rows_are_covered_as_the_level_says() {
    let (rows, target) = table(10_000, 2);
    let forests = [
        ForestParams::random_forest().n_estimators(100),
        ForestParams::random_forest().n_estimators(30).min_samples_leaf(forest_learner::Amount::Count(20)),
    ];
    for params in forests {
        let forest = trained(params);
        assert_eq!(forest.interval_level(), Level::new(0.9).ok());
        let scores = forest.score(&rows);
        for level in [0.5, 0.8, 0.875, 0.9, 0.95, 0.99] {
            let intervals = forest.intervals(&rows, Level::new(level).unwrap()).unwrap();
            let found = coverage(&intervals, &target);
            assert!((found - level).abs() < 0.02, "{found} for {level}");
            for (interval, score) in intervals.iter().zip(scores.values()) {
                assert!(interval.lower <= *score && *score <= interval.upper, "{interval:?}");
            }
        }
    }
}

#[test]
fn intervals_are_wide_where_the_target_is_uncertain() {
    let (rows, _) = table(5000, 3);
    let forest = trained(ForestParams::random_forest().n_estimators(100));
    let intervals = forest.intervals(&rows, Level::new(0.9).unwrap()).unwrap();
    let width = |from: f32, to: f32| {
        let rows = rows.rows().zip(&intervals).filter(|(row, _)| (from..to).contains(&row[1]));
        let widths: Vec<f64> = rows.map(|(_, interval)| interval.width()).collect();
        widths.iter().sum::<f64>() / widths.len() as f64
    };
    // Deviations 0.2 to 0.5, and 2.9 to 3.2.
    let (certain, uncertain) = (width(0.0, 0.1), width(0.9, 1.0));
    assert!(uncertain > 2.0 * certain, "{certain} and {uncertain}");
}

#[test]
fn intervals_have_the_same_bits_on_any_number_of_threads() {
    let (rows, _) = table(300, 4);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let forest = trained(ForestParams::random_forest().n_estimators(10).random_state(3));
            (forest.intervals(&rows, Level::new(0.9).unwrap()), forest.to_blocks())
        })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn uncalibrated_quantiles_are_those_of_the_targets_in_the_leaf() {
    // One leaf: all rows of the bootstrap sample.
    let set = regression(vec![numeric(&[1.0; 5])], &[1.0, 2.0, 3.0, 4.0, 5.0]);
    let params = ForestParams::random_forest().n_estimators(3000).interval(Level::new(0.9).ok());
    let forest = fit(params, &set).forest;
    let found = forest.quantiles(&[1.0], &[0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]).unwrap();
    assert_eq!(found, [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
}

#[test]
fn intervals_are_for_regression_and_need_rows_out_of_bag() {
    let level = Level::new(0.9).ok();
    let set = classification(vec![numeric(&[1.0, 2.0])], &[0, 1], 2);
    let params = ForestParams::random_forest().interval(level).check().unwrap();
    let error = params.fit_table(&set, &|_| ()).unwrap_err().to_string();
    assert_eq!(
        error,
        "interval is set, but the target is a class, whose probabilities say how sure an answer is"
    );
    let alone = TrainingSet::new(vec![numeric(&[1.0])], Target::Regression(vec![1.0]), None).unwrap();
    let error = params.fit_table(&alone, &|_| ()).unwrap_err();
    assert!(matches!(error, FitError::NothingOutOfBag), "{error}");
    let forest = fit(ForestParams::random_forest(), &alone).forest;
    assert_eq!((forest.interval_level(), forest.quantiles(&[1.0], &[0.5])), (None, None));
    assert_eq!(forest.intervals(&Rows::from_values(1, vec![1.0]), Level::new(0.9).unwrap()), None);
}
