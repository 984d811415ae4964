//! What a caller asks for beside the predictions, as written in the query of the address or under `options` in the body.

use actix_web::web::Query;
use model_core::encoding::shortened;
use model_core::{Level, Model, RawValue};

use crate::answer::{Asked, Lacking};
use crate::error::ApiError;
use crate::fault::{Fault, Faults};

/// Fields of an answer with options, which no prediction can share.
const RESERVED: [&str; 7] =
    ["probabilities", "interval", "contributions", "model", "lower", "upper", "base_value"];

/// The options of one place, as given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Options {
    source: Source,
    proba: Option<bool>,
    interval: Option<Level>,
    explain: Option<bool>,
}

/// Where options are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Behind the `?` of the address.
    Query,
    /// Under this key of the body.
    Body(&'static str),
}

impl Source {
    /// How an error spells the place of an option.
    fn place(self, name: &str) -> String {
        match self {
            Self::Query => format!("?{}", short(name)),
            Self::Body(key) => format!("{key}.{}", short(name)),
        }
    }
}

/// An option's name as sent, cut when it is longer than any sensible one.
fn short(name: &str) -> &str {
    name.char_indices().nth(40).map_or(name, |(end, _)| &name[..end])
}

impl Options {
    /// None given.
    pub(crate) const NONE: Self = Self::none(Source::Query);

    /// None given yet in this place.
    pub(crate) const fn none(source: Source) -> Self {
        Self { source, proba: None, interval: None, explain: None }
    }

    /// Reads the query of an address.
    ///
    /// # Errors
    /// When it names an unknown option, one twice, or gives one a value that it does not take: with all that is wrong.
    pub(crate) fn of_query(query: &str) -> Result<Self, ApiError> {
        let mut options = Self::NONE;
        if query.is_empty() {
            return Ok(options);
        }
        let mut faults = Faults::default();
        match Query::<Vec<(String, String)>>::from_query(query) {
            Ok(pairs) => {
                for (name, value) in pairs.into_inner() {
                    options.set(&name, typed(&value), &mut faults);
                }
            }
            Err(error) => {
                faults.add(|| Fault::new("query", "cannot be read", "name=value pairs", error.to_string()));
            }
        }
        if faults.is_empty() { Ok(options) } else { Err(ApiError::Invalid { faults }) }
    }

    /// Takes one option.
    pub(crate) fn set(&mut self, name: &str, value: RawValue<'_>, faults: &mut Faults) {
        let source = self.source;
        let mut refuse = |msg: &str, expected: &str, got: String| {
            faults.add(|| Fault::new(source.place(name), msg, expected, got));
        };
        let given = match name {
            "proba" => self.proba.is_some(),
            "interval" => self.interval.is_some(),
            "explain" => self.explain.is_some(),
            _ => return refuse("unknown option", "proba, interval or explain", shortened(name)),
        };
        if given {
            return refuse("given twice", "the option once", value.shown());
        }
        match (name, value) {
            ("proba", RawValue::Boolean(wanted)) => self.proba = Some(wanted),
            ("explain", RawValue::Boolean(wanted)) => self.explain = Some(wanted),
            ("interval", _) => match level(value) {
                Ok(level) => self.interval = Some(level),
                Err(msg) => refuse(msg, &levels(), value.shown()),
            },
            _ => refuse("not of the right type", "true or false", value.shown()),
        }
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "proba" => self.proba.is_some(),
            "interval" => self.interval.is_some(),
            _ => self.explain.is_some(),
        }
    }

    /// Whether an answer to so many rows takes much longer than their predictions do.
    pub(crate) fn are_heavy(query: Self, body: Self, rows: usize) -> bool {
        Self::asked(query, body).is_heavy(rows)
    }

    /// What stands in the body goes before the query.
    fn asked(query: Self, body: Self) -> Asked {
        Asked {
            probabilities: body.proba.or(query.proba).unwrap_or(false),
            interval: body.interval.or(query.interval),
            contributions: body.explain.or(query.explain).unwrap_or(false),
        }
    }

    /// What is asked for, of a model, for so many rows. What stands in the body goes before the query.
    ///
    /// # Errors
    /// When the model cannot give what is asked for.
    pub(crate) fn check(query: Self, body: Self, model: &dyn Model, rows: usize) -> Result<Asked, ApiError> {
        let mut faults = Faults::default();
        let asked = Self::asked(query, body);
        let place = |name| if body.has(name) { body.source } else { query.source }.place(name);
        if let Err(lacking) = asked.check(model, rows) {
            let name = match lacking {
                Lacking::Probabilities => "proba",
                Lacking::Intervals | Lacking::IntervalsOfClasses => "interval",
                Lacking::Contributions | Lacking::Rows { .. } => "explain",
            };
            let got = match (lacking, asked.interval) {
                (Lacking::Rows { rows, .. }, _) => rows.to_string(),
                (Lacking::Intervals | Lacking::IntervalsOfClasses, Some(level)) => level.value().to_string(),
                _ => "true".into(),
            };
            faults.add(|| Fault::new(place(name), lacking.to_string(), lacking.cure(), got));
        }
        let field = &model.header().serving.response_field;
        if !asked.is_nothing() && is_reserved(field) {
            faults.add(|| {
                let cure = "a model trained with another serving.response_field in its config";
                Fault::new("options", "the answer has a field of this name", cure, field.as_str())
            });
        }
        if faults.is_empty() { Ok(asked) } else { Err(ApiError::Invalid { faults }) }
    }
}

