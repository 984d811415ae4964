//! Models that a registry names: downloaded, verified, kept in a cache, and changed when the registry changes its mind.
//!
//! One thread asks the registry again and again which version is meant, and puts what is new into the cache, a folder of
//! artifacts like any other. The curator serves that folder; it is told which version to take when its file lies there whole. So
//! nothing that the registry says or fails to say holds up a request, and a server that starts while the registry is away
//! serves what it served before.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use model_core::artifact::{EXTENSION, read_summary};
use registry::{MlflowRegistry, Reference, Registry, RegistryError, Survey};

use crate::catalogue::{Catalogue, Nudge, Remote};
use crate::guard::yield_to_workers;
use crate::settings::Followed;

mod error;

pub use error::FollowingError;

/// Pause before a version that could not be had is tried again; twice as long after each further failure.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Who follows the registry.
pub struct Follower {
    registry: MlflowRegistry,
    settings: Followed,
    models: BTreeMap<String, Known>,
}

/// What is known of a model that is followed.
#[derive(Default)]
struct Known {
    survey: Option<Survey>,
    /// The version that answers, as far as this follower had a part in it.
    taken: Option<u64>,
    failure: Option<Failure>,
    told: Option<String>,
}

/// A version that could not be had.
struct Failure {
    version: u64,
    reason: String,
    next: Instant,
    pause: Duration,
}

impl Follower {
    /// Makes the cache. Nothing is asked yet.
    ///
    /// # Errors
    /// When the cache cannot be written to, or the registry cannot be spoken with.
    pub fn open(settings: &Followed) -> Result<Self, FollowingError> {
        let incoming = incoming(&settings.cache);
        fs::create_dir_all(&incoming)
            .map_err(|source| FollowingError::Cache { folder: settings.cache.clone(), source })?;
        let registry = MlflowRegistry::for_polling(settings.server.clone()).map_err(RegistryError::from)?;
        Ok(Self { registry, settings: settings.clone(), models: BTreeMap::new() })
    }

