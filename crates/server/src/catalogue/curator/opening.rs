//! The first look into the folder, before anybody is answered: here a mistake ends the program, with its cure.

use std::sync::Arc;

use model_core::artifact::read_summary;

use super::Curator;
use crate::catalogue::folder::{Folder, Patience};
use crate::catalogue::rules::{Rules, RulesFile};
use crate::catalogue::{Catalogue, Shown};
use crate::loading::LoadingError;
use crate::settings::{ModelSettings, Source};
use crate::state::Limits;
use crate::watch::Watch;

impl Curator {
    /// Loads what the settings ask for.
    ///
    /// # Errors
    /// When the folder holds nothing that could answer a request which names no model, or the settings do not fit it.
    pub fn open(settings: ModelSettings, limits: Limits) -> Result<(Arc<Catalogue>, Self), LoadingError> {
        Self::open_watched(settings, limits, Watch::default())
    }

    /// The same with another watch over the versions.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_watched(
        settings: ModelSettings,
        limits: Limits,
        watch: Watch,
    ) -> Result<(Arc<Catalogue>, Self), LoadingError> {
        let catalogue = Arc::new(Catalogue::of(Shown::default()));
        let mut curator = Self {
            catalogue: Arc::downgrade(&catalogue),
            limits,
            folder: Folder::new(settings.source.clone()),
            rules_file: RulesFile::new(settings.rules.clone()),
            rules: Rules::default(),
            rules_trouble: None,
            folder_trouble: None,
            wishes: Default::default(),
            held: Default::default(),
            remotes: Default::default(),
            default_model: None,
            shadow_counts: Default::default(),
            retiring: Vec::new(),
            try_again: false,
            holds_back: false,
            settings,
            watch,
        };
        curator.fill()?;
        Ok((catalogue, curator))
    }

    fn fill(&mut self) -> Result<(), LoadingError> {
        let listed = self.folder.look(Patience::None);
        if self.settings.followed.is_some() {
            // What is wrong with the cache is made good by who follows the registry.
            let rules = self.rules_file.read().and_then(|written| written.check(&self.folder_versions()));
            self.rules = rules.unwrap_or_default();
            self.rules_file.has_changed();
            self.settle();
            return Ok(());
        }
        if let Source::Folder(folder) = &self.settings.source {
            listed.map_err(|source| LoadingError::Folder { folder: folder.clone(), source })?;
        }
        let there = self.folder.versions();
        if there.is_empty() {
            return Err(self.nothing());
        }
        if let Some(name) = self.settings.only.as_ref().filter(|name| !there.contains_key(*name)) {
            return Err(self.not_found(Some(name)));
        }
        self.rules = self.rules_file.read()?.check(&self.folder_versions())?;
        self.rules_file.has_changed();
        let mut available = self.folder.versions();
        available.retain(|name, _| self.settings.only.as_ref().is_none_or(|only| only == name));
        self.choose_default(&available);
        let Some(name) = self.default_model.clone() else {
            let Source::Folder(folder) = &self.settings.source else { return Err(self.nothing()) };
            return Err(LoadingError::SeveralNames {
                folder: folder.clone(),
                names: there.into_keys().collect(),
            });
        };
        let Some(versions) = there.get(&name) else { return Err(self.not_found(Some(&name))) };
        if self.settings.version.is_some_and(|version| !versions.contains_key(&version)) {
            return Err(self.not_found(self.settings.only.as_deref()));
        }
        self.settle();
        let failure = |held: &super::Held| held.served.is_none().then(|| held.failure.clone()).flatten();
        match self.shown().map(|shown| shown.answers()) {
            Ok(true) => Ok(()),
            _ => {
                let held = self.held.values().flat_map(|versions| versions.values().rev());
                let reason = held.filter_map(failure).next().unwrap_or_else(|| "nothing asks for it".into());
                Err(LoadingError::NothingLoaded { reason })
            }
        }
    }

    /// Why there is no artifact.
    fn nothing(&self) -> LoadingError {
        match &self.settings.source {
            Source::File(path) => match read_summary(path) {
                Err(error) => error.into(),
                Ok(_) => LoadingError::Replaced { path: path.clone() },
            },
            Source::Folder(folder) if self.folder.is_empty() => {
                LoadingError::Empty { folder: folder.clone() }
            }
            Source::Folder(folder) => {
                let reason = self.folder.unreadable().next().map(|(_, reason)| reason.to_owned());
                LoadingError::Unreadable { folder: folder.clone(), reason: reason.unwrap_or_default() }
            }
        }
    }

    fn not_found(&self, name: Option<&str>) -> LoadingError {
        let version =
            self.settings.version.map_or_else(String::new, |version| format!(" of version {version}"));
        let name = name.map_or_else(|| "model".to_owned(), |name| format!("model {name}"));
        let there = self.folder.versions();
        let found = there.iter().flat_map(|(name, versions)| {
            versions.keys().map(move |version| format!("{name} version {version}"))
        });
        let folder = match &self.settings.source {
            Source::Folder(path) | Source::File(path) => path.clone(),
        };
        LoadingError::NotFound { folder, wanted: name + &version, found: found.collect() }
    }
}
