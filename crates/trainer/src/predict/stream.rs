//! The rows of a file through a model: read in order, answered side by side, written in order.

use std::path::PathBuf;
use std::time::Instant;

use rayon::prelude::*;

use super::checkpoint::Mark;
use super::feed::Feed;
use super::outputs::Outputs;
use super::parquet::ParquetWriter;
use super::piece::Piece;
use super::scorer::{Scored, Scorer};
use super::{Counts, PredictError};
use crate::csv_table::{Lines, Problem, RowProblem, TableError};
use crate::progress::{Bar, Progress};

/// Blocks that are answered side by side, for each thread: so many that threads rarely wait for the last of them.
const BLOCKS_A_THREAD: usize = 8;
/// The first line of the file of errors.
pub(crate) const ERRORS_HEAD: &[u8] = b"record,line,column,expected,found\n";
/// Bad cells that an error lists.
const LISTED_PROBLEMS: usize = 10;

/// A run under way.
pub(super) struct Stream<'a> {
    scorer: &'a Scorer<'a>,
    pub(super) outputs: Outputs,
    /// Rows that cannot be predicted are left out.
    skips: bool,
    /// Finds the lines of rows, where there are lines.
    lines: Option<Lines>,
    /// Makes the bytes of a Parquet output.
    writer: Option<ParquetWriter>,
    mark: Mark,
    pub(super) counts: Counts,
}

/// Some pieces that were answered together.
#[derive(Default)]
struct Answered {
    pieces: Vec<Scored>,
    /// Byte of the input behind them.
    input: u64,
}

impl<'a> Stream<'a> {
    /// A run that goes on behind a mark.
    pub(super) fn new(
        scorer: &'a Scorer<'a>,
        outputs: Outputs,
        skips: bool,
        mark: Mark,
    ) -> Result<Self, PredictError> {
        let counts = Counts { predicted: mark.predicted, skipped: mark.skipped };
        Ok(Self {
            lines: scorer.source.lines()?,
            writer: scorer.out.writer()?,
            scorer,
            outputs,
            skips,
            mark,
            counts,
        })
    }

    /// Answers all rows. While some are answered, the ones before are written and the next are read.
    pub(super) fn run(&mut self, progress: Progress, start: Instant) -> Result<(), PredictError> {
        let scorer = self.scorer;
        let is_first = self.mark == Mark::default();
        let mut feed = scorer.source.feed((!is_first).then_some(self.mark.input))?;
        if is_first {
            self.begin()?;
        }
        let bytes = std::fs::metadata(scorer.source.path()).map_or(0, |metadata| metadata.len());
        let bar = progress.bytes("predicting", bytes);
        let count = BLOCKS_A_THREAD * rayon::current_num_threads();
        let mut records = self.counts.predicted + self.counts.skipped;
        let earlier = records;
        let mut current: Vec<Piece> = (0..count).map(|_| scorer.source.piece()).collect();
        let mut next: Vec<Piece> = (0..count).map(|_| scorer.source.piece()).collect();
        let mut filled = read(&mut current, &mut feed)?;
        let mut input = feed.position();
        let mut answered = Answered::default();
        while filled > 0 {
            let ((written, read), scored) = rayon::join(
                || (self.write(std::mem::take(&mut answered), &bar), read(&mut next, &mut feed)),
                || score(scorer, &mut current[..filled], &mut records),
            );
            written?;
            answered = Answered { pieces: scored?, input };
            bar.set(feed.bytes_read());
            bar.say(told(records, records - earlier, start));
            filled = read?;
            input = feed.position();
            std::mem::swap(&mut current, &mut next);
        }
        self.write(answered, &bar)?;
        if let Some(writer) = self.writer.take() {
            let end = writer.finish().map_err(PredictError::of_parquet_output)?;
            self.outputs.write(&end)?;
        }
        bar.finish();
        Ok(())
    }

    /// What stands above the first row.
    fn begin(&mut self) -> Result<(), PredictError> {
        let mut head = Vec::new();
        self.scorer.out.head(&mut head);
        self.outputs.write(&self.scorer.pack(head)?)?;
        self.outputs.write_error(ERRORS_HEAD)
    }

    fn write(&mut self, answered: Answered, bar: &Bar) -> Result<(), PredictError> {
        let total: usize = answered.pieces.iter().map(|piece| piece.problems.len()).sum();
        if total > 0 && !self.skips {
            bar.finish();
            let problems = answered.pieces.into_iter().flat_map(|piece| piece.problems).take(LISTED_PROBLEMS);
            let problems = self.located(problems)?;
            let path: PathBuf = self.scorer.source.path().into();
            return Err(TableError::BadRows { path, problems, total: total as u64 }.into());
        }
        for piece in answered.pieces {
            self.outputs.write(&piece.bytes)?;
            if let (Some(writer), Some(table)) = (&mut self.writer, piece.table) {
                let bytes = writer.push(table).map_err(PredictError::of_parquet_output)?;
                self.outputs.write(&bytes)?;
            }
            self.counts.predicted += piece.predicted;
            self.counts.skipped += piece.skipped;
            if self.outputs.lists_errors() {
                for problem in self.located(piece.problems.into_iter())? {
                    self.outputs.write_error(&error_line(&problem))?;
                }
            }
        }
        // A Parquet file that was cut off cannot be gone on with.
        if answered.input > 0 && self.writer.is_none() {
            self.outputs.mark(answered.input, self.counts)
        } else {
            Ok(())
        }
    }

    fn located(&mut self, problems: impl Iterator<Item = Problem>) -> Result<Vec<RowProblem>, TableError> {
        problems
            .map(|problem| match &mut self.lines {
                Some(lines) => lines.locate(problem),
                None => Ok(RowProblem { line: problem.place.record, problem }),
            })
            .collect::<Result<_, _>>()
            .map_err(|source| TableError::Io { path: self.scorer.source.path().into(), source })
    }
}

/// Reads blocks into pieces, and returns how many there were.
fn read(pieces: &mut [Piece], feed: &mut Feed) -> Result<usize, PredictError> {
    for (index, piece) in pieces.iter_mut().enumerate() {
        if !feed.next_into(piece)? {
            return Ok(index);
        }
    }
    Ok(pieces.len())
}

/// Answers pieces side by side; `records` rows stand before them.
fn score(scorer: &Scorer<'_>, pieces: &mut [Piece], records: &mut u64) -> Result<Vec<Scored>, PredictError> {
    pieces.par_iter_mut().for_each(|piece| piece.parse(scorer.source));
    for piece in pieces.iter_mut() {
        piece.number_from(*records);
        *records += piece.len() as u64;
    }
    pieces.par_iter().map(|piece| scorer.score(piece)).collect()
}

/// How far things are.
fn told(records: u64, in_this_run: u64, start: Instant) -> String {
    let rate = in_this_run as f64 / start.elapsed().as_secs_f64().max(1e-3);
    format!("{records} rows, {rate:.0} a second")
}

/// A line of the file of errors.
pub(crate) fn error_line(problem: &RowProblem) -> Vec<u8> {
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
