//! A key as a browser sends it when it asks its user: the password of `Authorization: Basic` (RFC 7617).

/// The password of these credentials, or the name where there is no password; absent for what is none.
pub(super) fn password(credentials: &str) -> Option<String> {
    let text = String::from_utf8(decoded(credentials.trim())?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(if password.is_empty() { name.into() } else { password.into() })
}

/// What stands in Base64, padded or not.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits & 0xFFFF) << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_key() {
        let check = |credentials: &str, expected: Option<&str>| {
            assert_eq!(password(credentials).as_deref(), expected, "{credentials}");
        };
        // printf %s 'name:key' | base64
        check("bmFtZTprZXk=", Some("key"));
        check("bmFtZTprZXk", Some("key"));
        check("Y2Fub3B5X2E6", Some("canopy_a"));
        check("OmtleTp3aXRoOmNvbG9ucw==", Some("key:with:colons"));
        check("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some("open sesame"));
        check("bmFtZQ==", None);
        check("not base64!", None);
        check("/////w==", None);
        check("", None);
    }
}
