//! Keys as a file has them, one a line: `NAME SCOPES HASH`, as in `shop predict,metadata sha256:9f86…`.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use super::hash::KeyHash;
use super::scope::Scopes;

/// Longest name of a key.
const LONGEST_NAME: usize = 64;

/// One key; what it hashes to is known, the key itself is not.
#[derive(Debug, Clone)]
pub struct Key {
    /// Who holds it, for the log and for rates.
    pub name: Arc<str>,
    /// What it lets its holder do.
    pub scopes: Scopes,
    hash: KeyHash,
}

/// Why a list of keys cannot be read. The text of a line is not told: it may hold a key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyFault {
    /// A line has other fields.
    #[error(
        "line {line}: expected three fields, NAME SCOPES HASH, got {found}; \
         `server --new-api-key NAME` makes a key and its line"
    )]
    Fields {
        /// Number of the line, from 1.
        line: usize,
        /// How many fields it has.
        found: usize,
    },
    /// A name is none.
    #[error(
        "line {line}: the name must have 1 to {LONGEST_NAME} letters, digits, dots, dashes or underscores"
    )]
    Name {
        /// Number of the line, from 1.
        line: usize,
    },
    /// A scope is none.
    #[error("line {line}: {scope} is no scope; expected some of predict,metadata,admin,metrics")]
    Scope {
        /// Number of the line, from 1.
        line: usize,
        /// What stands there, shortened and in quotes.
        scope: String,
    },
    /// A hash is none.
    #[error(
        "line {line}: the third field must be `sha256:` and 64 hexadecimal digits, the hash of the key and not the key; \
         `server --new-api-key NAME` makes both"
    )]
    Hash {
        /// Number of the line, from 1.
        line: usize,
    },
    /// The hash of a key that was empty, as when a variable was unset where the hash was made.
    #[error(
        "line {line}: the third field is the hash of an empty key; `server --new-api-key NAME` makes a line"
    )]
    EmptyKey {
        /// Number of the line, from 1.
        line: usize,
    },
    /// Two lines have the same name or the same key.
    #[error("line {line}: the same {what} as line {first}; give every holder a key and a name of their own")]
    Twice {
        /// Number of the line, from 1.
        line: usize,
        /// `name` or `key`.
        what: &'static str,
        /// The line that had it first.
        first: usize,
    },
    /// There is no key.
    #[error("there is no key; `server --new-api-key NAME` makes one")]
    Empty,
}

/// A line of a file of keys.
#[derive(Debug, Clone)]
pub struct KeyLine {
    /// Name of the key.
    pub name: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// Its hash.
    pub hash: KeyHash,
}

impl fmt::Display for KeyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, scopes, hash } = self;
        write!(f, "{name} {scopes} {hash}")
    }
}

/// Whether a key may be called so.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

/// Several keys, found by what is presented.
#[derive(Debug)]
pub struct Keys {
    by_index: HashMap<[u8; 8], Key>,
}

impl Keys {
    /// The key that this text is.
    pub fn find(&self, presented: &str) -> Option<&Key> {
        let hash = KeyHash::of(presented);
        self.by_index.get(&hash.index()).filter(|key| key.hash.is(&hash))
    }

    /// How many there are; at least one.
    pub fn count(&self) -> usize {
        self.by_index.len()
    }
}

impl FromStr for Keys {
    type Err = KeyFault;

    /// Reads lines; `;` ends one too, for a variable. Empty lines and those that begin with `#` are passed over.
    fn from_str(text: &str) -> Result<Self, KeyFault> {
        let mut by_index = HashMap::new();
        let (mut names, mut hashes) = (HashMap::new(), HashMap::new());
        let lines = text.split(['\n', ';']).map(str::trim).enumerate();
        for (number, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            let line = number + 1;
            let fields: Vec<_> = text.split_whitespace().collect();
            let [name, scopes, hash] = fields[..] else {
                return Err(KeyFault::Fields { line, found: fields.len() });
            };
            if !is_name(name) {
                return Err(KeyFault::Name { line });
            }
            let scopes = scopes.parse().map_err(|scope| KeyFault::Scope { line, scope })?;
            let hash: KeyHash = hash.parse().map_err(|()| KeyFault::Hash { line })?;
            if hash.is(&KeyHash::of("")) {
                return Err(KeyFault::EmptyKey { line });
            }
            if let Some(first) = names.insert(name, line) {
                return Err(KeyFault::Twice { line, what: "name", first });
            }
            if let Some(first) = hashes.insert(hash.index(), line) {
                return Err(KeyFault::Twice { line, what: "key", first });
            }
            by_index.insert(hash.index(), Key { name: name.into(), scopes, hash });
        }
        if by_index.is_empty() { Err(KeyFault::Empty) } else { Ok(Self { by_index }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::Scope;

    fn line(name: &str, scopes: &str, key: &str) -> String {
        format!("{name} {scopes} {}", KeyHash::of(key))
    }

    #[test]
    fn a_key_is_found_by_its_text_alone() {
        let text = format!("# ours\n\n {} \n{}", line("shop", "predict", "one"), line("ops", "admin", "two"));
        let keys: Keys = text.parse().unwrap();
        let check = |presented: &str, expected: Option<&str>| {
            assert_eq!(keys.find(presented).map(|key| &*key.name), expected, "{presented}");
        };
        check("one", Some("shop"));
        check("two", Some("ops"));
        check("One", None);
        check("", None);
        check(&KeyHash::of("one").to_string(), None);
        assert!(keys.find("two").unwrap().scopes.contain(Scope::Admin));
        let variable = text.replace('\n', ";").parse::<Keys>().unwrap();
        assert_eq!(variable.count(), 2);
    }

    #[test]
    fn a_broken_list_says_where_and_does_not_tell_a_key() {
        let (one, two) = (line("shop", "predict", "one"), line("ops", "admin", "two"));
        let check = |text: String, expected: &str| {
            let message = text.parse::<Keys>().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("secret"), "{message}");
        };
        check(String::new(), "no key");
        check("# nothing\n".into(), "no key");
        check(line("ops", "admin", ""), "line 1: the third field is the hash of an empty key");
        check(format!("{one}\ncanopy_secret"), "line 2: expected three fields");
        check("shop predict canopy_secret".into(), "line 1: the third field");
        check(one.replace("shop", "sh/op"), "line 1: the name");
        check(one.replace("predict", "predict,everything"), "line 1: \"everything\" is no scope");
        check(format!("{one}\n{}", two.replace("ops", "shop")), "line 2: the same name as line 1");
        check(format!("{one}\n{}", line("ops", "admin", "one")), "line 2: the same key as line 1");
    }
}
