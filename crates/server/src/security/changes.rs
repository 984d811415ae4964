//! Whether files have changed since they were looked at.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What a change of a file shows in: absent while it cannot be looked at.
type State = Option<(SystemTime, u64)>;

/// The state of some files when they were last looked at. Links are followed, so that a mounted secret, which is a link to
/// a link, is seen to change.
#[derive(Debug)]
pub(super) struct Changes {
    paths: Vec<PathBuf>,
    seen: Mutex<Vec<State>>,
}

impl Changes {
    /// The files as they are.
    pub(super) fn of(paths: &[&Path]) -> Self {
        let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        let seen = Mutex::new(states(&paths));
        Self { paths, seen }
    }

    /// Whether one has changed since this was last asked.
    pub(super) fn noticed(&self) -> bool {
        let states = states(&self.paths);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *seen != states;
        *seen = states;
        changed
    }
}

fn states(paths: &[PathBuf]) -> Vec<State> {
    let state = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    paths.iter().map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let changes = Changes::of(&[&path]);
        assert!(!changes.noticed());
        for text in ["1", "22", "333"] {
            std::fs::write(&path, text).unwrap();
            assert!(changes.noticed() && !changes.noticed());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(changes.noticed() && !changes.noticed());
    }
}
