//! The Open Inference Protocol (version 2) over gRPC, and gRPC's standard health check, beside the HTTP API.
//!
//! A call is read whole within the limits of every request, answered from the same catalogue through the same tensors as
//! its REST sister, and told of in the same way. As over HTTP, a connection belongs to one of a few threads, which answers small questions
//! itself; large ones go to the pool of all large requests.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::watch;

use crate::state::AppState;

mod answer;
mod call;
mod health;
mod infer;
mod listener;
mod message;
mod method;
mod models;
mod outline;
mod patience;
mod server;
mod status;

pub use answer::Answer;
pub(crate) use listener::{Running, start};

#[cfg(any(test, fuzzing))]
pub(crate) use infer::survives;

/// What answers calls; one for all connections.
#[derive(Clone)]
pub struct Calls {
    state: Arc<AppState>,
    /// Turns true when the server is told to stop.
    stopping: watch::Receiver<bool>,
    /// The address that the connection comes from.
    peer: Option<IpAddr>,
}

impl Calls {
    /// Answers from this state until it is told to stop.
    pub fn new(state: Arc<AppState>, stopping: watch::Receiver<bool>) -> Self {
        Self { state, stopping, peer: None }
    }

    /// Answers what comes from this address.
    #[must_use]
    pub fn of_peer(&self, peer: IpAddr) -> Self {
        Self { peer: Some(peer), ..self.clone() }
    }
}
