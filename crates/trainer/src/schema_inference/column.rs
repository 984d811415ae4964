//! What one feature column holds.

use model_core::Encoder;
use model_core::cell::{CellFormat, trimmed};
use model_core::decimal::Decimal;

use super::kept_cells::KeptCells;
use super::kept_numbers::{KeptNumbers, Mark};
use super::merged_values::{MergedValues, is_safe};
use super::part_rows::PartNumbers;
use super::tile::Written;
use super::{DistinctTexts, Gather};
use crate::config::KindName;

/// Values after which a column that is mostly numbers is no longer taken for text.
const TRIAL_VALUES: u64 = 1000;
/// Most different levels that are kept; a forest takes no more.
const LEVEL_LIMIT: usize = 65_534;
/// Different texts from which on a column may hold names or ids.
const NAMES: usize = 20;

/// What one feature column holds.
#[derive(Debug, Clone)]
pub struct ColumnSurvey {
    /// Rows without a value.
    pub missing: u64,
    /// Rows with one.
    pub present: u64,
    numbers: u64,
    truths: u64,
    levels: Option<DistinctTexts>,
    is_settled: bool,
    merged: MergedValues,
    kept: KeptCells,
}

impl ColumnSurvey {
    /// A survey of no cells yet.
    pub(super) fn new(gather: Gather) -> Self {
        Self {
            missing: 0,
            present: 0,
            numbers: 0,
            truths: 0,
            levels: (gather != Gather::Counts).then(DistinctTexts::default),
            is_settled: gather != Gather::WhatItIs,
            merged: MergedValues::default(),
            kept: KeptCells::new(gather != Gather::Levels, gather != Gather::Counts),
        }
    }

    /// The kind that the values show; none when there are no values.
    pub fn kind(&self) -> Option<KindName> {
        if self.present == 0 {
            None
        } else if self.truths == self.present {
            Some(KindName::Boolean)
        } else if self.is_mostly_numbers() {
            Some(KindName::Number)
        } else {
            Some(KindName::Category)
        }
    }

    /// Whether the texts are as many as those of names or ids.
    pub fn looks_like_names(&self) -> bool {
        let different = self.levels.as_ref().map_or(0, |levels| levels.len());
        self.is_overfull() || different > NAMES && different as u64 * 2 > self.present
    }

    /// Whether there are more levels than a forest takes.
    pub fn is_overfull(&self) -> bool {
        self.levels.as_ref().is_some_and(|levels| levels.overflow)
    }

    /// The different values as they stand in the cells, sorted.
    pub fn levels(&self) -> Vec<&str> {
        self.levels.as_ref().map(DistinctTexts::sorted).unwrap_or_default()
    }

    /// Values that become the same `f32` as another value, at least.
    pub fn merged_values(&self) -> u64 {
        self.merged.count()
    }

    pub(super) fn observe(&mut self, cell: &str, cells: &CellFormat) {
        let text = trimmed(cell);
        if cells.is_missing(text) {
            self.missing += 1;
            self.kept.push_missing();
            return;
        }
        self.present += 1;
        let decimal = cells.plain_decimal(text.as_bytes(), text.len());
        let number = decimal.map(Decimal::value).or_else(|| cells.number(text));
        let code = self.levels.as_mut().and_then(|levels| levels.insert(text, LEVEL_LIMIT));
        let mark = self.kept.numbers().map(KeptNumbers::mark);
        match number {
            Some(value) => {
                self.numbers += 1;
                let written =
                    decimal.map_or(Written::Variously, |decimal| Written::Evenly(decimal.decimals()));
                self.kept.push(number, written, code);
                if !self.are_apart() {
                    self.tell(mark);
                    self.merged.note((!is_safe(text, value)).then_some(value));
                }
            }
            None => {
                self.truths += u64::from(is_truth(text));
                // The numbers are given up.
                self.tell(mark);
                self.kept.push(number, Written::NotYet, code);
            }
        }
        if self.levels.is_some() && !self.is_settled && self.present == TRIAL_VALUES {
            self.is_settled = true;
            if self.is_mostly_numbers() {
                self.levels = None;
            }
        }
    }

