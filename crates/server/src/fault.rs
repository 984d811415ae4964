//! What is wrong with, or remarkable about, one place in a request.

use model_core::encoding::Rule;
use model_core::{RawValue, ValueError};
use serde::Serialize;
use utoipa::ToSchema;

/// Most errors that one answer lists; the rest is counted.
pub const LISTED_ERRORS: usize = 20;

/// One error in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Place in the request: `Birth_Rate`, `[0].CHAS`, `data[3][12]`, `line 4, column 2`; `body` for the whole.
    #[schema(example = "[0].CHAS")]
    pub loc: String,
    /// Which rule is broken.
    #[schema(example = "not of the right type")]
    pub msg: String,
    /// What is accepted at this place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "an integer")]
    pub expected: Option<String>,
    /// What was found there, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0.5")]
    pub got: Option<String>,
    /// Line of a CSV file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<u64>,
    /// Column of a CSV file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<u64>,
    /// Feature that the column of a CSV file holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column_name: Option<String>,
}

impl Fault {
    /// An error at a place of a JSON body.
    pub(crate) fn new(
        loc: impl Into<String>,
        msg: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        Self {
            loc: loc.into(),
            msg: msg.into(),
            expected: Some(expected.into()),
            got: Some(got.into()),
            line: None,
            column: None,
            column_name: None,
        }
    }

    /// A value that its feature does not take.
    pub(crate) fn value(loc: impl Into<String>, error: ValueError) -> Self {
        let msg = match error.rule {
            Rule::Required => "a value is required",
            Rule::Type => "not of the right type",
            Rule::Bounds => "out of bounds",
            Rule::Allowed => "not an allowed value",
        };
        Self::new(loc, msg, error.expected, error.got)
    }

    /// The same error in a cell of a CSV file.
    pub(crate) fn in_cell(mut self, line: u64, column: u64, name: Option<&str>) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self.column_name = name.map(Into::into);
        self
    }

    /// The same error in a line of a CSV file.
    pub(crate) fn in_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.loc, self.msg)?;
        match (&self.expected, &self.got) {
            (Some(expected), Some(got)) => write!(f, " (expected {expected}, got {got})"),
            (Some(expected), None) => write!(f, " (expected {expected})"),
            (None, Some(got)) => write!(f, " (got {got})"),
            (None, None) => Ok(()),
        }
    }
}

/// The errors found in one request: the first [`LISTED_ERRORS`] of them, and how many there are.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<Fault>,
    total: usize,
}

impl Faults {
    /// Counts one error; it is put into words only while there is room for it.
    pub(crate) fn add(&mut self, fault: impl FnOnce() -> Fault) {
        self.total += 1;
        if self.listed.len() < LISTED_ERRORS {
            self.listed.push(fault());
        }
    }

    /// The errors so far, to come back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark { listed: self.listed.len(), total: self.total }
    }

    /// Forgets the errors since the mark.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.listed.truncate(mark.listed);
        self.total = mark.total;
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The errors that are listed.
    pub fn listed(&self) -> &[Fault] {
        &self.listed
    }

    /// How many more there are.
    pub fn more(&self) -> usize {
        self.total - self.listed.len()
    }
}

/// A point in the course of finding errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    listed: usize,
    total: usize,
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self { listed: vec![fault], total: 1 }
    }
}

impl std::fmt::Display for Faults {
    /// The first error in words and the number of the others.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(first) = self.listed.first() else { return Ok(()) };
        first.fmt(f)?;
        match self.total - 1 {
            0 => Ok(()),
            others => write!(f, " and {others} more"),
        }
    }
}

/// A value that is answered although training never saw its like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ValueWarning)]
pub struct Warning {
    /// Place in the request.
    #[schema(example = "Birth_Rate")]
    pub loc: String,
    /// What is remarkable.
    #[schema(example = "outside the range seen in training")]
    pub msg: String,
    /// What training saw.
    #[schema(example = "from 5.9 to 46.08")]
    pub expected: String,
    /// What was asked, shortened.
    #[schema(example = "1000000")]
    pub got: String,
}

impl Warning {
    pub(crate) fn new(loc: String, seen: &str, got: RawValue<'_>) -> Self {
        Self {
            loc,
            msg: "outside the range seen in training".into(),
            expected: seen.into(),
            got: got.shown(),
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { loc, msg, expected, got } = self;
        write!(f, "{loc}: {msg} ({expected}), got {got}")
    }
}

impl From<Warning> for Fault {
    /// In strict mode the warning is an error.
    fn from(warning: Warning) -> Self {
        Self::new(warning.loc, warning.msg, warning.expected, warning.got)
    }
}
