//! How far a run has come, on the disk: what a run after a crash goes on from.
//!
//! Output and errors are on the disk before a mark says so, and a mark is replaced in one step. So all that stands behind
//! the mark may be there or not, and is written again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use forest::ForestModel;
use model_core::Aside;
use serde::{Deserialize, Serialize};

use super::PredictError;
use super::source::Source;
use super::unfinished::unfinished_path;
use crate::args::{AnswersArgs, OnError, PredictArgs, RowsFormat};

/// Bytes of input between two marks.
const STEP: u64 = 1 << 24;

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// Bytes of the input's content that are done.
    pub(super) input: u64,
    /// Rows that are done.
    pub(super) predicted: u64,
    pub(super) skipped: u64,
    /// Bytes of the output and of the file of errors.
    pub(super) output: u64,
    pub(super) errors: u64,
}

/// What a run is about. Only a run of the same can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    input: PathBuf,
    input_bytes: u64,
    /// Nanoseconds since 1970.
    input_modified: u64,
    /// Checksum of the model's payload.
    model: String,
    /// The options that decide what is written.
    options: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    run: Run,
    mark: Mark,
}

/// The file of marks beside an output.
pub(super) struct Checkpoint {
    path: PathBuf,
    run: Run,
    /// Bytes of input that the last mark counts.
    marked: u64,
}

impl Checkpoint {
    /// For the run that these arguments ask for.
    pub(super) fn new(
        output: &Path,
        args: &PredictArgs,
        format: RowsFormat,
        source: &Source,
        model: &ForestModel,
    ) -> Result<Self, PredictError> {
        let io = |error| crate::csv_table::TableError::Io { path: source.path().into(), source: error };
        let metadata = fs::metadata(source.path()).map_err(io)?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let PredictArgs { input_format, answers, on_error, errors, .. } = args;
        let AnswersArgs { column, probabilities, explain, interval } = answers;
        let skips = *on_error == OnError::Skip;
        let run = Run {
            input: std::path::absolute(source.path()).map_err(io)?,
            input_bytes: metadata.len(),
            input_modified: modified.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
            model: model.checksum().to_owned(),
            options: format!(
                "{input_format:?} {format:?} {column:?} {probabilities} {explain} {interval:?} {skips} {errors:?}"
            ),
        };
        let mut path = unfinished_path(output).into_os_string();
        path.push(".json");
        Ok(Self { path: path.into(), run, marked: 0 })
    }

    /// Where a run that was killed had come to; none when there is none.
    ///
    /// # Errors
    /// When the run that was killed was about something else.
    pub(super) fn left(&mut self) -> Result<Option<Mark>, PredictError> {
        let Ok(text) = fs::read(&self.path) else { return Ok(None) };
        let different = |what: &str| PredictError::OtherRun { path: self.path.clone(), what: what.into() };
        let stored: Stored =
            serde_json::from_slice(&text).map_err(|error| different(&format!("it is damaged ({error})")))?;
        let (then, now) = (&stored.run, &self.run);
        if then.input != now.input {
            return Err(different(&format!("the input was {}", then.input.display())));
        }
        if (then.input_bytes, then.input_modified) != (now.input_bytes, now.input_modified) {
            return Err(different("the input has changed since"));
        }
        if then.model != now.model {
            return Err(different("the model was another one"));
        }
        if then.options != now.options {
            return Err(different("the options were others"));
        }
        self.marked = stored.mark.input;
        Ok(Some(stored.mark))
    }

    /// Whether a mark is due at this byte of the input.
    pub(super) fn is_due(&self, input: u64) -> bool {
        input >= self.marked + STEP
    }

    /// Replaces the mark; all that it counts is on the disk.
    pub(super) fn save(&mut self, mark: Mark) -> Result<(), PredictError> {
        let stored = Stored { run: self.run.clone(), mark };
        let written = serde_json::to_vec(&stored)
            .map_err(std::io::Error::other)
            .and_then(|text| Aside::write(&self.path, &text));
        written.map_err(|source| PredictError::Write { what: self.path.display().to_string(), source })?;
        self.marked = mark.input;
        Ok(())
    }

    /// Takes the mark away, if there is one.
    pub(super) fn remove(&self) -> Result<(), PredictError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(PredictError::Write { what: self.path.display().to_string(), source })
            }
            _ => Ok(()),
        }
    }
}
