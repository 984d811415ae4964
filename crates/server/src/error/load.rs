//! What a server can have too much of.

use std::fmt;

/// What there is too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Large requests that wait for a thread.
    Waiting,
    /// Bytes of large bodies.
    Bodies,
    /// Requests of one connection.
    Streams,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "large requests wait",
            Self::Bodies => "large bodies are under way",
            Self::Streams => "requests of this connection are under way",
        })
    }
}
