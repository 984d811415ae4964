//! `GET /openapi.json`, `/docs/` (Swagger UI) and `/redoc` (the reference page), of every model at its place: the API
//! explained, every asset from here.

use std::io::Read;
use std::sync::Arc;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION, VARY,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use utoipa_swagger_ui::Config;

use super::named::addressed;
use crate::error::ApiError;
use crate::openapi::{self, Features};
use crate::pages;
use crate::state::AppState;

/// What Swagger UI may do: its own scripts and styles, requests to this server, nothing else.
const SWAGGER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

pub(crate) async fn document(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    let place = place(&request, "/openapi.json");
    let document = match place {
        "" => served.openapi(&state.security),
        place => {
            serde_json::to_vec(&placed(&served.openapi(&state.security), place)?).map_err(internal)?.into()
        }
    };
    let document = HttpResponse::Ok().content_type("application/json").body(document);
    Ok(served.signature().signed(document))
}

pub(crate) async fn reference(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let served = addressed(&request, &state)?;
    let page = match place(&request, "/redoc") {
        "" => served.reference.clone(),
        place => {
            let features = Features::new(served.model(), served.is_strict());
            let document = placed(&served.openapi(&state.security), place)?;
            pages::reference(served.model(), &features, &document, place).map_err(internal)?.into()
        }
    };
    let page = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, pages::CONTENT_SECURITY_POLICY))
        .body(page);
    Ok(served.signature().signed(page))
}

pub(crate) async fn redirect(request: HttpRequest) -> HttpResponse {
    let location = format!("{}/docs/", place(&request, "/docs"));
    HttpResponse::PermanentRedirect().insert_header((LOCATION, location)).finish()
}

/// What stands before the route's own path: nothing, or where the model's routes begin.
fn place<'a>(request: &'a HttpRequest, own: &str) -> &'a str {
    request.path().strip_suffix(own).unwrap_or_default()
}

/// The document of a model whose routes begin at a place of its own.
fn placed(document: &[u8], place: &str) -> Result<Value, ApiError> {
    Ok(openapi::placed(serde_json::from_slice(document).map_err(internal)?, place))
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    ApiError::Internal { reason: error.to_string() }
}

/// One file of Swagger UI. They are stored compressed, and unpacked for the rare client that takes nothing packed.
pub(crate) async fn asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let file = request.match_info().get("file").unwrap_or_default();
    let place =
        request.path().strip_suffix(file).and_then(|path| path.strip_suffix("/docs/")).unwrap_or_default();
    let config = Config::new([format!("{place}/openapi.json")])
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    let file = utoipa_swagger_ui::serve(file, Arc::new(config)).map_err(internal)?;
    let Some(file) = file else { return Err(ApiError::NotFound) };
    let mut response = HttpResponse::Ok();
    response
        .content_type(file.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, SWAGGER_POLICY))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((VARY, "accept-encoding"));
    if !file.gzpipped {
        return Ok(response.body(file.bytes.into_owned()));
    }
    if accepts_gzip(&request) {
        return Ok(response.insert_header((CONTENT_ENCODING, "gzip")).body(file.bytes.into_owned()));
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*file.bytes).read_to_end(&mut unpacked).map_err(internal)?;
    Ok(response.body(unpacked))
}

/// Whether the caller takes gzip: it names it, or anything, and not with a weight of zero.
pub(super) fn accepts_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.into_iter().flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && weight.unwrap_or(1.0) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        let check = |accepted: &str, expected| {
            let request = TestRequest::get().insert_header((ACCEPT_ENCODING, accepted)).to_http_request();
            assert_eq!(accepts_gzip(&request), expected, "{accepted}");
        };
        check("gzip, deflate, br", true);
        check("br;q=1.0, gzip;q=0.8", true);
        check("*", true);
        check("gzip;q=0", false);
        check("identity", false);
        assert!(!accepts_gzip(&TestRequest::get().to_http_request()));
    }
}
