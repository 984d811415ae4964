//! Asking a server as its clients do.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

/// Header that shows a key.
const KEY: &str = "x-api-key";

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert!(self.content_type.contains("json"), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The JSON of a good answer.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The problem document of an error with this status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let problem = self.json();
        assert!(problem["detail"].is_string(), "{self:?}");
        problem
    }
}

/// A client of one server; keeps its connection.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    /// Shown with every request; empty for none.
    key: String,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self { agent, url: url.to_owned(), key: String::new() }
    }

    /// A client of the same server with a connection of its own.
    pub(crate) fn another(&self) -> Self {
        Self { key: self.key.clone(), ..Self::new(&self.url) }
    }

    /// The same of who holds this key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..Self::new(&self.url) }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_as(path, "*/*")
    }

    pub(crate) fn get_as(&self, path: &str, accept: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.url)).header("accept", accept);
        read(request.header(KEY, &self.key).call())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        read(self.agent.delete(format!("{}{path}", self.url)).header(KEY, &self.key).call())
    }

    /// Puts a JSON value.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        let request = self.agent.put(format!("{}{path}", self.url)).header(KEY, &self.key);
        read(request.header("content-type", "application/json").send(body.to_string().as_bytes()))
    }

    /// Posts a JSON value.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, "application/json", body.to_string().as_bytes())
    }

    /// Posts any bytes.
    pub(crate) fn post_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url)).header(KEY, &self.key);
        read(request.header("content-type", content_type).send(body))
    }

    /// Posts any bytes for an answer of this type.
    pub(crate) fn post_for(&self, accept: &str, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url)).header("accept", accept);
        read(request.header("content-type", content_type).send(body))
    }

    /// Posts a file to `/predict_csv`.
    pub(crate) fn post_csv(&self, file: &[u8]) -> Answer {
        const BOUNDARY: &str = "canopy-acceptance";
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"csv_file\"; filename=\"rows.csv\"\r\n\
             content-type: text/csv\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        self.post_bytes("/predict_csv", &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }
}

fn read(response: Result<Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = response.unwrap();
    let content_type =
        response.headers().get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
    Answer {
        status: response.status().as_u16(),
        content_type,
        // The scripts of /docs/ come compressed; what counts of them is that they come.
        text: String::from_utf8_lossy(
            &response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap(),
        )
        .into_owned(),
    }
}
