//! MLflow's scoring server: `/invocations`, and `/ping`, `/health` and `/version` beside it. The default model answers.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};

use super::media::CSV;
use super::nan::nulled;
use super::reply::{Manner, Reply, reply, signed};
use super::{get, named, post};
use crate::answer::Predictions;
use crate::body;
use crate::error::ApiError;
use crate::options::Options;
use crate::question::{Columns, Envelope, Expect, Form, read_csv, read_json};
use crate::security::Access::{Needs, Open};
use crate::security::Scope::{Metadata, Predict};
use crate::state::AppState;
use crate::telemetry::Protocol;

/// The four forms of a JSON body.
const FRAME: Envelope = Envelope {
    forms: &[
        ("dataframe_split", Form::Split),
        ("dataframe_records", Form::Records),
        ("instances", Form::Rows),
        ("inputs", Form::RowsOrColumns),
    ],
    options: "params",
    ignored: &[],
    passes_over_extra: true,
};

/// How a JSON body is answered.
pub(crate) const JSON: Manner = Manner {
    protocol: Protocol::Mlflow,
    read: |body, rules| read_json(&nulled(body), rules, Expect::Within(&FRAME)),
    write: |answer, _| Reply::json(answer, &Predictions(answer)),
    query: Options::NONE,
};

/// How a table is answered.
const TABLE: Manner = Manner { read: |body, rules| read_csv(body, rules, Columns::Among), ..JSON };

/// Registers the resources.
pub(super) fn routes(routes: &mut ServiceConfig) {
    routes
        .service(post("/invocations", Needs(Predict), web::post().to(invocations)))
        .service(get("/ping", Open, || web::get().to(ping), || web::head().to(ping)))
        .service(get("/health", Open, || web::get().to(ping), || web::head().to(ping)))
        .service(get("/version", Needs(Metadata), || web::get().to(version), || web::head().to(version)));
}

async fn invocations(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let served = named::find(&request, &state, None, None)?;
    let answer = async {
        let manner = manner(&request)?;
        let query = Options::of_query(request.query_string())?;
        let body = body::read(&request, payload, &state.limits).await?;
        reply(body, &served, &state, Manner { query, ..manner }).await
    };
    signed(&request, &served, Protocol::Mlflow, answer.await)
}

/// The manner of a body by its content type: JSON, which stands in for none as well, or a table, in UTF-8.
fn manner(request: &HttpRequest) -> Result<Manner, ApiError> {
    let Some(value) = request.headers().get(CONTENT_TYPE) else { return Ok(JSON) };
    let mut parts = value.as_bytes().split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    let foreign = |part: &[u8]| {
        let mut pair = part.splitn(2, |&byte| byte == b'=');
        let (name, charset) = (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
        let charset = charset.trim_ascii().strip_prefix(b"\"").unwrap_or(charset);
        let charset = charset.strip_suffix(b"\"").unwrap_or(charset);
        name.trim_ascii().eq_ignore_ascii_case(b"charset") && !charset.eq_ignore_ascii_case(b"utf-8")
    };
    if !parts.any(foreign) {
        if essence.eq_ignore_ascii_case(b"application/json") {
            return Ok(JSON);
        }
        if essence.eq_ignore_ascii_case(CSV.as_bytes()) {
            return Ok(TABLE);
        }
    }
    Err(ApiError::MediaType { expected: "application/json or text/csv, in UTF-8" })
}

/// Whether questions are answered, as `GET /health/ready` says it.
async fn ping(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if !state.is_ready() {
        return Err(ApiError::NotReady);
    }
    state.catalogue.find(None, None)?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("\n"))
}

/// The version of the server.
async fn version() -> HttpResponse {
    let version = Bytes::from_static(env!("CARGO_PKG_VERSION").as_bytes());
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(version)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn json_and_tables_in_utf_8_are_read() {
        let check = |content_type: &str, expected: bool| {
            let request = TestRequest::post().insert_header((CONTENT_TYPE, content_type)).to_http_request();
            assert_eq!(manner(&request).is_ok(), expected, "{content_type}");
        };
        check("application/json", true);
        check("Application/JSON; charset=UTF-8", true);
        check("application/json; charset=\"utf-8\"", true);
        check("text/csv; header=present", true);
        check("text/csv; charset=latin-1", false);
        check("application/vnd.apache.parquet", false);
        check("application/x-www-form-urlencoded", false);
        check("", false);
        assert!(manner(&TestRequest::post().to_http_request()).is_ok());
    }
}
