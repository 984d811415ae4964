//! A model with what identifies it on other machines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forest::ForestModel;
use model_core::{Artifact, Model};

use crate::ModelError;

/// A loaded model, the BLAKE3 of its artifact, and where the artifact is.
#[derive(Debug)]
pub struct SqlModel {
    model: ForestModel,
    digest: String,
    #[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "only codecs ask"))]
    place: Place,
}

/// Where another machine finds the artifact.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a file, at the same path on every machine.
    File(PathBuf),
    /// Here.
    #[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "only codecs ask"))]
    Memory(Vec<u8>),
}

impl SqlModel {
    /// Reads an artifact. Other machines read it from the same path.
    ///
    /// # Errors
    /// When the file cannot be read or is not sound.
    pub fn read(path: &Path) -> Result<Arc<Self>, ModelError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        Self::load(bytes_of(&path)?, Place::File(path))
    }

    /// Reads an artifact and keeps its bytes, which are sent to other machines.
    ///
    /// # Errors
    /// When the file cannot be read or is not sound.
    pub fn read_to_ship(path: &Path) -> Result<Arc<Self>, ModelError> {
        let bytes = bytes_of(path)?;
        Self::from_bytes(bytes)
    }

    /// Takes the bytes of an artifact, which are sent to other machines.
    ///
    /// # Errors
    /// When they are not sound.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Arc<Self>, ModelError> {
        Self::load(bytes.clone(), Place::Memory(bytes))
    }

    fn load(bytes: Vec<u8>, place: Place) -> Result<Arc<Self>, ModelError> {
        let digest = blake3::hash(&bytes).to_hex().to_string();
        let load = |source| ModelError::Load {
            place: match &place {
                Place::File(path) => format!("{}: ", path.display()),
                Place::Memory(_) => String::new(),
            },
            source,
        };
        let artifact = Artifact::decode(bytes).map_err(|error| load(error.into()))?;
        let model = ForestModel::from_artifact(artifact).map_err(load)?;
        Ok(Arc::new(Self { model, digest, place }))
    }

    /// Name in the artifact as that of a function: `-` is `_`.
    pub fn name(&self) -> String {
        self.model.header().name.replace('-', "_")
    }

    /// The model.
    pub fn model(&self) -> &ForestModel {
        &self.model
    }

    /// BLAKE3 of the whole artifact, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, ModelError> {
    std::fs::read(path).map_err(|source| ModelError::Read { path: path.into(), source })
}
