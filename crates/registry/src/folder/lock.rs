//! One writer at a time in a folder.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{RegistryError, io};

/// Time between two attempts of who does not wait for ever.
const PAUSE: Duration = Duration::from_millis(5);

/// The right to change the folder. It ends with the value, and with the process however that ends.
///
/// Whoever changes `models.json` or adds artifacts holds it from reading to writing: the command line and the server alike.
#[must_use]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Waits for whoever else changes the folder.
    ///
    /// # Errors
    /// When the folder cannot be written to, or its file system has no locks.
    pub fn take(folder: &Path) -> Result<Self, RegistryError> {
        let (file, path) = opened(folder)?;
        file.lock().map_err(io("lock", &path))?;
        Ok(Self { _file: file })
    }

    /// Waits no longer than this for whoever else changes the folder.
    ///
    /// # Errors
    /// As [`FolderLock::take`], and when the time is over.
    pub fn take_within(folder: &Path, patience: Duration) -> Result<Self, RegistryError> {
        let (file, path) = opened(folder)?;
        let end = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let reason = format!("another process has held it for {} s", patience.as_secs());
                    return Err(io("lock", &path)(Error::new(ErrorKind::TimedOut, reason)));
                }
                Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
            }
        }
    }
}

fn opened(folder: &Path) -> Result<(File, std::path::PathBuf), RegistryError> {
    let path = folder.join(".registry.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    Ok((file.map_err(io("write", &path))?, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_while_is_told_of_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        let refused = FolderLock::take_within(folder.path(), Duration::ZERO).err().unwrap().to_string();
        assert!(refused.contains(".registry.lock: another process has held it"), "{refused}");
        drop(held);
        assert!(FolderLock::take_within(folder.path(), Duration::ZERO).is_ok());
    }
}
