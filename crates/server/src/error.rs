//! What can go wrong with a request, and the JSON that says so: a problem document (RFC 9457), or
//! what another protocol has.

use std::fmt;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};

use crate::fault::Faults;
use crate::guard::RETRY_SECONDS;
use crate::security::Scope;

mod dialect;
mod kind;
mod load;
mod problem;

pub(crate) use dialect::Dialect;
pub(crate) use kind::Kind;
pub use load::Load;
pub use problem::{BadLine, LineProblem, Problem};

/// Content type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is not answered.
#[derive(Debug)]
pub enum ApiError {
    /// The body is empty.
    EmptyBody,
    /// The body is no JSON.
    Malformed {
        /// Line of the error, from 1.
        line: usize,
        /// Column of the error, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The upload is no multipart form.
    MalformedUpload {
        /// What is wrong with it.
        reason: String,
    },
    /// The body is no message of the protocol.
    MalformedMessage {
        /// What is wrong with it.
        reason: String,
    },
    /// The connection broke while the body was read.
    Broken {
        /// What the transport says.
        reason: String,
    },
    /// The body did not arrive in time.
    TooSlow {
        /// The time it had, in seconds.
        seconds: f64,
    },
    /// The body is of another media type.
    MediaType {
        /// The type that is read.
        expected: &'static str,
    },
    /// The body is larger than allowed.
    TooLarge {
        /// The most bytes allowed.
        limit: usize,
    },
    /// The body has two lengths.
    TwoLengths,
    /// There is more work than the server takes on.
    Busy {
        /// What there is too much of.
        what: Load,
    },
    /// There are more connections than the server takes on.
    TooManyConnections {
        /// The most connections allowed.
        limit: usize,
    },
    /// A line of a stream is longer than allowed.
    LineTooLong {
        /// The most bytes allowed.
        limit: usize,
    },
    /// More rows than allowed.
    TooManyRows {
        /// The most rows allowed.
        limit: usize,
        /// Rows in the request.
        found: usize,
    },
    /// A data point has another number of values than the model has features.
    WrongWidth {
        /// Number of features.
        width: usize,
        /// All that is wrong.
        faults: Faults,
    },
    /// Fields or values break the schema.
    Invalid {
        /// All that is wrong.
        faults: Faults,
    },
    /// A CSV file is no table of this model's features.
    File {
        /// All that is wrong.
        faults: Faults,
    },
    /// The request shows no key.
    KeyMissing {
        /// Whether it reads only, so that a browser may ask its user.
        reads: bool,
    },
    /// The request shows a key that is none.
    KeyUnknown {
        /// Whether it reads only, so that a browser may ask its user.
        reads: bool,
    },
    /// The key is not for this.
    KeyLacks {
        /// What it would have to be for.
        scope: Scope,
    },
    /// A message that has to be signed is not, or not now.
    NotSigned {
        /// What is wrong.
        why: &'static str,
    },
    /// The caller's address is not on the list.
    AddressNotAllowed,
    /// The caller asks more often than allowed.
    TooOften {
        /// Seconds after which one more request is taken.
        seconds: u64,
    },
    /// No such path.
    NotFound,
    /// No such model, version or alias.
    NoSuch {
        /// What there is none of: `model`, `version`, `alias`.
        what: &'static str,
        /// What was asked for, shortened.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The model or version is known, and not loaded.
    ModelNotReady {
        /// Which one, and why not.
        reason: String,
    },
    /// A change that was ordered cannot be made or kept.
    Unchangeable {
        /// Why not.
        reason: String,
    },
    /// The path does not know the method.
    MethodNotAllowed {
        /// The methods it knows.
        allowed: Vec<Method>,
    },
    /// The server is starting or stopping.
    NotReady,
    /// A fault of the server, not of the caller.
    Internal {
        /// For the log; callers do not see it.
        reason: String,
    },
    /// The HTTP layer refused the request.
    Http {
        /// With this status.
        status: StatusCode,
    },
}

impl ApiError {
    /// The one place where an error gets its kind, and with it its status.
    fn kind(&self) -> Kind {
        match self {
            Self::EmptyBody | Self::Malformed { .. } => Kind::MalformedJson,
            Self::MalformedUpload { .. } => Kind::MalformedUpload,
            Self::Broken { .. } => Kind::BrokenBody,
            Self::TooSlow { .. } => Kind::TooSlow,
            Self::MediaType { .. } => Kind::MediaType,
            Self::TooLarge { .. } | Self::LineTooLong { .. } => Kind::TooLarge,
            Self::TwoLengths | Self::MalformedMessage { .. } => Kind::Http(StatusCode::BAD_REQUEST),
            Self::Busy { .. } | Self::TooManyConnections { .. } => Kind::Busy,
            Self::TooManyRows { .. } => Kind::TooManyRows,
            Self::WrongWidth { .. } => Kind::WrongWidth,
            Self::Invalid { .. } => Kind::InvalidValue,
            Self::File { .. } => Kind::InvalidFile,
            Self::KeyMissing { .. } | Self::KeyUnknown { .. } => Kind::Unauthorized,
            Self::KeyLacks { .. } | Self::NotSigned { .. } | Self::AddressNotAllowed => Kind::Forbidden,
            Self::TooOften { .. } => Kind::RateLimited,
            Self::NotFound | Self::NoSuch { .. } => Kind::NotFound,
            Self::MethodNotAllowed { .. } => Kind::MethodNotAllowed,
            Self::NotReady => Kind::NotReady,
            Self::ModelNotReady { .. } => Kind::ModelNotReady,
            Self::Unchangeable { .. } => Kind::Unchangeable,
            Self::Internal { .. } => Kind::Internal,
            Self::Http { status } => Kind::Http(*status),
        }
    }

    /// The problem document for the request of this id.
    pub(crate) fn problem(&self, request_id: &str) -> Problem {
        let kind = self.kind();
        let faults = self.faults();
        Problem {
            detail: self.to_string(),
            kind: kind.link(),
            title: kind.title().into(),
            status: kind.status().as_u16(),
            errors: faults.map_or_else(Vec::new, |faults| faults.listed().to_vec()),
            more_errors: faults.map_or(0, Faults::more),
            request_id: request_id.into(),
        }
    }

    /// The same as [`Self::answer`]; of a fault of the server's own, the log is told.
    pub(crate) fn told_answer(&self, dialect: Dialect, request_id: &str) -> HttpResponse {
        if let Self::Internal { reason } = self {
            tracing::error!(%reason, "the server failed");
        }
        self.answer(dialect, request_id)
    }

    /// The answer to the request of this id, in the form that its protocol has.
    pub(crate) fn answer(&self, dialect: Dialect, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(dialect.status(self.status_code()));
        if let Self::MethodNotAllowed { allowed } = self
            && let Ok(methods) = HeaderValue::from_str(&allow(allowed))
        {
            response.insert_header((header::ALLOW, methods));
        }
        if let Some(challenge) = self.challenge() {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        match self {
            Self::TooOften { seconds } => {
                response.insert_header((header::RETRY_AFTER, *seconds));
            }
            _ if self.kind() == Kind::Busy => {
                response.insert_header((header::RETRY_AFTER, RETRY_SECONDS));
            }
            _ => {}
        }
        if matches!(self, Self::TwoLengths | Self::TooManyConnections { .. }) {
            response.force_close();
        }
        dialect.answer(response, self, request_id)
    }

    /// All that a protocol with room for one sentence says: the problem, and the first place that is wrong.
    fn in_one_sentence(&self) -> String {
        match self.faults() {
            Some(faults) if !matches!(self, Self::Invalid { .. }) => format!("{self}: {faults}"),
            Some(_) | None => self.to_string(),
        }
    }

    /// How to show a key (RFC 6750), for a caller whose key is the reason; a browser that reads asks its user for it.
    fn challenge(&self) -> Option<String> {
        let (why, reads) = match self {
            Self::KeyMissing { reads } => (String::new(), *reads),
            Self::KeyUnknown { reads } => (", error=\"invalid_token\"".into(), *reads),
            Self::KeyLacks { scope } => (format!(", error=\"insufficient_scope\", scope=\"{scope}\""), false),
            _ => return None,
        };
        let prompt = if reads { ", Basic realm=\"canopy: an API key as the password\"" } else { "" };
        Some(format!("Bearer realm=\"canopy\"{why}{prompt}"))
    }

    fn faults(&self) -> Option<&Faults> {
        match self {
            Self::WrongWidth { faults, .. } | Self::Invalid { faults } | Self::File { faults } => {
                Some(faults)
            }
            Self::EmptyBody
            | Self::Malformed { .. }
            | Self::MalformedUpload { .. }
            | Self::MalformedMessage { .. }
            | Self::Broken { .. }
            | Self::TooSlow { .. }
            | Self::MediaType { .. }
            | Self::TooLarge { .. }
            | Self::LineTooLong { .. }
            | Self::TwoLengths
            | Self::Busy { .. }
            | Self::TooManyConnections { .. }
            | Self::TooManyRows { .. }
            | Self::KeyMissing { .. }
            | Self::KeyUnknown { .. }
            | Self::KeyLacks { .. }
            | Self::NotSigned { .. }
            | Self::AddressNotAllowed
            | Self::TooOften { .. }
            | Self::NotFound
            | Self::NoSuch { .. }
            | Self::ModelNotReady { .. }
            | Self::Unchangeable { .. }
            | Self::MethodNotAllowed { .. }
            | Self::NotReady
            | Self::Internal { .. }
            | Self::Http { .. } => None,
        }
    }
}

/// The value of an `Allow` header.
pub(crate) fn allow(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyBody => f.write_str("The body is empty; expected JSON"),
            Self::Malformed { line, column, reason } => {
                write!(f, "The body is not JSON: {reason} at line {line}, column {column}")
            }
            Self::MalformedUpload { reason } => write!(f, "The body is not a multipart form: {reason}"),
            Self::MalformedMessage { reason } => {
                write!(f, "The body is not a message of the protocol: {reason}")
            }
            Self::Broken { reason } => write!(f, "The body could not be read to its end: {reason}"),
            Self::TooSlow { seconds } => write!(f, "The body did not arrive within {seconds} seconds"),
            Self::MediaType { expected } => write!(f, "Expected a body of type {expected}"),
            Self::TooLarge { limit } => write!(f, "The body is larger than {limit} bytes"),
            Self::LineTooLong { limit } => write!(f, "The line is larger than {limit} bytes"),
            Self::TwoLengths => f.write_str(
                "The length of the body is stated twice, by Content-Length and by Transfer-Encoding; send one",
            ),
            Self::Busy { what } => {
                write!(f, "The server is busy: too many {what}; ask again after the seconds of Retry-After")
            }
            Self::TooManyConnections { limit } => {
                write!(f, "The server is busy: more than {limit} connections are open")
            }
            Self::TooManyRows { limit, found } => {
                write!(f, "Expected at most {limit} rows in one request, got {found}")
            }
            // Clients of the quickstart compare this sentence.
            Self::WrongWidth { width, .. } => write!(f, "Each data point must contain {width} features"),
            Self::Invalid { faults } => faults.fmt(f),
            // And this one.
            Self::File { .. } => f.write_str("Unable to process file"),
            Self::KeyMissing { .. } => f.write_str(
                "This needs an API key: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`",
            ),
            Self::KeyUnknown { .. } => f.write_str("The API key is not one that this server knows"),
            Self::KeyLacks { scope } => write!(f, "The API key does not have the scope {scope}"),
            Self::NotSigned { why } => write!(f, "The message is not one that this server takes: {why}"),
            Self::AddressNotAllowed => f.write_str("Requests from this address are not allowed"),
            Self::TooOften { seconds } => {
                write!(f, "Too many requests from one caller; ask again in {seconds} seconds")
            }
            Self::NotFound => f.write_str("Not Found"),
            Self::NoSuch { what, wanted, known } if known.is_empty() => {
                write!(f, "No {what} {wanted}; there is none")
            }
            Self::NoSuch { what, wanted, known } => {
                write!(f, "No {what} {wanted}; there is: {}", known.join(", "))
            }
            Self::ModelNotReady { reason } | Self::Unchangeable { reason } => f.write_str(reason),
            Self::MethodNotAllowed { .. } => f.write_str("Method Not Allowed"),
            Self::NotReady => f.write_str("The server is starting or stopping; ask again in a moment"),
            Self::Internal { .. } => {
                f.write_str("The server failed; its log has the cause under the request id")
            }
            Self::Http { status } => f.write_str(status.canonical_reason().unwrap_or("Error")),
        }
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind().status()
    }

    /// The middleware answers with the request's id; this is for an error beyond its reach.
    fn error_response(&self) -> HttpResponse {
        self.answer(Dialect::Canopy, "")
    }
}
