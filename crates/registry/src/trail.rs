//! The trail: one line of JSON for each change, written before the change is seen, never rewritten.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Author, RegistryError, io};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who.
    pub by: String,
    /// On which machine.
    pub host: String,
    /// Which model.
    pub model: String,
    /// What.
    #[serde(flatten)]
    pub change: Change,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event {
    pub(crate) fn now(model: &str, change: &Change, author: &Author) -> Self {
        Self {
            at: format!("{:.0}", Timestamp::now()),
            by: author.by.clone(),
            host: author.host.clone(),
            model: model.into(),
            change: change.clone(),
            reason: author.reason.clone(),
        }
    }
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Change {
    /// A version became what an alias names, by its quality.
    Promoted {
        /// The alias.
        alias: String,
        /// What it named before.
        from: Option<u64>,
        /// What it names now.
        to: u64,
    },
    /// An alias was set.
    AliasSet {
        /// The alias.
        alias: String,
        /// What it named before.
        from: Option<u64>,
        /// What it names now.
        to: u64,
    },
    /// A promotion was taken back.
    RolledBack {
        /// The alias.
        alias: String,
        /// What it named before.
        from: Option<u64>,
        /// What it names now.
        to: u64,
    },
    /// An alias was taken away.
    AliasRemoved {
        /// The alias.
        alias: String,
        /// What it named.
        from: u64,
    },
    /// An alias names something else than the trail says: somebody set it by hand, or a change before was cut
    /// off.
    Found {
        /// The alias.
        alias: String,
        /// What the trail says.
        from: Option<u64>,
        /// What it names.
        to: Option<u64>,
    },
    /// An artifact was taken in.
    Pushed {
        /// Its version.
        version: u64,
        /// Checksum of its payload.
        checksum: String,
    },
    /// A version was deleted.
    Deleted {
        /// The version.
        version: u64,
        /// Checksum of its payload.
        checksum: String,
    },
    /// A model was trained and not taken in.
    Refused {
        /// The version that stays.
        champion: Option<u64>,
        /// Fingerprint of the data that it was trained on.
        data: String,
    },
}

/// The file of the trail.
pub(crate) struct Trail {
    path: PathBuf,
}

impl Trail {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("registry.ndjson") }
    }

    /// All events, oldest first. A last line without its end was never confirmed and is left out.
    pub(crate) fn read(&self) -> Result<Vec<Event>, RegistryError> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(io("read", &self.path))?,
        };
        let end = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
        let lines = text[..end].split_inclusive(|&byte| byte == b'\n').enumerate();
        lines
            .map(|(place, line)| {
                serde_json::from_slice(line).map_err(|error| RegistryError::Trail {
                    path: self.path.clone(),
                    line: place + 1,
                    reason: error.to_string(),
                })
            })
            .collect()
    }

    /// Adds an event, on the disk when this returns. The caller holds the lock.
    pub(crate) fn append(&self, model: &str, change: &Change, author: &Author) -> Result<(), RegistryError> {
        let event = Event::now(model, change, author);
        let mut line =
            serde_json::to_vec(&event).map_err(|error| io("write", &self.path)(io::Error::other(error)))?;
        line.push(b'\n');
        self.append_line(&line).map_err(io("write", &self.path))
    }

    fn append_line(&self, line: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path)?;
        cut_unconfirmed(&mut file)?;
        file.write_all(line)?;
        file.sync_all()
    }
}

/// Cuts off the beginning of a line that a killed process left.
fn cut_unconfirmed(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    file.set_len(text.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place as u64 + 1))
}

/// What an alias names as far as the trail knows.
pub(crate) fn standing(events: &[Event], model: &str, alias: &str) -> Option<u64> {
    stack(events, None, model, alias).last().copied()
}

