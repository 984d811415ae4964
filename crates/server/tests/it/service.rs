//! Asks an application in this process and gives back what a caller would see.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response, Service};
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use serde_json::{Value, json};
use server::state::{AppState, Limits, Served};

use crate::stubs::Stub;

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    /// The error, without the id that differs each time.
    pub(crate) fn problem(&self) -> Value {
        let mut problem = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        problem["request_id"] = "[id]".into();
        problem
    }
}

/// Asks an application of this model, one request after the other.
pub(crate) fn ask(stub: Stub, requests: impl IntoIterator<Item = TestRequest>) -> Vec<Reply> {
    ask_within(stub, Limits::default(), requests)
}

/// The same with other limits.
pub(crate) fn ask_within(
    stub: Stub,
    limits: Limits,
    requests: impl IntoIterator<Item = TestRequest>,
) -> Vec<Reply> {
    // What is at the admin address alone is asked there.
    let for_admins = |path: &str| path == "/metrics" || path.starts_with("/v2/repository/models/");
    ask_at(Data::new(state(stub, limits)), for_admins, requests)
}

/// A state of this model.
pub(crate) fn state(stub: Stub, limits: Limits) -> AppState {
    let served = Served::new(Arc::new(stub), None, None, &limits).expect("a stub can be served");
    AppState::new(served, limits)
}

/// The same of a state, at its main address.
pub(crate) fn ask_state(state: AppState, requests: impl IntoIterator<Item = TestRequest>) -> Vec<Reply> {
    ask_shared(&Data::new(state), requests)
}

/// The same of a state that is looked at afterwards.
pub(crate) fn ask_shared(
    state: &Data<AppState>,
    requests: impl IntoIterator<Item = TestRequest>,
) -> Vec<Reply> {
    ask_at(state.clone(), |_| false, requests)
}

fn ask_at(
    state: Data<AppState>,
    for_admins: impl Fn(&str) -> bool,
    requests: impl IntoIterator<Item = TestRequest>,
) -> Vec<Reply> {
    actix_web::rt::System::new().block_on(async {
        let main = init(server::service(state.clone())).await;
        let admin = init_service(server::admin_app(state)).await;
        let mut replies = Vec::new();
        for request in requests {
            let request = request.to_request();
            let outcome = if for_admins(request.path()) {
                try_call_service(&admin, request).await.map(Response::from)
            } else {
                main.call(request).await
            };
            let response = outcome.unwrap_or_else(|error| error.error_response().into());
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = actix_web::body::to_bytes(response.into_body().boxed()).await;
            let body = body.unwrap_or_else(|error| panic!("the body broke off: {error}"));
            let text = String::from_utf8_lossy(&body).into_owned();
            replies.push(Reply { status, headers, text, bytes: body.into() });
        }
        replies
    })
}

/// The service as a worker begins with it.
pub(crate) async fn init<S: server::Service>(factory: S) -> S::Service {
    factory.new_service(AppConfig::default()).await.expect("a service of these parts")
}

/// The only answer to one request.
pub(crate) fn ask_once(stub: Stub, request: TestRequest) -> Reply {
    ask(stub, [request]).remove(0)
}

/// `POST /predict` with this body and no content type.
pub(crate) fn predict(body: impl Into<String>) -> TestRequest {
    TestRequest::post().uri("/predict").set_payload(body.into())
}

/// `POST /predict_csv` with this file.
pub(crate) fn upload(file: impl AsRef<[u8]>) -> TestRequest {
    let mut body = b"--frontier\r\nContent-Disposition: form-data; name=\"csv_file\"; filename=\"a.csv\"\r\n\
        Content-Type: text/csv\r\n\r\n"
        .to_vec();
    body.extend_from_slice(file.as_ref());
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    TestRequest::post()
        .uri("/predict_csv")
        .insert_header(("content-type", "multipart/form-data; boundary=frontier"))
        .set_payload(body)
}

/// The row of the quickstart.
pub(crate) fn boston_row() -> Value {
    json!([0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98])
}

/// Half the mean of the row, as a stub answers it: the values pass through `f32`.
pub(crate) fn expected(row: &Value) -> f64 {
    let row = row.as_array().expect("a row");
    let sum: f64 = row.iter().map(|value| f64::from(value.as_f64().expect("a number") as f32)).sum();
    0.5 * sum / row.len() as f64
}
