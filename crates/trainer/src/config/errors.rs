//! Everything that is wrong with a config, in the order of the file.

use std::error::Error;
use std::fmt;

use super::check::Problem;
use super::source::Position;

/// Where a problem was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A position in the file.
    At(Position),
    /// An override on the command line, with its place among them.
    Override(usize, String),
}

/// Why a config cannot be used: all problems that were found, in the order of the file, overrides last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    file: String,
    problems: Vec<(Place, Problem)>,
}

impl ConfigErrors {
    pub(super) fn new(file: impl Into<String>, mut problems: Vec<(Place, Problem)>) -> Self {
        problems.sort_by(|one, other| one.0.cmp(&other.0));
        Self { file: file.into(), problems }
    }

    /// The problems, one line each.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.problems.iter().map(|(place, Problem { path, message })| {
            let place = match place {
                Place::File => self.file.clone(),
                Place::At(Position { line, column }) => format!("{}:{line}:{column}", self.file),
                Place::Override(_, argument) => format!("--set {argument}"),
            };
            match path.steps() {
                [] => format!("{place}: {message}"),
                _ => format!("{place}: {path}: {message}"),
            }
        })
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.lines().enumerate() {
            write!(f, "{}{line}", if index > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl Error for ConfigErrors {}
