//! Reads the body of a request, within the limits of size and time.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::{self, Decompress};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpMessage, HttpRequest, error::PayloadError};
use futures_util::StreamExt;
use tokio::time::Sleep;

use crate::error::ApiError;
use crate::guard::Reservation;
use crate::state::{AppState, Limits};

mod remainder;

pub(crate) use remainder::{Remainder, hold};

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
    let is_packed = request.headers().contains_key(CONTENT_ENCODING);
    let stated = request.headers().get(CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > limit as u64) {
        return Err(ApiError::TooLarge { limit });
    }
    if !is_packed && stated.is_some_and(|length| comes_free(length, limits)) {
        return read_small(payload.into_inner(), limits).await;
    }
    // Rare beside the others, and too much to be carried along by each of them.
    let collected = Box::pin(collect_much(request, payload, limits, is_packed)).await;
    collected.unwrap_or_else(|| Err(too_slow(limits)))
}

/// Whether a body of so many bytes is allowed, and needs no memory of those that bodies share.
pub(crate) fn comes_free(length: u64, limits: &Limits) -> bool {
    length <= Reservation::FREE_BYTES.min(limits.maximum_body_bytes) as u64
}

/// The whole of such a body, which came as it is.
///
/// # Errors
/// As [`read`].
pub(crate) async fn read_small(payload: dev::Payload, limits: &Limits) -> Result<Bytes, ApiError> {
    let collect = pin!(collect(payload, limits.maximum_body_bytes, None));
    in_time(limits.request_timeout, collect).await.unwrap_or_else(|| Err(too_slow(limits)))
}

fn too_slow(limits: &Limits) -> ApiError {
    ApiError::TooSlow { seconds: limits.request_timeout.as_secs_f64() }
}

/// The body of which it is not known that it is small, within the memory that such bodies share; nothing when it does not
/// arrive in time.
async fn collect_much(
    request: &HttpRequest,
    payload: Payload,
    limits: &Limits,
    is_packed: bool,
) -> Option<Result<Bytes, ApiError>> {
    let limit = limits.maximum_body_bytes;
    let guard = request.app_data::<Data<AppState>>().map(|state| &state.guard);
    let mut memory = guard.map(|guard| guard.buffers.reservation());
    let collected = if is_packed {
        let unpacked = Decompress::from_headers(payload.into_inner(), request.headers());
        in_time(limits.request_timeout, pin!(collect(unpacked, limit, memory.as_mut()))).await
    } else {
        in_time(limits.request_timeout, pin!(collect(payload, limit, memory.as_mut()))).await
    };
    // The body lies in memory until the request is done with.
    if let Some(memory) = memory.filter(|memory| !memory.is_empty()) {
        request.extensions_mut().insert(memory);
    }
    collected
}

/// What the work gives; nothing when it takes longer than this.
///
/// A small body came with its head, and is handed over when it is asked for a second time. No clock is started for it.
async fn in_time<F: Future>(time: Duration, mut work: Pin<&mut F>) -> Option<F::Output> {
    let mut asked = false;
    let mut clock: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        if !std::mem::replace(&mut asked, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let clock = clock.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        clock.as_mut().poll(context).map(|()| None)
    })
    .await
}

async fn collect<S>(
    mut chunks: S,
    limit: usize,
    mut memory: Option<&mut Reservation>,
) -> Result<Bytes, ApiError>
where
    S: futures_util::Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| ApiError::Broken { reason: error.to_string() })?;
        let length = first.len() + body.len() + chunk.len();
        if length > limit {
            return Err(ApiError::TooLarge { limit });
        }
        if let Some(memory) = &mut memory {
            memory.grow(length)?;
        }
        if first.is_empty() && body.is_empty() {
            // The whole of a small body, which is not copied.
            first = chunk;
            continue;
        }
        body.extend_from_slice(&std::mem::take(&mut first));
        body.extend_from_slice(&chunk);
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_time_and_no_more() {
        let check = |body: Vec<Poll<&'static str>>, time: u64, expected: Option<&str>| {
            let mut looks = body.into_iter();
            let body = poll_fn(|_| looks.next().unwrap_or(Poll::Pending));
            let found =
                actix_web::rt::System::new().block_on(in_time(Duration::from_millis(time), pin!(body)));
            assert_eq!(found, expected);
        };
        check(vec![Poll::Ready("with the head")], 10_000, Some("with the head"));
        check(vec![Poll::Pending, Poll::Ready("behind the head")], 10_000, Some("behind the head"));
        check(vec![], 1, None);
    }
}
