//! `models.json`, of which the registry knows the aliases. All else in it, and its order, stays as somebody wrote it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::write_aside;
use crate::{RegistryError, io};

/// The file as it was read, to be changed and written by who holds the lock.
pub(super) struct ModelsFile {
    path: PathBuf,
    root: Map<String, Value>,
}

impl ModelsFile {
    /// Reads it; one that is not there is empty.
    pub(super) fn read(folder: &Path) -> Result<Self, RegistryError> {
        let path = folder.join("models.json");
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { path, root: Map::new() }),
            other => other.map_err(io("read", &path))?,
        };
        match serde_json::from_slice(&text) {
            Ok(root) => Ok(Self { path, root }),
            Err(error) => Err(RegistryError::ModelsFile { path, reason: error.to_string() }),
        }
    }

    /// Puts it in its place in one step.
    pub(super) fn write(&self) -> Result<(), RegistryError> {
        let text = format!("{:#}\n", Value::Object(self.root.clone()));
        write_aside(&self.path, text.as_bytes())
    }

    pub(super) fn aliases(&self, model: &str) -> Result<BTreeMap<String, u64>, RegistryError> {
        let Some(aliases) = self.model(model).and_then(|model| model.get("aliases")) else {
            return Ok(BTreeMap::new());
        };
        let wrong = || self.wrong(format!("models.{model}.aliases: expected an object of version numbers"));
        let aliases = aliases.as_object().ok_or_else(wrong)?;
        aliases
            .iter()
            .map(|(alias, version)| Ok((alias.clone(), version.as_u64().ok_or_else(wrong)?)))
            .collect()
    }

    pub(super) fn default_alias(&self, model: &str) -> Result<Option<String>, RegistryError> {
        match self.model(model).and_then(|model| model.get("default_alias")) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(alias)) => Ok(Some(alias.clone())),
            Some(_) => Err(self.wrong(format!("models.{model}.default_alias: expected a text"))),
        }
    }

    pub(super) fn set_alias(&mut self, model: &str, alias: &str, version: u64) -> Result<(), RegistryError> {
        let aliases = self.model_mut(model)?.entry("aliases").or_insert_with(|| Map::new().into());
        if let Value::Object(aliases) = aliases {
            aliases.insert(alias.into(), version.into());
            return Ok(());
        }
        Err(self.wrong(format!("models.{model}.aliases: expected an object of version numbers")))
    }

    /// Lets an alias answer where a request names none, unless another one was chosen.
    pub(super) fn default_to(&mut self, model: &str, alias: &str) -> Result<(), RegistryError> {
        if self.default_alias(model)?.is_none() {
            self.model_mut(model)?.insert("default_alias".into(), alias.into());
        }
        Ok(())
    }

    /// Takes an alias away that nothing else in the file needs.
    pub(super) fn remove_alias(&mut self, model: &str, alias: &str) -> Result<(), RegistryError> {
        let in_use = |place| RegistryError::AliasInUse { model: model.into(), alias: alias.into(), place };
        if self.default_alias(model)?.as_deref() == Some(alias) {
            return Err(in_use("default_alias"));
        }
        let written = self.model_mut(model)?;
        let traffic = written.get("traffic");
        if traffic.and_then(|traffic| traffic.get("split")?.get(alias)).is_some() {
            return Err(in_use("traffic.split"));
        }
        if traffic.and_then(|traffic| traffic.get("shadow")).is_some_and(|shadow| shadow == alias) {
            return Err(in_use("traffic.shadow"));
        }
        if let Some(Value::Object(aliases)) = written.get_mut("aliases") {
            aliases.shift_remove(alias);
        }
        Ok(())
    }

    /// Where a version is named.
    pub(super) fn places_of(&self, model: &str, version: u64) -> Result<Vec<String>, RegistryError> {
        let aliases = self.aliases(model)?;
        let mut places: Vec<String> = aliases
            .iter()
            .filter(|(_, named)| **named == version)
            .map(|(alias, _)| format!("the alias {alias:?}"))
            .collect();
        let specific = self.model(model).and_then(|model| model.get("policy")?.get("specific")?.as_array());
        if specific.is_some_and(|versions| versions.iter().any(|named| named.as_u64() == Some(version))) {
            places.push("policy.specific".into());
        }
        Ok(places)
    }

    /// Where the model itself is named as one that must be there.
    pub(super) fn places_of_model(&self, model: &str) -> Option<String> {
        let named = self.root.get("default_model").is_some_and(|default| default == model);
        named.then(|| "default_model".into())
    }

    /// Takes out all that is written of a model.
    pub(super) fn forget(&mut self, model: &str) {
        if let Some(Value::Object(models)) = self.root.get_mut("models") {
            models.shift_remove(model);
        }
    }

    fn model(&self, model: &str) -> Option<&Value> {
        self.root.get("models")?.get(model)
    }

    fn model_mut(&mut self, model: &str) -> Result<&mut Map<String, Value>, RegistryError> {
        let reason = format!("models.{model}: expected an object");
        let wrong = RegistryError::ModelsFile { path: self.path.clone(), reason };
        let empty = || Value::Object(Map::new());
        let Value::Object(models) = self.root.entry("models").or_insert_with(empty) else {
            return Err(wrong);
        };
        match models.entry(model).or_insert_with(empty) {
            Value::Object(model) => Ok(model),
            _ => Err(wrong),
        }
    }

    fn wrong(&self, reason: String) -> RegistryError {
        RegistryError::ModelsFile { path: self.path.clone(), reason }
    }
}
