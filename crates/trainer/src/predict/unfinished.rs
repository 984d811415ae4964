//! A file that is being written: under another name until it is complete, and known to nobody else.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::PredictError;

/// An output file that appears under its own name only when it is complete. A process that is killed leaves it with the
/// ending `unfinished`.
pub(super) struct Unfinished {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    bytes: u64,
}

impl Unfinished {
    /// Begins a file, or goes on behind the first `bytes` of one that was left.
    ///
    /// # Errors
    /// When it cannot be written, another process writes it, or it is shorter than that.
    pub(super) fn open(path: &Path, bytes: u64) -> Result<Self, PredictError> {
        let write = |source| PredictError::Write { what: path.display().to_string(), source };
        let temporary = unfinished_path(path);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(&temporary).map_err(write)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PredictError::Busy { path: path.into() }),
            Err(TryLockError::Error(source)) => return Err(write(source)),
        }
        let found = file.metadata().map_err(write)?.len();
        if found < bytes {
            return Err(PredictError::CutShort { path: temporary, expected: bytes, found });
        }
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes))).map_err(write)?;
        Ok(Self { path: path.into(), temporary, file, bytes })
    }

    /// Writes on.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PredictError> {
        self.file.write_all(bytes).map_err(|source| self.error(source))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Waits until all that was written is on the disk, and says how much it is.
    pub(super) fn sync(&mut self) -> Result<u64, PredictError> {
        self.file.sync_data().map_err(|source| self.error(source))?;
        Ok(self.bytes)
    }

    /// Gives the file its own name.
    pub(super) fn finish(mut self) -> Result<(), PredictError> {
        self.sync()?;
        fs::rename(&self.temporary, &self.path).map_err(|source| self.error(source))
    }

    /// Takes the file away: half an output is of no use when it cannot be gone on with.
    pub(super) fn abandon(self) {
        // There is nobody to tell when it cannot be removed.
        let _ = fs::remove_file(&self.temporary);
    }

    fn error(&self, source: std::io::Error) -> PredictError {
        PredictError::Write { what: self.path.display().to_string(), source }
    }
}

/// The name of a file while it is being written.
pub(super) fn unfinished_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".unfinished");
    path.with_file_name(name)
}
