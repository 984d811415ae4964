//! `cargo bench -p forest-learner`: fit and prediction on generated tables, and linfa-ensemble beside it at a size that
//! it can manage.

#![allow(clippy::expect_used)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use forest::Column;
use forest_learner::{ForestParams, ForestValidParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::prelude::*;
use linfa_ensemble::EnsembleLearnerParams;
use linfa_trees::DecisionTree;
use model_core::Rows;
use ndarray::{Array1, Array2};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const FEATURES: usize = 20;
const ROWS: usize = 20_000;
const BASELINE_ROWS: usize = 1_000;

/// Numbers in rows of twenty, with a nonlinear target of five of them and noise.
fn table(rows: usize, seed: u64) -> (Rows, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let values = Rows::from_values(FEATURES, (0..rows * FEATURES).map(|_| random.r#gen()).collect());
    let target = values.rows().map(|x| {
        let signal = 10.0 * (std::f32::consts::PI * x[0] * x[1]).sin()
            + 20.0 * (x[2] - 0.5).powi(2)
            + 10.0 * x[3]
            + 5.0 * x[4];
        f64::from(signal) + random.gen_range(-2.0..2.0)
    });
    let target = target.collect();
    (values, target)
}

fn training_set(rows: &Rows, target: Target) -> TrainingSet {
    let column = |feature: usize| TrainingColumn {
        column: Column::Numeric,
        values: rows.rows().map(|row| row[feature]).collect(),
    };
    TrainingSet::new((0..FEATURES).map(column).collect(), target, None).expect("a sound table")
}

fn regression() -> (TrainingSet, ForestValidParams) {
    let (rows, target) = table(ROWS, 1);
    let params =
        ForestParams::random_forest().n_estimators(10).max_features(MaxFeatures::Fraction(1.0 / 3.0));
    (training_set(&rows, Target::Regression(target)), params.check().expect("sound parameters"))
}

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit 10 trees");
    group.sample_size(10);
    let (set, params) = regression();
    group.bench_function("regression 20k x 20", |bencher| bencher.iter(|| params.fit_table(&set, &|_| ())));
    let (rows, target) = table(ROWS, 1);
    let classes = target.iter().map(|&value| u32::from(value > 14.0)).collect();
    let set = training_set(&rows, Target::Classification { classes, n_classes: 2 });
    let params = ForestParams::random_forest().n_estimators(10).check().expect("sound parameters");
    group.bench_function("binary 20k x 20", |bencher| bencher.iter(|| params.fit_table(&set, &|_| ())));

    let (rows, target) = table(BASELINE_ROWS, 1);
    let records =
        Array2::from_shape_fn((BASELINE_ROWS, FEATURES), |(row, column)| f64::from(rows.row(row)[column]));
    let classes: Array1<usize> = target.iter().map(|&value| usize::from(value > 14.0)).collect();
    let dataset = Dataset::new(records, classes);
    let theirs = EnsembleLearnerParams::new_fixed_rng(DecisionTree::params(), ChaCha8Rng::seed_from_u64(1))
        .ensemble_size(10)
        .bootstrap_proportion(1.0)
        .feature_proportion(0.25);
    let ours = ForestParams::random_forest().n_estimators(10);
    group.bench_function("binary 1k x 20", |bencher| bencher.iter(|| ours.fit(&dataset)));
    group.bench_function("binary 1k x 20, linfa-ensemble", |bencher| bencher.iter(|| theirs.fit(&dataset)));
    group.finish();
}

fn predict(criterion: &mut Criterion) {
    let (set, params) = regression();
    let forest = params.fit_table(&set, &|_| ()).expect("a forest").forest;
    let (rows, _) = table(ROWS, 2);
    let mut group = criterion.benchmark_group("predict with 10 trees");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("20k rows", |bencher| bencher.iter(|| forest.score(&rows)));
    group.throughput(Throughput::Elements(1));
    let (mut next, mut answer) = (0, [0.0]);
    group.bench_function("one row", |bencher| {
        // Distinct rows: a repeated one would find its path in the cache.
        let row = || {
            next = (next + 1) % ROWS;
            rows.row(next)
        };
        bencher.iter_batched(row, |row| forest.score_row(black_box(row), &mut answer), BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, fit, predict);
criterion_main!(benches);