/// Whether a prediction under this field could not be told from what stands beside it.
pub(crate) fn is_reserved(field: &str) -> bool {
    RESERVED.contains(&field)
}

/// The level of an interval, or which rule it breaks.
pub(crate) fn level(value: RawValue<'_>) -> Result<Level, &'static str> {
    let number = match value {
        RawValue::Integer(number) => number as f64,
        RawValue::Number(number) => number,
        RawValue::Missing | RawValue::Boolean(_) | RawValue::Text(_) | RawValue::Other(_) => {
            return Err("not of the right type");
        }
    };
    Level::new(number).map_err(|_| "out of bounds")
}

/// The levels that an interval can have, in words.
pub(crate) fn levels() -> String {
    format!("a number from {} to {}", Level::LEAST, Level::MOST)
}

/// A value of the query as JSON would spell it.
fn typed(value: &str) -> RawValue<'_> {
    match value {
        "true" => RawValue::Boolean(true),
        "false" => RawValue::Boolean(false),
        // JSON knows no other numbers, such as `inf` or `+1`.
        text => serde_json::from_str::<f64>(text).map_or(RawValue::Text(text), RawValue::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_json_would_be() {
        let level = |level| Level::new(level).ok();
        let check = |query: &str, proba, interval, explain| {
            assert_eq!(
                Options::of_query(query).unwrap(),
                Options { source: Source::Query, proba, interval, explain },
                "{query}"
            );
        };
        check("", None, None, None);
        check("proba=true&interval=0.9&explain=true", Some(true), level(0.9), Some(true));
        check("explain=false", None, None, Some(false));
        check("interval=9e-1", None, level(0.9), None);
        check("%70roba=%74rue", Some(true), None, None);
    }

    #[test]
    fn what_is_wrong_with_a_query_is_named() {
        let check = |query: &str, expected: &str| {
            assert_eq!(Options::of_query(query).unwrap_err().to_string(), expected, "{query}");
        };
        check("probas=true", "?probas: unknown option (expected proba, interval or explain, got \"probas\")");
        check("proba", "?proba: not of the right type (expected true or false, got \"\")");
        check("proba=1", "?proba: not of the right type (expected true or false, got 1.0)");
        check("proba=true&proba=true", "?proba: given twice (expected the option once, got true)");
        check("interval=90", "?interval: out of bounds (expected a number from 0.5 to 0.99, got 90.0)");
        check(
            "interval=inf&explain=yes",
            "?interval: not of the right type (expected a number from 0.5 to 0.99, got \"inf\") and 1 more",
        );
    }
}
