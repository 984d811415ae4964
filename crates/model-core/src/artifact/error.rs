//! What can be wrong with an artifact.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why an artifact cannot be read or written.
#[derive(Debug, Error)]
pub enum ArtifactError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create`, `write`, `sync`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A version is written once and for all.
    #[error("{} exists already, and a stored version is never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// One file is at fault; the source says how.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<ArtifactError>,
    },
    /// Some other kind of file.
    #[error("not a Canopy artifact: the file does not begin with CANOPY")]
    Magic,
    /// Written by another generation of Canopy.
    #[error(
        "artifact format {found} is not known here, this version reads formats 1 to {supported}: \
         use a newer Canopy, or train the model again with this one"
    )]
    Format {
        /// Format of the file.
        found: u32,
        /// Newest format that this version reads.
        supported: u32,
    },
    /// A section is longer than it may be.
    #[error("the {section} is {length} bytes long, more than the limit of {limit}")]
    TooLong {
        /// Which section.
        section: &'static str,
        /// Its length in bytes.
        length: u64,
        /// The most it may have.
        limit: u64,
    },
    /// The file ends too early.
    #[error("the file is cut short: {found} bytes of {expected}; copy it again or train the model again")]
    Truncated {
        /// Length that the file states.
        expected: u64,
        /// Length that it has.
        found: u64,
    },
    /// The file goes on after its end.
    #[error(
        "the file is {found} bytes long but should end after {expected}; copy it again or train the model again"
    )]
    Trailing {
        /// Length that the file states.
        expected: u64,
        /// Length that it has.
        found: u64,
    },
    /// The bytes are not those that were written.
    #[error(
        "the {section} is damaged: its checksum does not match; copy the file again or train the model again"
    )]
    Checksum {
        /// `header` or `payload`.
        section: &'static str,
    },
    /// The header's JSON is not a header.
    #[error("the header cannot be read: {reason}")]
    Header {
        /// What the JSON parser says.
        reason: String,
    },
    /// The payload's structure is not sound.
    #[error("the payload cannot be read: {reason}")]
    Payload {
        /// What the decoder says.
        reason: String,
    },
    /// Parts contradict each other.
    #[error("the artifact contradicts itself: {reason}")]
    Inconsistent {
        /// Which parts, and how.
        reason: String,
    },
    /// An array of the estimator is absent.
    #[error("the artifact holds no {name:?}: it was written for another kind of model")]
    NoBlock {
        /// Name of the block.
        name: String,
    },
}

impl ArtifactError {
    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }

    pub(super) fn in_file(self, path: &Path) -> Self {
        Self::File { path: path.into(), source: Box::new(self) }
    }
}
