//! `trainer predict`: a file of rows in, the same rows with their predictions out.
//!
//! The file is streamed: however long it is, only some blocks of it are in memory.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Instant;

use forest::ForestModel;
use thiserror::Error;

use crate::args::{OnError, PredictArgs, Reporting, RowsFormat};
use crate::csv_table::TableError;
use crate::error::Error;
use crate::progress::Progress;

mod answers;
mod checkpoint;
mod columns;
mod destination;
mod encoded_rows;
mod feed;
mod format;
mod objects;
mod outputs;
mod parquet;
mod piece;
mod row_answers;
mod rows_out;
mod scorer;
mod side_by_side;
mod source;
mod spooled_input;
mod stream;
mod unfinished;

use answers::Asked;
use checkpoint::{Checkpoint, Mark};
pub(crate) use destination::Destination;
pub(crate) use encoded_rows::{Unreadable, encoded_rows, format_of_rows};
use format::{Packing, format_of};
use outputs::Outputs;
pub(crate) use row_answers::{Judged, Refused, Row, RowAnswers};
use rows_out::RowsOut;
use scorer::Scorer;
use source::Source;
use spooled_input::Input;
use stream::Stream;
pub(crate) use stream::{ERRORS_HEAD, error_line};

/// Shorter runs say no rate.
const MEASURED_SECONDS: f64 = 1.0;

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
    /// The answer has the name of the field that tells the version.
    #[error(
        "the answer cannot be called \"model_version\", which tells the version of the model: name it with --column"
    )]
    VersionTaken,
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
    /// Somebody else writes there.
    #[error("another process writes {}: wait for it, or name another output", path.display())]
    Busy {
        /// The output.
        path: PathBuf,
    },
    /// A run that was killed cannot be gone on with.
    #[error(
        "{} was left by a run that cannot be gone on with: {what}; without --resume the work begins again",
        path.display()
    )]
    OtherRun {
        /// The file of its marks.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A run that was killed left less than it had marked.
    #[error(
        "{} holds {found} bytes, and the run that wrote it had marked {expected}: without --resume the work begins again",
        path.display()
    )]
    CutShort {
        /// The unfinished file.
        path: PathBuf,
        /// Bytes that the mark counts.
        expected: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// A Parquet file that was cut off has no table of contents.
    #[error(
        "--resume goes on with CSV and NDJSON only: the table of contents of a Parquet file stands at its end, \
         so that one that was cut off cannot be gone on with"
    )]
    ParquetResume,
    /// Parquet files are packed within.
    #[error("{}: a Parquet file is packed within: name it .parquet alone", path.display())]
    ParquetPacked {
        /// The output.
        path: PathBuf,
    },
    /// Standard input comes once.
    #[error("--resume needs a file as input: standard input cannot be read again")]
    CannotResume,
    /// Standard input cannot be kept.
    #[error("cannot keep standard input in a temporary file: {source}")]
    Spool {
        /// The system's answer.
        source: std::io::Error,
    },
}

impl PredictError {
    fn of_parquet_output(error: ::parquet::errors::ParquetError) -> Self {
        Self::Write { what: "the Parquet output".into(), source: std::io::Error::other(error) }
    }

    /// Whether a later run can go on: what the system refuses now it may grant then, what is wrong with the input stays
    /// wrong.
    fn may_pass(&self) -> bool {
        match self {
            Self::Write { .. } => true,
            Self::Table(TableError::Io { source, .. }) => !matches!(
                source.kind(),
                ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof
            ),
            _ => false,
        }
    }
}

/// What happened to the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    predicted: u64,
    skipped: u64,
}

/// What a run did.
struct Done {
    counts: Counts,
    /// Rows that an earlier run had done.
    resumed: u64,
    seconds: f64,
}

/// Runs the subcommand.
pub(crate) fn run(args: &PredictArgs, reporting: Reporting) -> Result<(), Error> {
    let model = ForestModel::read(&args.model)?;
    let done = match predict(args, &model, reporting) {
        Err(PredictError::ReaderGone) => return Ok(()),
        other => other?,
    };
    let Done { counts: Counts { predicted, skipped }, resumed, seconds } = done;
    if reporting.json && args.output.is_some() {
        let document = serde_json::json!({
            "rows": predicted, "skipped": skipped, "resumed_at": resumed, "seconds": seconds,
        });
        crate::standard_output::print(&format!("{document}\n"))?;
    } else if !reporting.quiet && (skipped > 0 || args.output.is_some()) {
        let rate = rate(predicted + skipped - resumed, seconds);
        eprintln!("{predicted} rows predicted, {skipped} skipped{rate}");
    }
    Ok(())
}

/// Rows a second in words, where there was enough to measure.
fn rate(rows: u64, seconds: f64) -> String {
    if seconds < MEASURED_SECONDS {
        return String::new();
    }
    format!(", {:.0} rows/s", rows as f64 / seconds)
}

fn predict(args: &PredictArgs, model: &ForestModel, reporting: Reporting) -> Result<Done, PredictError> {
    let start = Instant::now();
    let input = Input::open(&args.input)?;
    let format = args.format.or_else(|| format_of(args.output.as_deref()?));
    let input_format = args.input_format.or_else(|| format_of(&args.input)).unwrap_or_default();
    let format = format.unwrap_or(input_format);
    if args.resume && [format, input_format].contains(&RowsFormat::Parquet) {
        return Err(PredictError::ParquetResume);
    }
    let source = Source::open(input.path(), input_format, format != RowsFormat::Ndjson, model)?;
    let asked = Asked::of(&args.answers, model)?;
    let out = RowsOut::new(&args.answers, format, &asked, model, &source)?;
    let packing = args.output.as_deref().map_or(Packing::None, Packing::of);
    if let (RowsFormat::Parquet, Some(path), false) = (format, &args.output, packing == Packing::None) {
        return Err(PredictError::ParquetPacked { path: path.clone() });
    }
    let scorer = Scorer { model, source: &source, asked, out, packing };

    let mut mark = Mark::default();
    let outputs = match &args.output {
        None => Outputs::stream(args.errors.as_deref())?,
        Some(output) => {
            let mut checkpoint = Checkpoint::new(output, args, format, &source, model)?;
            if args.resume && input.is_temporary() {
                return Err(PredictError::CannotResume);
            }
            let left = checkpoint.left();
            if args.resume {
                mark = left?.unwrap_or_default();
            } else if let Ok(Some(left)) = left
                && !reporting.quiet
            {
                let done = left.predicted + left.skipped;
                eprintln!(
                    "a run that was killed had done {done} rows: beginning again, --resume goes on from there"
                );
            }
            Outputs::file(output, args.errors.as_deref(), checkpoint, mark)?
        }
    };
    let skips = args.on_error == OnError::Skip || args.errors.is_some();
    let mut stream = Stream::new(&scorer, outputs, skips, mark)?;
    match stream.run(Progress::new(reporting), start) {
        Ok(()) => {}
        Err(error) => {
            if !error.may_pass() {
                stream.outputs.abandon();
            }
            return Err(error);
        }
    }
    let counts = stream.counts;
    stream.outputs.finish()?;
    let resumed = mark.predicted + mark.skipped;
    Ok(Done { counts, resumed, seconds: start.elapsed().as_secs_f64() })
}
