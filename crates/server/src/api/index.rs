//! `GET /`: who answers here. Text to a terminal, the playground to a browser, JSON to a program.

use actix_web::http::header::{
    self, Accept, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, Header, IF_NONE_MATCH, VARY,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::docs::accepts_gzip;
use super::named::addressed;
use crate::error::ApiError;
use crate::openapi::NotLoaded;
use crate::pages;
use crate::playground::{self, Asset};
use crate::state::{AppState, Served};

/// The service and its model.
#[derive(Serialize, ToSchema)]
pub(crate) struct Index<'a> {
    /// Title of the service.
    pub(crate) title: &'a str,
    /// What the service does.
    pub(crate) description: &'a str,
    /// Version of the service's API.
    pub(crate) app_version: &'a str,
    /// Name of the model.
    pub(crate) model_name: &'a str,
    /// Version of the model.
    pub(crate) model_version: u64,
    /// `alive`, or `stopping`.
    pub(crate) status: &'static str,
    /// Path of the interactive documentation.
    pub(crate) docs: &'static str,
}

impl<'a> Index<'a> {
    fn new(served: &'a Served, state: &AppState) -> Self {
        let header = served.model().header();
        Self {
            title: &header.app.title,
            description: &header.app.description,
            app_version: &header.app.version,
            model_name: &header.name,
            model_version: header.version,
            // In the word by which clients of KServe V1 ask whether a server lives.
            status: if state.is_ready() { "alive" } else { "stopping" },
            docs: "/docs/",
        }
    }
}

/// The service
///
/// Title, versions and status, in the form that the `Accept` header prefers. To a browser it is a page that asks the model
/// what its reader types; where keys are needed, the page asks for one.
#[utoipa::path(
    get,
    path = "/",
    tag = "service",
    operation_id = "index",
    responses(
        (
            status = 200,
            description = "The service and its model",
            content((Index = "application/json"), (String = "text/plain"), (String = "text/html")),
        ),
        NotLoaded,
    )
)]
pub(crate) async fn index(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let form = preferred(&request);
    if form == Form::Page {
        return page(&request, &state);
    }
    let served = addressed(&request, &state)?;
    let index = Index::new(&served, &state);
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "accept"));
    let answer = match form {
        Form::Text => response.content_type("text/plain; charset=utf-8").body(text(&index)),
        Form::Json | Form::Page => response.json(index),
    };
    Ok(served.signature().signed(answer))
}

/// The playground. It says of the model what everybody may know: nothing where keys are needed, and nothing without a model,
/// whose absence it tells when it asks.
fn page(request: &HttpRequest, state: &AppState) -> Result<HttpResponse, ApiError> {
    let has_keys = state.security.has_keys();
    let served = if has_keys { None } else { addressed(request, state).ok() };
    let shown = served.as_ref().map(|served| (Index::new(served, state), served.model()));
    let page = pages::playground(
        shown.as_ref().map(|(index, model)| (index, *model)),
        has_keys,
        plain_host(request),
    )
    .map_err(|error| ApiError::Internal { reason: error.to_string() })?;
    let page = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((VARY, "accept"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, playground::CONTENT_SECURITY_POLICY))
        .body(page);
    Ok(match served {
        Some(served) => served.signature().signed(page),
        None => page,
    })
}

/// `GET /playground/{file}`: a file of the page, packed where the caller takes it.
pub(crate) async fn asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("file").unwrap_or_default();
    let asset = Asset::named(name).ok_or(ApiError::NotFound)?;
    let packed = accepts_gzip(&request);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Both forms of a file unpack to one content, and a weak tag says no more.
    let is_known = known.is_some_and(|tags| tags.contains(&asset.tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((ETAG, format!("W/{}", asset.tag)));
    if is_known {
        return Ok(response.finish());
    }
    response.content_type(asset.content_type);
    Ok(match packed {
        true => response.insert_header((CONTENT_ENCODING, "gzip")).body(asset.packed.clone()),
        false => response.body(asset.plain),
    })
}

/// Whether the caller of the front page is a browser.
pub(crate) fn wants_page(request: &HttpRequest) -> bool {
    preferred(request) == Form::Page
}

fn text(index: &Index<'_>) -> String {
    let Index { title, description, app_version, model_name, model_version, status, docs } = index;
    format!(
        "{title} {app_version}\n{description}\nmodel: {model_name} version {model_version}\nstatus: {status}\n\
         documentation: {docs}\n"
    )
}

/// The host and port that the caller asked, when they hold nothing that a shell would read otherwise.
fn plain_host(request: &HttpRequest) -> Option<&str> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    Page,
}

/// The form that the caller names first among those that we have; JSON where it names none.
fn preferred(request: &HttpRequest) -> Form {
    let Ok(accept) = Accept::parse(request) else { return Form::Json };
    let ranked = accept.ranked();
    let named = ranked.iter().find_map(|media| match media.essence_str() {
        "application/json" => Some(Form::Json),
        "text/plain" | "text/*" => Some(Form::Text),
        "text/html" | "application/xhtml+xml" => Some(Form::Page),
        _ => None,
    });
    named.unwrap_or(Form::Json)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_plain_host_stands_in_the_command() {
        let check = |host: &'static str, expected: Option<&str>| {
            let request = TestRequest::get().insert_header((header::HOST, host)).to_http_request();
            assert_eq!(plain_host(&request), expected, "{host}");
        };
        check("127.0.0.1:8000", Some("127.0.0.1:8000"));
        check("[::1]:8000", Some("[::1]:8000"));
        check("models.example.org", Some("models.example.org"));
        check("x;rm", None);
        check("$(id)", None);
    }

    #[test]
    fn the_form_follows_the_accept_header() {
        let check = |accept: &str, expected| {
            let request = TestRequest::get().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(preferred(&request), expected, "{accept}");
        };
        check("*/*", Form::Json);
        check("text/plain", Form::Text);
        check("application/json, text/plain;q=0.5", Form::Json);
        check("application/json;q=0.2, text/plain;q=0.5", Form::Text);
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form::Page);
        check("image/png", Form::Json);
        check("not a media type", Form::Json);
        assert_eq!(preferred(&TestRequest::get().to_http_request()), Form::Json);
    }
}