    /// Asks the registry for the first time, and then again and again by a thread that ends with the catalogue.
    ///
    /// # Errors
    /// When the registry knows no such model and nothing is in the cache either, or the system gives no thread.
    pub fn start(mut self, catalogue: &Arc<Catalogue>) -> Result<(), FollowingError> {
        for reference in self.settings.models.clone() {
            let asked = self.ask(&reference, catalogue);
            match asked {
                Err(source) if source.is_unknown() && !catalogue.answers_for(&reference.model) => {
                    return Err(source.into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        let (nudges, nudged) = mpsc::channel();
        catalogue.be_nudged(nudges);
        let catalogue = Arc::downgrade(catalogue);
        let thread = std::thread::Builder::new().name("follower".into());
        thread
            .spawn(move || {
                yield_to_workers();
                self.work(&catalogue, &nudged);
            })
            .map(|_| ())
            .map_err(FollowingError::Thread)
    }

    fn work(mut self, catalogue: &Weak<Catalogue>, nudged: &Receiver<Nudge>) {
        loop {
            let waited = match self.settings.poll {
                Some(interval) => nudged.recv_timeout(interval),
                None => nudged.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match waited {
                Ok(nudge) => {
                    // However many there are, the registry is asked once.
                    let others = nudged.try_iter();
                    let is_ordered =
                        others.fold(nudge == Nudge::Order, |any, one| any || one == Nudge::Order);
                    if is_ordered {
                        self.models.values_mut().for_each(|known| known.failure = None);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let Some(catalogue) = catalogue.upgrade() else { return };
            for reference in self.settings.models.clone() {
                // What went wrong stands in the catalogue.
                let _ = self.ask(&reference, &catalogue);
            }
        }
    }

    /// Asks for one model, takes what is new, and tells the catalogue how it stands.
    fn ask(&mut self, reference: &Reference, catalogue: &Catalogue) -> Result<(), RegistryError> {
        let survey = match self.registry.survey(&reference.model) {
            Ok(survey) => survey,
            Err(error) => {
                // The survey of before goes on telling what there is.
                let trouble = Some(format!("models:/{reference}: {error}"));
                self.tell(reference, catalogue, error.is_unknown(), trouble);
                return Err(error);
            }
        };
        let chosen = survey.choose(&reference.selector);
        let trouble = match &chosen {
            Ok(version) => self.take(reference, &survey, *version, catalogue).err(),
            Err(error) => Some(format!("models:/{reference}: {error}")),
        };
        self.models.entry(reference.model.clone()).or_default().survey = Some(survey);
        self.tell(reference, catalogue, true, trouble);
        chosen.map(|_| ())
    }

    /// Puts a version into the cache and lets it answer. Says what is wrong where that fails.
    fn take(
        &mut self,
        reference: &Reference,
        survey: &Survey,
        version: u64,
        catalogue: &Catalogue,
    ) -> Result<(), String> {
        let model = &reference.model;
        let known = self.models.entry(model.clone()).or_default();
        if let Some(failure) = &known.failure
            && failure.version == version
            && Instant::now() < failure.next
        {
            return Err(failure.reason.clone());
        }
        let path = self.settings.cache.join(cached_name(survey, version));
        let had = match path.exists() {
            true => Ok(()),
            false => {
                tracing::info!(model, version, "version of the registry is downloaded");
                download(&self.registry, survey, version, &path)
            }
        };
        let taken = had.map_err(|error| error.to_string()).and_then(|()| {
            remove_others(&self.settings.cache, survey, version, known.taken, &path);
            let taken = catalogue.take(model, version, names_of(survey, version));
            // What does not load is downloaded again at the next attempt: the copy may be what is broken.
            taken.inspect_err(|_| drop(fs::remove_file(&path)))
        });
        match taken {
            Ok(()) => {
                known.failure = None;
                known.taken = Some(version);
                Ok(())
            }
            Err(error) => {
                let reason =
                    format!("models:/{reference} is version {version}, which cannot be had: {error}");
                let before = known.failure.take().filter(|failure| failure.version == version);
                let pause = before.map_or(PAUSE, |failure| (failure.pause * 2).min(LONGEST_PAUSE));
                let next = Instant::now() + pause;
                known.failure = Some(Failure { version, reason: reason.clone(), next, pause });
                Err(reason)
            }
        }
    }

    fn tell(
        &mut self,
        reference: &Reference,
        catalogue: &Catalogue,
        is_reachable: bool,
        trouble: Option<String>,
    ) {
        let known = self.models.entry(reference.model.clone()).or_default();
        if known.told != trouble {
            match &trouble {
                Some(reason) => tracing::warn!(
                    model = reference.model,
                    reason,
                    "the registry is not followed; what answered before goes on"
                ),
                None => tracing::info!(model = reference.model, "the registry is followed"),
            }
            known.told = trouble.clone();
        }
        let survey = known.survey.as_ref();
        let address = self.registry.server().to_string();
        catalogue.note_remote(
            &reference.model,
            Remote {
                versions: survey.map(|survey| survey.versions.keys().copied().collect()).unwrap_or_default(),
                aliases: survey.map(|survey| survey.aliases.clone()).unwrap_or_default(),
                is_reachable,
                // Where the registry is is nobody's business but the operator's.
                trouble: trouble.map(|reason| reason.replace(&address, "")),
            },
        );
    }
}

/// Where a download stands until it is whole and verified.
fn incoming(cache: &Path) -> PathBuf {
    cache.join("incoming")
}

/// The file of a version. A registry that was made anew gives old numbers to other content, so the checksum is a part of it.
fn cached_name(survey: &Survey, version: u64) -> String {
    let checksum = survey
        .checksum(version)
        .filter(|checksum| checksum.len() >= 16 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let checksum = checksum.and_then(|checksum| checksum.get(..16)).unwrap_or("unknown");
    format!("{}-v{version}-{checksum}.{EXTENSION}", survey.model)
}

/// The aliases that name a version.
fn names_of(survey: &Survey, version: u64) -> BTreeMap<String, u64> {
    let named = survey.aliases.iter().filter(|(_, named)| **named == version);
    named.map(|(alias, version)| (alias.clone(), *version)).collect()
}

/// Downloads a version beside its place, verifies it as a whole, and puts it there in one step.
fn download(
    registry: &MlflowRegistry,
    survey: &Survey,
    version: u64,
    path: &Path,
) -> Result<(), FollowingError> {
    let (bytes, _) = registry.fetch(&survey.model, version)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |source| FollowingError::Cache { folder: folder.into(), source };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let aside = incoming(folder).join(format!("{name}.{}", std::process::id()));
    let written = File::create(&aside).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    drop(bytes);
    let checked = written.map_err(failed).and_then(|()| {
        let found = read_summary(&aside)?.checksum;
        match survey.checksum(version) {
            Some(stated) if stated != found => {
                Err(FollowingError::OtherContent { stated: stated.chars().take(64).collect(), found })
            }
            Some(_) | None => fs::rename(&aside, path).map_err(failed),
        }
    });
    checked.inspect_err(|_| drop(fs::remove_file(&aside)))
}

/// Frees the cache of all but the version that is taken, and the one before it.
fn remove_others(cache: &Path, survey: &Survey, version: u64, before: Option<u64>, path: &Path) {
    let Ok(entries) = cache.read_dir() else { return };
    for other in entries.flatten().map(|entry| entry.path()) {
        if other == path || other.extension().is_none_or(|extension| extension != EXTENSION) {
            continue;
        }
        let Ok(summary) = read_summary(&other) else { continue };
        let of_version = summary.header.version;
        let is_old = of_version == version || Some(of_version) != before;
        // Before the first one is taken, the curator may still answer with any of them.
        if summary.header.name == survey.model && is_old && (before.is_some() || of_version == version) {
            // A file that cannot be deleted does no harm.
            let _ = fs::remove_file(&other);
        }
    }
}
