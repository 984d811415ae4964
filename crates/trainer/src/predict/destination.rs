//! Where predictions go: standard output, or a file that appears only when it is complete.

use std::fs;
use std::io::{BufWriter, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

use model_core::Aside;

use super::PredictError;

/// An open output. A file is written under a temporary name beside its place; what is dropped without
/// [`Destination::finish`] leaves nothing behind.
pub(crate) enum Destination {
    Stream(BufWriter<Stdout>),
    File { writer: BufWriter<Aside>, path: PathBuf },
}

impl Destination {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, PredictError> {
        let Some(path) = path else { return Ok(Self::Stream(BufWriter::new(std::io::stdout()))) };
        let aside = Aside::create(path)
            .map_err(|source| PredictError::Write { what: path.display().to_string(), source })?;
        Ok(Self::File { writer: BufWriter::new(aside), path: path.into() })
    }

    /// Writes on. When the reader of standard output has gone, [`PredictError::ReaderGone`] ends the work early.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), PredictError> {
        let written = match self {
            Self::Stream(writer) => writer.write_all(bytes),
            Self::File { writer, .. } => writer.write_all(bytes),
        };
        written.map_err(|source| self.error(source))
    }

    /// Lets readers see what was written.
    pub(crate) fn flush(&mut self) -> Result<(), PredictError> {
        let flushed = match self {
            Self::Stream(writer) => writer.flush(),
            Self::File { writer, .. } => writer.flush(),
        };
        flushed.map_err(|source| self.error(source))
    }

    /// Makes the output complete: flushed, and a file under its own name.
    pub(crate) fn finish(mut self) -> Result<(), PredictError> {
        self.flush()?;
        match &self {
            Self::Stream(_) => Ok(()),
            Self::File { writer, path } => {
                fs::rename(writer.get_ref().path(), path).map_err(|source| self.error(source))
            }
        }
    }

    fn error(&self, source: std::io::Error) -> PredictError {
        match self {
            Self::Stream(_) if source.kind() == ErrorKind::BrokenPipe => PredictError::ReaderGone,
            Self::Stream(_) => PredictError::Write { what: "standard output".into(), source },
            Self::File { path, .. } => PredictError::Write { what: path.display().to_string(), source },
        }
    }
}
