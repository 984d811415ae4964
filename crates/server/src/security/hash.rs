//! A key as it is stored: its SHA-256. Keys are 256 random bits, which nobody can guess, so a slow hash would only slow
//! down the server.

use std::fmt;
use std::fmt::Write;
use std::str::FromStr;

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

/// In front of every hash, so that another one can come beside it.
const ALGORITHM: &str = "sha256:";
/// In front of every key, so that one that leaked into a repository is recognised.
const KEY_PREFIX: &str = "canopy_";
const BYTES: usize = 32;

/// The SHA-256 of a key.
#[derive(Clone, Copy)]
pub struct KeyHash([u8; BYTES]);

impl KeyHash {
    /// The hash of a key.
    pub fn of(key: &str) -> Self {
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        Self(bytes)
    }

    /// What a table of keys is ordered by. How long a search takes may tell of it: nobody finds a key by its hash.
    pub(super) fn index(&self) -> [u8; 8] {
        let mut index = [0; 8];
        index.copy_from_slice(&self.0[..8]);
        index
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl FromStr for KeyHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(ALGORITHM).ok_or(())?.as_bytes();
        let mut bytes = [0; BYTES];
        if digits.len() != 2 * BYTES {
            return Err(());
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(pair[0]).ok_or(())? << 4 | digit(pair[1]).ok_or(())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALGORITHM)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A new key of 256 random bits; absent when the system gives none.
pub fn new_key() -> Option<String> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    let mut key = KEY_PREFIX.to_owned();
    bytes.iter().try_for_each(|byte| write!(key, "{byte:02x}")).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_gives() {
        // printf %s canopy | sha256sum
        let expected = "sha256:fee5dfd46b125f371923dfd73b33fa40ecec5025f643991b6be24ad89546cab9";
        assert_eq!(KeyHash::of("canopy").to_string(), expected);
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let hash = KeyHash::of("a key");
        assert!(hash.to_string().parse::<KeyHash>().unwrap().is(&hash));
        assert!(hash.to_string().to_uppercase().replace("SHA", "sha").parse::<KeyHash>().unwrap().is(&hash));
        for wrong in
            ["", "sha256:", "canopy_00", &hash.to_string()[7..], &(hash.to_string() + "0"), "sha256:\u{e4}"]
        {
            assert!(wrong.parse::<KeyHash>().is_err(), "{wrong}");
        }
        assert!(!hash.is(&KeyHash::of("another")));
    }

    #[test]
    fn keys_differ_and_are_long() {
        let (one, other) = (new_key().unwrap(), new_key().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), KEY_PREFIX.len() + 64);
    }
}
