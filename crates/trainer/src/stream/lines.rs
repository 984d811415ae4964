//! Lines of NDJSON from standard input, each answered by a line on standard output as soon as it was read.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::errors_file::ErrorsFile;
use super::followed::Followed;
use super::reader::{self, Came, TOO_LONG};
use super::{Counts, StreamError};
use crate::args::StreamArgs;
use crate::csv_table::{Place, Problem, RowProblem};
use crate::predict::{Destination, Judged, Refused, Row, RowAnswers};

/// Blocks that are answered side by side, for each thread.
const BLOCKS_A_THREAD: usize = 4;

/// Answers lines until the input ends.
pub(super) fn run(args: &StreamArgs, followed: &Followed) -> Result<Counts, StreamError> {
    let errors = args.errors.as_deref().map(ErrorsFile::open).transpose()?;
    let came = reader::read(std::io::stdin()).map_err(|source| StreamError::Thread { source })?;
    let mut out =
        Out { output: Destination::open(None)?, errors, counts: Counts::default(), lines: 0, rows: 0 };
    let most = BLOCKS_A_THREAD * rayon::current_num_threads();
    while let Some(blocks) = next(&came, most) {
        let answers = followed.current();
        let version = answers.header().version;
        let judged: Vec<_> = blocks.into_par_iter().map(|came| judge(&answers, came)).collect();
        for judged in judged {
            let (lines, judged) = judged.map_err(|source| StreamError::Read { source })?;
            out.write(lines, judged, version)?;
        }
        out.flush()?;
    }
    out.output.finish()?;
    Ok(out.counts)
}

/// What has come, waiting for the first of it only; none at the end.
fn next(came: &Receiver<Came>, most: usize) -> Option<Vec<Came>> {
    let first = came.recv().ok()?;
    Some(std::iter::once(first).chain(came.try_iter().take(most - 1)).collect())
}

/// The number of lines, and what became of them.
fn judge(answers: &Arc<RowAnswers>, came: Came) -> std::io::Result<(u64, Judged)> {
    match came {
        Came::Failed(error) => Err(error),
        Came::Lines(block) => {
            let lines = memchr::memchr_iter(b'\n', &block).count() as u64;
            Ok((lines, answers.lines(block)))
        }
        Came::TooLong => {
            let (expected, found) = TOO_LONG;
            let problem = Problem {
                place: Place { record: 1, byte: 0 },
                column: None,
                expected: expected.into(),
                found: found.into(),
            };
            let row = Row::Refused(Refused { above: 0, problems: vec![problem] });
            Ok((1, Judged { bytes: Vec::new(), rows: vec![row] }))
        }
    }
}

struct Out {
    output: Destination,
    errors: Option<ErrorsFile>,
    counts: Counts,
    /// Lines and rows of the blocks before.
    lines: u64,
    rows: u64,
}

impl Out {
    /// Writes what became of a block.
    fn write(&mut self, lines: u64, judged: Judged, version: u64) -> Result<(), StreamError> {
        let Judged { bytes, rows } = judged;
        let count = rows.len() as u64;
        let mut written = 0;
        let mut end = 0;
        for row in rows {
            match row {
                Row::Answered(answer) => {
                    self.counts.answered += 1;
                    end = answer.end + 1;
                }
                Row::Refused(refused) => {
                    self.counts.refused += 1;
                    // The answers before it, which stand side by side.
                    self.output.write(&bytes[written..end])?;
                    written = end;
                    self.refuse(refused, version)?;
                }
            }
        }
        self.output.write(&bytes[written..end])?;
        self.lines += lines;
        self.rows += count;
        Ok(())
    }

    fn refuse(&mut self, refused: Refused, version: u64) -> Result<(), StreamError> {
        let line = self.lines + refused.above + 1;
        let Some(errors) = &mut self.errors else {
            return Ok(self.output.write(format!("{}\n", told(line, &refused, version)).as_bytes())?);
        };
        for mut problem in refused.problems {
            problem.place.record += self.rows;
            errors.push(&RowProblem { line, problem });
        }
        Ok(())
    }

    /// Lets readers see all that was written.
    fn flush(&mut self) -> Result<(), StreamError> {
        if let Some(errors) = &mut self.errors {
            errors.flush()?;
        }
        Ok(self.output.flush()?)
    }
}

/// The line that stands in the place of an answer.
fn told(line: u64, refused: &Refused, version: u64) -> Value {
    let errors: Vec<_> = refused
        .problems
        .iter()
        .map(|Problem { column, expected, found, .. }| json!({ "column": column, "expected": expected, "found": found }))
        .collect();
    json!({ "line": line, "error": { "detail": refused.detail(), "errors": errors }, "model_version": version })
}
