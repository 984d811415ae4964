//! Where an MLflow server is and how one logs in: the address and the environment variables of MLflow's own clients.

use std::env;
use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::MlflowError;

/// An MLflow server, and who asks it.
#[derive(Clone, PartialEq, Eq)]
pub struct TrackingServer {
    /// Without a slash at the end and without a password.
    base: String,
    /// Value of the header `authorization`.
    login: Option<String>,
    /// PEM file in place of the system's certificates.
    certificates: Option<PathBuf>,
}

impl fmt::Debug for TrackingServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrackingServer").field(&self.base).finish()
    }
}

impl fmt::Display for TrackingServer {
    /// The address without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl TrackingServer {
    /// The server of an address such as `http://127.0.0.1:5000` or `https://ada:secret@mlflow.example.org/prefix`.
    ///
    /// # Errors
    /// When it is none of http or https.
    pub fn parse(given: &str) -> Result<Self, MlflowError> {
        let without_password = || match given.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let host = rest[..end].rfind('@').map_or(rest, |at| &rest[at + 1..]);
                format!("{scheme}://{host}")
            }
            None => given.to_owned(),
        };
        let wrong =
            |reason: &str| MlflowError::Address { given: without_password(), reason: reason.to_owned() };
        if given.bytes().any(|byte| !(0x21..0x7f).contains(&byte)) {
            return Err(wrong("it has spaces, control characters or letters that must be escaped"));
        }
        let (scheme, rest) = given
            .split_once("://")
            .filter(|(scheme, _)| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)))
            .ok_or_else(|| wrong("expected http://HOST:PORT or https://HOST; files and databases of MLflow are reached through `mlflow server`"))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if rest.contains(['?', '#']) {
            return Err(wrong("expected no query and no fragment"));
        }
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if host.is_empty() || host.starts_with(':') {
            return Err(wrong("expected a host"));
        }
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let login = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            basic(&decoded(name), &decoded(password))
        });
        let base = format!("{}://{host}{}", scheme.to_ascii_lowercase(), path.trim_end_matches('/'));
        Ok(Self { base, login, certificates: None })
    }

    /// The server of this address, or of `MLFLOW_TRACKING_URI`, with what MLflow's clients read of the environment:
    /// `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`, and
    /// `MLFLOW_TRACKING_SERVER_CERT_PATH`. A password in the address goes before these.
    ///
    /// # Errors
    /// As [`TrackingServer::parse`], and when there is no address.
    pub fn from_environment(given: Option<&str>) -> Result<Self, MlflowError> {
        Self::with_variables(given, |name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn with_variables(
        given: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MlflowError> {
        let address = match given {
            Some(given) => Some(given.to_owned()),
            None => variable("MLFLOW_TRACKING_URI"),
        };
        let Some(address) = address else {
            let reason = "set MLFLOW_TRACKING_URI, or give the address itself".to_owned();
            return Err(MlflowError::Address { given: String::new(), reason });
        };
        let mut server = Self::parse(&address)?;
        let names = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD");
        let by_name = variable(names.0).zip(variable(names.1));
        let by_name = by_name.map(|(name, password)| basic(name.as_bytes(), password.as_bytes()));
        let by_token = || variable("MLFLOW_TRACKING_TOKEN").map(|token| format!("Bearer {token}"));
        server.login = server.login.or(by_name).or_else(by_token);
        server.certificates = variable("MLFLOW_TRACKING_SERVER_CERT_PATH").map(PathBuf::from);
        Ok(server)
    }

    /// Whether the address itself holds a password.
    pub fn has_password(given: &str) -> bool {
        let authority = given.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
        authority.contains('@')
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.base.starts_with("https:")
    }

    pub(super) fn certificates(&self) -> Option<&PathBuf> {
        self.certificates.as_ref()
    }
}

fn basic(name: &[u8], password: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode([name, b":", password].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_never_shows_a_password() {
        let check = |given: &str, expected: Result<&str, &str>| {
            let got = TrackingServer::parse(given).map(|server| server.to_string());
            let got = got.map_err(|error| error.to_string());
            match expected {
                Ok(expected) => assert_eq!(got.as_deref(), Ok(expected), "{given}"),
                Err(part) => {
                    let told = got.unwrap_err();
                    assert!(told.contains(part) && !told.contains("secret"), "{given}: {told}");
                }
            }
        };
        check("http://127.0.0.1:5000", Ok("http://127.0.0.1:5000"));
        check("HTTPS://mlflow.example.org/a/b//", Ok("https://mlflow.example.org/a/b"));
        check("http://ada:secret@host:5000/", Ok("http://host:5000"));
        check("http://[::1]:5000", Ok("http://[::1]:5000"));
        check("sqlite:///mlflow.db", Err("reached through `mlflow server`"));
        check("./mlruns", Err("expected http://HOST:PORT"));
        check("databricks", Err("expected http://HOST:PORT"));
        check("ftp://ada:secret@host", Err("\"ftp://host\" is no address"));
        check("http://", Err("expected a host"));
        check("http://ada:secret@", Err("expected a host"));
        check("http://:5000", Err("expected a host"));
        check("http://host/?a=b", Err("no query"));
        check("http://ho st", Err("spaces"));
        check("http://host\r\nx: y", Err("control"));
        check("", Err("expected http://HOST:PORT"));
    }

    #[test]
    fn one_logs_in_as_mlflows_own_clients_do() {
        let check = |given: Option<&str>, variables: &[(&str, &str)], login: Option<&str>| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let server = TrackingServer::with_variables(given, variable).unwrap();
            assert_eq!(server.login(), login, "{given:?} {variables:?}");
            assert_eq!(server.base(), "http://h");
        };
        let (name, password) = (("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "secret"));
        let (token, uri) = (("MLFLOW_TRACKING_TOKEN", "t0"), ("MLFLOW_TRACKING_URI", "http://h"));
        check(Some("http://h"), &[], None);
        check(None, &[uri, name, password, token], Some("Basic YWRhOnNlY3JldA=="));
        check(None, &[uri, name, token], Some("Bearer t0"));
        check(Some("http://eve:p%40w@h"), &[name, password, token], Some("Basic ZXZlOnBAdw=="));
        let none = TrackingServer::with_variables(None, |_| None).unwrap_err().to_string();
        assert!(none.contains("set MLFLOW_TRACKING_URI"), "{none}");
    }
}
