//! The cells of a column as the first pass read them, so that the file need not be read again.
//!
//! Four bytes a cell, as in the table that they become: numbers as the encoder rounds them, texts by their levels.

use model_core::encoding::saturated;
use model_core::schema::FeatureKind;
use model_core::{Encoder, RawValue};

use super::part_rows::TakesNumbers;
use super::{DistinctTexts, is_whole};

/// The code of a missing value.
const MISSING: u32 = u32::MAX;

/// The cells of a column. Either form is given up as soon as a cell does not fit it.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptCells {
    numbers: Option<KeptNumbers>,
    codes: Option<Vec<u32>>,
}

/// A column in which every cell is a number or missing.
#[derive(Debug, Clone)]
pub(super) struct KeptNumbers {
    /// Encoded; NaN is missing.
    values: Vec<f32>,
    least: f64,
    greatest: f64,
    are_whole: bool,
    has_missing: bool,
}

impl KeptCells {
    /// Keeps numbers, codes of levels, or both until it shows which of them it is.
    pub(super) fn new(numbers: bool, codes: bool) -> Self {
        Self { numbers: numbers.then(KeptNumbers::default), codes: codes.then(Vec::new) }
    }

    /// The greatest distance from zero of the numbers, if all cells are numbers and there are some.
    pub(super) fn size(&self) -> Option<f64> {
        self.numbers.as_ref().map(KeptNumbers::size).filter(|size| size.is_finite())
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
            numbers.extend(&[f64::NAN]);
        }
        if let Some(codes) = &mut self.codes {
            codes.push(MISSING);
        }
    }

    /// Keeps a value, as far as it is a number and has a level.
    pub(super) fn push(&mut self, number: Option<f64>, code: Option<u32>) {
        match (&mut self.numbers, number) {
            (Some(numbers), Some(number)) => numbers.extend(&[number]),
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

impl Default for KeptNumbers {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            are_whole: true,
            has_missing: false,
        }
    }
}

impl TakesNumbers for KeptNumbers {
    fn clear(&mut self) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        *self = Self { values, ..Self::default() };
    }

    fn extend(&mut self, numbers: &[f64]) {
        self.values.extend(numbers.iter().map(|&number| saturated(number)));
        // No NaN is less or greater.
        for &number in numbers {
            self.least = if number < self.least { number } else { self.least };
            self.greatest = if number > self.greatest { number } else { self.greatest };
            self.has_missing |= number.is_nan();
        }
        let are_whole = || numbers.iter().all(|&number| is_whole(number) || number.is_nan());
        self.are_whole = self.are_whole && are_whole();
    }
}

impl KeptNumbers {
    /// The greatest distance from zero; not finite without numbers.
    fn size(&self) -> f64 {
        self.greatest.max(-self.least)
    }

    /// Number of cells, those without a value among them.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    fn append(&mut self, more: &Self) {
        self.values.extend_from_slice(&more.values);
        self.least = self.least.min(more.least);
        self.greatest = self.greatest.max(more.greatest);
        self.are_whole &= more.are_whole;
        self.has_missing |= more.has_missing;
    }

    fn encoded(mut self, encoder: &Encoder, feature: usize, missing: Option<f32>) -> Option<Vec<f32>> {
        // Bounds are an interval: what lies between two values that it takes, it takes too.
        for extreme in [self.least, self.greatest].into_iter().filter(|extreme| extreme.is_finite()) {
            encoder.value(feature, RawValue::Number(extreme)).ok()?;
        }
        if matches!(encoder.schema().features[feature].kind, FeatureKind::Integer { .. }) {
            if !self.are_whole {
                return None;
            }
            // An integer has no negative zero.
            self.values.iter_mut().for_each(|value| *value += 0.0);
        }
        match missing {
            Some(missing) if missing.is_nan() => {}
            Some(missing) => {
                self.values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = missing);
            }
            None if self.has_missing => return None,
            None => {}
        }
        Some(self.values)
    }
}
