//! The playground: what a browser gets at `/`, and the files of that page.

use std::io::Read;

use actix_web::test::TestRequest;
use server::state::Limits;

use crate::security::{key_lines, secured};
use crate::service::{Reply, ask, ask_state, state};
use crate::stubs;

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

/// The front page as a browser asks for it.
fn browse() -> TestRequest {
    get("/").insert_header(("accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
}

fn asked(options: &[&str], requests: impl IntoIterator<Item = TestRequest>) -> Vec<Reply> {
    ask_state(state(stubs::taxi(), Limits::default()).secured(secured(options)), requests)
}

/// The addresses of the files that a page loads.
fn files(page: &str) -> Vec<&str> {
    let links = page.split(['"']).filter(|text| text.starts_with("playground/"));
    links.collect()
}

#[test]
fn a_page_loads_files_of_this_server_and_no_inline_code() {
    let [page] = ask(stubs::taxi(), [browse()]).try_into().unwrap();
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for inline in ["<script>", "<style", " style=", " onclick="] {
        assert!(!page.text.contains(inline), "{inline}: {}", page.text);
    }
    let files = files(&page.text);
    assert!(files.len() > 10, "{files:?}");
    for (file, reply) in
        files.iter().zip(ask(stubs::taxi(), files.iter().map(|file| get(&format!("/{file}")))))
    {
        assert_eq!((reply.status, reply.header("vary")), (200, "accept-encoding"), "{file}");
        assert!(!reply.text.is_empty(), "{file}");
    }
}

#[test]
fn a_file_comes_packed_or_not_and_once() {
    let script = || get("/playground/main.js");
    let [plain, packed, nothing] = ask(
        stubs::taxi(),
        [
            script(),
            script().insert_header(("accept-encoding", "br, gzip")),
            get("/playground/playground.html"),
        ],
    )
    .try_into()
    .unwrap();
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&*packed.bytes).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.text);
    assert_eq!(nothing.status, 404);
    let known = script().insert_header(("if-none-match", packed.header("etag")));
    let other = script().insert_header(("if-none-match", "W/\"0123456789abcdef\""));
    let [same, changed] = ask(stubs::taxi(), [known, other]).try_into().unwrap();
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!(changed.status, 200);
}

/// Programs are refused as ever; the page asks its reader for a key.
#[test]
fn a_browser_gets_an_empty_page_where_keys_are_needed() {
    let lines = key_lines();
    let requests = [
        browse(),
        get("/playground/main.js"),
        get("/"),
        get("/").insert_header(("accept", "text/plain")),
        get("/v1/model").insert_header(("accept", "text/html")),
    ];
    let [page, file, program, terminal, model] = asked(&["--api-keys", &lines], requests).try_into().unwrap();
    assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"));
    assert!(page.text.contains("data-keys=\"true\""), "{}", page.text);
    assert!(!page.text.contains("Trip") && !page.text.contains("taxi"), "{}", page.text);
    assert_eq!(page.header("x-canopy-model"), "");
    assert_eq!(file.status, 200);
    assert_eq!([program.status, terminal.status, model.status], [401; 3]);
}

#[test]
fn an_address_that_may_not_ask_gets_no_page() {
    let replies = asked(&["--allow", "192.0.2.0/24"], [browse(), get("/playground/main.js")]);
    assert_eq!(replies.iter().map(|reply| reply.status).collect::<Vec<_>>(), [403, 403]);
}

/// Where a key would tell callers apart, the page has to come first, and costs next to nothing.
#[test]
fn a_page_counts_as_a_request_where_there_are_no_keys() {
    let rate = ["--rate-limit", "2/h"];
    let statuses = |options: &[&str]| {
        let replies = asked(options, [browse(), browse(), browse(), get("/playground/main.js")]);
        replies.iter().map(|reply| reply.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&rate), [200, 200, 429, 200]);
    let lines = key_lines();
    assert_eq!(statuses(&[rate[0], rate[1], "--api-keys", &lines]), [200; 4]);
}
