//! Which records become rows of the training table: the rules that need no schema.
//!
//! Both passes over the file judge by these rules, so they see the same rows.

use std::collections::BTreeMap;

use model_core::RawValue;
use model_core::cell::CellFormat;

use crate::config::{Config, Filter, Scalar, TargetSource};
use crate::csv_table::{Columns, Problem, Record};
use crate::roles::{Roles, Source, TargetColumns};
use crate::timestamp::Moment;

/// The rules of one config for one table.
#[derive(Debug, Clone)]
pub struct RowRules<'a> {
    roles: &'a Roles,
    columns: &'a Columns,
    cells: &'a CellFormat,
    minimum: Option<f64>,
    maximum: Option<f64>,
    derived_name: Option<&'a str>,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is a row; with the target, when that is derived.
    Keep(Option<f64>),
    /// It is left out, as the config asks.
    Drop(Reason),
    /// It cannot be read.
    Bad(Problem),
}

/// Why a record is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The target is absent.
    NoTarget,
    /// The target is outside the range to keep.
    OutsideRange,
    /// A filter does not let it pass; its position in the config.
    Filter(usize),
    /// It cannot be read, and the config says to drop such rows.
    Unreadable,
}

impl<'a> RowRules<'a> {
    /// The rules of a config for its table.
    pub fn new(config: &'a Config, source: &'a Source) -> Self {
        let Source { table, roles } = source;
        let derived_name = match &config.target.source {
            TargetSource::Column(_) => None,
            TargetSource::MinutesBetween { name, .. } => Some(name.as_str()),
        };
        Self {
            roles,
            columns: table.columns(),
            cells: &config.data.cells,
            minimum: config.target.minimum,
            maximum: config.target.maximum,
            derived_name,
        }
    }

    /// What becomes of a record.
    pub fn judge(&self, record: Record<'_>) -> Verdict {
        if record.len() != self.columns.len() {
            return Verdict::Bad(Problem {
                place: record.place(),
                column: None,
                expected: format!("{} cells as in the header", self.columns.len()),
                found: record.len().to_string(),
            });
        }
        for (number, (position, filter)) in self.roles.filters.iter().enumerate() {
            match self.passes(filter, &record.text(*position)) {
                Some(true) => {}
                Some(false) => return Verdict::Drop(Reason::Filter(number)),
                None => return self.bad(*position, "a number", record),
            }
        }
        match self.roles.target {
            TargetColumns::Column(position) => self.judge_column(position, record),
            TargetColumns::MinutesBetween { start, end } => self.judge_minutes(start, end, record),
        }
    }

    /// The weight in the cell of a record at `position`; `None` when it holds none.
    pub fn weight(&self, record: Record<'_>, position: usize) -> Option<f64> {
        self.cells.number(&record.text(position)).filter(|weight| *weight >= 0.0)
    }

    /// The problem with the cell of a record at `position`.
    pub fn problem(&self, position: usize, expected: &str, record: Record<'_>) -> Problem {
        let text = record.text(position);
        let text = text.trim();
        Problem {
            place: record.place(),
            column: Some(self.columns.names()[position].clone()),
            expected: expected.into(),
            found: if text.is_empty() { RawValue::Missing } else { RawValue::Text(text) }.shown(),
        }
    }

    /// The counts by reason in words.
    pub fn in_words(&self, counts: &BTreeMap<Reason, u64>) -> BTreeMap<String, u64> {
        let word = |reason: &Reason| match reason {
            Reason::NoTarget => "no target".to_owned(),
            Reason::OutsideRange => match (self.minimum, self.maximum) {
                (Some(minimum), Some(maximum)) => format!("target not from {minimum} to {maximum}"),
                (Some(minimum), None) => format!("target below {minimum}"),
                (_, maximum) => format!("target above {}", maximum.unwrap_or(f64::INFINITY)),
            },
            Reason::Filter(number) => format!("filter on {}", self.roles.filters[*number].1.column),
            Reason::Unreadable => "bad cell".to_owned(),
        };
        let mut words = BTreeMap::new();
        for (reason, rows) in counts {
            *words.entry(word(reason)).or_default() += rows;
        }
        words
    }

    fn judge_column(&self, position: usize, record: Record<'_>) -> Verdict {
        let text = record.text(position);
        if self.cells.is_missing(&text) {
            return Verdict::Drop(Reason::NoTarget);
        }
        if self.minimum.is_some() || self.maximum.is_some() {
            let Some(value) = self.cells.number(&text) else {
                return self.bad(position, "a number", record);
            };
            if !self.keeps(value) {
                return Verdict::Drop(Reason::OutsideRange);
            }
        }
        Verdict::Keep(None)
    }

    fn judge_minutes(&self, start: usize, end: usize, record: Record<'_>) -> Verdict {
        let mut moments = [None; 2];
        for (moment, position) in moments.iter_mut().zip([start, end]) {
            let text = record.text(position);
            if self.cells.is_missing(&text) {
                return Verdict::Drop(Reason::NoTarget);
            }
            *moment = Moment::parse(&text);
            if moment.is_none() {
                return self.bad(position, "a time such as 2019-03-23 20:21:09", record);
            }
        }
        let [Some(from), Some(to)] = moments else { return Verdict::Drop(Reason::NoTarget) };
        let Some(minutes) = from.minutes_until(to) else {
            return Verdict::Bad(Problem {
                place: record.place(),
                column: self.derived_name.map(str::to_owned),
                expected: "two times with an offset from UTC, or two without".into(),
                found: "one of each".into(),
            });
        };
        if self.keeps(minutes) { Verdict::Keep(Some(minutes)) } else { Verdict::Drop(Reason::OutsideRange) }
    }

    fn keeps(&self, target: f64) -> bool {
        self.minimum.is_none_or(|minimum| target >= minimum)
            && self.maximum.is_none_or(|maximum| target <= maximum)
    }

    /// Whether a cell passes a filter; `None` when it should be a number and is none.
    fn passes(&self, filter: &Filter, cell: &str) -> Option<bool> {
        let text = cell.trim();
        if self.cells.is_missing(text) {
            return Some(false);
        }
        let number = self.cells.number(text);
        if filter.minimum.is_some() || filter.maximum.is_some() {
            let value = number?;
            if filter.minimum.is_some_and(|minimum| value < minimum)
                || filter.maximum.is_some_and(|m| value > m)
            {
                return Some(false);
            }
        }
        let is = |wanted: &Scalar| match wanted {
            Scalar::Integer(wanted) => number == Some(*wanted as f64),
            Scalar::Number(wanted) => number == Some(*wanted),
            Scalar::Boolean(wanted) => text.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
            Scalar::Text(wanted) => text == wanted,
        };
        Some(
            filter.one_of.as_ref().is_none_or(|wanted| wanted.iter().any(is))
                && !filter.none_of.iter().any(is),
        )
    }

    fn bad(&self, position: usize, expected: &str, record: Record<'_>) -> Verdict {
        Verdict::Bad(self.problem(position, expected, record))
    }
}
