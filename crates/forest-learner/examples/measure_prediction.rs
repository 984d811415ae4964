//! Measures loading and prediction: `cargo run --release -p forest-learner --example measure_prediction -- FOLDER [NAME]`.
//!
//! The forests are grown once and stored as artifacts in the folder; later runs read them from there. Every row that is
//! asked is distinct, since a repeated one would find its path in the cache.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use forest::{Column, Forest, ForestModel};
use forest_learner::{ForestParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;
use model_core::artifact;
use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Serving};
use model_core::profile::{Distribution, Numeric};
use model_core::{
    ClassLabel, Feature, FeatureKind, FeatureSchema, Header, Label, Missing, Payload, Profile, Rows, Task,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const TREES: usize = 100;
const ASKED: usize = 20_000;
const REPETITIONS: usize = 7;
const CASES: [&str; 4] = ["boston", "regression-20k", "regression-100k", "binary-100k"];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder for the forests")?;
    let chosen = arguments.next();
    for case in
        CASES.iter().filter(|case| chosen.as_ref().is_none_or(|chosen| case.contains(chosen.as_str())))
    {
        let path = Path::new(&folder).join(case).with_extension(artifact::EXTENSION);
        if !path.exists() {
            store(&grow(&table(case, false)?, case)?, &path)?;
        }
        // Loaded first of all: what the rest allocates would hide it in the peak.
        let before = resident("VmRSS:")?;
        let (load, model) = fastest(|| ForestModel::read(&path));
        let model = model?;
        let bytes = std::fs::metadata(&path)?.len() as f64;
        println!("{case}: {} leaves, depth {}", model.forest().leaf_count(), model.forest().depth());
        println!(
            "  load {:.1} ms, {:.2} GB/s; {:.1} MB artifact, {:.1} MB resident, {:.1} MB at the peak",
            load.as_secs_f64() * 1e3,
            bytes / load.as_secs_f64() / 1e9,
            bytes / 1e6,
            resident("VmRSS:")? - before,
            resident("VmHWM:")? - before,
        );
        predict(model.forest(), &table(case, true)?.rows)?;
    }
    Ok(())
}

fn predict(forest: &Forest, rows: &Rows) -> Result<(), Failure> {
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (time, scores) = pool.install(|| fastest(|| forest.score(rows)));
        println!(
            "  batch, {threads} threads: {:.0} rows/s, {:.1} ns a walk, sum {:.6}",
            rows.len() as f64 / time.as_secs_f64(),
            time.as_secs_f64() * 1e9 * threads as f64 / (rows.len() * TREES) as f64,
            scores.values().iter().sum::<f64>(),
        );
    }
    let mut answer = vec![0.0; forest.shape().outputs()];
    let (time, ()) = fastest(|| rows.rows().for_each(|row| forest.score_row(row, &mut answer)));
    println!("  one row: {:.2} µs", time.as_secs_f64() * 1e6 / rows.len() as f64);
    Ok(())
}

/// The shortest of several runs, and what the last one gave.
fn fastest<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut run = || {
        let start = Instant::now();
        let result = work();
        (start.elapsed(), result)
    };
    let (mut best, mut result) = run();
    for _ in 1..REPETITIONS {
        drop(result);
        let (time, next) = run();
        (best, result) = (best.min(time), next);
    }
    (best, result)
}

/// A line of this process's status, in megabytes.
fn resident(line: &str) -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)).ok_or("no such line")?;
    Ok(found.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
}

struct Table {
    rows: Rows,
    target: Vec<f64>,
}

