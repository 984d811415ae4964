//! Finds the artifact to serve and loads it. This is the one module that knows what kind of model an artifact holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forest::{ForestModel, LoadError};
use model_core::artifact::{EXTENSION, Summary, read_summary};
use model_core::{ArtifactError, Model};
use thiserror::Error;

use crate::state::{AppState, Limits, Origin, Served, ServingError};

/// Which artifact to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This file.
    File(PathBuf),
    /// The newest version in a folder.
    Newest {
        /// The folder.
        folder: PathBuf,
        /// Name of the model; any when the folder holds one name only.
        name: Option<String>,
        /// This version in place of the newest.
        version: Option<u64>,
    },
}

/// Why there is no model.
#[derive(Debug, Error)]
pub enum LoadingError {
    /// The folder cannot be listed.
    #[error(
        "cannot list the folder {}, given by MODEL_FOLDER (or --model-folder): {source}; \
         name the folder of the artifacts, or train a model into it",
        folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The folder holds no artifact.
    #[error(
        "no artifact (*.{EXTENSION}) in the folder {}, given by MODEL_FOLDER (or --model-folder): \
         train a model into it, or name another folder",
        folder.display()
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds artifacts, but none that can be read.
    #[error("no readable artifact in the folder {}, given by MODEL_FOLDER (or --model-folder): {source}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with one of them.
        source: ArtifactError,
    },
    /// The folder holds models of several names.
    #[error(
        "the folder {} holds several models: {}; say which one by MODEL_NAME (or --model-name)",
        folder.display(), names.join(", ")
    )]
    SeveralNames {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// No artifact is of the wanted name or version.
    #[error("the folder {} holds no {wanted}; it holds {}", folder.display(), found.join(", "))]
    NotFound {
        /// The folder.
        folder: PathBuf,
        /// What was asked for.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// The artifact cannot be told about.
    #[error(transparent)]
    Summary(#[from] ArtifactError),
    /// The artifact cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// A model from an artifact.
pub struct Loaded {
    model: Arc<dyn Model>,
    origin: Origin,
}

impl Loaded {
    /// The state that serves the model.
    ///
    /// # Errors
    /// When the model cannot be served.
    pub fn into_state(self, strict: Option<bool>, limits: Limits) -> Result<AppState, ServingError> {
        let served = Served::new(self.model, Some(self.origin), strict, &limits)?;
        Ok(AppState::new(served, limits))
    }
}

/// Loads the chosen artifact.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn load(choice: &Choice) -> Result<Loaded, LoadingError> {
    let path = match choice {
        Choice::File(path) => path.clone(),
        Choice::Newest { folder, name, version } => newest(folder, name.as_deref(), *version)?,
    };
    let summary = read_summary(&path)?;
    let started = std::time::Instant::now();
    let model = ForestModel::read(&path)?;
    let header = model.header();
    tracing::info!(
        path = %path.display(),
        name = header.name,
        version = header.version,
        checksum = summary.checksum,
        bytes = summary.file_bytes,
        milliseconds = started.elapsed().as_secs_f64() * 1e3,
        "model loaded"
    );
    let origin = Origin { checksum: summary.checksum, format: summary.format, bytes: summary.file_bytes };
    Ok(Loaded { model: Arc::new(model), origin })
}

/// The artifact of the highest version, the latest of them, under the wanted name and version.
fn newest(folder: &Path, name: Option<&str>, version: Option<u64>) -> Result<PathBuf, LoadingError> {
    let artifacts = artifacts(folder)?;
    let describe = |summary: &Summary| format!("{} version {}", summary.header.name, summary.header.version);
    let mut named: Vec<_> =
        artifacts.iter().filter(|(_, summary)| name.is_none_or(|name| name == summary.header.name)).collect();
    let mut names: Vec<_> = named.iter().map(|(_, summary)| summary.header.name.clone()).collect();
    names.sort();
    names.dedup();
    if names.len() > 1 {
        return Err(LoadingError::SeveralNames { folder: folder.into(), names });
    }
    named.retain(|(_, summary)| version.is_none_or(|version| version == summary.header.version));
    let newest = named
        .into_iter()
        .max_by_key(|(path, summary)| (summary.header.version, summary.header.created.clone(), path.clone()));
    match newest {
        Some((path, _)) => Ok(path.clone()),
        None => {
            let mut found: Vec<_> = artifacts.iter().map(|(_, summary)| describe(summary)).collect();
            found.sort();
            let name = name.map_or_else(|| "model".to_owned(), |name| format!("model {name}"));
            let version = version.map_or_else(String::new, |version| format!(" of version {version}"));
            Err(LoadingError::NotFound { folder: folder.into(), wanted: name + &version, found })
        }
    }
}

/// Every readable artifact of a folder; the others are passed over with a warning.
fn artifacts(folder: &Path) -> Result<Vec<(PathBuf, Summary)>, LoadingError> {
    let failed = |source| LoadingError::Folder { folder: folder.into(), source };
    let mut artifacts = Vec::new();
    let mut first_error = None;
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_none_or(|extension| extension != EXTENSION) {
            continue;
        }
        match read_summary(&path) {
            Ok(summary) => artifacts.push((path, summary)),
            Err(error) => {
                tracing::warn!(reason = %error, "artifact passed over");
                first_error.get_or_insert(error);
            }
        }
    }
    match (artifacts.is_empty(), first_error) {
        (false, _) => Ok(artifacts),
        (true, Some(source)) => Err(LoadingError::Unreadable { folder: folder.into(), source }),
        (true, None) => Err(LoadingError::Empty { folder: folder.into() }),
    }
}
