//! `cargo bench -p trainer`: from a CSV file to encoded columns.

#![allow(clippy::expect_used)]

use std::fmt::Write as _;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model_core::Encoder;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use trainer::Config;
use trainer::roles::Source;
use trainer::schema_inference::{Draft, survey};
use trainer::typed_table::TypedTable;

const COLUMNS: usize = 20;
const ROWS: usize = 100_000;
const ZONES: [&str; 6] = ["north", "east", "south", "west", "centre", "airport"];

/// Twenty columns from a fixed seed and a target `y`; every fifth column is text when `has_texts`, in quotes.
fn table(has_texts: bool) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut text = (0..COLUMNS).map(|column| format!("x{column},")).collect::<String>() + "y\n";
    for _ in 0..ROWS {
        for column in 0..COLUMNS {
            if has_texts && column % 5 == 4 {
                let zone = ZONES[random.gen_range(0..ZONES.len())];
                write!(text, "\"{zone}\",").expect("room");
            } else {
                write!(text, "{:.6},", random.gen_range(-3.0..3.0)).expect("room");
            }
        }
        writeln!(text, "{:.6}", random.gen_range(-3.0..3.0)).expect("room");
    }
    text
}

fn config(path: &Path, more: &Value) -> Config {
    let mut data = json!({"path": path});
    for (key, value) in more.as_object().expect("an object") {
        data[key] = value.clone();
    }
    let config = json!({"data": data, "target": {"column": "y"}});
    Config::parse(&config.to_string(), &[], "bench", "bench").expect("a sound config")
}

/// Both ways into memory: what the survey kept, and by a second pass.
fn load(config: &Config, by_second_pass: bool) -> TypedTable {
    let source = Source::open(config).expect("a table");
    let survey = survey(config, &source, &|_| ()).expect("rows");
    let draft = Draft::new(config, &source, &survey).expect("features");
    let encoder = Encoder::new(draft.schema.clone()).expect("a sound schema");
    let positions = &draft.positions;
    if by_second_pass {
        TypedTable::load(config, &source, &encoder, positions, survey.rows, &|_| ()).expect("sound cells")
    } else {
        TypedTable::of_survey(config, &source, &encoder, positions, survey, &|_| ()).expect("sound cells")
    }
}

fn csv(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("csv 100k x 20");
    group.sample_size(10);
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = |name: &str, text: &str, more: &Value, by_second_pass: bool| {
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).expect("room on disk");
        let config = config(&path, more);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| load(&config, by_second_pass)));
    };
    let numbers = table(false);
    file("numbers", &numbers, &json!({}), false);
    file("numbers, two passes", &numbers, &json!({}), true);
    let marked = json!({"missing_values": ["NA", "?"], "number_format": {"thousands": " "}});
    file("numbers with marks allowed", &numbers, &marked, false);
    file("numbers and quoted texts", &table(true), &json!({}), false);
    group.finish();
}

criterion_group!(benches, csv);
criterion_main!(benches);
