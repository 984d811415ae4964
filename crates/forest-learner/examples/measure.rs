//! Measures fit and prediction on generated tables: `cargo run --release -p forest-learner --example measure -- 100000`.
//!
//! The first argument is the number of training rows, the second the seed of the forests; a third one names a folder to
//! which the tables are written as little-endian arrays, so that other programs can be measured on the same rows.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use forest::Column;
use forest_learner::{ForestParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;
use model_core::{Rows, winning_class};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const FEATURES: usize = 20;
const TEST_ROWS: usize = 20_000;
const TREES: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(100_000), |rows| rows.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    let table = Table::generate(rows + TEST_ROWS);
    if let Some(folder) = arguments.next() {
        table.write(Path::new(&folder))?;
    }
    println!("{rows} rows, {FEATURES} features, {TREES} trees, {} threads", rayon::current_num_threads());
    let regression = Target::Regression(table.numbers[..rows].to_vec());
    let binary = Target::Classification { classes: table.classes[..rows].to_vec(), n_classes: 2 };
    measure(
        "regression, max_features 1/3",
        &table,
        rows,
        regression,
        MaxFeatures::Fraction(1.0 / 3.0),
        seed,
    )?;
    measure("binary, max_features sqrt", &table, rows, binary, MaxFeatures::Sqrt, seed)?;
    Ok(())
}

fn measure(
    name: &str,
    table: &Table,
    rows: usize,
    target: Target,
    max_features: MaxFeatures,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    let columns = table.columns.iter().map(|values| values[..rows].to_vec());
    let columns = columns.map(|values| TrainingColumn { column: Column::Numeric, values }).collect();
    let set = TrainingSet::new(columns, target, None)?;
    let params = ForestParams::random_forest()
        .n_estimators(TREES)
        .max_features(max_features)
        .random_state(seed)
        .check()?;
    let start = Instant::now();
    let forest = params.fit_table(&set, &|_| ())?.forest;
    let fit = start.elapsed();

    let test = table.rows(rows..rows + TEST_ROWS);
    let start = Instant::now();
    let scores = forest.score(&test);
    let batch = start.elapsed();
    let start = Instant::now();
    let mut answer = vec![0.0; forest.shape().outputs()];
    for row in test.rows() {
        forest.score_row(row, &mut answer);
    }
    let single = start.elapsed();
    let quality = match set.target() {
        Target::Regression(_) => {
            let truth = &table.numbers[rows..];
            format!("R² {:.4}", r_squared(truth, scores.values()))
        }
        Target::Classification { .. } => {
            let truth = table.classes[rows..].iter();
            let hits = truth.zip(scores.rows()).filter(|(class, row)| winning_class(row) == **class as usize);
            format!("accuracy {:.4}", hits.count() as f64 / TEST_ROWS as f64)
        }
    };
    let bytes: usize = forest.to_blocks().iter().map(|block| block.bytes.len()).sum();
    println!("{name}");
    println!("  fit {:.2} s, {quality}", fit.as_secs_f64());
    println!("  {} nodes, depth {}, {:.1} MB", forest.node_count(), forest.depth(), bytes as f64 / 1e6);
    println!(
        "  batch {:.0} rows/s, one row {:.1} µs",
        TEST_ROWS as f64 / batch.as_secs_f64(),
        single.as_secs_f64() * 1e6 / TEST_ROWS as f64
    );
    Ok(())
}

fn r_squared(truth: &[f64], predicted: &[f64]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let residual: f64 =
        truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted).powi(2)).sum();
    let total: f64 = truth.iter().map(|truth| (truth - mean).powi(2)).sum();
    1.0 - residual / total
}

/// Nonlinear in five features (Friedman 1991), five more that follow those with noise, ten irrelevant ones.
struct Table {
    columns: Vec<Vec<f32>>,
    numbers: Vec<f64>,
    /// Whether the number is above its median, one label in ten flipped.
    classes: Vec<u32>,
}

impl Table {
    fn generate(rows: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut columns: Vec<Vec<f32>> =
            (0..FEATURES).map(|_| (0..rows).map(|_| random.r#gen()).collect()).collect();
        let (leaders, followers) = columns.split_at_mut(5);
        for (leader, follower) in leaders.iter().zip(followers) {
            for (value, noise) in leader.iter().zip(follower) {
                *noise = 0.7 * value + 0.3 * *noise;
            }
        }
        let signal = |row: usize| {
            let x = |feature: usize| f64::from(columns[feature][row]);
            10.0 * (std::f64::consts::PI * x(0) * x(1)).sin()
                + 20.0 * (x(2) - 0.5).powi(2)
                + 10.0 * x(3)
                + 5.0 * x(4)
        };
        // A sum of twelve uniform numbers is nearly normal, of unit variance.
        let mut noise = || (0..12).map(|_| random.r#gen::<f64>()).sum::<f64>() - 6.0;
        let numbers: Vec<f64> = (0..rows).map(|row| signal(row) + 2.0 * noise()).collect();
        let mut sorted: Vec<f64> = (0..rows).map(signal).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[rows / 2];
        let classes =
            (0..rows).map(|row| u32::from((signal(row) > median) != random.gen_bool(0.1))).collect();
        Self { columns, numbers, classes }
    }

    fn rows(&self, range: std::ops::Range<usize>) -> Rows {
        let mut rows = Rows::with_capacity(FEATURES, range.len());
        for row in range {
            let values: Vec<f32> = self.columns.iter().map(|column| column[row]).collect();
            rows.push(&values);
        }
        rows
    }

    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let rows = self.rows(0..self.numbers.len());
        let values: Vec<u8> = rows.values().iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(folder.join("features.f32"), values)?;
        let numbers: Vec<u8> = self.numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(folder.join("numbers.f64"), numbers)?;
        let classes: Vec<u8> = self.classes.iter().flat_map(|class| class.to_le_bytes()).collect();
        std::fs::write(folder.join("classes.u32"), classes)
    }
}
