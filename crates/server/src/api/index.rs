//! `GET /`: who answers here. Text to a terminal, a page to a browser, JSON to a program.

use actix_web::http::header::{self, Accept, Header, VARY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::named::addressed;
use crate::error::ApiError;
use crate::openapi::NotLoaded;
use crate::pages;
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
    /// `ready`, or `stopping`.
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
            status: if state.is_ready() { "ready" } else { "stopping" },
            docs: "/docs/",
        }
    }
}

/// The service
///
/// Title, versions and status, in the form that the `Accept` header prefers.
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
    let served = addressed(&request, &state)?;
    let index = Index::new(&served, &state);
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "accept"));
    let answer = match preferred(&request) {
        Form::Json => response.json(index),
        Form::Text => response.content_type("text/plain; charset=utf-8").body(text(&index)),
        Form::Page => {
            let page = pages::index(&index, served.model(), plain_host(&request))
                .map_err(|error| ApiError::Internal { reason: error.to_string() })?;
            response
                .content_type("text/html; charset=utf-8")
                .insert_header((header::CONTENT_SECURITY_POLICY, pages::CONTENT_SECURITY_POLICY))
                .body(page)
        }
    };
    Ok(served.signature().signed(answer))
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
