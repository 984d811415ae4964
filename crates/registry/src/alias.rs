//! Names of versions.

use std::fmt;
use std::str::FromStr;

use crate::RegistryError;

/// The alias of the version that a model answers with.
pub const CHAMPION: &str = "champion";

/// Longest alias, in bytes.
const LONGEST: usize = 64;
/// What an alias is, in words.
pub const ALIAS_RULE: &str = "1 to 64 letters, digits, - or _, and neither digits alone nor \"latest\"";

/// A name of a version: letters, digits, `-` and `_`, and never a number, so that it cannot be taken for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias(String);

impl Alias {
    /// The alias [`CHAMPION`].
    pub fn champion() -> Self {
        Self(CHAMPION.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Alias {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_alias = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.bytes().all(|byte| byte.is_ascii_digit());
        // `latest` is what the newest version is called, whichever that is.
        match is_alias && text != "latest" {
            true => Ok(Self(text.into())),
            false => Err(RegistryError::AliasName { given: text.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_a_name_and_no_number() {
        let check =
            |text: &str, expected: bool| assert_eq!(text.parse::<Alias>().is_ok(), expected, "{text:?}");
        check("champion", true);
        check("v2-blue_green", true);
        check(&"a".repeat(64), true);
        check(&"a".repeat(65), false);
        for wrong in ["", "7", "latest", "a b", "a/b", "ä", "../x"] {
            check(wrong, false);
        }
    }
}
