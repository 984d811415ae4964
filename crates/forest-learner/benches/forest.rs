//! `cargo bench -p forest-learner`: fit, prediction and loading on generated tables of several sizes, and linfa-ensemble
//! beside the fit at a size that it can manage.

#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use forest::{Column, Forest};
use forest_learner::{ForestParams, ForestValidParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::prelude::*;
use linfa_ensemble::EnsembleLearnerParams;
use linfa_trees::DecisionTree;
use model_core::artifact::{self, Artifact};
use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Serving};
use model_core::profile::{Distribution, Numeric};
use model_core::{Feature, FeatureKind, FeatureSchema, Header, Missing, Payload, Profile, Rows, Task};
use ndarray::{Array1, Array2};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const FEATURES: usize = 20;
const ROWS: usize = 20_000;
/// Rows of a small and of a large table.
const SIZES: [usize; 2] = [1_000, 100_000];
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

fn regression(rows: usize) -> (TrainingSet, ForestValidParams) {
    let (rows, target) = table(rows, 1);
    let params =
        ForestParams::random_forest().n_estimators(10).max_features(MaxFeatures::Fraction(1.0 / 3.0));
    (training_set(&rows, Target::Regression(target)), params.check().expect("sound parameters"))
}

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit 10 trees");
    group.sample_size(10);
    for rows in [1_000, ROWS, 100_000] {
        let (set, params) = regression(rows);
        group.bench_function(format!("regression {rows} x 20"), |bencher| {
            bencher.iter(|| params.fit_table(&set, &|_| ()));
        });
        let (values, target) = table(rows, 1);
        for n_classes in [2, 7] {
            let classes = target.iter().map(|&value| (value as u32 / 4).min(n_classes - 1)).collect();
            let set =
                training_set(&values, Target::Classification { classes, n_classes: n_classes as usize });
            let params = ForestParams::random_forest().n_estimators(10).check().expect("sound parameters");
            group.bench_function(format!("{n_classes} classes {rows} x 20"), |bencher| {
                bencher.iter(|| params.fit_table(&set, &|_| ()));
            });
        }
    }

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
    let (rows, _) = table(ROWS, 2);
    for trained in SIZES {
        let (set, params) = regression(trained);
        let forest = params.fit_table(&set, &|_| ()).expect("a forest").forest;
        let mut group = criterion.benchmark_group(format!("predict with 10 trees of {trained} rows"));
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
            bencher.iter_batched(
                row,
                |row| forest.score_row(black_box(row), &mut answer),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load 10 trees");
    for trained in SIZES {
        let (set, params) = regression(trained);
        let forest = params.fit_table(&set, &|_| ()).expect("a forest").forest;
        let bytes = artifact_bytes(&forest);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("of {trained} rows"), |bencher| {
            let decode = |bytes| {
                let mut artifact = Artifact::decode(bytes).expect("a sound artifact");
                Forest::from_blocks(&mut artifact).expect("a sound forest")
            };
            bencher.iter_batched(|| bytes.clone(), decode, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// The forest as it is stored.
fn artifact_bytes(forest: &Forest) -> Vec<u8> {
    let feature = |position: usize| Feature {
        name: format!("x{position}"),
        identifier: format!("x{position}"),
        description: None,
        unit: None,
        kind: FeatureKind::Number { minimum: None, maximum: None },
        missing: Missing::Allow,
    };
    let schema = FeatureSchema {
        features: (0..FEATURES).map(feature).collect(),
        target: model_core::Target {
            name: "y".into(),
            description: None,
            unit: None,
            task: Task::Regression,
        },
        cells: CellFormat::default(),
    };
    let numbers = Distribution::Numeric(Numeric {
        missing: 0,
        minimum: 0.0,
        maximum: 1.0,
        mean: 0.5,
        standard_deviation: 0.1,
        quantiles: vec![0.5; 21],
    });
    let profile =
        Profile { rows: 1, features: vec![numbers.clone(); FEATURES], target: numbers, examples: Vec::new() };
    let header = Header {
        name: "bench".into(),
        version: 1,
        title: "Bench".into(),
        description: String::new(),
        app: App { title: "Bench".into(), description: String::new(), version: "1".into() },
        created: "2026-01-01T00:00:00Z".into(),
        schema: schema.clone(),
        config: serde_json::Value::Null,
        data: DataSummary {
            path: "data.csv".into(),
            fingerprint: String::new(),
            rows_read: 1,
            rows_dropped: BTreeMap::new(),
            rows_train: 1,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: Vec::new(),
        serving: Serving {
            response_field: "prediction".into(),
            label_template: "{index}".into(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::new(),
        host: "bench".into(),
    };
    let payload = Payload { schema, profile, blocks: forest.to_blocks() };
    artifact::encode(&header, &payload).expect("an artifact")
}

criterion_group!(benches, fit, predict, load);
criterion_main!(benches);
