//! What stands between the network and the work: limits on connections, on bodies under way and on large work.
//!
//! A small request is answered by the worker that read it, so no more of them are worked at than there are workers,
//! and all it meets here is the load of an atomic. What is large has to find memory (`Buffers`) and then a place
//! among the large ones (`Pool`), or is refused at once.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use crate::error::ApiError;
use crate::state::Limits;

mod buffers;
mod connections;
mod pool;
mod streams;

pub(crate) use buffers::{Buffers, Reservation};
pub use connections::Connections;
pub use pool::share_politely;
pub(crate) use pool::{Pool, yield_to_workers};
pub(crate) use streams::Stream;

/// Seconds after which a refused caller is told to come again: what waits is worked off by then.
pub(crate) const RETRY_SECONDS: u64 = 1;

/// The guards of one server, shared by its workers.
pub struct Guard {
    /// Open connections.
    pub connections: Arc<Connections>,
    pub(crate) buffers: Arc<Buffers>,
    pub(crate) pool: Pool,
}

impl Guard {
    /// Guards that keep these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            connections: Arc::new(Connections::new(limits.maximum_connections)),
            buffers: Arc::new(Buffers::new(limits.maximum_buffered_bytes)),
            pool: Pool::new(limits.maximum_concurrency, limits.maximum_queue),
        }
    }

    /// Large requests that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// Whether a request may come in, judged by its head.
    ///
    /// # Errors
    /// When its connection is one too many or has too many requests, its head is too large, or its length is stated in two
    /// ways.
    pub(crate) fn admit(&self, request: &ServiceRequest) -> Result<(), ApiError> {
        let headers = request.headers();
        // Behind a proxy that believes the other statement, the rest of this body would be the head of a request.
        if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
            return Err(ApiError::TwoLengths);
        }
        streams::admit(request)?;
        self.connections.admit(|| request.conn_data())
    }
}
