//! The web pages of other origins that may ask from a browser (CORS); none, unless they are named.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER};

use crate::request_id::REQUEST_ID_HEADER;
use crate::state::{MODEL_HEADER, MODEL_VERSION_HEADER};

/// How long a browser remembers what it may do, in seconds.
const REMEMBERED: usize = 3600;

/// Origins that may ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// None but the server's own.
    #[default]
    None,
    /// These.
    Listed(Vec<String>),
    /// All of them.
    Any,
}

impl Origins {
    /// Origins as typed; the error is the one that is none.
    pub(super) fn read(texts: Vec<String>) -> Result<Self, String> {
        if texts.is_empty() {
            return Ok(Self::None);
        }
        if texts == ["*"] {
            return Ok(Self::Any);
        }
        match texts.iter().find(|text| !is_origin(text)) {
            Some(text) => Err(text.clone()),
            None => Ok(Self::Listed(texts)),
        }
    }

    /// Whether no page of another origin may ask.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// The layer that answers browsers, where one is needed. Cookies are not spoken of, so a page sends a key itself.
    pub(crate) fn layer(&self) -> Option<Cors> {
        let cors = match self {
            Self::None => return None,
            Self::Any => Cors::default().allow_any_origin().send_wildcard(),
            Self::Listed(origins) => {
                origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
            }
        };
        let cors = cors
            .allowed_methods([Method::GET, Method::HEAD, Method::POST])
            .allowed_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE])
            .allowed_headers([
                HeaderName::from_static("x-api-key"),
                HeaderName::from_static(REQUEST_ID_HEADER),
            ])
            .expose_headers([RETRY_AFTER])
            .expose_headers([REQUEST_ID_HEADER, MODEL_HEADER, MODEL_VERSION_HEADER, "x-canopy-warnings"])
            .max_age(REMEMBERED);
        Some(cors)
    }
}

/// Whether a browser could send this: a scheme and a host, with a port or without, and nothing behind it.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    matches!(scheme, "http" | "https") && !host.is_empty() && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read() {
        let check = |texts: &[&str], expected: Result<Origins, &str>| {
            let read = Origins::read(texts.iter().map(|text| (*text).to_owned()).collect());
            assert_eq!(read, expected.map_err(str::to_owned), "{texts:?}");
        };
        let listed = |origin: &str| Ok(Origins::Listed(vec![origin.to_owned()]));
        check(&[], Ok(Origins::None));
        check(&["*"], Ok(Origins::Any));
        check(&["https://shop.example"], listed("https://shop.example"));
        check(&["http://localhost:5173"], listed("http://localhost:5173"));
        check(&["https://shop.example/"], Err("https://shop.example/"));
        check(&["https://shop.example", "*"], Err("*"));
        check(&["shop.example"], Err("shop.example"));
        check(&["https://Shop.example"], Err("https://Shop.example"));
        check(&["null"], Err("null"));
    }
}
