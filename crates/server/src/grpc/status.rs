//! How a call ended: the codes of gRPC, and the one that each error gets.

use std::fmt::Write;

use actix_web::http::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;
use crate::guard::RETRY_SECONDS;

/// Most bytes of a message: clients take few kilobytes of metadata, and lose the status with a message that is too long.
const MESSAGE_BYTES: usize = 1024;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
/// Says after how many seconds to come again.
const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");

/// The codes that are answered here, by their numbers in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Ok = 0,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Code {
    /// The one place where an error gets its code.
    pub(super) fn of(error: &ApiError) -> Self {
        match error {
            ApiError::EmptyBody
            | ApiError::Malformed { .. }
            | ApiError::MalformedUpload { .. }
            | ApiError::MalformedMessage { .. }
            | ApiError::MediaType { .. }
            | ApiError::Broken { .. }
            | ApiError::TwoLengths
            | ApiError::TooManyRows { .. }
            | ApiError::WrongWidth { .. }
            | ApiError::Invalid { .. }
            | ApiError::File { .. } => Self::InvalidArgument,
            ApiError::TooSlow { .. } => Self::DeadlineExceeded,
            ApiError::TooLarge { .. }
            | ApiError::LineTooLong { .. }
            | ApiError::Busy { .. }
            | ApiError::TooOften { .. }
            | ApiError::TooManyConnections { .. } => Self::ResourceExhausted,
            ApiError::KeyMissing { .. } | ApiError::KeyUnknown { .. } => Self::Unauthenticated,
            ApiError::KeyLacks { .. } | ApiError::NotSigned { .. } | ApiError::AddressNotAllowed => {
                Self::PermissionDenied
            }
            ApiError::NoSuch { .. } => Self::NotFound,
            ApiError::Unchangeable { .. } => Self::FailedPrecondition,
            ApiError::NotFound | ApiError::MethodNotAllowed { .. } => Self::Unimplemented,
            ApiError::NotReady | ApiError::ModelNotReady { .. } => Self::Unavailable,
            ApiError::Internal { .. } => Self::Internal,
            ApiError::Http { status } => match *status {
                StatusCode::NOT_IMPLEMENTED => Self::Unimplemented,
                _ => Self::Unknown,
            },
        }
    }

    /// The status that HTTP has for a code, so that one log and one set of metrics tell of both.
    pub(super) fn as_http(self) -> StatusCode {
        match self {
            Self::Ok => StatusCode::OK,
            Self::InvalidArgument => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::FailedPrecondition => StatusCode::CONFLICT,
            Self::DeadlineExceeded => StatusCode::REQUEST_TIMEOUT,
            Self::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Self::Unknown | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The trailers of a call that ended well.
pub(super) fn ended_well() -> HeaderMap {
    HeaderMap::from_iter([(STATUS, HeaderValue::from(Code::Ok as u16))])
}

/// Says in the metadata of an answer why a call is refused; what is the server's own fault goes to the log.
pub(super) fn refuse(error: &ApiError, metadata: &mut HeaderMap) {
    if let ApiError::Internal { reason } = error {
        tracing::error!(%reason, "the server failed");
    }
    metadata.insert(STATUS, HeaderValue::from(Code::of(error) as u16));
    if let Ok(message) = HeaderValue::from_str(&encoded(&error.to_string())) {
        metadata.insert(MESSAGE, message);
    }
    let seconds = match error {
        ApiError::Busy { .. } | ApiError::TooManyConnections { .. } => Some(RETRY_SECONDS),
        ApiError::TooOften { seconds } => Some(*seconds),
        _ => None,
    };
    if let Some(seconds) = seconds {
        metadata.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A message as metadata has it: all but printable ASCII percent-encoded, and shortened.
fn encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for character in message.chars() {
        if encoded.len() > MESSAGE_BYTES {
            encoded.push_str("...");
            break;
        }
        match character {
            ' '..='$' | '&'..='~' => encoded.push(character),
            other => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a text never fails.
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_encoded_and_short() {
        let check = |message: &str, expected: &str| assert_eq!(encoded(message), expected);
        check("x: not a number (got \"1\")", "x: not a number (got \"1\")");
        check("100 % of é\n", "100 %25 of %C3%A9%0A");
        check(&"x".repeat(5000), &format!("{}...", "x".repeat(1025)));
    }

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let mut metadata = HeaderMap::new();
        refuse(&ApiError::TooManyConnections { limit: 7 }, &mut metadata);
        assert_eq!(metadata["grpc-status"], "8");
        assert_eq!(metadata["retry-after"], "1");
    }
}
