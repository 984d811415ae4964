//! Where predictions go: standard output, or a file that appears only when it is complete.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::PredictError;

/// An open output. A file is written under a temporary name beside its place; what is dropped without
/// [`Destination::finish`] leaves nothing behind.
pub(crate) struct Destination {
    writer: Option<BufWriter<Box<dyn Write + Send>>>,
    file: Option<Unfinished>,
}

struct Unfinished {
    temporary: PathBuf,
    path: PathBuf,
}

impl Destination {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, PredictError> {
        let Some(path) = path else {
            return Ok(Self { writer: Some(BufWriter::new(Box::new(std::io::stdout()))), file: None });
        };
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary)
            .map_err(|source| PredictError::Write { what: path.display().to_string(), source })?;
        let file: Box<dyn Write + Send> = Box::new(file);
        Ok(Self {
            writer: Some(BufWriter::new(file)),
            file: Some(Unfinished { temporary, path: path.into() }),
        })
    }

    /// Writes on. When the reader of standard output has gone, [`PredictError::ReaderGone`] ends the work early.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), PredictError> {
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write_all(bytes));
        written.map_err(|source| self.error(source))
    }

    /// Lets readers see what was written.
    pub(crate) fn flush(&mut self) -> Result<(), PredictError> {
        let flushed = self.writer.as_mut().map_or(Ok(()), |writer| writer.flush());
        flushed.map_err(|source| self.error(source))
    }

    /// Makes the output complete: flushed, and a file under its own name.
    pub(crate) fn finish(mut self) -> Result<(), PredictError> {
        let flushed = self.writer.take().map_or(Ok(()), |mut writer| writer.flush());
        flushed.map_err(|source| self.error(source))?;
        let Some(file) = self.file.take() else { return Ok(()) };
        fs::rename(&file.temporary, &file.path)
            .map_err(|source| PredictError::Write { what: file.path.display().to_string(), source })
    }

    fn error(&self, source: std::io::Error) -> PredictError {
        if source.kind() == ErrorKind::BrokenPipe && self.file.is_none() {
            return PredictError::ReaderGone;
        }
        let what = match &self.file {
            Some(file) => file.path.display().to_string(),
            None => "standard output".into(),
        };
        PredictError::Write { what, source }
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Half an output is of no use to anyone, and there is nobody to tell when it cannot be removed.
            let _ = fs::remove_file(&file.temporary);
        }
    }
}
