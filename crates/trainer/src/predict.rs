//! `trainer predict`: a CSV file in, the same rows with their predictions out.
//!
//! The file is streamed: however long it is, only a batch of it is in memory.

use std::path::PathBuf;

use forest::ForestModel;
use model_core::{Model, Rows};
use rayon::prelude::*;
use thiserror::Error;

use crate::args::{PredictArgs, Reporting};
use crate::csv_table::{Batch, CsvTable, Lines, Problem, Record, RowProblem, TableError};
use crate::error::Error;
use crate::progress::Progress;

mod answers;
mod columns;
mod destination;
mod rows_out;
mod spooled_input;

use answers::{Answers, Asked};
use columns::InputColumns;
pub(crate) use destination::Destination;
use rows_out::RowsOut;
use spooled_input::Input;

/// Bad cells that an error lists.
const LISTED_PROBLEMS: usize = 10;

/// Why a file was not predicted.
#[derive(Debug, Error)]
pub enum PredictError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A feature has no column.
    #[error("{}: {reason}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What is missing, and what was found.
        reason: String,
    },
    /// The output has a column of that name already.
    #[error("the input has a column {column:?} already: give the prediction another name with --column")]
    ColumnTaken {
        /// The name.
        column: String,
    },
    /// The output has a column already that an option adds.
    #[error("the input has a column {column:?} already, which {option} adds: rename it in the input")]
    AddedColumnTaken {
        /// The name.
        column: String,
        /// `--explain` or `--interval`.
        option: &'static str,
    },
    /// The artifact is of a version that stored no covers.
    #[error("this model cannot explain its answers: it holds no covers; train it again")]
    NoCovers,
    /// The model was trained without intervals.
    #[error(
        "this model has no prediction intervals: train it with model.interval in its config, for example 0.9"
    )]
    NoIntervals,
    /// A level out of range.
    #[error("--interval: {0}")]
    Level(#[from] model_core::LevelError),
    /// The output cannot be written.
    #[error("cannot write {what}: {source}")]
    Write {
        /// The file or `standard output`.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Nobody reads standard output any more, for example `head` that has seen enough.
    #[error("standard output is read no more")]
    ReaderGone,
    /// Standard input cannot be kept.
    #[error("cannot keep standard input in a temporary file: {source}")]
    Spool {
        /// The system's answer.
        source: std::io::Error,
    },
}

/// What happened to the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    predicted: u64,
    skipped: u64,
}

/// Runs the subcommand.
pub(crate) fn run(args: &PredictArgs, reporting: Reporting) -> Result<(), Error> {
    let model = ForestModel::read(&args.model)?;
    let counts = match predict(args, &model, Progress::new(reporting)) {
        Err(PredictError::ReaderGone) => return Ok(()),
        other => other?,
    };
    if reporting.json && args.output.is_some() {
        let document = serde_json::json!({"rows": counts.predicted, "skipped": counts.skipped});
        crate::standard_output::print(&format!("{document}\n"))?;
    } else if !reporting.quiet && (counts.skipped > 0 || args.output.is_some()) {
        eprintln!("{} rows predicted, {} skipped", counts.predicted, counts.skipped);
    }
    Ok(())
}

fn predict(args: &PredictArgs, model: &ForestModel, progress: Progress) -> Result<Counts, PredictError> {
    let input = Input::open(&args.input)?;
    let (table, columns) = InputColumns::find(input.path(), model)?;
    let asked = Asked::of(args, model)?;
    let out = RowsOut::new(args, &asked, model, &table)?;
    let mut destination = Destination::open(args.output.as_deref())?;
    let mut errors = args.errors.as_deref().map(|path| Destination::open(Some(path))).transpose()?;
    let skips = args.on_error == crate::args::OnError::Skip || args.errors.is_some();
    let mut lines = table.lines()?;
    let mut counts = Counts::default();

    out.head(&mut destination)?;
    if let Some(errors) = &mut errors {
        errors.write(b"record,line,column,expected,found\n")?;
    }
    let bar = progress.bytes("predicting", table.bytes());
    table.for_each_batch::<PredictError>(&|byte| bar.set(byte), |batch| {
        let (good, rows, problems) = encode(model, &table, &columns, batch);
        if !problems.is_empty() && !skips {
            let total = problems.len() as u64;
            let problems = located(&table, &mut lines, problems.into_iter().take(LISTED_PROBLEMS))?;
            return Err(TableError::BadRows { path: args.input.clone(), problems, total }.into());
        }
        if let Some(errors) = &mut errors {
            for problem in located(&table, &mut lines, problems.into_iter())? {
                errors.write(&error_line(&problem))?;
            }
        }
        counts.predicted += good.len() as u64;
        counts.skipped += (batch.len() - good.len()) as u64;
        out.rows(&good, &Answers::of(model, &rows, &asked), &mut destination)
    })?;
    bar.finish();
    destination.finish()?;
    errors.map_or(Ok(()), Destination::finish)?;
    Ok(counts)
}

/// The records without a problem, their encoded rows, and the problems of the others in file order.
fn encode<'a>(
    model: &ForestModel,
    table: &CsvTable,
    columns: &InputColumns,
    batch: &'a Batch,
) -> (Vec<Record<'a>>, Rows, Vec<Problem>) {
    let records: Vec<Record<'a>> = batch.records().collect();
    let encoded: Vec<Result<Vec<f32>, Vec<Problem>>> =
        records.par_iter().map(|&record| columns.encode(model.encoder(), table, record)).collect();
    let mut rows = Rows::with_capacity(model.encoder().width(), batch.len());
    let mut good = Vec::with_capacity(batch.len());
    let mut problems = Vec::new();
    for (record, row) in records.into_iter().zip(encoded) {
        match row {
            Ok(row) => {
                rows.push(&row);
                good.push(record);
            }
            Err(found) => problems.extend(found),
        }
    }
    (good, rows, problems)
}

fn located(
    table: &CsvTable,
    lines: &mut Lines,
    problems: impl Iterator<Item = Problem>,
) -> Result<Vec<RowProblem>, TableError> {
    problems
        .map(|problem| lines.locate(problem))
        .collect::<Result<_, _>>()
        .map_err(|source| TableError::Io { path: table.path().into(), source })
}

fn error_line(problem: &RowProblem) -> Vec<u8> {
    let RowProblem { line, problem: Problem { place, column, expected, found } } = problem;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = [
        &place.record.to_string(),
        &line.to_string(),
        column.as_deref().unwrap_or_default(),
        expected.as_str(),
        found.as_str(),
    ];
    let written = writer.write_record(cells).and_then(|()| Ok(writer.flush()?));
    written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default()
}
