//! The cells of a column that are numbers or missing.

use model_core::encoding::saturated;
use model_core::schema::FeatureKind;
use model_core::{Encoder, RawValue};

use super::is_whole;
use super::merged_values::MERGEABLE;
use super::tile::Written;

/// A column in which every cell is a number or missing.
#[derive(Debug, Clone)]
pub(super) struct KeptNumbers {
    /// Encoded; NaN is missing.
    values: Vec<f32>,
    least: f64,
    greatest: f64,
    are_whole: bool,
    has_missing: bool,
    written: Written,
}

/// How far a column had come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    cells: usize,
    /// What the numbers are multiples of, the inverse of it; `None` where they were not apart.
    apart: Option<f64>,
}

impl Default for KeptNumbers {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            are_whole: true,
            has_missing: false,
            written: Written::NotYet,
        }
    }
}

impl KeptNumbers {
    /// Number of cells, those without a value among them.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Forgets them, but keeps the memory.
    pub(super) fn clear(&mut self) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        *self = Self { values, ..Self::default() };
    }

    /// Takes more, written like this; NaN is a missing one.
    pub(super) fn extend(&mut self, numbers: &[f64], written: Written) {
        self.values.extend(numbers.iter().map(|&number| saturated(number)));
        let (least, greatest) = extremes(numbers);
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
        self.has_missing |= numbers.iter().fold(false, |any, number| any | number.is_nan());
        let are_whole = || numbers.iter().all(|&number| is_whole(number) || number.is_nan());
        self.are_whole = self.are_whole && are_whole();
        self.written = self.written.and(written);
    }

    /// Takes those of another part of the column.
    pub(super) fn append(&mut self, more: &Self) {
        self.values.extend_from_slice(&more.values);
        self.least = self.least.min(more.least);
        self.greatest = self.greatest.max(more.greatest);
        self.are_whole &= more.are_whole;
        self.has_missing |= more.has_missing;
        self.written = self.written.and(more.written);
    }

    /// Whether no two different numbers share their `f32`, by how they are written: all are multiples of one power of ten, and this is
    /// more than the distance between two values of an `f32` of that size.
    pub(super) fn are_apart(&self) -> bool {
        self.scale().is_some()
    }

    /// The inverse of the power of ten of which all numbers are multiples, where they are apart.
    fn scale(&self) -> Option<f64> {
        /// A little less than 2²³: to take the nearest multiple finds the number again.
        const APART: f64 = 8e6;
        let decimals = match self.written {
            Written::NotYet => return Some(1.0),
            Written::Evenly(decimals) => i32::try_from(decimals).ok()?,
            Written::Variously => return None,
        };
        let scale = 10f64.powi(decimals);
        Some(scale).filter(|scale| self.greatest.max(-self.least) * scale < APART)
    }

    /// How far the column has come.
    pub(super) fn mark(&self) -> Mark {
        Mark { cells: self.values.len(), apart: self.scale() }
    }

    /// The numbers up to a mark that may share their `f32` with another one, where they were apart then. Nobody took note of them; that
    /// becomes necessary when others follow from which they are not apart.
    pub(super) fn untold(&self, mark: Mark) -> impl Iterator<Item = f64> {
        let scale = mark.apart.unwrap_or(1.0);
        let cells = if mark.apart.is_some() { mark.cells } else { 0 };
        let whole = self.values[..cells].iter().map(move |&value| (f64::from(value) * scale).round());
        whole.filter(|whole| whole.abs() >= MERGEABLE as f64).map(move |whole| whole / scale)
    }

    /// The column as the cells would be encoded one by one; `None` when one of them is refused.
    pub(super) fn encoded(
        mut self,
        encoder: &Encoder,
        feature: usize,
        missing: Option<f32>,
    ) -> Option<Vec<f32>> {
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

/// The least and the greatest number; infinities where there is none. No NaN is less or greater.
fn extremes(numbers: &[f64]) -> (f64, f64) {
    /// Numbers that the compiler looks at together.
    const LANES: usize = 4;
    let less = |a: f64, b: f64| if a < b { a } else { b };
    let more = |a: f64, b: f64| if a > b { a } else { b };
    let (mut least, mut most) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (lanes, rest) = numbers.as_chunks::<LANES>();
    for numbers in lanes {
        for (lane, &number) in numbers.iter().enumerate() {
            least[lane] = less(number, least[lane]);
            most[lane] = more(number, most[lane]);
        }
    }
    let least = least.iter().chain(rest).fold(f64::INFINITY, |least, &number| less(number, least));
    let most = most.iter().chain(rest).fold(f64::NEG_INFINITY, |most, &number| more(number, most));
    (least, most)
}
