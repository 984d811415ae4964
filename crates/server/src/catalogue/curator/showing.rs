//! What the curator knows as requests see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Curator, Held};
use crate::catalogue::rules::ModelRules;
use crate::catalogue::shown::Parts;
use crate::catalogue::{Entry, Shown, Standing, Trouble};
use crate::error::ApiError;

impl Curator {
    /// Shows it to requests, unless it is held back.
    pub(in crate::catalogue) fn show(&mut self) {
        let Some(catalogue) = self.catalogue.upgrade().filter(|_| !self.holds_back) else { return };
        catalogue.show(self.whole());
    }

    /// All that is served, as requests see it.
    fn whole(&mut self) -> Shown {
        let mut troubles = Vec::new();
        let mut entries = Vec::new();
        let mut known = self.folder.versions();
        for name in self.held.keys() {
            known.entry(name.clone()).or_default();
        }
        for name in self.remotes.keys() {
            known.entry(name.clone()).or_default();
        }
        let none = BTreeMap::new();
        for (name, versions) in known {
            let remote = self.remotes.get(&name).cloned();
            let held = match (self.held.get(&name), &remote) {
                (Some(held), _) => held,
                (None, Some(_)) => &none,
                (None, None) => continue,
            };
            let standing = |version: &u64| match held.get(version) {
                Some(Held { served: Some(served), .. }) => Standing::Ready(Arc::clone(served)),
                Some(Held { failure: Some(reason), .. }) => Standing::Failed { reason: reason.clone() },
                Some(Held { served: None, failure: None, .. }) | None => Standing::Idle,
            };
            let all = versions.keys().chain(held.keys());
            let standings = all.map(|version| (*version, standing(version))).collect();
            let failures = held.iter().filter_map(|(version, held)| Some((*version, held.failure.clone()?)));
            troubles.extend(failures.map(|(version, reason)| Trouble {
                model: Some(name.clone()),
                version: Some(version),
                reason,
            }));
            troubles.extend(
                remote.as_ref().and_then(|remote| remote.trouble.clone()).map(|reason| Trouble {
                    model: Some(name.clone()),
                    version: None,
                    reason,
                }),
            );
            let rules: ModelRules = self.rules.models.get(&name).cloned().unwrap_or_default();
            let shadow_counts = Arc::clone(self.shadow_counts.entry(name.clone()).or_default());
            entries.push(Entry::new(Parts { name, versions: standings, rules, shadow_counts, remote }));
        }
        let of_all = |reason: String| Trouble { model: None, version: None, reason };
        troubles.extend(self.folder.unreadable().map(|(_, reason)| of_all(self.public(reason))));
        troubles.extend(self.folder_trouble.clone().map(of_all));
        troubles.extend(self.rules_trouble.as_deref().map(|reason| of_all(self.public(reason))));
        Shown::new(entries, self.default_model.clone(), troubles)
    }

    /// All that is served, to tell how an order ended.
    pub(in crate::catalogue) fn shown(&self) -> Result<Arc<Shown>, ApiError> {
        let gone = || ApiError::Internal { reason: "the catalogue is gone".into() };
        self.catalogue.upgrade().map(|catalogue| catalogue.shown()).ok_or_else(gone)
    }
}
