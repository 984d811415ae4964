//! Where an MLflow server keeps the files of a run, and how they are asked for through it.

use super::{MlflowError, TrackingServer};

const SCHEME: &str = "mlflow-artifacts:";
const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts/";

/// A folder of artifacts behind the server: segments of a path, none of them empty or leading out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(String);

impl Place {
    /// The place of an address such as `mlflow-artifacts:/1/4b5e/artifacts`. Whatever host it names, this server is asked.
    pub(super) fn parse(uri: &str, server: &TrackingServer) -> Result<Self, MlflowError> {
        let wrong = |reason| MlflowError::NotProxied { uri: uri.chars().take(300).collect(), reason };
        let path = match uri.strip_prefix(SCHEME) {
            Some(rest) => match rest.strip_prefix("//") {
                Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
                None => rest,
            },
            None => {
                let proxied = uri.strip_prefix(server.base()).and_then(|path| path.strip_prefix(PROXY));
                proxied.ok_or_else(|| wrong("it is no address of the kind mlflow-artifacts:"))?
            }
        };
        let path = path.trim_matches('/');
        let is_plain = |segment: &str| {
            !segment.is_empty()
                && !matches!(segment, "." | "..")
                && !segment.contains(['\\', '%'])
                && !segment.chars().any(char::is_control)
        };
        match path.len() <= 1000 && path.split('/').all(is_plain) {
            true => Ok(Self(path.to_owned())),
            false => Err(wrong("its path is none")),
        }
    }

    /// A file or folder in it.
    pub(super) fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.0)
    }

    /// Its own path.
    pub(super) fn path(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_that_leads_nowhere_else() {
        let server = TrackingServer::parse("http://h:5000").unwrap();
        let check = |uri: &str, expected: Option<&str>| {
            let got = Place::parse(uri, &server).ok().map(|place| place.0);
            assert_eq!(got.as_deref(), expected, "{uri}");
        };
        check("mlflow-artifacts:/1/4b5e/artifacts", Some("1/4b5e/artifacts"));
        check("mlflow-artifacts:/1/models/m-4b5e/artifacts/", Some("1/models/m-4b5e/artifacts"));
        check("mlflow-artifacts://elsewhere:80/1/4b5e", Some("1/4b5e"));
        check("http://h:5000/api/2.0/mlflow-artifacts/artifacts/1/4b5e", Some("1/4b5e"));
        check("http://other/api/2.0/mlflow-artifacts/artifacts/1/4b5e", None);
        check("s3://bucket/1/4b5e", None);
        check("file:///etc", None);
        for wrong in ["", "/..", "/1/../../x", "/1//2", "/1/%2e%2e", "/1/a\\b", "/1/\n"] {
            check(&format!("mlflow-artifacts:{wrong}"), None);
        }
        check(&format!("mlflow-artifacts:/{}", "a".repeat(1001)), None);
    }
}
