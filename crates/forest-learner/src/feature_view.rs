//! One feature of the rows of a node.

use crate::row_major::Strided;
use crate::row_sort::{MOST_COMPARED, RowSort};

/// Code of a missing value; above those of all numbers.
pub(crate) const MISSING: u32 = u32::MAX;

/// The codes of one feature: bits whose order as integers is the order of the values.
#[derive(Clone, Copy)]
pub(crate) struct FeatureView<'a> {
    pub(crate) codes: Strided<'a, u32>,
}

/// The quantiles of one feature.
#[derive(Clone, Copy)]
pub(crate) struct QuantileView<'a> {
    pub(crate) quantiles: Strided<'a, u8>,
    /// Number of quantiles; the one after the last is missing.
    pub(crate) count: usize,
    /// The codes of the quantiles, where each is one value.
    pub(crate) codes: Option<&'a [u32]>,
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