/// The versions that an alias named after these events and one change more, the present one last, those that were taken back
/// left out. Empty when it names none.
pub(crate) fn stack(events: &[Event], last: Option<&Change>, model: &str, alias: &str) -> Vec<u64> {
    let mut stack: Vec<u64> = Vec::new();
    let of_model = events.iter().filter(|event| event.model == model);
    for change in of_model.map(|event| &event.change).chain(last) {
        match change {
            Change::Promoted { alias: name, to, .. } | Change::AliasSet { alias: name, to, .. }
                if name == alias =>
            {
                stack.push(*to);
            }
            Change::RolledBack { alias: name, to, .. } if name == alias => go_back_to(&mut stack, *to),
            Change::Found { alias: name, to: Some(to), .. } if name == alias => {
                go_back_to(&mut stack, *to);
            }
            Change::Found { alias: name, to: None, .. } | Change::AliasRemoved { alias: name, .. }
                if name == alias =>
            {
                stack.clear();
            }
            Change::Promoted { .. }
            | Change::AliasSet { .. }
            | Change::RolledBack { .. }
            | Change::AliasRemoved { .. }
            | Change::Found { .. }
            | Change::Pushed { .. }
            | Change::Deleted { .. }
            | Change::Refused { .. } => {}
        }
    }
    stack.dedup();
    stack
}

/// Takes back what came after a version; one that was never there comes on top.
fn go_back_to(stack: &mut Vec<u64>, version: u64) {
    match stack.iter().rposition(|&named| named == version) {
        Some(place) => stack.truncate(place + 1),
        None => stack.push(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author() -> Author {
        Author { by: "ada".into(), host: "mill".into(), reason: Some("better".into()) }
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_event_and_gone_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let trail = Trail::in_folder(folder.path());
        assert_eq!(trail.read().unwrap(), []);
        let pushed = |version| Change::Pushed { version, checksum: "c0".into() };
        trail.append("boston", &pushed(1), &author()).unwrap();
        for torn in [&b"{\"at\":\"2026"[..], b"{"] {
            OpenOptions::new().append(true).open(&trail.path).unwrap().write_all(torn).unwrap();
            assert_eq!(trail.read().unwrap().len(), 1);
        }
        trail.append("boston", &pushed(2), &author()).unwrap();
        let changes: Vec<_> = trail.read().unwrap().into_iter().map(|event| event.change).collect();
        assert_eq!(changes, [pushed(1), pushed(2)]);
        fs::write(&trail.path, "{}\n").unwrap();
        let said = trail.read().unwrap_err().to_string();
        assert!(said.contains("registry.ndjson line 1: missing field `at`"), "{said}");
    }

    #[test]
    fn the_way_back_leaves_out_what_was_taken_back() {
        let alias = || "champion".to_owned();
        let promoted = |to| Change::Promoted { alias: alias(), from: None, to };
        let back = |to| Change::RolledBack { alias: alias(), from: None, to };
        let found = |to| Change::Found { alias: alias(), from: None, to };
        let check = |changes: &[Change], expected: &[u64]| {
            let events: Vec<_> = changes
                .iter()
                .map(|change| Event {
                    at: String::new(),
                    by: String::new(),
                    host: String::new(),
                    model: "boston".into(),
                    change: change.clone(),
                    reason: None,
                })
                .collect();
            assert_eq!(stack(&events, None, "boston", "champion"), expected, "{changes:?}");
            assert!(stack(&events, None, "iris", "champion").is_empty());
        };
        check(&[promoted(1), promoted(2), promoted(3)], &[1, 2, 3]);
        check(&[promoted(1), promoted(2), promoted(3), back(2)], &[1, 2]);
        check(&[promoted(1), promoted(2), back(1), promoted(4)], &[1, 4]);
        // A promotion that was cut off after its line: the alias is found where it was.
        check(&[promoted(1), promoted(2), found(Some(1))], &[1]);
        check(&[promoted(1), found(Some(7))], &[1, 7]);
        check(&[promoted(1), found(None)], &[]);
        check(&[promoted(1), Change::AliasRemoved { alias: alias(), from: 1 }, promoted(2)], &[2]);
    }
}
