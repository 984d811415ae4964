//! `POST /predict_csv`: a table in, the predictions in its order out.

use std::sync::Arc;

use actix_multipart::Multipart;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{StreamExt, stream};
use model_core::encoding::shortened;

use super::media::wants_table;
use super::named::addressed;
use super::reply::{Manner, Reply, reply, signed};
use crate::answer::Answer;
use crate::body;
use crate::error::ApiError;
use crate::fault::Fault;
use crate::openapi::UploadErrors;
use crate::options::Options;
use crate::question::{Columns, read_csv};
use crate::state::{AppState, Served};
use crate::telemetry::Protocol;

/// Field of the form that holds the file.
const FILE_FIELD: &str = "csv_file";

/// Predict the rows of a CSV file
///
/// The file stands in the field `csv_file` of a multipart form. With a header line the columns are matched by name, in
/// any order and either spelling; without one they are read in the order of the features. The delimiter is found out:
/// comma, semicolon, tab or `|`. Quoted cells, a byte order mark and Windows line ends are fine. To `Accept: text/csv` the
/// answer is a table as well. Options in the address ask for more beside the predictions.
#[utoipa::path(
    post,
    path = "/predict_csv",
    tag = "prediction",
    operation_id = "predict_csv",
    responses((status = 200, description = "The predictions, in the order of the lines"), UploadErrors)
)]
pub(crate) async fn predict_csv(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    let answer = answer(&request, payload, &state, &served).await;
    signed(&request, &served, Protocol::Csv, answer)
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
    served: &Arc<Served>,
) -> Result<HttpResponse, ApiError> {
    let query = Options::of_query(request.query_string())?;
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|value| value.to_ascii_lowercase().starts_with("multipart/form-data")) {
        return Err(ApiError::MediaType {
            expected: "multipart/form-data with the file in the field csv_file",
        });
    }
    let body = body::read(request, payload, &state.limits).await?;
    let file = file(request, body).await?;
    reply(file, served, state, manner(request, query)).await
}

/// A table is answered as JSON, or as a table where the caller prefers one.
pub(super) fn manner(request: &HttpRequest, query: Options) -> Manner {
    let write: fn(&Answer<'_>, &[u8]) -> _ = match wants_table(request) {
        true => |answer, _| Reply::table(answer),
        false => |answer, _| Reply::json(answer, answer),
    };
    Manner {
        read: |file, rules| read_csv(file, rules, Columns::Exact),
        write,
        protocol: Protocol::Csv,
        query,
    }
}

/// The content of the form's file.
async fn file(request: &HttpRequest, body: Bytes) -> Result<Bytes, ApiError> {
    let malformed =
        |error: actix_multipart::MultipartError| ApiError::MalformedUpload { reason: error.to_string() };
    let whole = stream::once(async move { Ok(body) });
    let mut form = Multipart::new(request.headers(), Box::pin(whole));
    let mut file = None;
    while let Some(field) = form.next().await {
        let mut field = field.map_err(malformed)?;
        if field.name() != Some(FILE_FIELD) {
            let name = shortened(field.name().unwrap_or_default());
            return Err(invalid("form", "unknown field", &format!("{FILE_FIELD} alone"), &name));
        }
        if file.is_some() {
            return Err(invalid(FILE_FIELD, "given twice", "one file", "several"));
        }
        let mut content = BytesMut::new();
        while let Some(chunk) = field.next().await {
            content.extend_from_slice(&chunk.map_err(malformed)?);
        }
        file = Some(content.freeze());
    }
    file.ok_or_else(|| invalid(FILE_FIELD, "a value is required", "a CSV file in this field", "nothing"))
}

fn invalid(loc: &str, msg: &str, expected: &str, got: &str) -> ApiError {
    ApiError::Invalid { faults: Fault::new(loc, msg, expected, got).into() }
}
