//! What a forest alone allows: rows a second, all threads, without HTTP and JSON. `make bench-serve` sets Canopy beside it.
//!
//! Usage: `forest_limit ARTIFACT BODIES SECONDS`. BODIES holds a `{"data": [[…], …]}` on each line; one line is one batch.

use std::path::Path;
use std::time::{Duration, Instant};

use forest::ForestModel;
use model_core::{Model, RawValue, Rows};
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    data: Vec<Vec<f64>>,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [artifact, bodies, seconds] = arguments.as_slice() else {
        return Err("usage: forest_limit ARTIFACT BODIES SECONDS".into());
    };
    let model = ForestModel::read(Path::new(artifact))?;
    let batches = std::fs::read_to_string(bodies)?;
    let batches = batches.lines().map(|line| encoded(&model, line)).collect::<Result<Vec<_>, _>>()?;
    let time = Duration::from_secs_f64(seconds.parse()?);
    let threads = std::thread::available_parallelism()?.get();
    // Each thread answers batches of its own, as a server does for many connections.
    let rates = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                let (model, batches) = (&model, &batches);
                let first = thread * batches.len() / threads;
                scope.spawn(move || rate(model, batches.iter().cycle().skip(first), time))
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap_or(0.0)).sum::<f64>()
    });
    println!("{{\"rows_per_second\": {rates:.0}, \"threads\": {threads}}}");
    Ok(())
}

fn encoded(model: &ForestModel, line: &str) -> Result<Rows, Failure> {
    let body: Body = serde_json::from_str(line)?;
    let encoder = model.encoder();
    let mut rows = Rows::with_capacity(encoder.width(), body.data.len());
    for values in &body.data {
        let encoded = values.iter().enumerate();
        let row = encoded.map(|(position, &value)| encoder.value(position, RawValue::Number(value)));
        rows.push(&row.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(rows)
}

/// Rows a second of one thread.
fn rate<'a>(model: &ForestModel, batches: impl Iterator<Item = &'a Rows>, time: Duration) -> f64 {
    let start = Instant::now();
    let mut answered = 0;
    for batch in batches {
        answered += std::hint::black_box(model.predict(batch)).len();
        if start.elapsed() >= time {
            break;
        }
    }
    answered as f64 / start.elapsed().as_secs_f64()
}