    /// Takes the cells of a part, where they are numbers and it is certain that the column holds nothing else so far; else says no, and
    /// they are to be observed.
    pub(super) fn takes(&mut self, part: &PartNumbers) -> bool {
        let mark = self.kept.numbers().map(KeptNumbers::mark);
        if part.is_text || self.levels.is_some() || !self.kept.append(&part.numbers, part.missing) {
            return false;
        }
        let numbers = part.numbers.len() as u64 - part.missing;
        self.missing += part.missing;
        self.present += numbers;
        self.numbers += numbers;
        if !self.are_apart() {
            self.tell(mark);
            self.merged.note(part.numbers.untold(part.numbers.mark()));
            self.merged.note(part.mergeable.iter().copied());
        }
        true
    }

    /// Ends the survey.
    pub(super) fn finish(&mut self) {
        self.merged.settle();
    }

    /// The column as the cells would be encoded one by one, once; `None` when one of them is refused, or when the
    /// survey does not know any more.
    pub(crate) fn take_encoded(&mut self, encoder: &Encoder, feature: usize) -> Option<Vec<f32>> {
        std::mem::take(&mut self.kept).encoded(encoder, feature, self.levels.as_ref())
    }

    /// Whether the column is text, but was first taken for numbers.
    pub(super) fn lacks_levels(&self) -> bool {
        self.levels.is_none() && self.present >= TRIAL_VALUES && self.kind() == Some(KindName::Category)
    }

    /// Whether no two different numbers of the column share their `f32`; then none need be noted.
    fn are_apart(&self) -> bool {
        self.kept.numbers().is_some_and(KeptNumbers::are_apart)
    }

    /// Takes note of the numbers up to a mark that were not noted, since they were apart.
    fn tell(&mut self, mark: Option<Mark>) {
        if let (Some(numbers), Some(mark)) = (self.kept.numbers(), mark) {
            self.merged.note(numbers.untold(mark));
        }
    }

    fn is_mostly_numbers(&self) -> bool {
        self.numbers * 10 >= self.present * 9
    }
}

pub(crate) fn is_truth(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(values: &[&str]) -> ColumnSurvey {
        let mut survey = ColumnSurvey::new(Gather::WhatItIs);
        for value in values {
            survey.observe(value, &CellFormat::default());
        }
        survey
    }

    #[test]
    fn the_kind_follows_from_the_values() {
        let check = |values: &[&str], expected: Option<KindName>| {
            assert_eq!(survey(values).kind(), expected, "{values:?}");
        };
        check(&["1", "2.5", "", "-3e2"], Some(KindName::Number));
        check(&["1", "2", "3"], Some(KindName::Number));
        check(&["0", "1"], Some(KindName::Number));
        check(&["True", "false", ""], Some(KindName::Boolean));
        check(&["yes", "no"], Some(KindName::Category));
        check(&["S", "C", "1"], Some(KindName::Category));
        check(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "n/a"], Some(KindName::Number));
        check(&["", " "], None);
        check(&[], None);
    }

    #[test]
    fn names_are_told_from_levels() {
        let names: Vec<String> = (0..30).map(|number| format!("person {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(survey(&names).looks_like_names());
        assert!(!survey(&names[..20]).looks_like_names());
        let levels: Vec<&str> = names.iter().cycle().take(60).copied().collect();
        assert!(!survey(&levels).looks_like_names());
    }

    #[test]
    fn a_column_that_turns_into_text_late_is_read_again() {
        let mut values = vec!["1"; 2000];
        values.extend(["a"; 1000]);
        assert!(survey(&values).lacks_levels());
        assert!(!survey(&values[..2000]).lacks_levels());
        assert!(!survey(&values[2000..]).lacks_levels());
    }
}
