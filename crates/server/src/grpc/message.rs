//! The message of a call: read whole within the limits of every body, out of its five bytes of prefix, and unpacked.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Body;
use hyper::header::{HeaderMap, HeaderName};
use prost::Message;
use prost::bytes::{Bytes, BytesMut};

use crate::error::ApiError;
use crate::guard::Reservation;
use crate::pack::Packing;
use crate::state::Limits;
use crate::unpack::Unpacker;

/// Metadata that names how messages are packed.
pub(super) const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// Bytes before a message: whether it is packed, and its length.
const PREFIX: usize = 5;

/// The memory that a call holds until it is answered.
#[derive(Clone)]
pub(super) struct Memory(Arc<Mutex<Reservation>>);

impl Memory {
    pub(super) fn new(reservation: Reservation) -> Self {
        Self(Arc::new(Mutex::new(reservation)))
    }

    /// Makes room for a message that now takes so much.
    ///
    /// # Errors
    /// When the messages of others leave too little.
    pub(super) fn grow(&self, bytes: usize) -> Result<(), ApiError> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes)
    }
}

/// A message as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    Plain(Bytes),
    Packed(Packing, Bytes),
}

/// How the messages of a call are packed, when they are.
///
/// # Errors
/// When in a way that is not known here.
pub(super) fn packing(metadata: &HeaderMap) -> Result<Option<Packing>, ApiError> {
    match metadata.get(ENCODING).map(|encoding| encoding.as_bytes()) {
        None | Some(b"identity") => Ok(None),
        Some(b"gzip") => Ok(Some(Packing::Gzip)),
        Some(b"deflate") => Ok(Some(Packing::Deflate)),
        Some(_) => Err(ApiError::Http { status: actix_web::http::StatusCode::NOT_IMPLEMENTED }),
    }
}

/// The only message of a call.
///
/// # Errors
/// When it is larger than allowed, does not arrive in time, breaks off, or finds no memory among those of others.
pub(super) async fn receive<B>(
    body: B,
    packing: Option<Packing>,
    memory: &Memory,
    limits: &Limits,
) -> Result<Received, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let collected = collect(body, memory, limits.maximum_body_bytes);
    let body = match tokio::time::timeout(limits.request_timeout, collected).await {
        Ok(body) => body?,
        Err(_) => return Err(ApiError::TooSlow { seconds: limits.request_timeout.as_secs_f64() }),
    };
    split(body, packing)
}

async fn collect<B>(mut body: B, memory: &Memory, limit: usize) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut collected = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| ApiError::Broken { reason: error.to_string() })?;
        // Trailers of a caller say nothing.
        let Ok(piece) = frame.into_data() else { continue };
        let length = collected.len() + piece.len();
        if length > limit.saturating_add(PREFIX) {
            return Err(ApiError::TooLarge { limit });
        }
        memory.grow(length)?;
        collected.extend_from_slice(&piece);
        if let [_, a, b, c, d, ..] = *collected
            && u32::from_be_bytes([a, b, c, d]) as usize > limit
        {
            return Err(ApiError::TooLarge { limit });
        }
    }
    Ok(collected.freeze())
}

fn split(mut body: Bytes, packing: Option<Packing>) -> Result<Received, ApiError> {
    let malformed = |reason: &str| Err(ApiError::MalformedMessage { reason: reason.into() });
    let [flag, a, b, c, d, ref message @ ..] = *body else {
        return malformed("it breaks off");
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    match message.len() {
        found if found < length => return malformed("it breaks off"),
        found if found > length => return malformed("something follows the only message of the call"),
        _ => {}
    }
    let message = body.split_off(PREFIX);
    match (flag, packing) {
        (0, _) => Ok(Received::Plain(message)),
        (1, Some(packing)) => Ok(Received::Packed(packing, message)),
        (1, None) => malformed("it is packed, and grpc-encoding does not say how"),
        _ => malformed("its first byte is neither 0 nor 1"),
    }
}

/// Unpacks a message.
///
/// # Errors
/// When it is not packed as it says, becomes larger than allowed, or finds no memory.
pub(super) fn unpack(
    packing: Packing,
    packed: Bytes,
    memory: &Memory,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let failed = |error: std::io::Error| ApiError::MalformedMessage { reason: error.to_string() };
    let Some(mut unpacker) = Unpacker::of(packing.name()) else {
        return Err(ApiError::Internal { reason: format!("{packing:?} is not unpacked") });
    };
    let before = packed.len();
    let mut message = BytesMut::new();
    let mut take = |piece: Bytes| {
        if message.len() + piece.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        memory.grow(before + message.len() + piece.len())?;
        message.extend_from_slice(&piece);
        Ok(())
    };
    unpacker.feed(packed);
    while let Some(piece) = unpacker.unpack().map_err(failed)? {
        take(piece)?;
    }
    if let Some(piece) = unpacker.finish().map_err(failed)? {
        take(piece)?;
    }
    Ok(message.freeze())
}

/// A message with its prefix.
pub(super) fn framed(message: &[u8], packed: bool) -> Bytes {
    // No message here comes near the four gigabytes that the length can say.
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut framed = Vec::with_capacity(PREFIX + message.len());
    framed.push(packed.into());
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    framed.into()
}

/// Reads a message.
///
/// # Errors
/// When it is none of this type.
pub(super) fn read<M: Message + Default>(message: Bytes) -> Result<M, ApiError> {
    M::decode(message).map_err(|error| ApiError::MalformedMessage { reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_one_message() {
        let check = |body: &'static [u8], packing, expected: Result<Received, &str>| {
            let found = split(Bytes::from_static(body), packing).map_err(|error| error.to_string());
            let expected =
                expected.map_err(|reason| format!("The body is not a message of the protocol: {reason}"));
            assert_eq!(found, expected, "{body:?}");
        };
        let plain = |message: &'static [u8]| Ok(Received::Plain(Bytes::from_static(message)));
        let gzip = Some(Packing::Gzip);
        check(b"\0\0\0\0\0", None, plain(b""));
        check(b"\0\0\0\0\x02ab", gzip, plain(b"ab"));
        check(b"\x01\0\0\0\x02ab", gzip, Ok(Received::Packed(Packing::Gzip, Bytes::from_static(b"ab"))));
        check(b"", None, Err("it breaks off"));
        check(b"\0\0\0\0", None, Err("it breaks off"));
        check(b"\0\0\0\0\x03ab", None, Err("it breaks off"));
        check(b"\0\xff\xff\xff\xffab", None, Err("it breaks off"));
        check(b"\0\0\0\0\x01ab", None, Err("something follows the only message of the call"));
        check(b"\x01\0\0\0\x02ab", None, Err("it is packed, and grpc-encoding does not say how"));
        check(b"\x02\0\0\0\x02ab", gzip, Err("its first byte is neither 0 nor 1"));
    }
}
