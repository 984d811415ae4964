//! A registry in a folder: the one that the trainer writes to and the server serves from.
//!
//! | file | what it is |
//! |---|---|
//! | `NAME-vN-TIME.canopy` | the artifact of a version, never changed; it carries lineage: data, config, quality, parent |
//! | `NAME-vN-TIME.rows` | marks of the rows that it was trained on |
//! | `models.json` | aliases, and what else the server is told; only the aliases are touched here |
//! | `registry.ndjson` | the trail |
//! | `.registry.lock` | is locked by who changes something; the system frees it when a process dies |
//!
//! An alias is moved by two writes: the line in the trail, then `models.json` by a rename. A process that is killed between them
//! leaves a line that did not come true, which the next change finds and notes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use model_core::artifact::{self, EXTENSION, read_summary};
use model_core::aside::sync_folder;
use model_core::{Artifact, Aside};

use crate::trail::Trail;
use crate::version::Unreadable;
use crate::{
    Alias, AliasMove, Author, Change, Event, Listed, RegisteredModel, Registry, RegistryError, TrainedRows,
    Version, io,
};

mod lock;
mod models_file;
mod store;

use models_file::ModelsFile;

pub use lock::FolderLock;
pub use store::store_next;

/// The versions of each model.
type Shelves = BTreeMap<String, BTreeMap<u64, Version>>;

/// A registry in a folder.
#[derive(Debug, Clone)]
pub struct FolderRegistry {
    folder: PathBuf,
}

impl FolderRegistry {
    /// The registry in this folder. One that is not there is empty.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn versions(&self) -> Result<(Shelves, Vec<Unreadable>), RegistryError> {
        let mut models = Shelves::new();
        let mut unreadable = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((models, unreadable)),
            other => other.map_err(io("list", &self.folder))?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(io("list", &self.folder))?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            match read_summary(&path) {
                Ok(summary) => {
                    let number = summary.header.version;
                    let versions = models.entry(summary.header.name.clone()).or_default();
                    // Of two files of one version the later trained one counts, as it does for the server.
                    let known = versions.get(&number).map(|version| &version.summary.header.created);
                    if known.is_none_or(|created| *created <= summary.header.created) {
                        versions.insert(number, Version { number, path, summary });
                    }
                }
                Err(error) => unreadable.push(Unreadable { path, reason: error.to_string() }),
            }
        }
        Ok((models, unreadable))
    }
}

impl Registry for FolderRegistry {
    fn list(&self) -> Result<Listed, RegistryError> {
        let file = ModelsFile::read(&self.folder)?;
        let (models, unreadable) = self.versions()?;
        let models = models
            .into_iter()
            .map(|(name, versions)| {
                Ok(RegisteredModel {
                    aliases: file.aliases(&name)?,
                    default_alias: file.default_alias(&name)?,
                    versions: versions.into_values().collect(),
                    stages: BTreeMap::new(),
                    name,
                })
            })
            .collect::<Result<_, RegistryError>>()?;
        Ok(Listed { models, unreadable })
    }

    fn history(&self, model: Option<&str>) -> Result<Vec<Event>, RegistryError> {
        let mut events = Trail::in_folder(&self.folder).read()?;
        events.retain(|event| model.is_none_or(|model| event.model == model));
        Ok(events)
    }

    /// First the trail, then `models.json`.
    fn move_alias(
        &self,
        model: &str,
        alias: &Alias,
        author: &Author,
        wanted: AliasMove,
    ) -> Result<Change, RegistryError> {
        let _lock = FolderLock::take(&self.folder)?;
        let found = self.find(model)?;
        let mut file = ModelsFile::read(&self.folder)?;
        let trail = Trail::in_folder(&self.folder);
        let (noted, change) = wanted.decide(&found, alias, &trail.read()?)?;
        match &change {
            Change::Promoted { to, .. } => {
                file.set_alias(model, alias.as_str(), *to)?;
                file.default_to(model, alias.as_str())?;
            }
            Change::AliasSet { to, .. } | Change::RolledBack { to, .. } => {
                file.set_alias(model, alias.as_str(), *to)?;
            }
            Change::AliasRemoved { .. } => file.remove_alias(model, alias.as_str())?,
            Change::Found { .. }
            | Change::Pushed { .. }
            | Change::Deleted { .. }
            | Change::Refused { .. } => {}
        }
        if let Some(noted) = noted {
            trail.append(model, &noted, &Author { reason: None, ..author.clone() })?;
        }
        trail.append(model, &change, author)?;
        file.write()?;
        Ok(change)
    }

