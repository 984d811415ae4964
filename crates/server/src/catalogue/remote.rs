//! Models that a registry decides about: what it says of them beside what lies in the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Sender, channel};

use super::curator::Held;
use super::rules::{Written, WrittenModel, WrittenPolicy};
use super::{Catalogue, Curator, Policy};

/// What a registry said of a model when it was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The versions that it has, here or not.
    pub versions: BTreeSet<u64>,
    /// What its aliases name.
    pub aliases: BTreeMap<String, u64>,
    /// Whether it could be asked.
    pub is_reachable: bool,
    /// Why it is not followed.
    pub trouble: Option<String>,
}

impl Remote {
    /// Why nobody knows whether there is what a request names; `None` where the registry was asked and has no such thing.
    pub(super) fn doubt(&self) -> Option<&str> {
        self.trouble.as_deref().filter(|_| !self.is_reachable)
    }
}

/// Why a registry is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudge {
    /// An operator wants it, and what failed to be tried again.
    Order,
    /// The registry says that something has changed.
    Message,
}

impl Catalogue {
    /// Lets a version answer for a model, under these aliases of it, when it can be loaded; else says why not, and all stays as
    /// it was. Waits for the curator.
    pub(crate) fn take(
        &self,
        model: &str,
        version: u64,
        aliases: BTreeMap<String, u64>,
    ) -> Result<(), String> {
        let model = model.to_owned();
        self.ordered(move |curator| curator.take(&model, version, aliases))
            .unwrap_or_else(|| Err("the server is stopping".into()))
    }

    /// Keeps what the registry says of a model. Waits for the curator.
    pub(crate) fn note_remote(&self, model: &str, remote: Remote) {
        let model = model.to_owned();
        self.ordered(move |curator| curator.note_remote(model, remote));
    }

    /// Whether any version of a model answers.
    pub(crate) fn answers_for(&self, model: &str) -> bool {
        self.find(Some(model), None).is_ok()
    }

    /// Lets whoever follows a registry know when somebody wants it to be asked at once.
    pub(crate) fn be_nudged(&self, nudges: Sender<Nudge>) {
        // There is one follower of a catalogue.
        let _ = self.nudges.set(nudges);
    }

    /// Has a registry asked soon, without waiting for that. False where none is followed.
    pub(crate) fn nudge(&self, nudge: Nudge) -> bool {
        self.nudges.get().is_some_and(|nudges| nudges.send(nudge).is_ok())
    }

    /// An order of a thread that may wait.
    fn ordered<T: Send + 'static>(&self, work: impl FnOnce(&mut Curator) -> T + Send + 'static) -> Option<T> {
        let (done, result) = channel();
        let order = Box::new(move |curator: &mut Curator| {
            // Nobody waits any more where the server ends.
            let _ = done.send(work(curator));
        });
        self.orders.get()?.send(order).ok()?;
        result.recv().ok()
    }
}

impl Curator {
    fn take(&mut self, model: &str, version: u64, aliases: BTreeMap<String, u64>) -> Result<(), String> {
        let policy = Policy::Specific([version].into());
        let is_taken = |curator: &Self| {
            let rules = curator.rules.models.get(model);
            rules.is_some_and(|rules| rules.policy.as_ref() == Some(&policy) && rules.aliases == aliases)
        };
        if is_taken(self) && self.failure_of(model, version).is_none() {
            return Ok(());
        }
        // What an admin took out stays out until it is loaded again.
        let wishes = self.wishes.entry(model.to_owned()).or_default();
        if wishes.is_unloaded || wishes.unloaded.contains(&version) {
            return Ok(());
        }
        // Loaded beside what answers; only when it can answer the rules change.
        wishes.loaded.insert(version);
        self.holds_back = true;
        self.look_closely();
        let written = match self.failure_of(model, version) {
            None => self.write_rules(model, version, aliases),
            Some(reason) => Err(reason),
        };
        if let Some(wishes) = self.wishes.get_mut(model) {
            wishes.loaded.remove(&version);
        }
        self.holds_back = false;
        self.settle();
        written
    }

    /// What the registry decides, as the rules of the cache: a server that starts without the registry finds them there.
    fn write_rules(
        &mut self,
        model: &str,
        version: u64,
        aliases: BTreeMap<String, u64>,
    ) -> Result<(), String> {
        let known = self.folder_versions();
        let mut written = self.rules_file.read().unwrap_or_default();
        // Rules of models that are not here any more would be a mistake.
        written.models.retain(|name, model| {
            known
                .get(name)
                .is_some_and(|versions| model.versions().all(|version| versions.contains(&version)))
        });
        written.models.insert(
            model.to_owned(),
            WrittenModel {
                policy: Some(WrittenPolicy::Specific([version].into())),
                aliases,
                ..WrittenModel::default()
            },
        );
        let written = Written { default_model: None, ..written };
        let rules = written.check(&known).map_err(|error| error.to_string())?;
        self.rules_file
            .write(&written)
            .map_err(|error| format!("the cache cannot be written to: {error}"))?;
        self.obey(rules);
        Ok(())
    }

    fn note_remote(&mut self, model: String, remote: Remote) {
        if self.remotes.get(&model).is_none_or(|known| **known != remote) {
            self.remotes.insert(model, std::sync::Arc::new(remote));
            self.show();
        }
    }

    /// Why a version cannot answer; `None` where it can.
    fn failure_of(&self, model: &str, version: u64) -> Option<String> {
        match self.held.get(model).and_then(|versions| versions.get(&version)) {
            Some(Held { failure: Some(reason), .. }) => Some(reason.clone()),
            Some(Held { served: Some(_), .. }) => None,
            Some(Held { served: None, failure: None, .. }) | None => {
                Some("its file is not in the cache any more".into())
            }
        }
    }
}
