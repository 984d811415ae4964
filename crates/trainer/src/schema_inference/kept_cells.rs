//! The cells of a column as the first pass read them, so that the file need not be read again.
//!
//! Four bytes a cell, as in the table that they become: numbers as the encoder rounds them, texts by their levels.

use model_core::schema::FeatureKind;
use model_core::{Encoder, RawValue};

use super::DistinctTexts;
use super::kept_numbers::KeptNumbers;
use super::tile::Written;

/// The code of a missing value.
const MISSING: u32 = u32::MAX;

/// The cells of a column. Either form is given up as soon as a cell does not fit it.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptCells {
    numbers: Option<KeptNumbers>,
    codes: Option<Vec<u32>>,
}

impl KeptCells {
    /// Keeps numbers, codes of levels, or both until it shows which of them it is.
    pub(super) fn new(numbers: bool, codes: bool) -> Self {
        Self { numbers: numbers.then(KeptNumbers::default), codes: codes.then(Vec::new) }
    }

    /// The numbers, if there is nothing else.
    pub(super) fn numbers(&self) -> Option<&KeptNumbers> {
        self.numbers.as_ref()
    }

    /// Keeps more cells of a column of numbers without levels, `missing` of which hold none; false, and nothing is kept, where
    /// the cells so far are not numbers alone.
    pub(super) fn append(&mut self, more: &KeptNumbers, missing: u64) -> bool {
        let Some(numbers) = &mut self.numbers else { return false };
        numbers.append(more);
        if more.len() as u64 > missing {
            self.codes = None;
        } else if let Some(codes) = &mut self.codes {
            codes.resize(codes.len() + more.len(), MISSING);
        }
        true
    }

    pub(super) fn push_missing(&mut self) {
        if let Some(numbers) = &mut self.numbers {
            numbers.extend(&[f64::NAN], Written::NotYet);
        }
        if let Some(codes) = &mut self.codes {
            codes.push(MISSING);
        }
    }

    /// Keeps a value, as far as it is a number, written like this, and has a level.
    pub(super) fn push(&mut self, number: Option<f64>, written: Written, code: Option<u32>) {
        match (&mut self.numbers, number) {
            (Some(numbers), Some(number)) => numbers.extend(&[number], written),
            (numbers, _) => *numbers = None,
        }
        match (&mut self.codes, code) {
            (Some(codes), Some(code)) => codes.push(code),
            (codes, _) => *codes = None,
        }
    }

    /// The column as the cells would be encoded one by one; `None` when one of them is refused, or was not kept.
    pub(super) fn encoded(
        self,
        encoder: &Encoder,
        feature: usize,
        levels: Option<&DistinctTexts>,
    ) -> Option<Vec<f32>> {
        let missing = encoder.value(feature, RawValue::Missing).ok();
        let is_number = match &encoder.schema().features[feature].kind {
            FeatureKind::Number { .. } => true,
            FeatureKind::Integer { allowed, .. } => allowed.is_empty(),
            FeatureKind::Category(_) | FeatureKind::Boolean => false,
        };
        if is_number {
            return self.numbers?.encoded(encoder, feature, missing);
        }
        let of_level = |text: &&str| encoder.cell(feature, text).ok();
        let by_code: Vec<f32> = levels?.by_code().iter().map(of_level).collect::<Option<_>>()?;
        let of_code = |code| if code == MISSING { missing } else { Some(by_code[code as usize]) };
        self.codes?.into_iter().map(of_code).collect()
    }
}
