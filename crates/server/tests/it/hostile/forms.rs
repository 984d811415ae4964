//! Forms that hold no file.

use super::{Case, case, play, request};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let form = |content_type: &str, body: &str| {
        request("POST /predict_csv", &[&format!("Content-Type: {content_type}")], body.as_bytes())
    };
    let of = |body: &str| form("multipart/form-data; boundary=x", body);
    let part = "--x\r\nContent-Disposition: form-data; name=\"csv_file\"\r\n\r\n";
    let long = "y".repeat(100_000);
    vec![
        case("a form without a boundary", form("multipart/form-data", part), "400"),
        case(
            "a boundary of 8 kB",
            form(&format!("multipart/form-data; boundary={}", &long[..8000]), part),
            "400",
        ),
        case("a form that never ends", of(&format!("{part}1,2,3")), "400"),
        case("a form without a beginning", of("1,2,3\r\n--x--\r\n"), "400|422"),
        case("an empty form", of("--x--\r\n"), "422|400"),
        case("a part without a name", of("--x\r\n\r\n1\r\n--x--\r\n"), "400|422"),
        case(
            "a part with headers of 100 kB",
            of(&format!("--x\r\nX-Y: {long}\r\n\r\n1\r\n--x--\r\n")),
            "400|422",
        ),
        case(
            "a part with 1000 headers",
            of(&format!("--x\r\n{}\r\n1\r\n--x--\r\n", "X: y\r\n".repeat(1000))),
            "400|422",
        ),
        case("two files", of(&format!("{part}1\r\n{part}1\r\n--x--\r\n")), "422"),
        case(
            "1000 parts",
            of(&format!(
                "{}--x--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(1000)
            )),
            "422|400",
        ),
        case("a file of NULs", of(&format!("{part}{}\r\n--x--\r\n", "\0".repeat(1000))), "422"),
        case("a file of quotes", of(&format!("{part}{}\r\n--x--\r\n", "\"".repeat(9999))), "422"),
        case("a file of 100,000 columns", of(&format!("{part}{}\r\n--x--\r\n", ",".repeat(100_000))), "422"),
    ]
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_form_that_holds_no_file_is_refused";

#[test]
fn a_form_that_holds_no_file_is_refused() {
    play(cases());
}
