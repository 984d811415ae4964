//! Times the way of a CSV file into memory: `load_table TABLE TARGET [ROUNDS]` prints one line of JSON a round.
//!
//! `read_seconds` is from the closed file to the encoded columns: the kinds are inferred, the levels collected, every
//! cell is encoded. `table_seconds` is from there to what a learner takes, all rows in it. `peak_bytes` is the largest
//! resident size of the process so far, on Linux.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use model_core::Encoder;
use serde_json::json;
use trainer::Config;
use trainer::preparation::Preparation;
use trainer::roles::Source;
use trainer::schema_inference::{Draft, survey};
use trainer::typed_table::TypedTable;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, target, rounds @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: load_table TABLE TARGET [ROUNDS]")
    };
    let rounds: u32 = rounds.first().map_or(Ok(1), |rounds| rounds.parse())?;
    let config = json!({"data": {"path": Path::new(table).canonicalize()?}, "target": {"column": target}});
    let config = Config::parse(&config.to_string(), &[], "load_table", "load_table")?;
    for _ in 0..rounds {
        let start = Instant::now();
        let source = Source::open(&config)?;
        let survey = survey(&config, &source, &|_| ())?;
        let draft = Draft::new(&config, &source, &survey)?;
        let encoder = Encoder::new(draft.schema.clone())?;
        let table = TypedTable::of_survey(&config, &source, &encoder, &draft.positions, survey, &|_| ())?;
        let read_seconds = start.elapsed().as_secs_f64();
        let rows: Vec<usize> = (0..table.len()).collect();
        let preparation = Preparation::learn(&draft, &table, &rows)?;
        let set = preparation.training_set(&table, &rows)?;
        let figures = json!({
            "rows": table.len(),
            "columns": table.columns.len(),
            "read_seconds": read_seconds,
            "table_seconds": start.elapsed().as_secs_f64() - read_seconds,
            "peak_bytes": peak_bytes().context("no VmHWM")?,
            "training_rows": set.len(),
        });
        println!("{figures}");
    }
    Ok(())
}

fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
