//! Why an MLflow server does not do what it is asked for.

use thiserror::Error;

/// Why an MLflow server does not do what it is asked for.
#[derive(Debug, Error)]
pub enum MlflowError {
    /// A text that is no address of an MLflow server.
    #[error("{given:?} is no address of an MLflow server: {reason}")]
    Address {
        /// What was given, without a password.
        given: String,
        /// What is wrong, and the cure.
        reason: String,
    },
    /// No certificates to check the server's with.
    #[error(
        "no certificates to check an https server with: {reason}; name a PEM file by MLFLOW_TRACKING_SERVER_CERT_PATH"
    )]
    Certificates {
        /// What is wrong.
        reason: String,
    },
    /// Nobody answers, or not in time.
    #[error(
        "{url} cannot be reached: {reason}; is the MLflow server running, and MLFLOW_TRACKING_URI right?"
    )]
    Unreachable {
        /// The address that was asked.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server refuses.
    #[error("{url} was answered with the status {status}{}{cure}", told(code, message))]
    Refused {
        /// The address that was asked.
        url: String,
        /// HTTP status.
        status: u16,
        /// MLflow's code of the error, such as `RESOURCE_DOES_NOT_EXIST`; may be empty.
        code: String,
        /// MLflow's message; may be empty.
        message: String,
        /// What helps; may be empty.
        cure: &'static str,
    },
    /// The answer is not what an MLflow server gives.
    #[error("{url} was answered with what no MLflow server would say: {reason}")]
    Answer {
        /// The address that was asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Files lie where they cannot be had through the server.
    #[error(
        "the artifacts lie at {uri:?}, which is not reached through the MLflow server: {reason}; start it with \
         --artifacts-destination, and experiments that are made from then on keep theirs behind it"
    )]
    NotProxied {
        /// Where they lie.
        uri: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A version without an artifact.
    #[error(
        "version {version} of {model} holds {found} files that end in .canopy at {place}, expected one: it was not logged by Canopy"
    )]
    NoArtifact {
        /// The model.
        model: String,
        /// The version.
        version: u64,
        /// Where it lies.
        place: String,
        /// How many there are.
        found: usize,
    },
    /// An experiment that was deleted.
    #[error("the experiment {name:?} is deleted: restore it, or name another one")]
    DeletedExperiment {
        /// Its name.
        name: String,
    },
}

impl MlflowError {
    /// Whether the server says that there is no such thing.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "RESOURCE_DOES_NOT_EXIST")
    }

    /// Whether the server says that there is such a thing already.
    pub(super) fn is_there_already(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "RESOURCE_ALREADY_EXISTS")
    }

    /// Whether the same question may be answered in a moment.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Address { .. }
            | Self::Certificates { .. }
            | Self::Answer { .. }
            | Self::NotProxied { .. }
            | Self::NoArtifact { .. }
            | Self::DeletedExperiment { .. } => false,
        }
    }
}

fn told(code: &str, message: &str) -> String {
    match (code.is_empty(), message.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!(": {message}"),
        (false, true) => format!(" ({code})"),
        (false, false) => format!(" ({code}): {message}"),
    }
}
