//! A forest with everything around it that an answer needs: the model that a server serves.

use std::path::Path;

use model_core::{Artifact, Contributions, Encoder, Header, Interval, Level, Model, Profile, Rows, Scores};

use crate::{Forest, LoadError};

/// A served random forest.
#[derive(Debug, Clone)]
pub struct ForestModel {
    header: Header,
    encoder: Encoder,
    profile: Profile,
    forest: Forest,
    checksum: String,
}

impl ForestModel {
    /// Reads an artifact file and checks everything in it.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or what it holds is not sound.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        Self::from_artifact(Artifact::read(path)?)
    }

    /// Takes the model out of an artifact.
    ///
    /// # Errors
    /// When the schema, the profile or the forest is not sound.
    pub fn from_artifact(mut artifact: Artifact) -> Result<Self, LoadError> {
        let forest = Forest::from_blocks(&mut artifact)?;
        let checksum = artifact.checksum().to_owned();
        let (header, schema, profile) = artifact.into_parts();
        let expected = schema.features.len();
        if profile.features.len() != expected {
            return Err(LoadError::Profile { found: profile.features.len(), expected });
        }
        Ok(Self { header, encoder: Encoder::new(schema)?, profile, forest, checksum })
    }

    /// The forest itself.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// Payload checksum of the artifact, in hexadecimal.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }
}

impl Model for ForestModel {
    fn header(&self) -> &Header {
        &self.header
    }

    fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn predict(&self, rows: &Rows) -> Scores {
        self.forest.score(rows)
    }

    fn explain(&self, rows: &Rows) -> Option<Contributions> {
        self.forest.explain(rows)
    }

    fn can_explain(&self) -> bool {
        self.forest.can_explain()
    }

    fn intervals(&self, rows: &Rows, level: Level) -> Option<Vec<Interval>> {
        self.forest.intervals(rows, level)
    }

    fn interval_level(&self) -> Option<Level> {
        self.forest.interval_level()
    }
}
