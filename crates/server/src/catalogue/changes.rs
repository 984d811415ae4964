//! What can be ordered to change, by any protocol that manages models. Each order is done by the [`Curator`] on its own
//! thread, and its future completes when the change is seen by all requests.

use std::path::Path;
use std::time::Duration;

use registry::{Alias, Author, FolderLock};
use tokio::sync::oneshot;

use super::rules::{RulesError, Written, WrittenModel};
use super::{Catalogue, Curator, Nudge, Selector, WrittenTraffic};
use crate::error::ApiError;
use crate::fault::Fault;

/// How long another process may take to change the folder.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

impl Catalogue {
    /// Looks into the folder and into `models.json` at once, reads what has changed, and tries again what failed.
    ///
    /// # Errors
    /// [`ApiError::Unchangeable`] when there is no folder. What is wrong with an artifact or with `models.json` is no error
    /// here: [`super::Shown::troubles`] tells it.
    pub async fn reload(&self) -> Result<(), ApiError> {
        // This order does not wait for a network.
        self.nudge(Nudge::Order);
        self.order(|curator| {
            curator.look_closely();
            Ok(())
        })
        .await
    }

    /// Loads a version, or all that the model's policy and aliases ask for, and tries again what failed. It stays loaded,
    /// whatever the policy says, until it is unloaded or the server ends.
    ///
    /// # Errors
    /// [`ApiError::NoSuch`] for a model or version that does not lie in the folder, [`ApiError::ModelNotReady`] with the
    /// reason for one that cannot be loaded.
    pub async fn load(&self, model: &str, version: Option<u64>) -> Result<(), ApiError> {
        if self.orders.get().is_none() {
            return self.find(Some(model), version.map(Selector::Version).as_ref()).map(|_| ());
        }
        let model = model.to_owned();
        self.order(move |curator| curator.load(&model, version)).await
    }

    /// Takes a version out of service, or the whole model, until it is loaded again or the server ends. Where the policy
    /// asks for the latest versions, an older one takes its place. Requests under way end on the version that they met.
    ///
    /// # Errors
    /// As [`Catalogue::load`]; [`ApiError::Unchangeable`] when there is no folder.
    pub async fn unload(&self, model: &str, version: Option<u64>) -> Result<(), ApiError> {
        let model = model.to_owned();
        self.order(move |curator| curator.unload(&model, version)).await
    }

    /// Lets an alias mean a version, from now on and after a restart. The registry's trail tells who did it.
    ///
    /// # Errors
    /// [`ApiError::NoSuch`] for a model that does not lie in the folder, [`ApiError::Invalid`] for a name that is no alias
    /// or a version that is not there, [`ApiError::Unchangeable`] when `models.json` cannot be written or is wrong as
    /// it stands.
    pub async fn set_alias(
        &self,
        model: &str,
        alias: &str,
        version: u64,
        author: Author,
    ) -> Result<(), ApiError> {
        let (model, alias) = (model.to_owned(), alias.to_owned());
        self.order(move |curator| {
            curator.rewrite(&model, &author, |written| {
                let before = written.aliases.insert(alias.clone(), version);
                Ok(Some(Moved { alias, before, after: Some(version) }))
            })
        })
        .await
    }

    /// Takes an alias away. The registry's trail tells who did it.
    ///
    /// # Errors
    /// [`ApiError::NoSuch`] for a model or alias that does not exist; otherwise as [`Catalogue::set_alias`], also when the
    /// alias is still the default or has traffic.
    pub async fn remove_alias(&self, model: &str, alias: &str, author: Author) -> Result<(), ApiError> {
        let (model, alias) = (model.to_owned(), alias.to_owned());
        self.order(move |curator| {
            curator.rewrite(&model, &author, |written| match written.aliases.remove(&alias) {
                before @ Some(_) => Ok(Some(Moved { alias, before, after: None })),
                None => Err(super::no_such("alias", &alias, written.aliases.keys().cloned())),
            })
        })
        .await
    }

    /// Splits and shadows the traffic of a model as written from now on; as nothing, when nothing is written.
    ///
    /// # Errors
    /// As [`Catalogue::set_alias`], also for an alias that does not exist.
    pub(crate) async fn set_traffic(
        &self,
        model: &str,
        traffic: WrittenTraffic,
        author: Author,
    ) -> Result<(), ApiError> {
        let model = model.to_owned();
        self.order(move |curator| {
            curator.rewrite(&model, &author, |written| {
                written.traffic = traffic;
                Ok(None)
            })
        })
        .await
    }

