//! The artifacts that lie in the folder, told by their headers.
//!
//! The folder is looked into again and again rather than watched: a look is one listing and one `stat` a file, which also
//! sees what comes over network file systems, bind mounts and the swapped links of container volumes, where watches of
//! the system tell nothing. A file is read only when its size, time or identity has changed, and not while it is
//! still being written.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use model_core::artifact::{EXTENSION, read_summary};

use crate::settings::Source;

/// Age of a file that nobody is still writing. A younger one has to look the same twice.
const SETTLED: Duration = Duration::from_secs(1);

/// The files of a folder, as they were when it was last looked into.
pub(super) struct Folder {
    source: Source,
    files: BTreeMap<PathBuf, File>,
}

/// Whether files that may still be written are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// They are: somebody said that they are finished.
    None,
    /// They are not; the next look will do.
    UntilSettled,
}

/// What makes one state of a file differ from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    bytes: u64,
    modified: Option<SystemTime>,
    identity: u64,
}

struct File {
    mark: Mark,
    content: Content,
    /// The version that it held when it was last read.
    label: Option<Label>,
}

enum Content {
    /// Perhaps still being written.
    Unsettled,
    Unreadable {
        reason: String,
    },
    Artifact,
}

#[derive(Clone)]
struct Label {
    name: String,
    version: u64,
    created: String,
}

/// The file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Absent while the file may still be written.
    pub(super) mark: Option<Mark>,
}

impl Folder {
    pub(super) fn new(source: Source) -> Self {
        Self { source, files: BTreeMap::new() }
    }

    /// Looks again, and tells whether anything is different.
    ///
    /// # Errors
    /// When the folder cannot be listed; then all stays as it was.
    pub(super) fn look(&mut self, patience: Patience) -> io::Result<bool> {
        let mut before = std::mem::take(&mut self.files);
        let paths = match listed(&self.source) {
            Ok(paths) => paths,
            Err(error) => {
                self.files = before;
                return Err(error);
            }
        };
        let mut changed = false;
        for path in paths {
            // A file that vanished since the listing is one that is not there.
            let Some(mark) = Mark::of(&path) else { continue };
            let known = before.remove(&path);
            let is_known = known.as_ref().is_some_and(|file| file.mark == mark);
            let file = match known {
                Some(file) if is_known && !matches!(file.content, Content::Unsettled) => file,
                known => {
                    changed = true;
                    let label = known.and_then(|file| file.label);
                    match patience == Patience::None || is_known || mark.is_settled() {
                        true => File::read(&path, mark, label),
                        false => File { mark, content: Content::Unsettled, label },
                    }
                }
            };
            self.files.insert(path, file);
        }
        Ok(changed || !before.is_empty())
    }

    /// Whether there is no file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether there is a file that may still be written.
    pub(super) fn is_written_to(&self) -> bool {
        self.files.values().any(|file| matches!(file.content, Content::Unsettled))
    }

    /// The files that hold no version, each with the reason.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().filter_map(|(path, file)| match &file.content {
            Content::Unreadable { reason } if file.label.is_none() => Some((path.as_path(), reason.as_str())),
            Content::Unreadable { .. } | Content::Unsettled | Content::Artifact => None,
        })
    }

    /// All versions of all models, each with the latest file that holds it.
    pub(super) fn versions(&self) -> BTreeMap<String, BTreeMap<u64, Candidate>> {
        let mut labelled: Vec<_> =
            self.files.iter().filter_map(|(path, file)| Some((file.label.as_ref()?, path, file))).collect();
        labelled.sort_by(|(a, a_path, _), (b, b_path, _)| (&a.created, a_path).cmp(&(&b.created, b_path)));
        let mut models: BTreeMap<String, BTreeMap<u64, Candidate>> = BTreeMap::new();
        for (label, path, file) in labelled {
            let mark = (!matches!(file.content, Content::Unsettled)).then_some(file.mark);
            let candidate = Candidate { path: path.clone(), mark };
            models.entry(label.name.clone()).or_default().insert(label.version, candidate);
        }
        models
    }
}

fn listed(source: &Source) -> io::Result<Vec<PathBuf>> {
    match source {
        Source::File(path) => Ok(vec![path.clone()]),
        Source::Folder(folder) => {
            let paths = folder.read_dir()?.map(|entry| entry.map(|entry| entry.path()));
            paths.filter(|path| path.as_ref().is_ok_and(|path| is_artifact(path)) || path.is_err()).collect()
        }
    }
}

fn is_artifact(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

impl Mark {
    /// `None` when there is no such file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        let modified = metadata.modified().ok();
        Some(Self { bytes: metadata.len(), modified, identity: identity(&metadata) })
    }

    fn is_settled(&self) -> bool {
        let age = self.modified.and_then(|modified| modified.elapsed().ok());
        age.is_some_and(|age| age >= SETTLED)
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> u64 {
    0
}

impl File {
    /// Reads the header. A file that has become unreadable goes on standing for the version that it held.
    fn read(path: &Path, mark: Mark, before: Option<Label>) -> Self {
        match read_summary(path) {
            Ok(summary) => {
                let header = summary.header;
                let label = Label { name: header.name, version: header.version, created: header.created };
                Self { mark, content: Content::Artifact, label: Some(label) }
            }
            Err(error) => {
                tracing::warn!(reason = %error, "artifact passed over");
                Self { mark, content: Content::Unreadable { reason: error.to_string() }, label: before }
            }
        }
    }
}
