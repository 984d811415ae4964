//! Makes a key, and the line by which a server knows it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use thiserror::Error;

use super::hash::{KeyHash, new_key};
use super::key::{KeyLine, Keys, is_name};
use super::scope::Scopes;
use crate::args::Args;

/// A key that is to be made.
#[derive(Debug)]
pub struct Wanted {
    name: String,
    scopes: Scopes,
    file: Option<PathBuf>,
}

/// Why there is no new key.
#[derive(Debug, Error)]
pub enum NewKeyError {
    /// A key cannot be called so.
    #[error("--new-api-key: a name has 1 to 64 letters, digits, dots, dashes or underscores, got {name:?}")]
    Name {
        /// The name.
        name: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a key")]
    Random,
    /// The line would spoil the file.
    #[error("the new key would not fit into {}: {fault}", path.display())]
    Spoilt {
        /// The file.
        path: PathBuf,
        /// What would be wrong with it.
        fault: super::KeyFault,
    },
    /// The file cannot be read or written.
    #[error("cannot add the key to {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Args {
    /// The key to make, when this run is to make one and not to serve.
    pub fn new_key(&self) -> Option<Wanted> {
        let security = &self.security;
        let name = security.new_api_key.clone()?;
        Some(Wanted { name, scopes: security.scopes, file: security.api_keys_file.clone() })
    }
}

impl Wanted {
    /// Makes the key and prints it on standard output, once. Its line goes to the end of the file, or else to standard
    /// error.
    ///
    /// # Errors
    /// When the name is none, or the file cannot have it.
    pub fn make(self) -> Result<(), NewKeyError> {
        let Self { name, scopes, file } = self;
        if !is_name(&name) {
            return Err(NewKeyError::Name { name });
        }
        let key = new_key().ok_or(NewKeyError::Random)?;
        let line = KeyLine { name, scopes, hash: KeyHash::of(&key) };
        match file {
            Some(path) => append(path, &line)?,
            None => {
                eprintln!("The line for the file of --api-keys-file, or for the variable API_KEYS:\n{line}");
            }
        }
        println!("{key}");
        Ok(())
    }
}

fn append(path: PathBuf, line: &KeyLine) -> Result<(), NewKeyError> {
    let failed = |source| NewKeyError::File { path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed)?;
    let before = std::fs::read_to_string(&path).map_err(failed)?;
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let added = format!("{end}{line}\n");
    if let Err(fault) = (before + &added).parse::<Keys>() {
        return Err(NewKeyError::Spoilt { path, fault });
    }
    file.write_all(added.as_bytes()).map_err(failed)
}
