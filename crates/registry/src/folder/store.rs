//! Taking a trained model in as the next version of its name.

use std::fs;
use std::path::{Path, PathBuf};

use model_core::artifact::{self, EXTENSION};
use model_core::{ArtifactError, Header, Payload};

use super::FolderLock;
use crate::{RegistryError, TrainedRows, io};

/// Writes the artifact as the next version of its name and fills that version into the header. The marks of the rows that it was
/// trained on, where they are known, are there before it.
///
/// Whoever else writes to the folder is waited for.
///
/// # Errors
/// When the folder cannot be written.
pub fn store_next(
    folder: &Path,
    header: &mut Header,
    payload: &Payload,
    rows: Option<&TrainedRows>,
) -> Result<PathBuf, RegistryError> {
    fs::create_dir_all(folder).map_err(io("create the folder", folder))?;
    // A file system without locks still has the check of the name below.
    let _lock = match FolderLock::take(folder) {
        Err(RegistryError::Io { action: "lock", .. }) => None,
        other => Some(other?),
    };
    header.version = next_version(folder, &header.name).map_err(io("read the folder", folder))?;
    loop {
        let path = folder.join(artifact::file_name(&header.name, header.version, &header.created));
        if let Some(rows) = rows.filter(|_| !path.exists()) {
            rows.write_beside(&path)?;
        }
        match artifact::write(&path, header, payload) {
            Ok(()) => return Ok(path),
            Err(ArtifactError::Exists { .. }) => header.version += 1,
            Err(error) => return Err(error.into()),
        }
    }
}
fn next_version(folder: &Path, name: &str) -> std::io::Result<u64> {
    let mut highest = 0;
    for entry in fs::read_dir(folder)? {
        if let Some(version) = entry?.file_name().to_str().and_then(|file| version_of(file, name)) {
            highest = highest.max(version);
        }
    }
    Ok(highest + 1)
}

/// The version in the file name of an artifact of this name: `boston-v3-20261121T081500Z.canopy` is 3.
fn version_of(file: &str, name: &str) -> Option<u64> {
    let (version, time) = file.strip_prefix(name)?.strip_prefix("-v")?.split_once('-')?;
    let is_artifact = time.strip_suffix(EXTENSION)?.ends_with('.');
    version.parse().ok().filter(|_| is_artifact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_file_names() {
        let check =
            |file: &str, expected: Option<u64>| assert_eq!(version_of(file, "boston"), expected, "{file}");
        check("boston-v3-20261121T081500Z.canopy", Some(3));
        check("boston-v12-20261121T081500Z.canopy", Some(12));
        check("boston-v3-20261121T081500Z.canopy.tmp", None);
        check("boston-v3-20261121T081500Z.7.tmp", None);
        check("boston-large-v4-20261121T081500Z.canopy", None);
        check("boston-v-20261121T081500Z.canopy", None);
        check("boston.canopy", None);
        check("iris-v3-20261121T081500Z.canopy", None);
    }

    #[test]
    fn the_next_version_is_one_above_the_highest() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(next_version(folder.path(), "boston").unwrap(), 1);
        for version in [2, 10] {
            let file = artifact::file_name("boston", version, "2026-11-21T08:15:00Z");
            fs::write(folder.path().join(file), "").unwrap();
        }
        assert_eq!(next_version(folder.path(), "boston").unwrap(), 11);
        assert_eq!(next_version(folder.path(), "iris").unwrap(), 1);
    }
}
