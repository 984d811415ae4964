//! Tensors whose shapes and sizes do not fit what they hold.

use super::{Case, case, play, request};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let infer =
        |headers: &[&str], body: String| request("POST /v2/models/boston/infer", headers, body.as_bytes());
    let shaped = |shape: &str| {
        infer(
            &[],
            format!(
                "{{\"inputs\":[{{\"name\":\"x\",\"shape\":{shape},\"datatype\":\"FP64\",\"data\":[1,2]}}]}}"
            ),
        )
    };
    let sized = |shape: &str, of: &str, size: &str, tail: &str| {
        let json = format!(
            "{{\"inputs\":[{{\"name\":\"x\",\"shape\":{shape},\"datatype\":\"{of}\",\"parameters\":{{\"binary_data_size\":{size}}}}}]}}"
        );
        let header = format!("Inference-Header-Content-Length: {}", json.len());
        infer(&[&header], json + tail)
    };
    let cut = |length: &str| {
        infer(&[&format!("Inference-Header-Content-Length: {length}")], "{\"inputs\":[]}".into())
    };
    vec![
        case("/v2: a shape of 2^63 - 1 rows", shaped("[9223372036854775807,13]"), "422|400"),
        case("/v2: a shape whose product is 0 in 64 bits", shaped("[4294967296,4294967296]"), "422|400"),
        case("/v2: a shape below zero", shaped("[-1,13]"), "422|400"),
        case("/v2: a shape beyond 64 bits", shaped("[99999999999999999999,13]"), "422|400"),
        case("/v2: a shape of fractions", shaped("[1.5,13]"), "422|400"),
        case("/v2: a shape of 50,000 dimensions", shaped(&format!("{:?}", vec![1; 50_000])), "422|400"),
        case("/v2: no shape", shaped("[]"), "422|400"),
        case("/v2: raw bytes that are not there", sized("[1,13]", "FP64", "104", ""), "422|400"),
        case(
            "/v2: raw bytes beyond 64 bits",
            sized("[1,13]", "FP64", "18446744073709551615", "x"),
            "422|400",
        ),
        case("/v2: fewer raw bytes than the shape says", sized("[1,13]", "FP64", "3", "abc"), "422|400"),
        case("/v2: raw bytes of no input", sized("[1,13]", "FP64", "0", "abc"), "422|400"),
        case("/v2: texts longer than the body", sized("[1,13]", "BYTES", "4", "\x7f\x7f\x7f\x7f"), "422|400"),
        case("/v2: JSON beyond the body", cut("1000"), "422|400"),
        case("/v2: JSON of a length below zero", cut("-1"), "422|400"),
        case("/v2: JSON cut in the middle", cut("5"), "422|400"),
        case("/v2: JSON of no bytes", cut("0"), "422|400"),
    ]
}

/// The test of these shapes.
pub(super) const TEST: &str = "a_tensor_that_does_not_fit_its_shape_is_refused";

#[test]
fn a_tensor_that_does_not_fit_its_shape_is_refused() {
    play(cases());
}
