//! Reads the body of a request, within the limits of size and time.

use actix_web::dev::Decompress;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpMessage, HttpRequest, error::PayloadError};
use futures_util::StreamExt;

use crate::error::ApiError;
use crate::guard::Reservation;
use crate::state::{AppState, Limits};

/// The whole body, unpacked when it came compressed.
///
/// # Errors
/// When it is larger than allowed, packed or unpacked, does not arrive in time, breaks off, or finds no memory among the
/// bodies of others.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: Payload,
    limits: &Limits,
) -> Result<Bytes, ApiError> {
    let limit = limits.maximum_body_bytes;
    let stated = request.headers().get(CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > limit as u64) {
        return Err(ApiError::TooLarge { limit });
    }
    let guard = request.app_data::<Data<AppState>>().map(|state| &state.guard);
    let mut memory = guard.map(|guard| guard.buffers.reservation());
    let collected = if request.headers().contains_key(CONTENT_ENCODING) {
        let unpacked = Decompress::from_headers(payload.into_inner(), request.headers());
        tokio::time::timeout(limits.request_timeout, collect(unpacked, limit, memory.as_mut())).await
    } else {
        tokio::time::timeout(limits.request_timeout, collect(payload, limit, memory.as_mut())).await
    };
    // The body lies in memory until the request is done with.
    if let Some(memory) = memory.filter(|memory| !memory.is_empty()) {
        request.extensions_mut().insert(memory);
    }
    collected.unwrap_or_else(|_| Err(ApiError::TooSlow { seconds: limits.request_timeout.as_secs_f64() }))
}

async fn collect<S>(
    mut chunks: S,
    limit: usize,
    mut memory: Option<&mut Reservation>,
) -> Result<Bytes, ApiError>
where
    S: futures_util::Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut body = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| ApiError::Broken { reason: error.to_string() })?;
        if body.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        if let Some(memory) = &mut memory {
            memory.grow(body.len() + chunk.len())?;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