    async fn order<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Curator) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let gone =
            || ApiError::Unchangeable { reason: "the server holds one model and no folder of them".into() };
        let orders = self.orders.get().ok_or_else(gone)?;
        let (done, result) = oneshot::channel();
        let order = Box::new(move |curator: &mut Curator| {
            // Nobody waits any more where the caller has gone; the change is made all the same.
            let _ = done.send(work(curator));
        });
        orders.send(order).map_err(|_| gone())?;
        result
            .await
            .unwrap_or_else(|_| Err(ApiError::Internal { reason: "the curator dropped an order".into() }))
    }
}

/// What an order makes of an alias.
struct Moved {
    alias: String,
    before: Option<u64>,
    after: Option<u64>,
}

impl Curator {
    fn load(&mut self, model: &str, version: Option<u64>) -> Result<(), ApiError> {
        self.look_closely();
        self.known(model, version)?;
        let wishes = self.wishes.entry(model.to_owned()).or_default();
        match version {
            None => *wishes = Default::default(),
            Some(version) => {
                wishes.is_unloaded = false;
                wishes.unloaded.remove(&version);
                wishes.loaded.insert(version);
            }
        }
        self.settle();
        let shown = self.shown()?;
        let entry = shown.entry(model)?;
        match version {
            Some(version) => entry.ready(version).map(|_| ()),
            None => entry.newest().map(|_| ()),
        }
    }

    fn unload(&mut self, model: &str, version: Option<u64>) -> Result<(), ApiError> {
        self.known(model, version)?;
        let wishes = self.wishes.entry(model.to_owned()).or_default();
        match version {
            None => {
                *wishes = Default::default();
                wishes.is_unloaded = true;
            }
            Some(version) => {
                wishes.loaded.remove(&version);
                wishes.unloaded.insert(version);
            }
        }
        self.settle();
        Ok(())
    }

    /// Changes what is written of a model, with a line in the trail where an alias moves, and obeys it.
    fn rewrite(
        &mut self,
        model: &str,
        author: &Author,
        change: impl FnOnce(&mut WrittenModel) -> Result<Option<Moved>, ApiError>,
    ) -> Result<(), ApiError> {
        self.look_closely();
        self.known(model, None)?;
        let unchangeable = |reason: String| ApiError::Unchangeable { reason };
        if self.settings.followed.is_some() {
            let cure = "change aliases there, and serve a model folder to split or shadow traffic";
            return Err(unchangeable(format!("the models are those that a registry names: {cure}")));
        }
        let Some(path) = self.rules_file.path() else {
            let cure = "start the server with a model folder or with MODELS_CONFIG (--models-config)";
            return Err(unchangeable(format!("there is no models.json to keep it in: {cure}")));
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // From reading to writing: `trainer registry` changes the same file.
        let lock = FolderLock::take_within(folder, LOCK_PATIENCE).map_err(|error| {
            tracing::error!(%error, "models.json cannot be changed");
            unchangeable(self.public(&format!("models.json cannot be changed: {error}")))
        })?;
        let path = path.display().to_string();
        let mut written: Written = self.rules_file.read().map_err(|error| unchangeable(told(&error)))?;
        let moved = change(written.models.entry(model.to_owned()).or_default())?;
        let rules = written.check(&self.folder_versions()).map_err(|error| match error {
            RulesError::Place { place, expected, got } => {
                ApiError::Invalid { faults: Fault::new(place, "does not fit", expected, got).into() }
            }
            RulesError::Read { .. } | RulesError::Json { .. } => unchangeable(told(&error)),
        })?;
        if let Some(Moved { alias, before, after }) = moved {
            let noted = alias
                .parse::<Alias>()
                .and_then(|alias| lock.note_alias(model, &alias, before, after, author));
            noted.map_err(|error| {
                tracing::error!(%error, "the trail of the registry cannot be written");
                unchangeable(self.public(&format!("the trail of the registry cannot be written: {error}")))
            })?;
        }
        self.rules_file.write(&written).map_err(|error| {
            tracing::error!(path, %error, "models.json cannot be written");
            unchangeable(format!("models.json cannot be written: {error}"))
        })?;
        drop(lock);
        self.obey(rules);
        self.settle();
        Ok(())
    }

    /// Whether a model, and a version of it, lies in the folder.
    fn known(&self, model: &str, version: Option<u64>) -> Result<(), ApiError> {
        let known = self.folder_versions();
        let versions =
            known.get(model).ok_or_else(|| super::no_such("model", model, known.keys().cloned()))?;
        match version.filter(|version| !versions.contains(version)) {
            None => Ok(()),
            Some(version) => {
                let there = versions.iter().map(u64::to_string);
                Err(super::no_such("version", &version.to_string(), there))
            }
        }
    }
}

fn told(error: &RulesError) -> String {
    format!("models.json is wrong as it stands: {error}")
}
