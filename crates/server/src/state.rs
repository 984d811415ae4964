//! What all workers share: the models with their documents, the limits, and whether the server is ready.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use model_core::header::Header;
use model_core::schema::Label;
use model_core::{Model, Rows, Scores};
use serde_json::Value;
use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::guard::Guard;
use crate::openapi::{self, Features};
use crate::pages;
use crate::question::Rules;
use crate::security::Security;
use crate::telemetry::{Counters, Tracer, Traffic};
use crate::watch::{Capture, Watch, Watched};

/// Limits on requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Most bytes of a body, also after decompression.
    pub maximum_body_bytes: usize,
    /// Most rows of one request.
    pub maximum_rows: usize,
    /// Time in which a request must arrive.
    pub request_timeout: Duration,
    /// Most open connections.
    pub maximum_connections: usize,
    /// Most large requests that are worked at, each by a thread.
    pub maximum_concurrency: usize,
    /// Most large requests that wait for such a thread.
    pub maximum_queue: usize,
    /// Most bytes of large bodies in memory, those under way and those waiting.
    pub maximum_buffered_bytes: usize,
    /// Time that streams get to end when the server is told to stop.
    pub stream_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            maximum_body_bytes: 16 * 1024 * 1024,
            maximum_rows: 10_000,
            request_timeout: Duration::from_secs(30),
            maximum_connections: 8192,
            maximum_concurrency: std::thread::available_parallelism().map_or(2, usize::from),
            maximum_queue: 64,
            maximum_buffered_bytes: 256 * 1024 * 1024,
            stream_grace: Duration::from_secs(1),
        }
    }
}

/// Where a model came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// BLAKE3 of the artifact's payload, in hexadecimal.
    pub checksum: String,
    /// Format version of the artifact.
    pub format: u32,
    /// Size of the artifact in bytes.
    pub bytes: u64,
    /// How long it took to read, check and warm it.
    pub load_time: Duration,
}

/// Why a model cannot be served.
#[derive(Debug, Error)]
pub enum ServingError {
    /// The answer's field has a meaning already.
    #[error(
        "the model's answers would stand in the field {field:?}, which the server uses itself: \
         choose another serving.response_field in the config and train again"
    )]
    ResponseField {
        /// The field.
        field: String,
    },
    /// A document of the model could not be written.
    #[error("cannot write the {document}: {reason}")]
    Document {
        /// Which one.
        document: &'static str,
        /// What went wrong.
        reason: String,
    },
}

/// A model and all that is derived from it.
pub struct Served {
    model: Arc<dyn Model>,
    origin: Option<Origin>,
    strict: bool,
    seen: Vec<String>,
    classes: Vec<Value>,
    class_names: Vec<String>,
    signature: Signature,
    counters: Counters,
    watched: Watched,
    openapi: Bytes,
    /// The same for a server that does not let everybody ask, made when it is first asked for.
    openapi_secured: OnceLock<Bytes>,
    pub(crate) reference: Bytes,
}

impl Served {
    /// Prepares a model for serving. `strict` overrules what the artifact says of values outside the training range.
    ///
    /// # Errors
    /// When the model's answers cannot be told from the server's own fields.
    pub fn new(
        model: Arc<dyn Model>,
        origin: Option<Origin>,
        strict: Option<bool>,
        limits: &Limits,
    ) -> Result<Self, ServingError> {
        let field = &model.header().serving.response_field;
        if field == "warnings" {
            return Err(ServingError::ResponseField { field: field.clone() });
        }
        let strict = strict.unwrap_or(model.header().serving.strict);
        let features = Features::new(&*model, strict);
        let document = openapi::document(&*model, &features, limits);
        let failed = |document, reason| ServingError::Document { document, reason };
        let openapi =
            serde_json::to_vec(&document).map_err(|error| failed("OpenAPI document", error.to_string()))?;
        let reference = pages::reference(&*model, &features, &document, "")
            .map_err(|error| failed("reference page", error.to_string()))?;
        let seen = features.seen().to_vec();
        let classes = class_answers(&*model);
        Ok(Self {
            strict,
            seen,
            class_names: model.header().class_names(),
            classes,
            signature: Signature::of(model.header()),
            counters: Counters::default(),
            watched: Watched::new(&*model, &Watch::default()),
            openapi: openapi.into(),
            openapi_secured: OnceLock::new(),
            reference: reference.into(),
            model,
            origin,
        })
    }

    /// The same version, watched as this says.
    pub fn watched_by(self, watch: &Watch) -> Self {
        Self { watched: Watched::new(&*self.model, watch), ..self }
    }

    /// Asks the model on behalf of a caller.
    pub(crate) fn predict(&self, rows: &Rows) -> Scores {
        let scores = self.model.predict(rows);
        self.watched.see(&*self.model, rows, &scores);
        scores
    }

