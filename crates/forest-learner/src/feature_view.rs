//! One feature of the rows of a node, wherever it is kept: in the columns of the table or in a local block.

use crate::rank_sort::{MOST_COMPARED, RankSort};

/// Code of a missing value among ordered bits; above those of all numbers.
pub(crate) const MISSING: u32 = u32::MAX;

/// Codes and ranks of one feature. Smaller codes are smaller values; the code for missing is above them all.
#[derive(Clone, Copy)]
pub(crate) enum FeatureView<'a> {
    /// At most 256 codes: the code of each row, and the value of each code.
    Few { codes: &'a [u8], values: &'a [f32] },
    /// Any number: the rank of each row, and code and row by rank. A code is the ordered bits of a value.
    Many { ranks: &'a [u32], order: &'a [Entry] },
    /// Rows of a local block: code and rank by row, code and row by rank in one word each, and the value of each code.
    Local { by_row: &'a [u32], by_rank: &'a [u32], values: &'a [f32] },
}

/// A row with its code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its code.
    pub(crate) code: u32,
    /// Its number in the table, or its position in the local block.
    pub(crate) number: u32,
}

impl FeatureView<'_> {
    /// The code for missing.
    #[inline(always)]
    pub(crate) fn missing(self) -> u32 {
        match self {
            Self::Few { values, .. } | Self::Local { values, .. } => values.len() as u32,
            Self::Many { .. } => MISSING,
        }
    }

    /// The value of a code that is not missing.
    #[inline(always)]
    pub(crate) fn value(self, code: u32) -> f32 {
        match self {
            Self::Few { values, .. } | Self::Local { values, .. } => {
                values.get(code as usize).copied().unwrap_or(f32::NAN)
            }
            Self::Many { .. } => value(code),
        }
    }

    /// Codes that there are, missing included, where they are counted from 0.
    #[inline(always)]
    pub(crate) fn bins(self) -> Option<usize> {
        match self {
            Self::Few { values, .. } | Self::Local { values, .. } => Some(values.len() + 1),
            Self::Many { .. } => None,
        }
    }

    /// The largest code whose value is at most `value` and that is below `limit`, of codes that are not missing.
    pub(crate) fn last_up_to(self, value: f32, limit: u32) -> u32 {
        match self {
            Self::Few { values, .. } | Self::Local { values, .. } => {
                let after = values.partition_point(|&other| other <= value) as u32;
                after.min(limit).saturating_sub(1)
            }
            Self::Many { order, .. } => {
                let most = code(value).min(limit - 1);
                let after = order.partition_point(|entry| entry.code <= most);
                order[after.saturating_sub(1)].code
            }
        }
    }

    /// Hands out the code of each of these rows.
    #[inline(always)]
    pub(crate) fn codes(self, numbers: &[u32], mut take: impl FnMut(u32)) {
        match self {
            Self::Few { codes, .. } => {
                numbers.iter().for_each(|&number| take(u32::from(codes[number as usize])));
            }
            Self::Many { ranks, order } => {
                numbers.iter().for_each(|&number| take(order[ranks[number as usize] as usize].code));
            }
            Self::Local { by_row, .. } => {
                numbers.iter().for_each(|&number| take(by_row[number as usize] >> 16));
            }
        }
    }

    /// These rows in the order of their codes. Equal codes stand in the order of the rows, if the rows ascend.
    #[inline(always)]
    pub(crate) fn in_order<'s>(self, numbers: &[u32], sort: &'s mut RankSort) -> &'s [Entry] {
        match self {
            Self::Few { codes, .. } => sort.by_bytes(numbers, codes),
            Self::Many { ranks, order } => {
                let own = numbers.iter().map(|&number| ranks[number as usize]);
                sort.by_ranks(own, order.len(), |rank| order[rank as usize])
            }
            Self::Local { by_row, .. } if numbers.len() <= MOST_COMPARED => sort.by_places(numbers, by_row),
            Self::Local { by_row, by_rank, .. } => {
                let own = numbers.iter().map(|&number| by_row[number as usize] & 0xffff);
                sort.by_ranks(own, by_rank.len(), |rank| Entry::unpack(by_rank[rank as usize]))
            }
        }
    }
}

impl Entry {
    /// The entry of a word with the code in the high half and the row in the low half.
    #[inline(always)]
    pub(crate) fn unpack(word: u32) -> Self {
        Self { code: word >> 16, number: word & 0xffff }
    }
}

/// Bits whose order as integers is the order of the values. Both zeros are one value.
pub(crate) fn code(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    match bits >> 31 {
        _ if value.is_nan() => MISSING,
        0 => bits | 1 << 31,
        _ => !bits,
    }
}

/// The value of ordered bits.
pub(crate) fn value(code: u32) -> f32 {
    f32::from_bits(if code >> 31 == 1 { code & !(1 << 31) } else { !code })
}
