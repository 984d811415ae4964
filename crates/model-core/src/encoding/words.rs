//! What a feature takes and what a caller gave, in words for people.

use super::RawValue;
use crate::schema::{Category, FeatureKind, Levels};

/// Most characters of a caller's value that an error repeats.
const ECHO_LIMIT: usize = 40;
/// Most levels that an error lists.
const LISTED_LEVELS: usize = 12;

impl RawValue<'_> {
    /// The value as an error or a warning repeats it: text in quotes and shortened.
    pub fn shown(self) -> String {
        match self {
            Self::Missing => "nothing".into(),
            Self::Number(value) => format!("{value:?}"),
            Self::Integer(value) => value.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Text(text) => shortened(text),
            Self::Other(word) => word.into(),
        }
    }
}

/// The text in quotes, cut after 40 characters, so that no error repeats a payload.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHO_LIMIT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

pub(super) fn in_words(kind: &FeatureKind) -> String {
    match kind {
        FeatureKind::Number { minimum, maximum } => bounded("a number", minimum.as_ref(), maximum.as_ref()),
        FeatureKind::Integer { minimum, maximum, allowed } if allowed.is_empty() => {
            bounded("an integer", minimum.as_ref(), maximum.as_ref())
        }
        FeatureKind::Integer { allowed, .. } => listed(allowed.iter().map(i64::to_string)),
        FeatureKind::Boolean => "true or false".into(),
        FeatureKind::Category(Category { levels: Levels::Text(levels), closed }) => {
            if *closed {
                listed(levels.iter().map(|level| format!("{level:?}")))
            } else {
                "text".into()
            }
        }
        FeatureKind::Category(Category { levels: Levels::Integer { values, minimum, maximum }, closed }) => {
            if *closed {
                listed(values.iter().map(i64::to_string))
            } else {
                bounded("an integer", minimum.as_ref(), maximum.as_ref())
            }
        }
    }
}

fn bounded<T: std::fmt::Display>(what: &str, minimum: Option<&T>, maximum: Option<&T>) -> String {
    match (minimum, maximum) {
        (None, None) => what.into(),
        (Some(minimum), None) => format!("{what} of at least {minimum}"),
        (None, Some(maximum)) => format!("{what} of at most {maximum}"),
        (Some(minimum), Some(maximum)) => format!("{what} from {minimum} to {maximum}"),
    }
}

fn listed(values: impl ExactSizeIterator<Item = String>) -> String {
    let more = values.len().saturating_sub(LISTED_LEVELS);
    let mut words = values.take(LISTED_LEVELS).collect::<Vec<_>>().join(", ");
    if more > 0 {
        words.push_str(&format!(" or {more} more"));
    }
    format!("one of {words}")
}
