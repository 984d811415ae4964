//! Bodies that are larger than they look, or not packed as they say.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::{Case, JSON_PATHS, case, play, request};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let blanks = vec![b' '; 50_000_000];
    let (zipped, deflated) = (gzip(&blanks), zlib(&blanks));
    let types = JSON_PATHS.map(|path| (path, "application/json"));
    let tables = [
        ("/predict", "text/csv"),
        ("/invocations", "text/csv"),
        ("/predict_csv", "multipart/form-data; boundary=x"),
    ];
    for (path, of) in types.into_iter().chain(tables) {
        let content_type = format!("Content-Type: {of}");
        let post = |encoding: &str, body: &[u8]| {
            let encoding = format!("Content-Encoding: {encoding}");
            request(&format!("POST {path}"), &[&content_type, &encoding], body)
        };
        cases.extend([
            case(format!("{path} {of}: 50 MB in a gzip body"), post("gzip", &zipped), "413|"),
            case(format!("{path} {of}: 50 MB in a deflate body"), post("deflate", &deflated), "413|"),
            case(format!("{path} {of}: no gzip"), post("gzip", b"no gzip at all, at all"), "400"),
            case(format!("{path} {of}: half a gzip"), post("gzip", &gzip(&[b' '; 2000])[..15]), "400"),
        ]);
    }
    let lines = |body: &[u8]| {
        let headers = ["Content-Type: application/x-ndjson", "Content-Encoding: gzip"];
        request("POST /predict", &headers, body)
    };
    cases.push(case("50 MB without a line end in a stream", lines(&zipped), "200"));
    cases.push(case("no gzip in a stream", lines(b"no gzip at all, at all"), "200"));
    cases
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_bomb_is_refused_within_the_limit";

#[test]
fn a_bomb_is_refused_within_the_limit() {
    play(cases());
}
