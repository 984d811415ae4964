//! Reads the body of a request, within the limits of size and time.

use actix_web::dev::Decompress;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::StreamExt;

use crate::error::ApiError;
use crate::state::Limits;

/// The whole body, unpacked when it came compressed.
///
/// # Errors
/// When it is larger than allowed, packed or unpacked, does not arrive in time, or breaks off.
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
    let collected = if request.headers().contains_key(CONTENT_ENCODING) {
        let unpacked = Decompress::from_headers(payload.into_inner(), request.headers());
        tokio::time::timeout(limits.request_timeout, collect(unpacked, limit)).await
    } else {
        tokio::time::timeout(limits.request_timeout, collect(payload, limit)).await
    };
    collected.unwrap_or_else(|_| Err(ApiError::TooSlow { seconds: limits.request_timeout.as_secs_f64() }))
}

async fn collect<S>(mut chunks: S, limit: usize) -> Result<Bytes, ApiError>
where
    S: futures_util::Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut body = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| ApiError::Broken { reason: error.to_string() })?;
        if body.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