    /// What is known of the rows that it is asked for.
    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// The model.
    pub fn model(&self) -> &dyn Model {
        &*self.model
    }

    /// Name of the model.
    pub fn name(&self) -> &str {
        &self.model.header().name
    }

    /// Version of the model under its name.
    pub fn version(&self) -> u64 {
        self.model.header().version
    }

    /// The OpenAPI document, for the callers of a server that is secured so.
    pub(crate) fn openapi(&self, security: &Security) -> Bytes {
        if security.is_open() {
            return self.openapi.clone();
        }
        let secured = || openapi::secured(&self.openapi, security.has_keys());
        // What was written as JSON can be read.
        self.openapi_secured
            .get_or_init(|| secured().map_or_else(|| self.openapi.clone(), Bytes::from))
            .clone()
    }

    /// Where the model came from; absent for one that was not loaded.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The answer for each class; empty for a regression.
    pub(crate) fn classes(&self) -> &[Value] {
        &self.classes
    }

    /// The name of each class as the key of an object; empty for a regression.
    pub(crate) fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// What tells a caller which model answered.
    pub(crate) fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What this version has answered.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether a value outside the training range is refused.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// What training saw of each feature, in words.
    pub(crate) fn seen(&self) -> &[String] {
        &self.seen
    }

    /// How a question to this model is judged.
    pub(crate) fn rules(&self, limits: &Limits) -> Rules<'_> {
        Rules {
            model: &*self.model,
            seen: &self.seen,
            strict: self.strict,
            maximum_rows: limits.maximum_rows,
        }
    }
}

/// The answer for each class.
pub(crate) fn class_answers(model: &dyn Model) -> Vec<Value> {
    let answer = |class: &Label| match class {
        Label::Integer(value) => (*value).into(),
        Label::Text(value) => value.as_str().into(),
    };
    model.header().class_answers().iter().map(answer).collect()
}

/// Header of an answer that names the model.
pub const MODEL_HEADER: &str = "x-canopy-model";
/// Header of an answer with the model's version.
pub const MODEL_VERSION_HEADER: &str = "x-canopy-model-version";

/// The headers that tell which model answered.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    /// Absent for a name that no header can carry, one with a control character.
    name: Option<HeaderValue>,
    version: HeaderValue,
}

impl Signature {
    fn of(header: &Header) -> Self {
        Self { name: HeaderValue::from_bytes(header.name.as_bytes()).ok(), version: header.version.into() }
    }

    /// The answer with the headers.
    pub(crate) fn signed(&self, mut answer: HttpResponse) -> HttpResponse {
        self.sign(answer.headers_mut());
        answer
    }

    /// Puts the headers on an answer.
    pub(crate) fn sign(&self, headers: &mut HeaderMap) {
        static NAME: HeaderName = HeaderName::from_static(MODEL_HEADER);
        static VERSION: HeaderName = HeaderName::from_static(MODEL_VERSION_HEADER);
        if let Some(name) = &self.name {
            headers.insert(NAME.clone(), name.clone());
        }
        headers.insert(VERSION.clone(), self.version.clone());
    }
}

/// State of the application, one for all workers.
pub struct AppState {
    /// The models.
    pub catalogue: Arc<Catalogue>,
    /// Limits on requests.
    pub limits: Limits,
    /// What keeps them.
    pub guard: Guard,
    /// Who may ask what.
    pub security: Security,
    pub(crate) traffic: Arc<Traffic>,
    capture: Option<Arc<Capture>>,
    ready: AtomicBool,
}

impl AppState {
    /// A state of one model that is ready.
    pub fn new(served: Served, limits: Limits) -> Self {
        Self::of_catalogue(Arc::new(Catalogue::of_one(served)), limits)
    }

    /// A state that is ready.
    pub fn of_catalogue(catalogue: Arc<Catalogue>, limits: Limits) -> Self {
        Self {
            catalogue,
            guard: Guard::new(&limits),
            limits,
            traffic: Arc::default(),
            capture: None,
            security: Security::default(),
            ready: AtomicBool::new(true),
        }
    }

    /// The state with spans for its requests.
    pub fn traced(self, tracer: Arc<Tracer>) -> Self {
        self.traffic.trace(tracer);
        self
    }

    /// The state with the file of captured rows, for its metrics.
    pub fn capturing(self, capture: Option<Arc<Capture>>) -> Self {
        Self { capture, ..self }
    }

    pub(crate) fn capture(&self) -> Option<&Capture> {
        self.capture.as_deref()
    }

    /// The state with this in place of what lets everybody do everything.
    pub fn secured(self, security: Security) -> Self {
        Self { security, ..self }
    }

    /// Whether requests are welcome.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// From now on the readiness probe fails, so that no new clients come.
    pub fn retire(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }
}
