//! A model that training continues: read, held against the new data, and measured before.

use std::path::{Path, PathBuf};

use forest::ForestModel;
use model_core::header::Scorecard;
use model_core::schema::{FeatureKind, FeatureSchema, Levels, Task};
use model_core::{Encoder, Model};

use super::TrainError;
use crate::config::Config;
use crate::schema_inference::Draft;

/// The model and where it came from.
pub(super) struct Pretrained {
    path: PathBuf,
    pub(super) model: ForestModel,
}

/// What the report says of the model that was continued.
#[derive(Debug, Clone)]
pub struct Continued {
    /// Path as the config gives it.
    pub path: PathBuf,
    /// Its version.
    pub version: u64,
    /// Its trees.
    pub trees: usize,
    /// Its quality on the rows that are held out in this run; some of them it may have been trained on.
    pub test: Option<Scorecard>,
}

impl Pretrained {
    /// Reads the artifact that the config names, if any.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, TrainError> {
        let read = |path: &PathBuf| -> Result<Self, TrainError> {
            Ok(Self { path: path.clone(), model: ForestModel::read(path)? })
        };
        config.pretrained.as_ref().map(read).transpose()
    }

    /// Makes the schema of the model that of the draft: levels keep their codes, and a new level is an unseen one where
    /// the category is open.
    pub(super) fn take_over(&self, config: &Config, draft: &mut Draft) -> Result<(), TrainError> {
        let old = self.model.schema();
        let mut differences = differences(old, &draft.schema);
        let constraints = serde_json::json!(config.typed.model.monotonic_cst);
        let found = &self.model.header().config["model"]["monotonic_cst"];
        if *found != constraints && !(found.is_null() && config.model.monotonic_cst.is_empty()) {
            differences.push("model.monotonic_cst is another".into());
        }
        if !differences.is_empty() {
            return Err(TrainError::Pretrained { path: self.path.clone(), differences });
        }
        draft.schema = old.clone();
        draft.computed.fill(None);
        Ok(())
    }

    pub(super) fn encoder(&self) -> &Encoder {
        self.model.encoder()
    }

    pub(super) fn trees(&self) -> usize {
        self.model.forest().tree_count()
    }

    /// The importances of the old trees and of the new ones, by their number.
    pub(super) fn mix(&self, importances: &mut [f64], trees: usize) {
        let old = self.trees() as f64 / trees as f64;
        for (importance, before) in importances.iter_mut().zip(&self.model.header().importances) {
            *importance = before.impurity * old + *importance * (1.0 - old);
        }
    }

    pub(super) fn continued(&self, test: Option<Scorecard>) -> Continued {
        let version = self.model.header().version;
        Continued { path: self.path.clone(), version, trees: self.trees(), test }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// What keeps a model of the old schema from being continued on data of the new one, in words.
fn differences(old: &FeatureSchema, new: &FeatureSchema) -> Vec<String> {
    let mut differences = Vec::new();
    let names = |schema: &FeatureSchema| {
        schema.features.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    if names(old) != names(new) {
        differences.push(format!("its features are {}, not {}", names(old), names(new)));
    } else {
        for (before, after) in old.features.iter().zip(&new.features) {
            let (before_kind, after_kind) = (kind(&before.kind), kind(&after.kind));
            if before_kind != after_kind {
                let name = &before.name;
                differences
                    .push(format!("feature {name:?} is a {before_kind} there and a {after_kind} here"));
            }
        }
    }
    if old.target.name != new.target.name {
        differences.push(format!("its target is {:?}, not {:?}", old.target.name, new.target.name));
    }
    match (&old.target.task, &new.target.task) {
        (Task::Regression, Task::Regression) => {}
        (Task::Classification(known), Task::Classification(found)) => {
            let unknown = found.iter().filter(|class| !known.iter().any(|known| known.value == class.value));
            differences.extend(unknown.map(|class| format!("it does not know the class {}", class.value)));
        }
        (before, after) => {
            differences.push(format!("it is a {}, not a {}", before.name(), after.name()));
        }
    }
    if old.cells != new.cells {
        differences.push("it reads cells by other rules (data.missing_values and the like)".into());
    }
    differences
}

fn kind(kind: &FeatureKind) -> &'static str {
    match kind {
        FeatureKind::Number { .. } => "number",
        FeatureKind::Integer { .. } => "whole number",
        FeatureKind::Boolean => "truth value",
        FeatureKind::Category(category) => match category.levels {
            Levels::Text(_) => "category of texts",
            Levels::Integer { .. } => "category of whole numbers",
        },
    }
}
