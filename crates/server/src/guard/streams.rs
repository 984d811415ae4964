//! What one connection of HTTP/2 may ask for at a time, which the framework leaves open.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::http::{StatusCode, Version};

use crate::error::{ApiError, Load};

/// Most requests of a connection under way, as gRPC has it.
const MAXIMUM: usize = 256;
/// Most headers of a request, as HTTP/1 has it. A byte on the wire can be a whole header.
const HEADERS: usize = 96;
/// Most bytes of the headers of a request, as HTTP/1 has it.
const HEADER_BYTES: usize = 128 * 1024;

/// The requests of one connection that are under way.
#[derive(Clone, Default)]
struct Streams(Rc<Cell<usize>>);

/// One of them, until it is dropped.
pub(crate) struct Stream(Streams);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get().saturating_sub(1));
    }
}

impl Stream {
    /// Counts a request; none where its connection is not multiplexed.
    pub(crate) fn of(request: &ServiceRequest) -> Option<Self> {
        let streams = request.conn_data::<Streams>().filter(|_| request.version() == Version::HTTP_2)?;
        streams.0.set(streams.0.get() + 1);
        Some(Self(streams.clone()))
    }

    /// Whether its connection has more of them than are taken on.
    pub(crate) fn is_surplus(&self) -> bool {
        self.0.0.get() > MAXIMUM
    }
}

/// Begins to count the requests of a connection.
pub(super) fn count(connection: &mut Extensions) {
    connection.insert(Streams::default());
}

/// Refuses a request beyond the limits.
pub(super) fn admit(request: &ServiceRequest) -> Result<(), ApiError> {
    if request.version() != Version::HTTP_2 {
        return Ok(());
    }
    let headers = request.headers();
    let bytes = || headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    if headers.iter().nth(HEADERS).is_some() || bytes() > HEADER_BYTES {
        return Err(ApiError::Http { status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE });
    }
    match request.conn_data::<Streams>() {
        Some(streams) if streams.0.get() > MAXIMUM => Err(ApiError::Busy { what: Load::Streams }),
        _ => Ok(()),
    }
}
