//! The one thread that changes what is served: looks into the folder, reads, checks and warms new versions beside the old
//! ones, and shows them in one step.
//!
//! It never holds up a request: workers read what is shown without a lock, and the thread runs at a lower priority. A
//! version that is taken out is let go here when its last request has ended, so that no worker has to give
//! back the memory of a large model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::folder::{Candidate, Folder, Mark, Patience};
use super::rules::{Rules, RulesError, RulesFile};
use super::{Catalogue, Remote, ShadowCounts};
use crate::guard::yield_to_workers;
use crate::loading::{self, LoadingError};
use crate::settings::{ModelSettings, Source};
use crate::state::{Limits, Served};
use crate::watch::Watch;

mod opening;
mod showing;

/// How often the curator looks whether the last request of a version has ended.
const RETIRING: Duration = Duration::from_millis(100);

/// An order to the curator.
pub(super) type Order = Box<dyn FnOnce(&mut Curator) + Send>;

/// Who changes the catalogue.
pub struct Curator {
    catalogue: Weak<Catalogue>,
    pub(super) settings: ModelSettings,
    watch: Watch,
    limits: Limits,
    folder: Folder,
    pub(super) rules_file: RulesFile,
    pub(super) rules: Rules,
    /// Why the file of the rules is not obeyed.
    rules_trouble: Option<String>,
    folder_trouble: Option<String>,
    /// What was ordered beside the policies, until the server ends.
    pub(super) wishes: BTreeMap<String, Wishes>,
    pub(super) held: BTreeMap<String, BTreeMap<u64, Held>>,
    /// What a registry says of the models that are followed.
    pub(super) remotes: BTreeMap<String, Arc<Remote>>,
    /// The default model, once there is one.
    default_model: Option<String>,
    shadow_counts: BTreeMap<String, Arc<ShadowCounts>>,
    retiring: Vec<Arc<Served>>,
    /// Whether versions that failed are tried again.
    try_again: bool,
    /// Whether what changes is shown later, with what else has to change in the same step.
    pub(super) holds_back: bool,
}

/// What was ordered of one model.
#[derive(Default)]
pub(super) struct Wishes {
    pub(super) loaded: BTreeSet<u64>,
    pub(super) unloaded: BTreeSet<u64>,
    pub(super) is_unloaded: bool,
}

/// A version, and how the last attempt to load it ended.
pub(super) struct Held {
    pub(super) served: Option<Arc<Served>>,
    pub(super) failure: Option<String>,
    from: (PathBuf, Mark),
}

