//! What one column holds.

use super::cells::{Cells, MOST_TEXTS};
use super::numbers::Numbers;
use super::order::Order;

/// Levels that are shown.
const SHOWN_LEVELS: usize = 20;
/// Different texts from which on they may be names or ids, as when a config is inferred.
const NAMES: u64 = 20;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nine of ten values are numbers.
    Number,
    /// True and false.
    Boolean,
    /// Texts that come again, or codes.
    Category,
    /// Points in time.
    Time,
    /// Texts that are names or ids.
    Text,
    /// Nothing.
    Empty,
}

/// One column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Cells with a value, and without.
    pub(crate) present: u64,
    pub(crate) missing: u64,
    /// Different values; `None` when there are more texts than are told apart.
    pub(crate) distinct: Option<u64>,
    /// Cells of a column of numbers that hold none, and the first of them.
    pub(crate) no_numbers: u64,
    pub(crate) first_text: Option<String>,
    /// The figures of numbers.
    pub(crate) numbers: Option<Numbers>,
    /// The most frequent levels of anything else, with how often they occur.
    pub(crate) levels: Vec<(String, u64)>,
}

/// What is known of a column before its cells are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// Its numbers are codes, as the config says.
    Codes,
    /// It holds text, also where that looks like numbers, as the type of the column says.
    Text,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Category => "category",
            Self::Time => "time",
            Self::Text => "text",
            Self::Empty => "empty",
        }
    }

    /// Whether the values can be reckoned with.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Boolean)
    }

    fn of(cells: &Cells, told: Told) -> Self {
        let distinct = cells.texts.len() as u64;
        match cells.present {
            0 => Self::Empty,
            present if cells.truths == present => Self::Boolean,
            _ if told == Told::Codes => Self::Category,
            present if told != Told::Text && cells.numeric * 10 >= present * 9 => Self::Number,
            present if cells.moments * 10 >= present * 9 => Self::Time,
            present if distinct >= MOST_TEXTS as u64 || distinct > NAMES && distinct * 2 > present => {
                Self::Text
            }
            _ => Self::Category,
        }
    }
}

impl Column {
    pub(super) fn of(name: String, cells: &Cells, order: &Order, told: Told) -> Self {
        let kind = Kind::of(cells, told);
        let numbers = (kind == Kind::Number).then(|| Numbers::of(&cells.numbers, order)).flatten();
        let texts = cells.texts.len();
        let distinct = match &numbers {
            Some(numbers) => Some(numbers.distinct),
            None => (texts < MOST_TEXTS).then_some(texts as u64),
        };
        let is_number = kind == Kind::Number;
        Self {
            name,
            kind,
            present: cells.present,
            missing: cells.missing,
            distinct,
            no_numbers: if is_number { cells.present - cells.numeric } else { 0 },
            first_text: cells.first_text.clone().filter(|_| is_number),
            levels: if is_number || distinct.is_none() { Vec::new() } else { levels(cells) },
            numbers,
        }
    }

    /// The share of rows without a value.
    pub(crate) fn missing_share(&self) -> f64 {
        self.missing as f64 / (self.missing + self.present).max(1) as f64
    }

    /// The number of different values, in words.
    pub(crate) fn distinct_in_words(&self) -> String {
        self.distinct.map_or_else(|| format!("over {MOST_TEXTS}"), |distinct| distinct.to_string())
    }
}

/// The most frequent levels; of equally frequent ones the first in the alphabet.
fn levels(cells: &Cells) -> Vec<(String, u64)> {
    let mut levels: Vec<(&str, u64)> = cells.texts.by_code().into_iter().zip(cells.counts()).collect();
    levels.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    levels.into_iter().take(SHOWN_LEVELS).map(|(text, count)| (text.to_owned(), count)).collect()
}
