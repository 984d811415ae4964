//! The kinds of problems: each with its status, its name in a link, and its title.

use actix_web::http::StatusCode;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MalformedJson,
    MalformedUpload,
    BrokenBody,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    TooLarge,
    MediaType,
    WrongWidth,
    InvalidValue,
    InvalidFile,
    TooManyRows,
    Busy,
    RateLimited,
    Internal,
    NotReady,
    ModelNotReady,
    Unchangeable,
    /// Refused by the HTTP layer, which knows a status only.
    Http(StatusCode),
}

impl Kind {
    /// Those that have a description of their own, by status.
    pub(crate) const DESCRIBED: [Self; 20] = [
        Self::MalformedJson,
        Self::MalformedUpload,
        Self::BrokenBody,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::TooLarge,
        Self::MediaType,
        Self::WrongWidth,
        Self::InvalidValue,
        Self::InvalidFile,
        Self::TooManyRows,
        Self::Busy,
        Self::RateLimited,
        Self::Internal,
        Self::NotReady,
        Self::ModelNotReady,
        Self::Unchangeable,
    ];

    /// The one place where a problem gets its status.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::MalformedUpload | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongWidth | Self::InvalidValue | Self::InvalidFile | Self::TooManyRows => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Busy | Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotReady | Self::ModelNotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unchangeable => StatusCode::CONFLICT,
            Self::Http(status) => status,
        }
    }

    /// Name in the link to the description.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed-json",
            Self::MalformedUpload => "malformed-upload",
            Self::BrokenBody => "broken-body",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooSlow => "too-slow",
            Self::TooLarge => "too-large",
            Self::MediaType => "media-type",
            Self::WrongWidth => "wrong-width",
            Self::InvalidValue => "invalid-value",
            Self::InvalidFile => "invalid-file",
            Self::TooManyRows => "too-many-rows",
            Self::Busy => "busy",
            Self::RateLimited => "rate-limited",
            Self::Internal => "internal",
            Self::NotReady => "not-ready",
            Self::ModelNotReady => "model-not-ready",
            Self::Unchangeable => "unchangeable",
            Self::Http(_) => "http",
        }
    }

    /// The same words for every occurrence.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::MalformedUpload => "The body is not a form with a file",
            Self::BrokenBody => "The body could not be read to its end",
            Self::Unauthorized => "A key is needed",
            Self::Forbidden => "The caller may not do this",
            Self::NotFound => "Not Found",
            Self::MethodNotAllowed => "Method Not Allowed",
            Self::TooSlow => "The body took too long to arrive",
            Self::TooLarge => "The body is too large",
            Self::MediaType => "The body is of another media type",
            Self::WrongWidth => "A data point has another number of values than the model has features",
            Self::InvalidValue => "The fields or values do not fit the model",
            Self::InvalidFile => "The file is no table of the model's features",
            Self::TooManyRows => "The request has too many rows",
            Self::Busy => "The server is busy",
            Self::RateLimited => "The caller asks too often",
            Self::Internal => "The server failed",
            Self::NotReady => "The server is stopping",
            Self::ModelNotReady => "The model or version is not loaded",
            Self::Unchangeable => "The change cannot be made",
            Self::Http(status) => status.canonical_reason().unwrap_or("Error"),
        }
    }

    /// The link that identifies the kind.
    pub(crate) fn link(self) -> String {
        match self {
            Self::Http(_) => "about:blank".into(),
            kind => format!("/redoc#problem-{}", kind.name()),
        }
    }
}
