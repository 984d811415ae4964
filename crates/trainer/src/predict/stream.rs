//! The rows of a file through a model: read in order, answered side by side, written in order.

use std::time::Instant;

use super::checkpoint::Mark;
use super::outputs::Outputs;
use super::parquet::ParquetWriter;
use super::scorer::{Scored, Scorer};
use super::side_by_side::{Answered, SideBySide};
use super::{Counts, PredictError};
use crate::csv_table::{Lines, Problem, RowProblem, TableError};
use crate::progress::Progress;

/// The first line of the file of errors.
pub(crate) const ERRORS_HEAD: &[u8] = b"record,line,column,expected,found\n";
/// Bad cells that an error lists.
const LISTED_PROBLEMS: usize = 10;
/// Pieces that are looked through for them, the one of the first among them.
const REFUSED_PIECES: usize = 16;

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
    bad: Bad,
}

/// Rows that cannot be predicted, in a run that leaves none out.
#[derive(Default)]
struct Bad {
    /// The first of what is wrong with them.
    problems: Vec<Problem>,
    total: u64,
    /// Pieces that were looked through from the first such row on.
    pieces: usize,
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
            bad: Bad::default(),
        })
    }

    /// Answers all rows.
    pub(super) fn run(&mut self, progress: Progress, start: Instant) -> Result<(), PredictError> {
        let scorer = self.scorer;
        let is_first = self.mark == Mark::default();
        let feed = scorer.source.feed((!is_first).then_some(self.mark.input))?;
        if is_first {
            self.begin()?;
        }
        let bytes = std::fs::metadata(scorer.source.path()).map_or(0, |metadata| metadata.len());
        let bar = progress.bytes("predicting", bytes);
        let earlier = self.counts.predicted + self.counts.skipped;
        let work = || {
            SideBySide::new(scorer, feed, earlier).run(|answered| {
                bar.set(answered.read);
                self.write(answered)?;
                let records = self.counts.predicted + self.counts.skipped;
                bar.say(told(records, records - earlier, start));
                Ok(())
            })?;
            if self.bad.total > 0 { Err(self.bad_rows()) } else { Ok(()) }
        };
        let worked = work();
        bar.finish();
        worked?;
        if let Some(writer) = self.writer.take() {
            let end = writer.finish().map_err(PredictError::of_parquet_output)?;
            self.outputs.write(&end)?;
        }
        Ok(())
    }

    /// What stands above the first row.
    fn begin(&mut self) -> Result<(), PredictError> {
        let mut head = Vec::new();
        self.scorer.out.head(&mut head);
        self.outputs.write(&self.scorer.pack(head)?)?;
        self.outputs.write_error(ERRORS_HEAD)
    }

    /// Writes what became of a piece.
    fn write(&mut self, answered: Answered) -> Result<(), PredictError> {
        let Answered { scored, input, .. } = answered;
        let Scored { bytes, table, predicted, skipped, problems } = scored;
        if !self.skips && self.bad.total + problems.len() as u64 > 0 {
            return self.refuse(problems);
        }
        self.outputs.write(&bytes)?;
        if let (Some(writer), Some(table)) = (&mut self.writer, table) {
            let bytes = writer.push(table).map_err(PredictError::of_parquet_output)?;
            self.outputs.write(&bytes)?;
        }
        self.counts.predicted += predicted;
        self.counts.skipped += skipped;
        if self.outputs.lists_errors() {
            for problem in self.located(problems)? {
                self.outputs.write_error(&error_line(&problem))?;
            }
        }
        // A Parquet file that was cut off cannot be gone on with.
        if input > 0 && self.writer.is_none() { self.outputs.mark(input, self.counts) } else { Ok(()) }
    }

    /// Collects what is wrong, and ends the run when enough pieces were looked through.
    fn refuse(&mut self, problems: Vec<Problem>) -> Result<(), PredictError> {
        self.bad.total += problems.len() as u64;
        self.bad.pieces += 1;
        let room = LISTED_PROBLEMS - self.bad.problems.len();
        self.bad.problems.extend(problems.into_iter().take(room));
        if self.bad.pieces < REFUSED_PIECES { Ok(()) } else { Err(self.bad_rows()) }
    }

    fn bad_rows(&mut self) -> PredictError {
        let Bad { problems, total, .. } = std::mem::take(&mut self.bad);
        match self.located(problems) {
            Ok(problems) => {
                TableError::BadRows { path: self.scorer.source.path().into(), problems, total }.into()
            }
            Err(error) => error.into(),
        }
    }

    fn located(&mut self, problems: Vec<Problem>) -> Result<Vec<RowProblem>, TableError> {
        let located = problems.into_iter();
        located
            .map(|problem| match &mut self.lines {
                Some(lines) => lines.locate(problem),
                None => Ok(RowProblem { line: problem.place.record, problem }),
            })
            .collect::<Result<_, _>>()
            .map_err(|source| TableError::Io { path: self.scorer.source.path().into(), source })
    }
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
