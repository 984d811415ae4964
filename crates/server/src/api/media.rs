//! The media types that a request speaks: of its body, and of the answer that it would like.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, CONTENT_TYPE, Header, HeaderMap};

use crate::telemetry::Protocol;

/// Media type of a table.
pub(crate) const CSV: &str = "text/csv";
/// Media type of rows that come and go one by one.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// What a body holds, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// JSON, which is also what any other content type stands for.
    Json,
    /// A table.
    Table,
    /// One row a line.
    Lines,
}

impl Content {
    /// By the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Self::Json };
        let essence = value.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        if essence.eq_ignore_ascii_case(CSV.as_bytes()) {
            Self::Table
        } else if essence.eq_ignore_ascii_case(NDJSON.as_bytes()) {
            Self::Lines
        } else {
            Self::Json
        }
    }

    /// The API that is spoken by a body of this.
    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::Json => Protocol::Canopy,
            Self::Table => Protocol::Csv,
            Self::Lines => Protocol::Ndjson,
        }
    }
}

/// Whether the caller prefers a table to JSON.
pub(super) fn wants_table(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    let ranked = accept.ranked();
    let named =
        ranked.iter().map(|media| media.essence_str()).find(|name| [CSV, "application/json"].contains(name));
    named == Some(CSV)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_content_follows_its_type() {
        let check = |content_type: &str, expected| {
            let request = TestRequest::post().insert_header((CONTENT_TYPE, content_type)).to_http_request();
            assert_eq!(Content::of(request.headers()), expected, "{content_type}");
        };
        check("text/csv", Content::Table);
        check("Text/CSV; charset=utf-8; header=present", Content::Table);
        check("application/x-ndjson", Content::Lines);
        check("application/json", Content::Json);
        check("application/x-www-form-urlencoded", Content::Json);
        check("text/csvx", Content::Json);
        check("", Content::Json);
        assert_eq!(Content::of(&HeaderMap::new()), Content::Json);
    }

    #[test]
    fn a_table_is_given_to_who_names_it_first() {
        let check = |accept: &str, expected| {
            let request = TestRequest::post().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(wants_table(&request), expected, "{accept}");
        };
        check("text/csv", true);
        check("text/csv, application/json;q=0.5", true);
        check("text/csv;q=0.5, application/json", false);
        check("*/*", false);
        check("text/*", false);
        check("nonsense", false);
        assert!(!wants_table(&TestRequest::post().to_http_request()));
    }
}
