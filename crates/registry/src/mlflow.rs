//! A registry in an MLflow server, spoken with by its REST API.
//!
//! | in MLflow | what it is |
//! |---|---|
//! | a run of an experiment | a training: parameters, metrics, data set |
//! | `model/MLmodel` | what MLflow knows of the model: flavour, signature |
//! | `model/model.canopy` | the artifact |
//! | `model/model.rows` | marks of the rows that it was trained on |
//! | `model/canopy.json` | the artifact's header, for lists |
//! | a version of a registered model | the folder `model` of a run |
//! | aliases | aliases |
//! | tags `canopy.trail.TIME.ID` of a registered model | the trail, one event each, so that nobody overwrites another's |
//!
//! MLflow numbers versions itself, in the order in which they come. An artifact keeps what it says of itself until it is
//! pulled: then it gets the name and the number that the registry knows it by, and its payload stays as it is.
//!
//! MLflow knows no lock. An alias is moved by two questions, the tag of the trail and the alias; of two people who move one at
//! the same time the later one wins, both stand in the trail, and the next change notes where the alias was found.

use std::fs;
use std::path::{Path, PathBuf};

use model_core::Header;
use model_core::artifact::{self, EXTENSION, Summary, read_summary};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::folder::verified;
use crate::{
    Alias, AliasMove, Author, CHAMPION, Change, Event, Listed, RegisteredModel, Registry, RegistryError,
    TrainedRows, Unreadable, Version, io,
};

mod address;
mod api;
mod error;
mod model_file;
mod place;
mod run;
mod summary_file;
mod survey;
mod trail;

pub use address::TrackingServer;
pub use error::MlflowError;
pub use survey::Survey;

use api::{Api, Twice};
use place::Place;
use run::{Logged, Trained};
use summary_file::SummaryFile;
use survey::VersionAnswer;

const ARTIFACT_FILE: &str = "model.canopy";
const ROWS_FILE: &str = "model.rows";
const SUMMARY_FILE: &str = "canopy.json";
/// Tag of a version with its payload checksum: the sign of Canopy's own.
const CHECKSUM: &str = "canopy.checksum";
/// Attempts of a question that may be asked twice.
const ATTEMPTS: u32 = 4;

/// A registry in an MLflow server.
#[derive(Debug, Clone)]
pub struct MlflowRegistry {
    api: Api,
    /// Where runs are logged; an experiment of the model's name when absent.
    experiment: Option<String>,
}

impl MlflowRegistry {
    /// The registry of a server. Nothing is asked yet.
    ///
    /// # Errors
    /// When it speaks https and there are no certificates to check it with.
    pub fn new(server: TrackingServer) -> Result<Self, MlflowError> {
        Ok(Self { api: Api::new(server, ATTEMPTS)?, experiment: None })
    }

    /// The same for who asks again and again, and so needs no second attempt of one question.
    ///
    /// # Errors
    /// As [`MlflowRegistry::new`].
    pub fn for_polling(server: TrackingServer) -> Result<Self, MlflowError> {
        Ok(Self { api: Api::new(server, 1)?, experiment: None })
    }

    /// The same, with runs logged to this experiment.
    #[must_use]
    pub fn with_experiment(self, name: Option<String>) -> Self {
        Self { experiment: name, ..self }
    }

    /// The server.
    pub fn server(&self) -> &TrackingServer {
        self.api.server()
    }

    /// Takes an artifact in and gives the number of its version, also where it is there already.
    ///
    /// # Errors
    /// As [`Registry::push`].
    pub fn pushed(&self, artifact: &Path, author: &Author) -> Result<u64, RegistryError> {
        let bytes = fs::read(artifact).map_err(io("read", artifact))?;
        let (header, checksum) = verified(&bytes, artifact)?;
        if let Some(version) = self.version_of(&header, &checksum)? {
            return Ok(version);
        }
        self.take_in(artifact, &bytes, &header, checksum, author)
    }

    /// The versions and aliases of a model, without their artifacts.
    ///
    /// # Errors
    /// [`RegistryError::NoModel`] when there is none, or the server cannot be asked.
    pub fn survey(&self, model: &str) -> Result<Survey, RegistryError> {
        Survey::of(&self.api, model)
    }

    /// Where the folder of a version is.
    fn place_of(&self, model: &str, version: u64) -> Result<Place, RegistryError> {
        #[derive(Deserialize)]
        struct Answer {
            artifact_uri: String,
        }
        let number = version.to_string();
        let query = [("name", model), ("version", number.as_str())];
        match self.api.get::<Answer>("model-versions/get-download-uri", &query) {
            Err(error) if error.is_missing() => {
                let there = self.survey(model)?.versions.into_keys().collect();
                Err(RegistryError::NoVersion { model: model.into(), version, there })
            }
            other => Ok(Place::parse(&other?.artifact_uri, self.api.server())?),
        }
    }

