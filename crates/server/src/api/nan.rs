//! The bare `NaN` that Python's `json` writes, and so the clients of MLflow and of the Open Inference Protocol for a missing
//! value. JSON has no such word.

use std::borrow::Cow;

use memchr::memmem;

/// The body with `null` in the place of each `NaN` that stands outside of a string.
pub(crate) fn nulled(body: &[u8]) -> Cow<'_, [u8]> {
    const NAN: &[u8] = b"NaN";
    if memmem::find(body, NAN).is_none() {
        return Cow::Borrowed(body);
    }
    let mut written = Vec::with_capacity(body.len() + body.len() / 3);
    let mut rest = body;
    let mut in_string = false;
    while let Some((&byte, after)) = rest.split_first() {
        // An escaped character never ends a string.
        let taken = match byte {
            b'\\' if in_string => after.len().min(1) + 1,
            b'N' if !in_string && rest.starts_with(NAN) => {
                written.extend_from_slice(b"null");
                rest = &rest[NAN.len()..];
                continue;
            }
            b'"' => {
                in_string = !in_string;
                1
            }
            _ => 1,
        };
        written.extend_from_slice(&rest[..taken]);
        rest = &rest[taken..];
    }
    Cow::Owned(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_nan_becomes_null_and_a_quoted_one_stays() {
        let check = |body: &str, expected: &str| {
            assert_eq!(nulled(body.as_bytes()), expected.as_bytes(), "{body}");
        };
        check("[1,2]", "[1,2]");
        check("[NaN, 1, NaN]", "[null, 1, null]");
        check(r#"["NaN", NaN]"#, r#"["NaN", null]"#);
        check(r#"["a\"NaN", NaN, "\\", NaN]"#, r#"["a\"NaN", null, "\\", null]"#);
        check("\"\\", "\"\\");
        check("\"NaN\\", "\"NaN\\");
        check("NaNNaN", "nullnull");
        check("-NaN", "-null");
    }
}
