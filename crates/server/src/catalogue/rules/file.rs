//! The file of the rules: read when it changes, written in one step.

use std::fs;
use std::io;
use std::path::Path;

use model_core::Aside;

use super::{RulesError, Written};
use crate::catalogue::folder::Mark;
use crate::settings::RulesPlace;

/// Most bytes of the file: more is no file that somebody wrote by hand.
const LONGEST: u64 = 1024 * 1024;

/// The file, and the state in which it was last read.
pub(in crate::catalogue) struct RulesFile {
    place: Option<RulesPlace>,
    mark: Option<Mark>,
}

impl RulesFile {
    pub(in crate::catalogue) fn new(place: Option<RulesPlace>) -> Self {
        Self { place, mark: None }
    }

    /// Where it is, when there can be one.
    pub(in crate::catalogue) fn path(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| place.path.as_path())
    }

    /// Whether it is another one than when it was last asked about.
    pub(in crate::catalogue) fn has_changed(&mut self) -> bool {
        let mark = self.path().and_then(Mark::of);
        std::mem::replace(&mut self.mark, mark) != mark
    }

    /// What stands in it; nothing where there is none and none was asked for.
    ///
    /// # Errors
    /// When it cannot be read, or is no JSON of its form.
    pub(in crate::catalogue) fn read(&self) -> Result<Written, RulesError> {
        let Some(RulesPlace { path, required }) = &self.place else { return Ok(Written::default()) };
        let failed = |source| RulesError::Read { path: path.clone(), source };
        let text = match fs::metadata(path) {
            Ok(metadata) if metadata.len() > LONGEST => {
                return Err(RulesError::Json {
                    path: path.clone(),
                    reason: format!("more than {LONGEST} bytes"),
                });
            }
            Ok(_) => fs::read(path).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => {
                return Ok(Written::default());
            }
            Err(error) => return Err(failed(error)),
        };
        parse(path, &text)
    }

    /// Puts another one in its place: written beside it, synced, then renamed, so that a reader meets one or the other.
    ///
    /// # Errors
    /// When the folder cannot be written to; then all is as before.
    pub(in crate::catalogue) fn write(&self, written: &Written) -> io::Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let mut text = serde_json::to_vec_pretty(written)?;
        text.push(b'\n');
        Aside::write(path, &text)
    }
}

/// Reads the file's text.
pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Written, RulesError> {
    serde_json::from_slice(text)
        .map_err(|error| RulesError::Json { path: path.into(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models.json");
        let mut file = RulesFile::new(Some(RulesPlace { path: path.clone(), required: false }));
        assert!(!file.has_changed(), "there is none");
        assert_eq!(file.read().unwrap(), Written::default());
        let text = r#"{"models": {"boston": {"policy": "all", "aliases": {"champion": 2}}}}"#;
        let written = parse(&path, text.as_bytes()).unwrap();
        file.write(&written).unwrap();
        assert!(file.has_changed() && !file.has_changed());
        assert_eq!(file.read().unwrap(), written);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(file.write(&written).is_err());
    }
}
