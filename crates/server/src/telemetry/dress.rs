//! The headers that every answer has, whatever it says.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::request_id::RequestId;
use crate::security::Security;

/// The headers of every answer, made once.
static HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
];

/// Under encryption, browsers are told to come back encrypted, for a year.
static STRICT_TRANSPORT: (HeaderName, HeaderValue) =
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));

/// What was answered to the holder of a key is not for a cache, which others may ask without one.
static NOT_STORED: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What every answer of a server bears, whatever it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dress {
    /// The id of the request.
    pub(super) id: RequestId,
    is_encrypted: bool,
    has_keys: bool,
}

impl Dress {
    /// For the answer to the request of this id.
    pub(crate) fn new(id: RequestId, security: &Security) -> Self {
        Self { id, is_encrypted: security.tls().is_some(), has_keys: security.has_keys() }
    }

    /// Puts the headers on an answer.
    pub(crate) fn put_on(&self, headers: &mut HeaderMap) {
        if let Some(id) = self.id.header_value() {
            headers.insert(RequestId::HEADER, id);
        }
        for (name, value) in &HEADERS {
            headers.insert(name.clone(), value.clone());
        }
        for (is_due, (name, value)) in [(self.is_encrypted, &STRICT_TRANSPORT), (self.has_keys, &NOT_STORED)]
        {
            if is_due && !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}
