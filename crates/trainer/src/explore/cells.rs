//! The cells of one column as they are read: as numbers, and as texts that are told apart.

use model_core::cell::{CellFormat, trimmed};

use crate::schema_inference::{DistinctTexts, is_truth};
use crate::timestamp::Moment;

/// Most different texts that are told apart.
pub(super) const MOST_TEXTS: usize = 10_000;
/// The code of a missing value, and of a text that is one too many.
pub(super) const MISSING: u32 = u32::MAX;
pub(super) const OTHER: u32 = u32::MAX - 1;

/// The cells of one column.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// One for each row, truths as 0 and 1; NaN where there is none.
    pub(super) numbers: Vec<f64>,
    /// One for each row: which of `texts` it is.
    pub(super) codes: Vec<u32>,
    pub(super) texts: DistinctTexts,
    pub(super) missing: u64,
    pub(super) present: u64,
    pub(super) numeric: u64,
    pub(super) truths: u64,
    pub(super) moments: u64,
    /// The first value that is no number.
    pub(super) first_text: Option<String>,
}

impl Cells {
    pub(super) fn observe(&mut self, cell: &str, format: &CellFormat) {
        let text = trimmed(cell);
        if format.is_missing(text) {
            self.missing += 1;
            self.numbers.push(f64::NAN);
            self.codes.push(MISSING);
            return;
        }
        self.present += 1;
        let number = format.number(text);
        if number.is_some() {
            self.numeric += 1;
        } else {
            if self.first_text.is_none() {
                self.first_text = Some(text.to_owned());
            }
            self.truths += u64::from(is_truth(text));
            // As long as all texts are points in time.
            let texts = self.present - self.numeric;
            if self.moments + 1 == texts && Moment::parse(text).is_some() {
                self.moments += 1;
            }
        }
        let truth = || is_truth(text).then(|| f64::from(u8::from(text.eq_ignore_ascii_case("true"))));
        self.numbers.push(number.or_else(truth).unwrap_or(f64::NAN));
        self.codes.push(self.texts.insert(text, MOST_TEXTS).unwrap_or(OTHER));
    }

    /// Takes a number that stands in no cell.
    pub(super) fn observe_number(&mut self, number: f64) {
        self.numbers.push(number);
        self.codes.push(if number.is_nan() { MISSING } else { OTHER });
        self.missing += u64::from(number.is_nan());
        self.present += u64::from(!number.is_nan());
        self.numeric += u64::from(!number.is_nan());
    }

    /// How often each text occurs, by its code.
    pub(super) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.texts.len()];
        for &code in &self.codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        counts
    }
}
