//! Loads one artifact: reads it, checks it, asks it something. This is the one module that knows what kind of model an
//! artifact holds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use forest::{ForestModel, LoadError};
use model_core::artifact::{EXTENSION, read_summary};
use model_core::{ArtifactError, Model, Rows};
use thiserror::Error;

use crate::catalogue::RulesError;
use crate::state::{Limits, Origin, Served, ServingError};
use crate::telemetry::panic_message;

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
    #[error("no readable artifact in the folder {}, given by MODEL_FOLDER (or --model-folder): {reason}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with one of them.
        reason: String,
    },
    /// The folder holds models of several names, and none is the default.
    #[error(
        "the folder {} holds several models: {}; say which one to serve alone by MODEL_NAME (or --model-name), or which \
         one answers where a request names none by DEFAULT_MODEL (or --default-model)",
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
    /// The file of policies and aliases is wrong.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// There are artifacts, and none answers.
    #[error("no model can be served: {reason}")]
    NothingLoaded {
        /// What is wrong with one of them.
        reason: String,
    },
    /// The artifact cannot be told about.
    #[error(transparent)]
    Summary(#[from] ArtifactError),
    /// The artifact cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The model cannot be served.
    #[error("{}: {source}", path.display())]
    Serving {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ServingError,
    },
    /// The model does not answer as a model should.
    #[error("{}: a row of the training data is answered by {found}; train the model again", path.display())]
    Answer {
        /// The file.
        path: PathBuf,
        /// What came in place of numbers.
        found: String,
    },
    /// The file is another one than a moment ago.
    #[error("{} was replaced while it was read; it is read again at the next look", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
}

/// Loads an artifact and prepares it for serving.
///
/// # Errors
/// When it cannot be read, is not sound, or does not answer rows of its own training data.
pub fn load(path: &Path, strict: Option<bool>, limits: &Limits) -> Result<Served, LoadingError> {
    let started = Instant::now();
    let summary = read_summary(path)?;
    let model = ForestModel::read(path)?;
    warm(&model).map_err(|found| LoadingError::Answer { path: path.into(), found })?;
    let bytes = summary.file_bytes;
    let load_time = started.elapsed();
    let origin = Origin { checksum: model.checksum().to_owned(), format: summary.format, bytes, load_time };
    let served = Served::new(Arc::new(model), Some(origin), strict, limits)
        .map_err(|source| LoadingError::Serving { path: path.into(), source })?;
    tracing::info!(
        path = %path.display(),
        name = served.name(),
        version = served.version(),
        checksum = served.origin().map(|origin| origin.checksum.as_str()),
        bytes,
        milliseconds = load_time.as_secs_f64() * 1e3,
        "model loaded"
    );
    Ok(served)
}

/// Asks the model for the rows of the training data that it holds as examples, in both ways that requests ask: together and
/// alone. Says what came in place of an answer.
fn warm(model: &dyn Model) -> Result<(), String> {
    let width = model.encoder().width();
    let mut rows = Rows::with_capacity(width, model.profile().examples.len());
    for example in &model.profile().examples {
        if example.len() != width {
            return Err(format!("{width} features, where the row has {}", example.len()));
        }
        let row: Vec<f32> = example.iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        rows.push(&row);
    }
    let ask = |rows: &Rows| {
        let scores = catch_unwind(AssertUnwindSafe(|| model.predict(rows)))
            .map_err(|panic| format!("a panic: {}", panic_message(&*panic)))?;
        match scores.values().iter().find(|score| !score.is_finite()) {
            Some(score) => Err(score.to_string()),
            None => Ok(()),
        }
    };
    if rows.is_empty() {
        return Ok(());
    }
    ask(&rows)?;
    rows.rows().try_for_each(|row| ask(&Rows::from_values(width, row.to_vec())))
}
