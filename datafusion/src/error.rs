//! What can be wrong with a model that shall be a function.

use std::path::PathBuf;

use datafusion::error::DataFusionError;
use thiserror::Error;

/// Why a model cannot be a function.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The artifact cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The artifact is not sound.
    #[error("{place}{source}")]
    Load {
        /// The file and a colon, where it is known.
        place: String,
        /// What is wrong.
        source: forest::LoadError,
    },
    /// The name is none of a function.
    #[error(
        "{name:?} cannot be the name of a function: it takes lower-case letters, digits and _, no digit first; \
         name it with --model NAME=ARTIFACT"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The model cannot answer what is asked.
    #[error("{name}: the model has no {what}{cure}")]
    Cannot {
        /// Name of the function.
        name: String,
        /// What was asked for.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// Another artifact stands where one was.
    #[error(
        "{} is another artifact than the query was planned with: expected the BLAKE3 {expected}, found {found}; put \
         the same file there on every machine, or send it along with --ship-models",
        path.display()
    )]
    OtherArtifact {
        /// The file.
        path: PathBuf,
        /// BLAKE3 of the bytes, in hexadecimal.
        expected: String,
        /// The same of what is there.
        found: String,
    },
    /// The function came damaged from another machine.
    #[error("{name}: the function came damaged over the wire: {reason}")]
    Wire {
        /// Name of the function.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// An artifact is too large to travel with a plan.
    #[error(
        "{name}: the artifact has {found} bytes, and at most {limit} travel with a query: leave --ship-models out, and \
         put the file at the same path on every machine"
    )]
    TooLarge {
        /// Name of the function.
        name: String,
        /// Its length.
        found: usize,
        /// The most.
        limit: usize,
    },
}

impl From<ModelError> for DataFusionError {
    fn from(error: ModelError) -> Self {
        Self::External(Box::new(error))
    }
}
