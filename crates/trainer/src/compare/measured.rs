//! What a forest costs: its size, and the time it takes to grow and to answer.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use forest::Forest;
use forest_learner::ForestValidParams;
use model_core::{Encoder, RawValue};
use serde_json::Value;

use crate::error::Error;
use crate::pipeline::{TrainError, TrainingPart};

/// What is measured besides the metrics.
pub(crate) const QUANTITIES: [&str; 6] =
    ["p50_latency_ms", "p95_latency_ms", "artifact_mb", "trees", "nodes", "fit_seconds"];
/// Rows that are asked for one by one.
const ASKED: usize = 1000;
/// Times that each of them is asked, the first of which warm up.
const TIMES: usize = 3;

/// Of the forest of all rows. A latency is that of one row of JSON values, encoded and answered on one thread; what a server
/// adds is not in it. The size is that of the forest's blocks, which an artifact consists of but for some kilobytes.
///
/// # Errors
/// When the forest cannot be grown.
pub(crate) fn quantities(
    params: &ForestValidParams,
    part: &TrainingPart,
) -> Result<BTreeMap<String, f64>, Error> {
    let whole = part.whole()?;
    let set = part.training_set(&whole)?;
    let began = Instant::now();
    let forest = params.fit_table(&set, &|_| ()).map_err(TrainError::from)?.forest;
    let fit_seconds = began.elapsed().as_secs_f64();
    drop(set);
    let latencies = latencies(&forest, whole.encoder(), &part.raw_rows(&whole, ASKED));
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share).round() as usize];
    let bytes: usize = forest.to_blocks().iter().map(|block| block.bytes.len()).sum();
    let values = [
        at(0.5),
        at(0.95),
        bytes as f64 / 1e6,
        forest.tree_count() as f64,
        forest.node_count() as f64,
        fit_seconds,
    ];
    Ok(QUANTITIES.map(str::to_owned).into_iter().zip(values).collect())
}

/// Milliseconds of single answers, ascending; at least one.
fn latencies(forest: &Forest, encoder: &Encoder, rows: &[Vec<Value>]) -> Vec<f64> {
    let mut answer = vec![0.0; forest.shape().outputs()];
    let mut encoded = vec![0.0; encoder.width()];
    let mut times = Vec::with_capacity(rows.len() * TIMES + 1);
    for time in 0..TIMES {
        for row in rows {
            let began = Instant::now();
            for (position, value) in row.iter().enumerate() {
                encoded[position] = encoder.value(position, RawValue::from(value)).unwrap_or(f32::NAN);
            }
            forest.score_row(black_box(&encoded), &mut answer);
            black_box(&answer);
            if time > 0 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    if times.is_empty() {
        times.push(f64::NAN);
    }
    times
}
