//! One writer at a time in a folder.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::alias_move::found_otherwise;
use crate::trail::Trail;
use crate::{Alias, Author, Change, RegistryError, io};

/// Time between two attempts of who does not wait for ever.
const PAUSE: Duration = Duration::from_millis(5);

/// The right to change the folder. It ends with the value, and with the process however that ends.
///
/// Whoever changes `models.json` or adds artifacts holds it from reading to writing: the command line and the server alike.
#[must_use]
pub struct FolderLock {
    folder: PathBuf,
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
        Ok(Self { folder: folder.into(), _file: file })
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
                Ok(()) => return Ok(Self { folder: folder.into(), _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let reason = format!("another process has held it for {} s", patience.as_secs());
                    return Err(io("lock", &path)(Error::new(ErrorKind::TimedOut, reason)));
                }
                Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
            }
        }
    }

    /// Writes into the trail of the folder what is about to become of an alias, for who changes `models.json` without
    /// [`FolderRegistry`](crate::FolderRegistry): `before` is what the alias names there, `after` what it is to name. On the disk when
    /// this returns, so that no alias moves without a line.
    ///
    /// # Errors
    /// When the trail cannot be read or written.
    pub fn note_alias(
        &self,
        model: &str,
        alias: &Alias,
        before: Option<u64>,
        after: Option<u64>,
        author: &Author,
    ) -> Result<(), RegistryError> {
        let trail = Trail::in_folder(&self.folder);
        if let Some(found) = found_otherwise(&trail.read()?, model, alias, before) {
            trail.append(model, &found, &Author { reason: None, ..author.clone() })?;
        }
        let name = alias.to_string();
        let change = match (before, after) {
            (from, Some(to)) => Change::AliasSet { alias: name, from, to },
            (Some(from), None) => Change::AliasRemoved { alias: name, from },
            (None, None) => return Ok(()),
        };
        trail.append(model, &change, author)
    }
}

fn opened(folder: &Path) -> Result<(File, PathBuf), RegistryError> {
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
