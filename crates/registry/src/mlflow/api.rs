//! Questions to an MLflow server. It is not trusted: answers are bounded in time and size, and what it says is quoted, not obeyed.

use std::fs;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use model_core::artifact::stated_length;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Body};

use super::{MlflowError, TrackingServer};

const CONNECT: Duration = Duration::from_secs(5);
/// For an answer of JSON.
const ANSWER: Duration = Duration::from_secs(30);
/// For a file.
const TRANSFER: Duration = Duration::from_secs(600);
/// Most bytes of an answer of JSON.
const LONGEST_ANSWER: u64 = 32 << 20;
/// Most bytes of an artifact.
const LONGEST_ARTIFACT: u64 = 4 << 30;
/// Most characters of a message that are repeated.
const LONGEST_MESSAGE: usize = 300;
const API: &str = "/api/2.0/mlflow/";
const ARTIFACTS: &str = "/api/2.0/mlflow-artifacts/artifacts";
/// Pause before the second attempt; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(200);

/// Whether a question may be asked twice when nobody knows what became of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    Harmless,
    Never,
}

/// A client of one server.
#[derive(Debug, Clone)]
pub(super) struct Api {
    server: TrackingServer,
    agent: Agent,
    attempts: u32,
}

/// What MLflow says with a status that is no success.
#[derive(Default, Deserialize)]
struct Complaint {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    message: String,
}

impl Api {
    pub(super) fn new(server: TrackingServer, attempts: u32) -> Result<Self, MlflowError> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(3)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER))
            .user_agent(concat!("canopy/", env!("CARGO_PKG_VERSION")));
        let config = match server.is_encrypted() {
            true => config.tls_config(encryption(&server)?),
            false => config,
        };
        Ok(Self { agent: config.build().into(), server, attempts })
    }

    pub(super) fn server(&self) -> &TrackingServer {
        &self.server
    }

    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, MlflowError> {
        let url = with_query(format!("{}{API}{path}", self.server), query);
        self.again(Twice::Harmless, || read_json(self.sent(self.agent.get(&url), &url)?, &url))
    }

    pub(super) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        twice: Twice,
    ) -> Result<T, MlflowError> {
        let url = format!("{}{API}{path}", self.server);
        let text = body.to_string();
        self.again(twice, || {
            let request = self.authorized(self.agent.post(&url)).header("content-type", "application/json");
            read_json(heard(request.send(text.as_bytes()), &url)?, &url)
        })
    }

    pub(super) fn delete(&self, path: &str, body: &Value) -> Result<(), MlflowError> {
        let url = format!("{}{API}{path}", self.server);
        let text = body.to_string();
        self.again(Twice::Harmless, || {
            let request = self.authorized(self.agent.delete(&url)).force_send_body();
            let request = request.header("content-type", "application/json");
            read_json::<Value>(heard(request.send(text.as_bytes()), &url)?, &url).map(|_| ())
        })
    }

    /// Puts a file into the artifacts; `path` is without a slash at either end.
    pub(super) fn upload(&self, path: &str, content: &[u8]) -> Result<(), MlflowError> {
        let url = format!("{}{ARTIFACTS}/{}", self.server, escaped(path));
        self.again(Twice::Harmless, || {
            let request =
                self.authorized(self.agent.put(&url)).config().timeout_global(Some(TRANSFER)).build();
            let request = request.header("content-type", "application/octet-stream");
            read_json::<Value>(heard(request.send(content), &url)?, &url).map(|_| ())
        })
    }

    /// The files in a folder of the artifacts, without what is in the folders there.
    pub(super) fn files(&self, folder: &str) -> Result<Vec<String>, MlflowError> {
        #[derive(Deserialize)]
        struct Listed {
            #[serde(default)]
            files: Vec<File>,
        }
        #[derive(Deserialize)]
        struct File {
            path: String,
            #[serde(default)]
            is_dir: bool,
        }
        let url = with_query(format!("{}{ARTIFACTS}", self.server), &[("path", folder)]);
        let listed: Listed =
            self.again(Twice::Harmless, || read_json(self.sent(self.agent.get(&url), &url)?, &url))?;
        let files = listed.files.into_iter().filter(|file| !file.is_dir);
        // Older servers give whole paths. A name goes into an address, so it is one name and no way out of the folder.
        let names = files.map(|file| file.path.rsplit('/').next().unwrap_or_default().to_owned());
        Ok(names.filter(|name| !name.is_empty() && !name.starts_with('.')).collect())
    }

    /// A small file of the artifacts.
    pub(super) fn download(&self, path: &str) -> Result<Vec<u8>, MlflowError> {
        let url = format!("{}{ARTIFACTS}/{}", self.server, escaped(path));
        self.again(Twice::Harmless, || {
            let response = self.sent(self.agent.get(&url), &url)?;
            let mut response = successful(response, &url)?;
            let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
            body.map_err(|error| failed(error, &url))
        })
    }

    /// An artifact of Canopy. What does not begin like one, or goes on longer than its beginning says, is not read to its end.
    pub(super) fn download_artifact(&self, path: &str) -> Result<Vec<u8>, MlflowError> {
        let url = format!("{}{ARTIFACTS}/{}", self.server, escaped(path));
        self.again(Twice::Harmless, || {
            let request = self.agent.get(&url).config().timeout_global(Some(TRANSFER)).build();
            let response = self.sent(request, &url)?;
            let response = successful(response, &url)?;
            let body = response.into_body().into_with_config().limit(LONGEST_ARTIFACT).reader();
            bounded(body, &url)
        })
    }

    fn sent(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithoutBody>,
        url: &str,
    ) -> Result<Response<Body>, MlflowError> {
        heard(self.authorized(request).call(), url)
    }

    fn authorized<T>(&self, request: ureq::RequestBuilder<T>) -> ureq::RequestBuilder<T> {
        match self.server.login() {
            Some(login) => request.header("authorization", login),
            None => request,
        }
    }

    fn again<T>(&self, twice: Twice, ask: impl Fn() -> Result<T, MlflowError>) -> Result<T, MlflowError> {
        let attempts = if twice == Twice::Harmless { self.attempts.max(1) } else { 1 };
        let mut pause = PAUSE;
        for _ in 1..attempts {
            match ask() {
                Err(error) if error.may_pass() => std::thread::sleep(pause),
                other => return other,
            }
            pause *= 2;
        }
        ask()
    }
}

