//! Scores against scikit-learn's on eight tables, within the noise of ten seeds.
//!
//! Its scores are in `tests/data/reference_scores.json`, written by `benches/peers/reference_scores.py`, which makes the
//! same tables in the same way.

use std::f64::consts::PI;
use std::path::Path;

use forest_learner::{ForestParams, MaxFeatures, Target, TrainingSet};
use model_core::winning_class;
use serde_json::Value;

use crate::tables::{data_file, fit, numeric, r_squared};

/// Rows of a table that is made here.
const ROWS: usize = 2000;
/// What rounding a score to six digits may cost.
const ROUNDING: f64 = 1e-5;

/// Columns and target; the first rows train, the others are held out.
struct Table {
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
}

/// From 0 to 1 in steps of 2^-24: SplitMix64 of table, column and row.
fn uniform(table: u64, column: u64, rows: usize) -> Vec<f64> {
    let one = |row: u64| {
        let mut number = (row + (table << 48) + (column << 32) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((number ^ (number >> 31)) >> 40) as f64 / f64::from(1 << 24)
    };
    (0..rows as u64).map(one).collect()
}

/// A file of the data folder, the target last, its rows in the order of their hashes.
fn of_file(table: u64, name: &str, skipped_lines: usize) -> Table {
    let cells = data_file(name, skipped_lines);
    let key = uniform(table, 0, cells.len());
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|&a, &b| key[a].total_cmp(&key[b]));
    let column = |place: usize| order.iter().map(|&row| cells[row][place]).collect();
    let width = cells[0].len();
    Table { columns: (0..width - 1).map(column).collect(), target: column(width - 1) }
}

/// A table of hashes. The target comes from the row's values and one more for noise.
fn made(table: u64, width: u64, target: impl Fn(&[f64], f64) -> f64) -> Table {
    let columns: Vec<Vec<f64>> = (0..width).map(|column| uniform(table, column, ROWS)).collect();
    let noise = uniform(table, 30, ROWS);
    let row = |row: usize| columns.iter().map(|column| column[row]).collect::<Vec<_>>();
    let target = (0..ROWS).map(|at| target(&row(at), noise[at])).collect();
    Table { columns, target }
}

/// Friedman's first function (1991); five columns count. The noise is from -2 to 2.
fn friedman(x: &[f64], noise: f64) -> f64 {
    10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4] + 4.0 * noise
        - 2.0
}

fn table(name: &str) -> Table {
    match name {
        "iris" => of_file(1, "iris.csv", 1),
        "boston_house_prices" => of_file(2, "boston_house_prices.csv", 2),
        "friedman" => made(3, 10, friedman),
        "heavy tail" => made(4, 8, |x, noise| 10.0 * x[0] * x[1] + 5.0 * x[2] + 0.5 / (1.0 - noise).sqrt()),
        "two classes" => {
            made(5, 12, |x, noise| f64::from(u8::from((x[0] + x[1] * x[2] > 0.75) != (noise < 0.15))))
        }
        "seven classes" => made(6, 9, |x, noise| {
            (7.0 * ((x[0] + x[1] * x[2] + 0.3 * noise) / 2.0).clamp(0.0, 0.999)).floor()
        }),
        "missing values" => with_missing(7, made(7, 10, friedman)),
        "constant and repeated columns" => {
            let Table { mut columns, target } = made(8, 5, friedman);
            let repeated = columns.clone();
            columns.extend([vec![0.0; ROWS], vec![7.0; ROWS]]);
            columns.extend(repeated);
            Table { columns, target }
        }
        _ => panic!("no table is named {name}"),
    }
}

/// An eighth of the cells of each column is missing by chance, and the fourth wherever the first is above 0.7.
fn with_missing(table: u64, full: Table) -> Table {
    let first = full.columns[0].clone();
    let mut columns = full.columns;
    for (place, column) in columns.iter_mut().enumerate() {
        let chance = uniform(table, 40 + place as u64, ROWS);
        for (row, value) in column.iter_mut().enumerate() {
            if chance[row] < 0.125 || (place == 3 && first[row] > 0.7) {
                *value = f64::NAN;
            }
        }
    }
    Table { columns, ..full }
}

impl Table {
    /// The sum of all that is not missing.
    fn checksum(&self) -> f64 {
        self.columns.iter().chain([&self.target]).flatten().filter(|value| !value.is_nan()).sum()
    }

    fn set(&self, rows: std::ops::Range<usize>, classes: usize) -> TrainingSet {
        let values = |column: &Vec<f64>| {
            numeric(&column[rows.clone()].iter().map(|&value| value as f32).collect::<Vec<_>>())
        };
        let target = &self.target[rows.clone()];
        let target = match classes {
            0 => Target::Regression(target.into()),
            n_classes => Target::Classification {
                classes: target.iter().map(|&class| class as u32).collect(),
                n_classes,
            },
        };
        TrainingSet::new(self.columns.iter().map(values).collect(), target, None).unwrap()
    }

    /// Held-out R², or accuracy where there are classes.
    fn score(&self, params: &ForestParams, training: usize, classes: usize) -> f64 {
        let forest = fit(params.clone(), &self.set(0..training, classes)).forest;
        let held_out = self.set(training..self.target.len(), classes);
        let answers: Vec<Vec<f64>> = forest.score(&held_out.rows()).rows().map(<[f64]>::to_vec).collect();
        let truth = &self.target[training..];
        if classes == 0 {
            return r_squared(truth, &answers);
        }
        let hits =
            truth.iter().zip(&answers).filter(|(class, answer)| winning_class(answer) as f64 == **class);
        hits.count() as f64 / truth.len() as f64
    }
}

#[test]
fn as_good_as_scikit_learn_on_eight_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference_scores.json");
    let reference: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let count = |value: &Value| value.as_u64().unwrap() as usize;
    let (seeds, trees) = (count(&reference["seeds"]), count(&reference["trees"]));
    assert_eq!((seeds, count(&reference["rows"])), (10, ROWS));
    let tables = reference["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 8);
    let mut worse = Vec::new();
    for theirs in tables {
        let name = theirs["name"].as_str().unwrap();
        let number = |key: &str| theirs[key].as_f64().unwrap();
        let (training, classes) = (count(&theirs["training"]), count(&theirs["classes"]));
        let table = table(name);
        let (checksum, expected) = (table.checksum(), number("checksum"));
        assert!((checksum - expected).abs() < 1e-5, "{name}: another table, {checksum} for {expected}");
        let params = ForestParams::random_forest()
            .n_estimators(trees)
            .max_features(MaxFeatures::Count(count(&theirs["max_features"])));
        let scores: Vec<f64> = (0..seeds as u64)
            .map(|seed| table.score(&params.clone().random_state(seed), training, classes))
            .collect();
        let n = seeds as f64;
        let mean = scores.iter().sum::<f64>() / n;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = ((variance + number("deviation").powi(2)) / n).sqrt();
        let line = format!(
            "{name}: {mean:.5} ± {:.5}, scikit-learn {:.5} ± {:.5}, {:+.2} standard errors",
            variance.sqrt(),
            number("mean"),
            number("deviation"),
            (mean - number("mean")) / error
        );
        println!("{line}");
        if mean < number("mean") - 2.0 * error - ROUNDING {
            worse.push(line);
        }
    }
    assert!(worse.is_empty(), "{worse:#?}");
}