/// The rows to learn from, or others like them to ask.
fn table(case: &str, asked: bool) -> Result<Table, Failure> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(asked));
    if case == "boston" {
        let known = boston()?;
        return Ok(if asked { between(&known.rows, &mut random) } else { known });
    }
    let rows = match (asked, case) {
        (true, _) => ASKED,
        (false, "regression-20k") => 20_000,
        (false, _) => 100_000,
    };
    // Nonlinear in five of twenty features (Friedman 1991), with noise.
    let rows = Rows::from_values(20, (0..rows * 20).map(|_| random.r#gen()).collect());
    let mut noise = || (0..12).map(|_| random.r#gen::<f64>()).sum::<f64>() - 6.0;
    let signal = |x: &[f32]| {
        let x = |feature: usize| f64::from(x[feature]);
        10.0 * (std::f64::consts::PI * x(0) * x(1)).sin()
            + 20.0 * (x(2) - 0.5).powi(2)
            + 10.0 * x(3)
            + 5.0 * x(4)
    };
    let target = rows.rows().map(|x| signal(x) + 2.0 * noise()).collect();
    Ok(Table { rows, target })
}

fn boston() -> Result<Table, Failure> {
    let text = std::fs::read_to_string("data/boston_house_prices.csv")?;
    let mut table = Table { rows: Rows::with_capacity(13, 506), target: Vec::new() };
    for line in text.lines().skip(2) {
        let cells = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let (target, features) = cells.split_last().ok_or("an empty line")?;
        table.rows.push(&features.iter().map(|&value| value as f32).collect::<Vec<f32>>());
        table.target.push(*target);
    }
    Ok(table)
}

/// Rows that take each value from one of two known rows, and move it a little.
fn between(known: &Rows, random: &mut ChaCha8Rng) -> Table {
    let mut rows = Rows::with_capacity(known.width(), ASKED);
    for _ in 0..ASKED {
        let [a, b] = [(); 2].map(|()| known.row(random.gen_range(0..known.len())));
        let value =
            |(a, b): (&f32, &f32)| (if random.r#gen() { a } else { b }) * random.gen_range(0.99..1.01);
        rows.push(&a.iter().zip(b).map(value).collect::<Vec<f32>>());
    }
    Table { rows, target: Vec::new() }
}

fn grow(table: &Table, case: &str) -> Result<Forest, Failure> {
    let column = |feature: usize| TrainingColumn {
        column: Column::Numeric,
        values: table.rows.rows().map(|row| row[feature]).collect(),
    };
    let columns = (0..table.rows.width()).map(column).collect();
    let (target, max_features) = if case.starts_with("binary") {
        let classes = table.target.iter().map(|&value| u32::from(value > 14.0)).collect();
        (Target::Classification { classes, n_classes: 2 }, MaxFeatures::Sqrt)
    } else {
        (Target::Regression(table.target.clone()), MaxFeatures::Fraction(1.0 / 3.0))
    };
    let set = TrainingSet::new(columns, target, None)?;
    let params = ForestParams::random_forest()
        .n_estimators(TREES)
        .max_features(max_features)
        .random_state(1)
        .check()?;
    Ok(params.fit_table(&set, &|_| ())?.forest)
}

fn store(forest: &Forest, path: &Path) -> Result<(), Failure> {
    let width = forest.shape().width();
    let feature = |position: usize| Feature {
        name: format!("x{position}"),
        identifier: format!("x{position}"),
        description: None,
        unit: None,
        kind: FeatureKind::Number { minimum: None, maximum: None },
        missing: Missing::Refuse,
    };
    let class = |value| ClassLabel { value: Label::Integer(value), name: None };
    let schema = FeatureSchema {
        features: (0..width).map(feature).collect(),
        target: model_core::Target {
            name: "y".into(),
            description: None,
            unit: None,
            task: match forest.shape().outputs() {
                1 => Task::Regression,
                outputs => Task::Classification((0..outputs as i64).map(class).collect()),
            },
        },
        cells: CellFormat::default(),
    };
    let numeric = Distribution::Numeric(Numeric {
        missing: 0,
        minimum: 0.0,
        maximum: 1.0,
        mean: 0.5,
        standard_deviation: 0.1,
        quantiles: vec![0.5; 21],
    });
    let profile =
        Profile { rows: 1, features: vec![numeric.clone(); width], target: numeric, examples: Vec::new() };
    let header = Header {
        name: "measured".into(),
        version: 1,
        title: String::new(),
        description: String::new(),
        app: App { title: String::new(), description: String::new(), version: String::new() },
        created: "2026-01-01T00:00:00Z".into(),
        schema: schema.clone(),
        config: Default::default(),
        data: DataSummary {
            path: String::new(),
            fingerprint: String::new(),
            rows_read: 0,
            rows_dropped: BTreeMap::new(),
            rows_train: 0,
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
        host: String::new(),
    };
    Ok(artifact::write(path, &header, &Payload { schema, profile, blocks: forest.to_blocks() })?)
}