/// With the certificates of a file, or else those of the system.
fn encryption(server: &TrackingServer) -> Result<TlsConfig, MlflowError> {
    let wrong = |reason: String| MlflowError::Certificates { reason };
    let roots: Vec<Certificate<'static>> = match server.certificates() {
        Some(path) => {
            let text = fs::read(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
            let items = parse_pem(&text).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                Ok(_) | Err(_) => None,
            });
            items.collect()
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
        }
    };
    if roots.is_empty() {
        let place = server.certificates().map(|path| path.display().to_string());
        return Err(wrong(format!("{} holds none", place.as_deref().unwrap_or("the system"))));
    }
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}

fn heard(answer: Result<Response<Body>, ureq::Error>, url: &str) -> Result<Response<Body>, MlflowError> {
    answer.map_err(|error| failed(error, url))
}

fn failed(error: ureq::Error, url: &str) -> MlflowError {
    let url = url.to_owned();
    match error {
        ureq::Error::BodyExceedsLimit(limit) => {
            MlflowError::Answer { url, reason: format!("more than {limit} bytes") }
        }
        ureq::Error::LargeResponseHeader(..) | ureq::Error::Protocol(_) | ureq::Error::TooManyRedirects => {
            MlflowError::Answer { url, reason: error.to_string() }
        }
        other => MlflowError::Unreachable { url, reason: other.to_string() },
    }
}

fn successful(mut response: Response<Body>, url: &str) -> Result<Response<Body>, MlflowError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.body_mut().with_config().limit(1 << 20).read_to_vec().unwrap_or_default();
    let complaint = serde_json::from_slice(&text);
    let cure = match status.as_u16() {
        401 | 403 => {
            "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, to who may do this"
        }
        404 if complaint.is_err() => "; is this the address of an MLflow server?",
        _ => "",
    };
    let Complaint { error_code, message } = complaint.unwrap_or_default();
    Err(MlflowError::Refused {
        url: url.to_owned(),
        status: status.as_u16(),
        code: quoted(&error_code),
        message: quoted(&message),
        cure,
    })
}

fn read_json<T: DeserializeOwned>(response: Response<Body>, url: &str) -> Result<T, MlflowError> {
    let mut response = successful(response, url)?;
    let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
    let body = body.map_err(|error| failed(error, url))?;
    // Some answers to a change are empty.
    let body = if body.is_empty() { b"{}".as_slice() } else { &body };
    serde_json::from_slice(body)
        .map_err(|error| MlflowError::Answer { url: url.to_owned(), reason: quoted(&error.to_string()) })
}

/// Reads no more than the artifact says of itself, and one byte to see whether it ends there.
fn bounded(mut body: impl Read, url: &str) -> Result<Vec<u8>, MlflowError> {
    let wrong = |reason: String| MlflowError::Answer { url: url.to_owned(), reason };
    let broken = |error: std::io::Error| MlflowError::Unreachable {
        url: url.to_owned(),
        reason: format!("the transfer broke off: {error}"),
    };
    let mut bytes = Vec::new();
    body.by_ref().take(24).read_to_end(&mut bytes).map_err(broken)?;
    let stated = stated_length(&bytes).map_err(|error| wrong(error.to_string()))?;
    let stated = stated.ok_or_else(|| wrong(format!("a file of {} bytes as the artifact", bytes.len())))?;
    if stated > LONGEST_ARTIFACT {
        return Err(wrong(format!("an artifact of {stated} bytes, more than {LONGEST_ARTIFACT}")));
    }
    // Memory grows with what arrives, whatever was stated.
    let rest = stated - bytes.len() as u64;
    body.take(rest + 1).read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}

/// What a stranger says, as a part of a message: one line, no control characters, not too long.
fn quoted(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

/// A path as part of an address: every segment is escaped, and none leads out.
fn escaped(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        // Never sent: `.` and `..` are checked where paths come in.
        "." | ".." => String::new(),
        segment => utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn with_query(url: String, query: &[(&str, &str)]) -> String {
    let pairs =
        query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    match query.is_empty() {
        true => url,
        false => format!("{url}?{}", pairs.collect::<Vec<_>>().join("&")),
    }
}
