//! The file of lines that cannot be answered: appended to, since a stream has no end at which it would be complete.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::StreamError;
use crate::csv_table::RowProblem;
use crate::predict::{ERRORS_HEAD, error_line};

/// The open file.
pub(super) struct ErrorsFile {
    path: PathBuf,
    file: File,
    waiting: Vec<u8>,
}

impl ErrorsFile {
    pub(super) fn open(path: &Path) -> Result<Self, StreamError> {
        let opened = OpenOptions::new().append(true).create(true).open(path);
        let is_empty = |file: File| -> io::Result<_> { Ok((file.metadata()?.len() == 0, file)) };
        let (is_empty, file) =
            opened.and_then(is_empty).map_err(|source| StreamError::Errors { path: path.into(), source })?;
        let waiting = if is_empty { ERRORS_HEAD.to_vec() } else { Vec::new() };
        Ok(Self { path: path.into(), file, waiting })
    }

    pub(super) fn push(&mut self, problem: &RowProblem) {
        self.waiting.extend_from_slice(&error_line(problem));
    }

    /// Writes what was pushed, in one piece.
    pub(super) fn flush(&mut self) -> Result<(), StreamError> {
        let written = self.file.write_all(&self.waiting);
        self.waiting.clear();
        written.map_err(|source| StreamError::Errors { path: self.path.clone(), source })
    }
}
