//! Texts that are no JSON of any protocol, each with what it is.

use super::{Case, JSON_PATHS, case, play, request};
use crate::service::boston_row;

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let row = boston_row();
    let (deep, deep_objects) = ("[".repeat(90_000), "{\"a\":".repeat(30_000));
    let digits = "1".repeat(90_000);
    for path in JSON_PATHS {
        // The question of this protocol around one value.
        let around = |value: &str| match path {
            "/v2/models/boston/infer" => {
                format!(
                    "{{\"inputs\":[{{\"name\":\"x\",\"shape\":[1,13],\"datatype\":\"FP64\",\"data\":[{value}]}}]}}"
                )
            }
            "/v1/models/boston:predict" | "/invocations" => format!("{{\"instances\":[[{value}]]}}"),
            "/v1/services/predict" => format!("[{{\"RM\":{value}}}]"),
            _ => format!("{{\"data\":[[{value}]]}}"),
        };
        let mut add = |name: &str, body: &[u8], expected| {
            let bytes = request(&format!("POST {path}"), &["Content-Type: application/json"], body);
            cases.push(case(format!("{path}: {name}"), bytes, expected));
        };
        let values = row.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        let filled = values.join(",");
        if path != "/v1/services/predict" {
            add("a good question", around(&filled).as_bytes(), "200");
        }
        add("nothing but blanks", b" \n\t ", "400");
        add("90,000 lists in each other", deep.as_bytes(), "400|422");
        add("90,000 lists in a value", around(&deep).as_bytes(), "400");
        add("30,000 objects in each other", deep_objects.as_bytes(), "400|422");
        add("30,000 objects in a value", around(&deep_objects).as_bytes(), "400");
        add(
            "no UTF-8",
            around("\"\u{1}\"")
                .replace('\u{1}', "x")
                .as_bytes()
                .split(|&byte| byte == b'x')
                .collect::<Vec<_>>()
                .join(&b"\xff\xfe"[..])
                .as_slice(),
            "400",
        );
        add("a NUL", around("\0").as_bytes(), "400");
        add("half of a surrogate pair", around("\"\\ud800\"").as_bytes(), "400");
        add("a number of 90,000 digits", around(&digits).as_bytes(), "400|422");
        add("a number beyond a double", around("1e999999999").as_bytes(), "400|422");
        add("a byte order mark", format!("\u{feff}{}", around(&filled)).as_bytes(), "400");
        add("two bodies in one", format!("{0}{0}", around(&filled)).as_bytes(), "400|422");
        add("a list without an end", around("1").trim_end_matches(['}', ']']).as_bytes(), "400|422");
        add(
            "100,000 fields of one name",
            format!("{{{}\"a\":1}}", "\"a\":1,".repeat(30_000)).as_bytes(),
            "422|400",
        );
    }
    let post = |path: &str, body: String| request(&format!("POST {path}"), &[], body.as_bytes());
    let twice = |key: &str| format!("{{\"{key}\":[{row}],\"{key}\":[{row}]}}");
    cases.extend([
        case("/predict: data twice", post("/predict", twice("data")), "422"),
        case("/predict: a feature twice", post("/predict", "{\"RM\":1,\"RM\":2}".into()), "422"),
        case("/v1: instances twice", post("/v1/models/boston:predict", twice("instances")), "422|400"),
        case("/invocations: inputs twice", post("/invocations", twice("inputs")), "422|400"),
        case("/v2: inputs twice", post("/v2/models/boston/infer", twice("inputs")), "422|400"),
    ]);
    cases
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_text_that_is_no_question_is_refused_in_every_protocol";

#[test]
fn a_text_that_is_no_question_is_refused_in_every_protocol() {
    play(cases());
}
