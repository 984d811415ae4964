//! One feature of the rows of a node.

use crate::row_major::{Strided, Together};
use crate::row_sort::{MOST_COMPARED, RowSort};

/// Code of a missing value; above those of all numbers.
pub(crate) const MISSING: u32 = u32::MAX;

/// The codes of one feature: bits whose order as integers is the order of the values.
#[derive(Clone, Copy)]
pub(crate) struct FeatureView<'a> {
    pub(crate) codes: Strided<'a, u32>,
}

/// The quantile of a missing value.
pub(crate) const MISSING_QUANTILE: u8 = u8::MAX;

/// The quantiles of one feature; where a node has few rows, four neighbours share a bin.
#[derive(Clone, Copy)]
pub(crate) struct QuantileView<'a> {
    pub(crate) quantiles: Strided<'a, u8>,
    /// The codes of the bins, where each is one value.
    pub(crate) codes: Option<BinCodes<'a>>,
    /// Number of bins up to the last one with a value in the table.
    pub(crate) count: usize,
    /// Whether quantiles share bins.
    pub(crate) is_coarse: bool,
}

/// The codes of bins.
#[derive(Clone, Copy)]
pub(crate) struct BinCodes<'a> {
    pub(crate) codes: &'a [u32],
    /// Binary logarithm of the bins from one value to the next.
    pub(crate) step: u32,
}

impl BinCodes<'_> {
    /// The code of a bin with a row.
    pub(crate) fn code(self, bin: u32) -> u32 {
        self.codes.get((bin >> self.step) as usize).copied().unwrap_or(MISSING)
    }
}

/// Binary logarithm of the quantiles in a coarse bin.
pub(crate) const COARSE_SHIFT: u32 = 2;

impl QuantileView<'_> {
    /// The bin of a quantile.
    #[inline(always)]
    pub(crate) fn bin_of(self, quantile: u8) -> usize {
        usize::from(if self.is_coarse { quantile >> COARSE_SHIFT } else { quantile })
    }

    /// The bin of a row.
    #[inline(always)]
    pub(crate) fn bin(self, number: u32) -> usize {
        self.bin_of(self.quantiles.get(number))
    }

    /// The bin for missing, which is the last one.
    #[inline(always)]
    pub(crate) fn missing_bin(self) -> usize {
        self.bin_of(MISSING_QUANTILE)
    }
}

/// The quantiles of the first `N` of some features, of which a row's lie in one line of cache.
#[inline(always)]
pub(crate) fn together<'a, const N: usize>(columns: &[QuantileView<'a>]) -> Together<'a, u8, N> {
    let mut quantiles = [columns[0].quantiles; N];
    for (quantiles, column) in quantiles.iter_mut().zip(columns) {
        *quantiles = column.quantiles;
    }
    Together::of(quantiles)
}

/// A row with its code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its code in one feature.
    pub(crate) code: u32,
    /// Its number.
    pub(crate) number: u32,
}

impl FeatureView<'_> {
    /// These rows in the order of their codes. Equal codes stand in the order of the rows, which ascend.
    #[inline(always)]
    pub(crate) fn in_order<'s>(self, numbers: &[u32], sort: &'s mut RowSort) -> &'s [Entry] {
        if numbers.len() <= MOST_COMPARED {
            sort.by_comparing_all(numbers, self.codes)
        } else {
            sort.by_code(numbers, self.codes)
        }
    }
}

/// The code of a value. Both zeros are one value.
#[inline(always)]
pub(crate) fn code(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    match bits >> 31 {
        _ if value.is_nan() => MISSING,
        0 => bits | 1 << 31,
        _ => !bits,
    }
}

/// The value of a code that is not missing.
#[inline(always)]
pub(crate) fn value(code: u32) -> f32 {
    f32::from_bits(if code >> 31 == 1 { code & !(1 << 31) } else { !code })
}
