//! Measures one forest for the comparison with other libraries, see `benches/peers`: reads a table, fits, predicts, and
//! prints one line of JSON.
//!
//! `bench_fit TABLE PREDICTIONS TREES LEAF MAX_FEATURES THREADS SEED [MAX_BINS MAX_SAMPLES]`
//!
//! The table is little-endian, without padding; `benches/peers/table_file.py` writes it.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `CNPYTAB1` |
//! | 6 × u32 | rows, columns, classes (0: the target is a number), training, scored and timed rows |
//! | columns × u32 | number of levels of each column, 0 for a numeric one |
//! | columns × rows × f32 | column after column; NaN is missing, a level is its code from 0 |
//! | rows × f64 | the target; a class is its code from 0 |
//!
//! The training rows come first, the scored rows follow them, the timed rows are the last ones. The predictions for the
//! scored rows are written as f64: a number, or a probability for each class, row after row.

use std::error::Error;
use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use forest::{Column, Forest};
use forest_learner::{Amount, ForestParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;
use model_core::Rows;
use rayon::ThreadPoolBuilder;

const MAGIC: [u8; 8] = *b"CNPYTAB1";
const BATCH_REPEATS: usize = 5;
const SINGLE_CHUNK: usize = 50;
const SINGLE_CHUNKS: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, predictions, trees, leaf, max_features, threads, seed, fast @ ..] = arguments.as_slice()
    else {
        return Err(
            "usage: bench_fit TABLE PREDICTIONS TREES LEAF MAX_FEATURES THREADS SEED [MAX_BINS MAX_SAMPLES]"
                .into(),
        );
    };
    let mut params = ForestParams::random_forest();
    if let [bins, samples] = fast {
        params = params.max_bins(Some(bins.parse()?)).max_samples(Some(Amount::Fraction(samples.parse()?)));
    }
    let params = params
        .n_estimators(trees.parse()?)
        .min_samples_leaf(Amount::Count(leaf.parse()?))
        .max_features(MaxFeatures::Count(max_features.parse()?))
        .random_state(seed.parse()?)
        .check()?;
    let Table { set, scored, timed } = Table::read(Path::new(table))?;
    let pool = ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;

    reset_peak_memory();
    let start_bytes = memory("VmRSS")?;
    let (start, cpu_start) = (Instant::now(), cpu_seconds()?);
    let forest = pool.install(|| params.fit_table(&set, &|_| ()))?.forest;
    let (fit_seconds, fit_cpu_seconds) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu_start);
    let peak_bytes = memory("VmHWM")?;
    drop(set);

    let answers = pool.install(|| forest.score(&scored));
    let answers: Vec<u8> = answers.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(predictions, answers)?;
    let batch = pool.install(|| batch_seconds(&forest, &timed));
    let single = single_seconds(&forest, &timed);
    let model_bytes: usize = forest.to_blocks().iter().map(|block| block.bytes.len()).sum();
    println!(
        "{{\"fit_seconds\":{fit_seconds},\"fit_cpu_seconds\":{fit_cpu_seconds},\"convert_seconds\":0.0,\
         \"peak_bytes\":{peak_bytes},\
         \"start_bytes\":{start_bytes},\"batch_rows_per_second\":{},\"single_seconds\":{single},\
         \"model_bytes\":{model_bytes},\"leaves\":{}}}",
        timed.len() as f64 / batch,
        forest.leaf_count(),
    );
    Ok(())
}

/// The best of some walks over all rows, after a short one.
fn batch_seconds(forest: &Forest, rows: &Rows) -> f64 {
    let few = rows.width() * rows.len().min(100);
    forest.score(&Rows::from_values(rows.width(), rows.values()[..few].to_vec()));
    let walk = |_| {
        let start = Instant::now();
        std::hint::black_box(forest.score(rows));
        start.elapsed().as_secs_f64()
    };
    (0..BATCH_REPEATS).map(walk).fold(f64::INFINITY, f64::min)
}

/// Seconds for a row alone: the median of the means over chunks of distinct rows.
fn single_seconds(forest: &Forest, rows: &Rows) -> f64 {
    let mut answer = vec![0.0; forest.shape().outputs()];
    let mut mean = |chunk: &[f32]| {
        let start = Instant::now();
        for row in chunk.chunks_exact(rows.width()) {
            forest.score_row(row, &mut answer);
            std::hint::black_box(&answer);
        }
        start.elapsed().as_secs_f64() / (chunk.len() / rows.width()) as f64
    };
    median(rows.values().chunks(SINGLE_CHUNK * rows.width()).take(SINGLE_CHUNKS).map(&mut mean).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The rows of the file, by what they are for.
struct Table {
    set: TrainingSet,
    scored: Rows,
    timed: Rows,
}

impl Table {
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let mut file = BufReader::new(fs::File::open(path)?);
        if bytes(&mut file)? != MAGIC {
            return Err(format!("{} is not a table of this benchmark", path.display()).into());
        }
        let mut count = || -> Result<usize, Box<dyn Error>> {
            Ok(usize::try_from(u32::from_le_bytes(bytes(&mut file)?))?)
        };
        let (rows, width, classes) = (count()?, count()?, count()?);
        let (training, scored, timed) = (count()?, count()?, count()?);
        if training + scored > rows || training + timed > rows {
            return Err("the parts are larger than the table".into());
        }
        let levels = (0..width).map(|_| count()).collect::<Result<Vec<usize>, _>>()?;
        let mut columns = Vec::with_capacity(width);
        for levels in levels {
            let values: Vec<f32> = (0..rows)
                .map(|_| Ok(f32::from_le_bytes(bytes(&mut file)?)))
                .collect::<std::io::Result<_>>()?;
            let column = match levels {
                0 => Column::Numeric,
                levels => Column::Category { levels: u32::try_from(levels)? },
            };
            columns.push(TrainingColumn { column, values });
        }
        let target: Vec<f64> = (0..training)
            .map(|_| Ok(f64::from_le_bytes(bytes(&mut file)?)))
            .collect::<std::io::Result<_>>()?;
        let target = match classes {
            0 => Target::Regression(target),
            n_classes => {
                let classes = target.into_iter().map(|class| class as u32).collect();
                Target::Classification { classes, n_classes }
            }
        };

        let part = |range: std::ops::Range<usize>| {
            let value = |row| columns.iter().map(move |column: &TrainingColumn| column.values[row]);
            Rows::from_values(width, range.flat_map(value).collect())
        };
        let (scored, timed) = (part(training..training + scored), part(rows - timed..rows));
        for column in &mut columns {
            column.values.truncate(training);
            column.values.shrink_to_fit();
        }
        Ok(Self { set: TrainingSet::new(columns, target, None)?, scored, timed })
    }
}

fn bytes<const N: usize>(file: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Forgets the peak so far, so that reading the table does not count. Without the right to, it counts.
fn reset_peak_memory() {
    if fs::write("/proc/self/clear_refs", "5").is_err() {
        eprintln!("the peak of memory includes reading the table");
    }
}

/// Processor time of all threads so far, in the hundredths of a second that Linux counts.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is a name in brackets; user and system time are the 14th and the 15th.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / 100.0)
}

/// A field of the process's status, in bytes.
fn memory(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).ok_or("no memory in /proc/self/status")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}