    fn shown(&self, path: &str) -> PathBuf {
        format!("{}/mlflow-artifacts:/{path}", self.api.server()).into()
    }

    /// A model as the trait knows it: the versions that Canopy logged.
    fn registered(&self, survey: Survey) -> Result<(RegisteredModel, Vec<Unreadable>), RegistryError> {
        let mut unreadable = Vec::new();
        let mut versions = Vec::new();
        for (&number, tags) in &survey.version_tags {
            if !tags.contains_key(CHECKSUM) {
                continue;
            }
            let place = self.place_of(&survey.model, number)?;
            let path = self.shown(&place.file(ARTIFACT_FILE));
            let text = match self.api.download(&place.file(SUMMARY_FILE)) {
                Err(error @ MlflowError::Refused { .. }) => {
                    unreadable.push(Unreadable { path, reason: error.to_string() });
                    continue;
                }
                other => other?,
            };
            match serde_json::from_slice::<SummaryFile>(&text) {
                Ok(SummaryFile { checksum, format, file_bytes, header }) => {
                    let header = Header { name: survey.model.clone(), version: number, ..header };
                    let summary = Summary { header, format, checksum, file_bytes };
                    versions.push(Version { number, path, summary });
                }
                Err(error) => {
                    let reason = format!("{}: {error}", self.shown(&place.file(SUMMARY_FILE)).display());
                    unreadable.push(Unreadable { path, reason });
                }
            }
        }
        let stages = survey.stages();
        let default_alias = survey.aliases.contains_key(CHAMPION).then(|| CHAMPION.to_owned());
        let (name, aliases) = (survey.model, survey.aliases);
        Ok((RegisteredModel { name, versions, aliases, stages, default_alias }, unreadable))
    }

