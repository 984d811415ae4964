//! The model that answers now: of a file, or a version in a folder that is followed.
//!
//! The folder is looked into again and again by a thread of its own, which loads a new version beside the old one; blocks
//! of rows that are begun afterwards are answered by the new one. What cannot be loaded changes nothing.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use forest::ForestModel;
use registry::{FolderRegistry, Reference, Registry, Version};

use super::StreamError;
use crate::args::{AnswersArgs, Reporting, StreamArgs};
use crate::predict::RowAnswers;

/// The model that answers now.
#[derive(Clone)]
pub(super) struct Followed(Arc<Mutex<Arc<RowAnswers>>>);

impl Followed {
    /// Loads the model, and begins to follow it where it stands in a folder.
    ///
    /// # Errors
    /// When there is no such model, it cannot be loaded, or cannot give what is asked for.
    pub(super) fn open(args: &StreamArgs, reporting: Reporting) -> Result<Self, StreamError> {
        let Some(folder) = &args.model_folder else {
            let answers = loaded(Path::new(&args.model), &args.answers)?;
            return Ok(Self(Arc::new(Mutex::new(Arc::new(answers)))));
        };
        let seconds = args.model_poll_interval;
        let interval = Duration::try_from_secs_f64(seconds).ok().filter(|interval| !interval.is_zero());
        let interval = interval.ok_or(StreamError::Interval { got: seconds })?;
        let mut look = Look {
            registry: FolderRegistry::new(folder),
            reference: args.model.parse()?,
            asked: args.answers.clone(),
            shown: None,
            failed: None,
        };
        let Some(first) = look.changed()? else {
            return Err(registry::RegistryError::Reference { given: args.model.clone() }.into());
        };
        let followed = Self(Arc::new(Mutex::new(Arc::new(first))));
        let (held, is_quiet) = (followed.clone(), reporting.quiet);
        let spawned = std::thread::Builder::new()
            .name("model follower".into())
            .spawn(move || follow(&mut look, &held, interval, is_quiet));
        spawned.map_err(|source| StreamError::Thread { source })?;
        Ok(followed)
    }

    /// What answers the next block.
    pub(super) fn current(&self) -> Arc<RowAnswers> {
        // A panic of another thread leaves a whole pointer.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, answers: RowAnswers) {
        let new = Arc::new(answers);
        let old = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), new);
        // The memory of a large model is given back outside of the lock.
        drop(old);
    }
}

/// Looks until the process ends.
fn follow(look: &mut Look, held: &Followed, interval: Duration, is_quiet: bool) {
    let mut told = None;
    loop {
        std::thread::sleep(interval);
        match look.changed() {
            Ok(None) => {}
            Ok(Some(answers)) => {
                let header = answers.header();
                let (name, version) = (header.name.clone(), header.version);
                held.show(answers);
                told = None;
                if !is_quiet {
                    eprintln!("rows are answered by version {version} of {name} from here on");
                }
            }
            Err(error) => {
                let message = error.to_string();
                if told.as_ref() != Some(&message) {
                    eprintln!("warning: the model stays as it is: {message}");
                    told = Some(message);
                }
            }
        }
    }
}

/// Looks for another version than the one that was last shown.
struct Look {
    registry: FolderRegistry,
    reference: Reference,
    asked: AnswersArgs,
    /// Number and checksum of the version that answers.
    shown: Option<(u64, String)>,
    /// The file that could not be loaded, as it was then.
    failed: Option<FileState>,
}

impl Look {
    /// The version that is to answer from now on; none when it is the one that does.
    fn changed(&mut self) -> Result<Option<RowAnswers>, StreamError> {
        let model = self.registry.find(&self.reference.model)?;
        let Version { number, path, summary } = self.reference.selector.choose(&model)?;
        let found = Some((*number, summary.checksum.clone()));
        if self.shown == found {
            self.failed = None;
            return Ok(None);
        }
        // As it is before it is read: what is put in its place meanwhile is another one.
        let state = FileState::of(path);
        if self.failed.as_ref() == Some(&state) {
            return Ok(None);
        }
        match loaded(path, &self.asked) {
            Ok(answers) => {
                self.shown = found;
                Ok(Some(answers))
            }
            Err(error) => {
                self.failed = Some(state);
                Err(error)
            }
        }
    }
}

/// What makes one state of a file differ from another.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    path: PathBuf,
    modified: Option<SystemTime>,
    bytes: u64,
    identity: u64,
}

impl FileState {
    fn of(path: &Path) -> Self {
        let metadata = path.metadata().ok();
        let metadata = metadata.as_ref();
        Self {
            path: path.into(),
            modified: metadata.and_then(|metadata| metadata.modified().ok()),
            bytes: metadata.map_or(0, Metadata::len),
            identity: metadata.map_or(0, identity),
        }
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

fn loaded(path: &Path, asked: &AnswersArgs) -> Result<RowAnswers, StreamError> {
    let model = Arc::new(ForestModel::read(path)?);
    Ok(RowAnswers::new(asked, model)?)
}
