//! What a Canopy model promises and how it is stored.
//!
//! Training and serving know each other only through this crate: the [`Model`] trait, the schema of the features,
//! the one door from raw values to an encoded row, and the artifact on disk. It knows no tree, no CSV file, no HTTP
//! and no randomness.

pub mod artifact;
pub mod aside;
pub mod baseline;
pub mod cell;
pub mod contributions;
pub mod decimal;
pub mod encoding;
pub mod header;
pub mod interval;
pub mod model;
pub mod prediction;
pub mod profile;
pub mod rows;
#[cfg(test)]
mod sample;
pub mod schema;

pub use artifact::{Artifact, ArtifactError, Block, Payload};
pub use aside::Aside;
pub use baseline::Baseline;
pub use contributions::Contributions;
pub use encoding::{ColumnValue, Encoder, RawValue, ValueError};
pub use header::Header;
pub use interval::{Interval, Level, LevelError};
pub use model::Model;
pub use prediction::{Scores, winning_class};
pub use profile::Profile;
pub use rows::Rows;
pub use schema::{
    Category, ClassLabel, Feature, FeatureKind, FeatureSchema, Label, Levels, Missing, Target, Task,
};
