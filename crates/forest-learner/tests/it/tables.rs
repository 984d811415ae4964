//! Tables that several tests use.

use std::path::Path;

use forest::Column;
use forest_learner::{Fitted, ForestParams, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) fn numeric(values: &[f32]) -> TrainingColumn {
    TrainingColumn { column: Column::Numeric, values: values.into() }
}

pub(crate) fn category(levels: u32, values: &[f32]) -> TrainingColumn {
    TrainingColumn { column: Column::Category { levels }, values: values.into() }
}

pub(crate) fn regression(columns: Vec<TrainingColumn>, target: &[f64]) -> TrainingSet {
    TrainingSet::new(columns, Target::Regression(target.into()), None).unwrap()
}

pub(crate) fn classification(columns: Vec<TrainingColumn>, classes: &[u32], n_classes: usize) -> TrainingSet {
    TrainingSet::new(columns, Target::Classification { classes: classes.into(), n_classes }, None).unwrap()
}

pub(crate) fn fit(params: ForestParams, set: &TrainingSet) -> Fitted {
    params.check().unwrap().fit_table(set, &|_| ()).unwrap()
}

/// Numbers with ties and missing values, a category of twelve levels, and a nonlinear target of both.
pub(crate) fn mixed_columns(rows: usize) -> (Vec<TrainingColumn>, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let fine: Vec<f32> = (0..rows).map(|_| random.r#gen()).collect();
    let coarse: Vec<f32> = (0..rows)
        .map(|_| if random.gen_bool(0.1) { f32::NAN } else { random.gen_range(0..7) as f32 })
        .collect();
    let level: Vec<f32> = (0..rows).map(|_| random.gen_range(0..12) as f32).collect();
    let target = (0..rows)
        .map(|row| {
            let coarse = if coarse[row].is_nan() { 9.0 } else { coarse[row] };
            let of_level = f64::from((level[row] as u32 * 7) % 12);
            f64::from(fine[row] * 4.0).sin() + f64::from(coarse) + of_level + random.gen_range(-0.5..0.5)
        })
        .collect();
    (vec![numeric(&fine), numeric(&coarse), category(12, &level)], target)
}

/// The numbers in a file of the repository's data folder, row after row, after so many lines.
pub(crate) fn data_file(name: &str, skipped_lines: usize) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let row = |line: &str| line.split(',').map(|cell| cell.trim().parse().unwrap()).collect();
    text.lines().skip(skipped_lines).filter(|line| !line.trim().is_empty()).map(row).collect()
}

/// Share of the variance that the first number of each answer explains.
pub(crate) fn r_squared(truth: &[f64], predicted: &[Vec<f64>]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let residual: f64 = truth.iter().zip(predicted).map(|(a, b)| (a - b[0]).powi(2)).sum();
    1.0 - residual / truth.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
}
