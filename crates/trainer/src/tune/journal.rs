//! The file of trials: one JSON object a line, the first of which says what is searched. It only grows.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Trial, TuneError};

/// An open file of trials.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins a file.
    ///
    /// # Errors
    /// When there is one and it may not be overwritten, or it cannot be written.
    pub(crate) fn create(path: &Path, identity: &Value, force: bool) -> Result<Self, TuneError> {
        let mut options = OpenOptions::new();
        options.write(true).create(force).truncate(force).create_new(!force);
        let file = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => TuneError::Exists { path: path.into() },
            _ => TuneError::Journal { path: path.into(), source },
        })?;
        let mut journal = Self { path: path.into(), file };
        journal.write(&format!("{identity}\n"))?;
        Ok(journal)
    }

    /// Goes on with a file, and gives its trials. What a killed run left of a last line is taken away.
    ///
    /// # Errors
    /// When it is of another search, or holds what is no trial.
    pub(crate) fn resume(path: &Path, identity: &Value) -> Result<(Self, Vec<Trial>), TuneError> {
        let failed = |source| TuneError::Journal { path: path.into(), source };
        let other = |what: String| TuneError::OtherSearch { path: path.into(), what };
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].lines();
        let mut trials = Vec::new();
        if let Some(first) = lines.next() {
            let found: Value =
                serde_json::from_str(first).map_err(|error| other(format!("line 1: {error}")))?;
            if let Some(key) = difference(&found, identity) {
                return Err(other(format!("{key} is another; begin a new file")));
            }
        }
        for (place, line) in lines.enumerate() {
            let trial: Trial = serde_json::from_str(line)
                .map_err(|error| other(format!("line {} is no trial: {error}", place + 2)))?;
            if trial.number as usize != place {
                return Err(other(format!("line {} is trial {}, expected {place}", place + 2, trial.number)));
            }
            trials.push(trial);
        }
        file.set_len(whole as u64).map_err(failed)?;
        file.seek(io::SeekFrom::End(0)).map_err(failed)?;
        let mut journal = Self { path: path.into(), file };
        if whole == 0 {
            journal.write(&format!("{identity}\n"))?;
        }
        Ok((journal, trials))
    }

    /// Adds trials; they are on the disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn append(&mut self, trials: &[Trial]) -> Result<(), TuneError> {
        let mut lines = String::new();
        for trial in trials {
            let line = serde_json::to_string(trial)
                .map_err(|error| TuneError::Journal { path: self.path.clone(), source: error.into() })?;
            lines.push_str(&line);
            lines.push('\n');
        }
        self.write(&lines)
    }

    fn write(&mut self, text: &str) -> Result<(), TuneError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| TuneError::Journal { path: self.path.clone(), source })
    }
}

/// The first key in which two searches differ.
fn difference(found: &Value, wanted: &Value) -> Option<String> {
    let keys = wanted.as_object().into_iter().flatten();
    keys.map(|(key, _)| key).find(|key| found.get(key.as_str()) != wanted.get(key.as_str())).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::super::trial::State;
    use super::*;

    #[test]
    fn a_torn_line_is_taken_away_and_another_search_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trials.jsonl");
        let identity = json!({"tune": 1, "seed": 7});
        let trial = |number| Trial {
            number,
            state: State::Complete,
            params: Map::new(),
            folds: vec![0.1 + 0.2],
            out_of_bag: Vec::new(),
            score: Some(0.1 + 0.2),
            reason: None,
        };
        let mut journal = Journal::create(&path, &identity, false).unwrap();
        journal.append(&[trial(0), trial(1)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert!(matches!(Journal::create(&path, &identity, false), Err(TuneError::Exists { .. })));
        // Cut anywhere, the file goes on from its last whole line, and comes out the same.
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, trials) = Journal::resume(&path, &identity).unwrap();
            let rest: Vec<Trial> = (trials.len() as u32..2).map(trial).collect();
            journal.append(&rest).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {length}");
        }
        let said = Journal::resume(&path, &json!({"tune": 1, "seed": 8})).err().unwrap().to_string();
        assert!(
            said.ends_with("holds trials of another search: seed is another; begin a new file"),
            "{said}"
        );
        std::fs::write(&path, [&whole[..], b"{}\n", &whole[..]].concat()).unwrap();
        let said = Journal::resume(&path, &identity).err().unwrap().to_string();
        assert!(said.contains("line 4 is no trial"), "{said}");
    }
}
