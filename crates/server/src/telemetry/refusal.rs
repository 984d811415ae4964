//! Why requests were not taken on, in the few words that a metric can have.

use crate::error::{ApiError, Load};

/// Why a request was not taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many large requests wait.
    Queue,
    /// The bodies of others take the memory.
    Memory,
    /// The connection was one too many.
    Connections,
    /// The server is starting or stopping.
    Stopping,
    /// The model or version is not loaded.
    Model,
    /// No key, an unknown one, or one without the scope; or no signature in its place.
    Key,
    /// The address is not on the list.
    Address,
    /// Too many requests of one caller.
    Rate,
}

impl Refusal {
    /// All of them, each at the place of its index.
    pub(crate) const ALL: [Self; 8] = [
        Self::Queue,
        Self::Memory,
        Self::Connections,
        Self::Stopping,
        Self::Model,
        Self::Key,
        Self::Address,
        Self::Rate,
    ];

    /// Why this error refuses a request; nothing for one that says what is wrong with it.
    pub(crate) fn of(error: &ApiError) -> Option<Self> {
        match error {
            ApiError::Busy { what: Load::Waiting } => Some(Self::Queue),
            ApiError::Busy { what: Load::Bodies } => Some(Self::Memory),
            ApiError::TooManyConnections { .. } | ApiError::Busy { what: Load::Streams } => {
                Some(Self::Connections)
            }
            ApiError::NotReady => Some(Self::Stopping),
            ApiError::ModelNotReady { .. } => Some(Self::Model),
            ApiError::KeyMissing { .. }
            | ApiError::KeyUnknown { .. }
            | ApiError::KeyLacks { .. }
            | ApiError::NotSigned { .. } => Some(Self::Key),
            ApiError::AddressNotAllowed => Some(Self::Address),
            ApiError::TooOften { .. } => Some(Self::Rate),
            _ => None,
        }
    }

    /// Place in a table of all reasons.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Memory => "memory",
            Self::Connections => "connections",
            Self::Stopping => "stopping",
            Self::Model => "model-not-ready",
            Self::Key => "key",
            Self::Address => "address",
            Self::Rate => "rate",
        }
    }
}
