//! `GET /metrics`: the page that Prometheus reads.

use actix_web::http::header::{Accept, Header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::state::AppState;
use crate::telemetry::{Format, page};

/// The metrics at this moment, as OpenMetrics where the caller prefers it.
pub(crate) async fn metrics(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let format = preferred(&request);
    HttpResponse::Ok().content_type(format.content_type()).body(page(&state, format))
}

fn preferred(request: &HttpRequest) -> Format {
    let Ok(accept) = Accept::parse(request) else { return Format::Classic };
    let ranked = accept.ranked();
    let known = ranked.iter().find_map(|media| match media.essence_str() {
        "application/openmetrics-text" => Some(Format::OpenMetrics),
        "text/plain" => Some(Format::Classic),
        _ => None,
    });
    known.unwrap_or(Format::Classic)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_caller_chooses_the_format() {
        let check = |accept: &str, expected| {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(preferred(&request), expected, "{accept}");
        };
        check("*/*", Format::Classic);
        check("text/plain", Format::Classic);
        check("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", Format::OpenMetrics);
        check("application/openmetrics-text;q=0.4,text/plain;version=0.0.4;q=0.5", Format::Classic);
        check("text/html", Format::Classic);
        check("nonsense", Format::Classic);
    }
}
