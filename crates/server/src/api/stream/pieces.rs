//! The pieces of a body as they arrive, unpacked.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt;

use crate::error::ApiError;
use crate::unpack::Unpacker;

/// A body on its way in.
pub(super) struct Pieces {
    payload: Payload,
    unpacker: Option<Unpacker>,
    /// Time in which the next piece must arrive.
    patience: Duration,
}

impl Pieces {
    pub(super) fn new(request: &HttpRequest, payload: Payload, patience: Duration) -> Self {
        let encoding = request.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
        Self { payload, unpacker: encoding.and_then(Unpacker::of), patience }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When it does not arrive in time, breaks off, or is not packed as it says.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let broken = |reason: String| ApiError::Broken { reason };
        loop {
            if let Some(unpacker) = &mut self.unpacker
                && let Some(piece) = unpacker.unpack().map_err(|error| broken(error.to_string()))?
            {
                return Ok(Some(piece));
            }
            let arrived = tokio::time::timeout(self.patience, self.payload.next()).await;
            let arrived = arrived.map_err(|_| ApiError::TooSlow { seconds: self.patience.as_secs_f64() })?;
            match (arrived, &mut self.unpacker) {
                (Some(Ok(piece)), None) => return Ok(Some(piece)),
                (Some(Ok(piece)), Some(unpacker)) => unpacker.feed(piece),
                (Some(Err(error)), _) => return Err(broken(error.to_string())),
                (None, None) => return Ok(None),
                (None, Some(unpacker)) => {
                    let last = unpacker.finish().map_err(|error| broken(error.to_string()))?;
                    self.unpacker = None;
                    return Ok(last);
                }
            }
        }
    }
}