    /// The version of this content; makes the registered model where there is none.
    fn version_of(&self, header: &Header, checksum: &str) -> Result<Option<u64>, RegistryError> {
        match self.survey(&header.name) {
            Ok(survey) => {
                let mut known = survey.version_tags.iter();
                let same = known.find(|(_, tags)| tags.get(CHECKSUM).is_some_and(|known| known == checksum));
                Ok(same.map(|(version, _)| *version))
            }
            Err(error) if error.is_unknown() => {
                self.register(&header.name, &header.description)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Logs a run with the artifact and makes a version of it.
    fn take_in(
        &self,
        artifact: &Path,
        bytes: &[u8],
        header: &Header,
        checksum: String,
        author: &Author,
    ) -> Result<u64, RegistryError> {
        let model = header.name.as_str();
        let rows = TrainedRows::read_beside(artifact)?.map(|rows| rows.encode());
        let summary = read_summary(artifact)?;
        let trained = Trained { summary: &summary, artifact: bytes, rows };
        let experiment = self.experiment.as_deref().unwrap_or(model);
        let Logged { run, source } = trained.log(&self.api, experiment, author)?;
        let body = json!({
            "name": model, "source": source, "run_id": run, "description": header.title,
            "tags": run::tags(&[(CHECKSUM, &checksum), ("canopy.created", &header.created)]),
        });
        let made: VersionAnswer = self.api.post("model-versions/create", &body, Twice::Never)?;
        let version = made.model_version.number().ok_or_else(|| MlflowError::Answer {
            url: self.api.server().to_string(),
            reason: "the new version has no number".into(),
        })?;
        trail::note(&self.api, model, &Change::Pushed { version, checksum }, author)?;
        Ok(version)
    }

    /// Makes the registered model where there is none.
    fn register(&self, model: &str, description: &str) -> Result<(), MlflowError> {
        let body = json!({"name": model, "description": description});
        match self.api.post::<Value>("registered-models/create", &body, Twice::Never) {
            Err(error) if error.is_there_already() => Ok(()),
            other => other.map(|_| ()),
        }
    }
}

impl Registry for MlflowRegistry {
    fn list(&self) -> Result<Listed, RegistryError> {
        let mut listed = Listed::default();
        for name in survey::names(&self.api)? {
            let (model, unreadable) = self.registered(self.survey(&name)?)?;
            listed.unreadable.extend(unreadable);
            // A server may hold many models of other programs.
            if !model.versions.is_empty() {
                listed.models.push(model);
            }
        }
        Ok(listed)
    }

    fn find(&self, model: &str) -> Result<RegisteredModel, RegistryError> {
        Ok(self.registered(self.survey(model)?)?.0)
    }

    fn history(&self, model: Option<&str>) -> Result<Vec<Event>, RegistryError> {
        let names = match model {
            Some(model) => vec![model.to_owned()],
            None => survey::names(&self.api)?,
        };
        let mut events = Vec::new();
        for name in names {
            events.extend(trail::of(&self.survey(&name)?));
        }
        events.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(events)
    }

    fn move_alias(
        &self,
        model: &str,
        alias: &Alias,
        author: &Author,
        wanted: AliasMove,
    ) -> Result<Change, RegistryError> {
        let survey = self.survey(model)?;
        let events = trail::of(&survey);
        let (found, _) = self.registered(survey)?;
        let (noted, change) = wanted.decide(&found, alias, &events)?;
        if let Some(noted) = noted {
            trail::note(&self.api, model, &noted, &Author { reason: None, ..author.clone() })?;
        }
        trail::note(&self.api, model, &change, author)?;
        match &change {
            Change::Promoted { to, .. } | Change::AliasSet { to, .. } | Change::RolledBack { to, .. } => {
                let body = json!({"name": model, "alias": alias.as_str(), "version": to.to_string()});
                self.api.post::<Value>("registered-models/alias", &body, Twice::Harmless)?;
            }
            Change::AliasRemoved { .. } => {
                self.api
                    .delete("registered-models/alias", &json!({"name": model, "alias": alias.as_str()}))?;
            }
            Change::Found { .. }
            | Change::Pushed { .. }
            | Change::Deleted { .. }
            | Change::Refused { .. } => {}
        }
        Ok(change)
    }

    fn delete(&self, model: &str, version: u64, author: &Author) -> Result<Change, RegistryError> {
        let survey = self.survey(model)?;
        survey.choose(&crate::Selector::Version(version))?;
        let named = survey.aliases.iter().filter(|(_, named)| **named == version);
        let mut places: Vec<String> = named.map(|(alias, _)| format!("the alias {alias:?}")).collect();
        let stage = survey.versions.get(&version).map_or("", String::as_str);
        if ["staging", "production"].contains(&stage) {
            places.push(format!("the stage {stage:?}"));
        }
        if !places.is_empty() {
            return Err(RegistryError::InUse { model: model.into(), version, places });
        }
        let checksum = survey.version_tags.get(&version).and_then(|tags| tags.get(CHECKSUM));
        let change = Change::Deleted { version, checksum: checksum.cloned().unwrap_or_default() };
        trail::note(&self.api, model, &change, author)?;
        self.api.delete("model-versions/delete", &json!({"name": model, "version": version.to_string()}))?;
        Ok(change)
    }

    fn push(&self, artifact: &Path, author: &Author) -> Result<Option<Change>, RegistryError> {
        let bytes = fs::read(artifact).map_err(io("read", artifact))?;
        let (header, checksum) = verified(&bytes, artifact)?;
        if self.version_of(&header, &checksum)?.is_some() {
            return Ok(None);
        }
        let version = self.take_in(artifact, &bytes, &header, checksum.clone(), author)?;
        Ok(Some(Change::Pushed { version, checksum }))
    }

    fn fetch(&self, model: &str, version: u64) -> Result<(Vec<u8>, Option<TrainedRows>), RegistryError> {
        let place = self.place_of(model, version)?;
        let files = self.api.files(place.path())?;
        let suffix = format!(".{EXTENSION}");
        let artifacts: Vec<&String> = files.iter().filter(|file| file.ends_with(&suffix)).collect();
        let [file] = artifacts.as_slice() else {
            let (model, place, found) = (model.into(), place.path().into(), artifacts.len());
            return Err(MlflowError::NoArtifact { model, version, place, found }.into());
        };
        let path = place.file(file);
        let bytes = self.api.download_artifact(&path)?;
        let damaged = |source| RegistryError::Damaged { path: self.shown(&path), source };
        let bytes = artifact::relabelled(bytes, model, version).map_err(damaged)?;
        let rows_file = Path::new(file.as_str()).with_extension("rows");
        let rows_file = files.iter().find(|file| Path::new(file) == rows_file);
        let rows = match rows_file {
            None => None,
            Some(file) => {
                let path = place.file(file);
                let rows = TrainedRows::decode(&self.api.download(&path)?);
                Some(rows.map_err(|reason| RegistryError::TrainedRows { path: self.shown(&path), reason })?)
            }
        };
        Ok((bytes, rows))
    }

    fn note_refusal(
        &self,
        model: &str,
        champion: Option<u64>,
        data: &str,
        author: &Author,
    ) -> Result<(), RegistryError> {
        self.register(model, "")?;
        Ok(trail::note(&self.api, model, &Change::Refused { champion, data: data.into() }, author)?)
    }
}

#[cfg(test)]
mod tests;
