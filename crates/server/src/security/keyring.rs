//! The keys of a running server, read again when their file changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use thiserror::Error;

use super::changes::Changes;
use super::key::{KeyFault, Keys};

/// Where keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In this file.
    File(PathBuf),
    /// In the value of a variable.
    Text(String),
}

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// The file cannot be read.
    #[error("cannot read the API keys in {}, given by API_KEYS_FILE (or --api-keys-file): {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the API keys in {}, given by API_KEYS_FILE (or --api-keys-file): {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// The variable holds something else.
    #[error("the API keys in the variable API_KEYS (or --api-keys): {fault}")]
    Text {
        /// What is wrong with it.
        fault: KeyFault,
    },
}

/// The keys that are valid at this moment.
#[derive(Debug)]
pub struct Keyring {
    keys: ArcSwap<Keys>,
    /// The file that they came from.
    file: Option<(PathBuf, Changes)>,
}

impl Keyring {
    /// Reads the keys.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(source: &Source) -> Result<Self, KeyringError> {
        match source {
            Source::File(path) => {
                // The file's state is taken first: what changes while it is read is read again.
                let changes = Changes::of(&[path]);
                let keys = ArcSwap::from_pointee(read(path)?);
                Ok(Self { keys, file: Some((path.clone(), changes)) })
            }
            Source::Text(text) => {
                let keys = text.parse().map_err(|fault| KeyringError::Text { fault })?;
                Ok(Self { keys: ArcSwap::from_pointee(keys), file: None })
            }
        }
    }

    /// The keys that are valid now.
    pub fn current(&self) -> Guard<Arc<Keys>> {
        self.keys.load()
    }

    /// Reads the file again, or only if it has changed. One that cannot be read leaves the keys as they are.
    pub(super) fn refresh(&self, always: bool) {
        let Some((path, changes)) = &self.file else { return };
        if !changes.noticed() && !always {
            return;
        }
        match read(path) {
            Ok(keys) => {
                tracing::info!(path = %path.display(), keys = keys.count(), "API keys read");
                self.keys.store(Arc::new(keys));
            }
            Err(error) => tracing::error!(reason = %error, "the API keys stay as they were"),
        }
    }
}

fn read(path: &Path) -> Result<Keys, KeyringError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| KeyringError::Unreadable { path: path.into(), source })?;
    text.parse().map_err(|fault| KeyringError::File { path: path.into(), fault })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::KeyHash;

    #[test]
    fn a_broken_file_leaves_the_keys_and_a_sound_one_replaces_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        let line = |key: &str| format!("shop predict {}\n", KeyHash::of(key));
        write(&line("old"));
        let ring = Keyring::open(&Source::File(path.clone())).unwrap();
        let knows = |key: &str| ring.current().find(key).is_some();
        assert!(knows("old") && !knows("newer"));
        for broken in ["", "shop predict newer", "\u{0}"] {
            write(broken);
            ring.refresh(false);
            assert!(knows("old"), "{broken:?}");
        }
        std::fs::remove_file(&path).unwrap();
        ring.refresh(true);
        assert!(knows("old"));
        write(&(line("newer") + "# and a comment, so that the length differs\n"));
        ring.refresh(false);
        assert!(knows("newer") && !knows("old"));
    }
}