    fn delete(&self, model: &str, version: u64, author: &Author) -> Result<Change, RegistryError> {
        let _lock = FolderLock::take(&self.folder)?;
        let found = self.find(model)?;
        let doomed = found.version(version)?;
        let mut file = ModelsFile::read(&self.folder)?;
        let mut places = file.places_of(model, version)?;
        if found.versions.len() == 1 {
            places.extend(file.places_of_model(model));
        }
        if let Some(last) = places.last_mut() {
            last.push_str(" of models.json");
            return Err(RegistryError::InUse { model: model.into(), version, places });
        }
        let change = Change::Deleted { version, checksum: doomed.summary.checksum.clone() };
        Trail::in_folder(&self.folder).append(model, &change, author)?;
        if found.versions.len() == 1 {
            // The server takes a file that speaks of a model that is not there for a mistake.
            file.forget(model);
            file.write()?;
        }
        fs::remove_file(&doomed.path).map_err(io("delete", &doomed.path))?;
        // Not every model has them.
        let _ = fs::remove_file(TrainedRows::path_beside(&doomed.path));
        let _ = fs::remove_file(doomed.path.with_extension("html"));
        sync_folder(&doomed.path).map_err(io("sync", &self.folder))?;
        Ok(change)
    }

    fn push(&self, artifact: &Path, author: &Author) -> Result<Option<Change>, RegistryError> {
        let bytes = fs::read(artifact).map_err(io("read", artifact))?;
        let (header, checksum) = verified(&bytes, artifact)?;
        fs::create_dir_all(&self.folder).map_err(io("create", &self.folder))?;
        let _lock = FolderLock::take(&self.folder)?;
        let (models, _) = self.versions()?;
        if let Some(known) = models.get(&header.name).and_then(|versions| versions.get(&header.version)) {
            return match fs::read(&known.path).map_err(io("read", &known.path))? == bytes {
                true => Ok(None),
                false => Err(RegistryError::OtherContent { model: header.name, version: header.version }),
            };
        }
        let place = self.folder.join(artifact::file_name(&header.name, header.version, &header.created));
        if let Some(rows) = TrainedRows::read_beside(artifact)? {
            rows.write_beside(&place)?;
        }
        write_aside(&place, &bytes)?;
        let change = Change::Pushed { version: header.version, checksum };
        Trail::in_folder(&self.folder).append(&header.name, &change, author)?;
        Ok(Some(change))
    }

    fn fetch(&self, model: &str, version: u64) -> Result<(Vec<u8>, Option<TrainedRows>), RegistryError> {
        let found = self.find(model)?;
        let path = &found.version(version)?.path;
        let bytes = fs::read(path).map_err(io("read", path))?;
        verified(&bytes, path)?;
        Ok((bytes, TrainedRows::read_beside(path)?))
    }

    fn note_refusal(
        &self,
        model: &str,
        champion: Option<u64>,
        data: &str,
        author: &Author,
    ) -> Result<(), RegistryError> {
        fs::create_dir_all(&self.folder).map_err(io("create", &self.folder))?;
        let _lock = FolderLock::take(&self.folder)?;
        let change = Change::Refused { champion, data: data.into() };
        Trail::in_folder(&self.folder).append(model, &change, author)
    }
}

/// Header and payload checksum of the bytes of an artifact, verified as a whole.
pub(crate) fn verified(bytes: &[u8], path: &Path) -> Result<(model_core::Header, String), RegistryError> {
    let artifact = Artifact::decode(bytes.to_vec())
        .map_err(|source| RegistryError::Damaged { path: path.into(), source })?;
    Ok((artifact.header().clone(), artifact.checksum().to_owned()))
}

/// Puts bytes in a place in one step: written aside, synced, renamed.
pub(crate) fn write_aside(place: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    Aside::write(place, bytes).map_err(io("write", place))
}

#[cfg(test)]
pub(crate) mod tests;