impl Curator {
    /// Starts the thread. It ends with the catalogue.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(self, catalogue: &Catalogue) -> std::io::Result<()> {
        let (orders, received) = mpsc::channel();
        std::thread::Builder::new().name("curator".into()).spawn(move || {
            yield_to_workers();
            self.work(&received);
        })?;
        // There is one curator of a catalogue.
        let _ = catalogue.orders.set(orders);
        Ok(())
    }

    fn work(mut self, orders: &Receiver<Order>) {
        let mut next_look = self.settings.poll.map(|interval| std::time::Instant::now() + interval);
        loop {
            self.let_go();
            let until_look = next_look.map(|at| at.saturating_duration_since(std::time::Instant::now()));
            let retiring = (!self.retiring.is_empty()).then_some(RETIRING);
            let received = match until_look.into_iter().chain(retiring).min() {
                Some(patience) => orders.recv_timeout(patience),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(order) => order(&mut self),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if next_look.is_some_and(|at| at <= std::time::Instant::now()) {
                self.look(Patience::UntilSettled);
                next_look = self.settings.poll.map(|interval| std::time::Instant::now() + interval);
            }
        }
    }

    /// Looks into the folder; reads what has changed even where it may still be written, and tries again what failed.
    pub(super) fn look_closely(&mut self) {
        self.try_again = true;
        self.look(Patience::None);
        self.try_again = false;
    }

    fn look(&mut self, patience: Patience) {
        let changed = match self.folder.look(patience) {
            Ok(changed) => changed | self.folder_trouble.take().is_some(),
            Err(error) => {
                let trouble = format!("the model folder cannot be listed: {error}");
                if self.folder_trouble.as_ref() != Some(&trouble) {
                    tracing::error!(%error, "the model folder cannot be listed; all that is loaded goes on answering");
                    self.folder_trouble = Some(trouble);
                    self.show();
                }
                return;
            }
        };
        let has_rules_to_read = self.rules_file.has_changed() || (changed && self.rules_trouble.is_some());
        if has_rules_to_read || self.try_again {
            let rules = self.rules_file.read().and_then(|written| written.check(&self.folder_versions()));
            match rules {
                Ok(rules) => self.obey(rules),
                Err(error) => self.disobey(&error),
            }
        }
        if changed || has_rules_to_read || self.try_again {
            self.settle();
        }
    }

    /// Takes other rules on.
    pub(super) fn obey(&mut self, rules: Rules) {
        // A file that the curator has just written is no news.
        self.rules_file.has_changed();
        self.rules_trouble = None;
        if self.rules != rules {
            tracing::info!("models.json is obeyed");
            self.rules = rules;
        }
    }

    fn disobey(&mut self, error: &RulesError) {
        self.tally(|tally| &tally.rules_failures);
        tracing::error!(%error, "models.json is wrong; what it said before stays in force");
        self.rules_trouble = Some(format!("models.json is not obeyed: {error}"));
    }

    /// Loads what is asked for and not loaded, lets go what is not asked for, and shows it, model by model.
    pub(super) fn settle(&mut self) {
        let mut available = self.folder.versions();
        available.retain(|name, _| self.settings.only.as_ref().is_none_or(|only| only == name));
        let is_gone = |name: &&String| !available.contains_key(*name);
        // A file that is still being written may be what replaces the one that is gone.
        let gone: Vec<_> = match self.folder.is_written_to() {
            true => Vec::new(),
            false => self.held.keys().filter(is_gone).cloned().collect(),
        };
        for name in gone {
            let held = self.held.remove(&name).unwrap_or_default();
            self.retiring.extend(held.into_values().filter_map(|held| held.served));
        }
        self.choose_default(&available);
        for (name, versions) in &available {
            self.settle_model(name, versions);
            self.show();
        }
        if available.is_empty() {
            self.show();
        }
    }

    fn choose_default(&mut self, available: &BTreeMap<String, BTreeMap<u64, Candidate>>) {
        let told = [&self.settings.only, &self.settings.default_model, &self.rules.default_model];
        let told = told.into_iter().flatten().next().cloned();
        let only = (available.len() == 1).then(|| available.keys().next().cloned()).flatten();
        // A second name in the folder must not turn requests that name none to another model.
        self.default_model = told.or(self.default_model.take()).or(only);
    }

    fn settle_model(&mut self, name: &str, versions: &BTreeMap<u64, Candidate>) {
        let rules = self.rules.models.get(name).cloned().unwrap_or_default();
        let policy = match self.settings.version {
            Some(version) if self.default_model.as_deref() == Some(name) => {
                super::Policy::Specific([version].into())
            }
            _ => rules.policy.clone().unwrap_or_else(|| self.settings.policy.clone()),
        };
        let mut held = self.held.remove(name).unwrap_or_default();
        let wishes = self.wishes.entry(name.to_owned()).or_default();
        let mut wanted = BTreeSet::new();
        if !wishes.is_unloaded {
            let pinned: BTreeSet<u64> = rules.aliases.values().chain(&wishes.loaded).copied().collect();
            let allowed: Vec<_> =
                versions.iter().rev().filter(|(version, _)| !wishes.unloaded.contains(version)).collect();
            let mut newer = 0;
            for (version, candidate) in allowed {
                let by_policy = policy.wants(*version, newer);
                if !by_policy && !pinned.contains(version) {
                    continue;
                }
                wanted.insert(*version);
                let known = held.remove(version);
                let tried = self.hold(name, *version, candidate, known);
                newer += usize::from(by_policy && tried.as_ref().is_some_and(|held| held.served.is_some()));
                held.extend(tried.map(|tried| (*version, tried)));
            }
        }
        let is_served = |version: &u64| held.get(version).is_some_and(|held| held.served.is_some());
        let is_failed = |version: &u64| held.get(version).is_some_and(|held| held.failure.is_some());
        if !wanted.iter().any(is_served) && wanted.iter().any(is_failed) {
            // A broken version leaves what it replaces in service, even when its file took the place of the other's.
            let unloaded = self.wishes.get(name).map(|wishes| &wishes.unloaded);
            let is_allowed = |version: &&u64| unloaded.is_none_or(|unloaded| !unloaded.contains(*version));
            wanted.extend(held.keys().rev().filter(|version| is_served(version)).find(is_allowed).copied());
        }
        let unwanted: Vec<_> = held.keys().filter(|version| !wanted.contains(version)).copied().collect();
        for version in unwanted {
            if let Some(served) = held.remove(&version).and_then(|held| held.served) {
                tracing::info!(name, version, "model taken out of service");
                self.retiring.push(served);
            }
        }
        self.held.insert(name.to_owned(), held);
    }

    /// The version, loaded when it is not or when its file has changed. What fails leaves the one before in service.
    fn hold(&mut self, name: &str, version: u64, candidate: &Candidate, known: Option<Held>) -> Option<Held> {
        let Some(mark) = candidate.mark else { return known };
        let from = (candidate.path.clone(), mark);
        let is_current = |held: &Held| held.from == from && (held.failure.is_none() || !self.try_again);
        let before = match known {
            Some(held) if is_current(&held) => return Some(held),
            known => known.and_then(|held| held.served),
        };
        let loaded = loading::load(&candidate.path, self.settings.strict, &self.limits).and_then(|served| {
            let served = served.watched_by(&self.watch);
            let is_same = (served.name(), served.version()) == (name, version);
            if is_same { Ok(served) } else { Err(LoadingError::Replaced { path: candidate.path.clone() }) }
        });
        match loaded {
            Ok(served) => {
                self.tally(|tally| &tally.loads);
                self.retiring.extend(before);
                Some(Held { served: Some(Arc::new(served)), failure: None, from })
            }
            Err(error) => {
                self.tally(|tally| &tally.load_failures);
                tracing::error!(name, version, %error, "model not loaded; what answered before goes on answering");
                Some(Held { served: before, failure: Some(self.public(&error.to_string())), from })
            }
        }
    }

    /// The versions that lie in the folder.
    pub(super) fn folder_versions(&self) -> super::rules::Known {
        let only = |name: &String| self.settings.only.as_ref().is_none_or(|only| only == name);
        let versions = self.folder.versions().into_iter().filter(|(name, _)| only(name));
        versions.map(|(name, versions)| (name, versions.into_keys().collect())).collect()
    }

    /// A reason without the folder's place, which is nobody's business but the operator's.
    pub(super) fn public(&self, reason: &str) -> String {
        let folder = match &self.settings.source {
            Source::Folder(folder) => Some(folder.as_path()),
            Source::File(path) => path.parent(),
        };
        match folder.filter(|folder| *folder != Path::new("")) {
            Some(folder) => reason.replace(&format!("{}/", folder.display()), ""),
            None => reason.to_owned(),
        }
    }

    fn tally(&self, count: impl Fn(&super::Tally) -> &std::sync::atomic::AtomicU64) {
        if let Some(catalogue) = self.catalogue.upgrade() {
            count(&catalogue.tally).fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Frees the versions that no request holds any more.
    fn let_go(&mut self) {
        self.retiring.retain(|served| Arc::strong_count(served) > 1);
    }
}
