//! Columns as small integer codes in the order of their values: what growing works on.

use forest::Column;
use rayon::prelude::*;

use crate::threshold::between;
use crate::{TrainingColumn, TrainingSet};

/// Most codes of values; one more stands for missing.
const MAXIMUM_CODES: usize = u16::MAX as usize;

/// One column as codes. Smaller codes are smaller values; `missing` is above them all.
pub(crate) struct CodedColumn {
    pub(crate) codes: Codes,
    pub(crate) missing: u16,
    pub(crate) kind: CodedKind,
}

/// The codes in the narrowest type.
pub(crate) enum Codes {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

/// What the codes stand for.
pub(crate) enum CodedKind {
    /// Values; each code has the smallest and the largest of its own. They are equal, and the codes exact, when the
    /// column has at most 65,535 distinct values; else neighbours share codes of nearly equal row counts.
    Numeric(Vec<(f32, f32)>),
    /// Levels of a category, and the unseen level after them.
    Category { levels: u32 },
}

impl CodedColumn {
    fn of(column: &TrainingColumn) -> Self {
        match column.column {
            Column::Numeric => Self::numeric(&column.values),
            Column::Category { levels } => {
                let missing = levels as u16 + 1;
                let code = |&value: &f32| if value.is_nan() { missing } else { value as u16 };
                let codes = Codes::of(missing, column.values.iter().map(code));
                Self { codes, missing, kind: CodedKind::Category { levels } }
            }
        }
    }

    fn numeric(values: &[f32]) -> Self {
        // Order of the values in the high half, place in the low half: one sort of plain integers.
        let mut order: Vec<u64> = (0u64..)
            .zip(values)
            .filter(|(_, value)| !value.is_nan())
            .map(|(row, &value)| u64::from(ordered_bits(value)) << 32 | row)
            .collect();
        order.sort_unstable();
        let value_at = |entry: u64| from_ordered_bits((entry >> 32) as u32);
        let runs = || order.chunk_by(|a, b| a >> 32 == b >> 32);
        let distinct = runs().count();
        let mut bounds: Vec<(f32, f32)> = Vec::with_capacity(distinct.min(MAXIMUM_CODES));
        let mut code_of_row = vec![u16::MAX; values.len()];
        let (mut seen, mut last_quantile) = (0usize, None);
        for run in runs() {
            let value = value_at(run[0]);
            let quantile = seen * MAXIMUM_CODES / order.len();
            match bounds.last_mut() {
                Some(bound) if distinct > MAXIMUM_CODES && last_quantile == Some(quantile) => bound.1 = value,
                _ => bounds.push((value, value)),
            }
            last_quantile = Some(quantile);
            let code = (bounds.len() - 1) as u16;
            for &entry in run {
                code_of_row[entry as u32 as usize] = code;
            }
            seen += run.len();
        }
        let missing = bounds.len() as u16;
        let codes = Codes::of(missing, code_of_row.into_iter().map(|code| code.min(missing)));
        Self { codes, missing, kind: CodedKind::Numeric(bounds) }
    }

    /// A threshold between two codes, of which the right one may be the code for missing.
    pub(crate) fn threshold(&self, left: u16, right: u16) -> f32 {
        match &self.kind {
            CodedKind::Numeric(bounds) if right < self.missing => {
                between(bounds[left as usize].1, bounds[right as usize].0)
            }
            CodedKind::Numeric(_) | CodedKind::Category { .. } => f32::INFINITY,
        }
    }

    /// Writes the codes of these rows and returns the smallest and the largest.
    pub(crate) fn gather(&self, rows: &[u32], into: &mut Vec<u16>) -> (u16, u16) {
        match &self.codes {
            Codes::Narrow(codes) => gather(codes, rows, into),
            Codes::Wide(codes) => gather(codes, rows, into),
        }
    }
}

/// Writes the codes at these places and returns the smallest and the largest.
#[inline]
pub(crate) fn gather<T: Copy + Into<u16>>(codes: &[T], rows: &[u32], into: &mut Vec<u16>) -> (u16, u16) {
    into.clear();
    into.extend(rows.iter().map(|&row| codes[row as usize].into()));
    into.iter().fold((u16::MAX, 0), |(least, most), &code| (least.min(code), most.max(code)))
}

impl Codes {
    fn of(largest: u16, codes: impl Iterator<Item = u16>) -> Self {
        if largest <= u16::from(u8::MAX) {
            Self::Narrow(codes.map(|code| code as u8).collect())
        } else {
            Self::Wide(codes.collect())
        }
    }
}

/// Codes of all columns of a table.
pub(crate) fn quantize(set: &TrainingSet) -> Vec<CodedColumn> {
    set.columns().par_iter().map(CodedColumn::of).collect()
}

/// Bits whose order as integers is the order of the values. Both zeros are one value.
fn ordered_bits(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

fn from_ordered_bits(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(column: &CodedColumn, rows: usize) -> Vec<u16> {
        let rows: Vec<u32> = (0..rows as u32).collect();
        let mut codes = Vec::new();
        column.gather(&rows, &mut codes);
        codes
    }

    #[test]
    fn few_values_have_exact_codes() {
        let column = CodedColumn::numeric(&[3.0, f32::NAN, -0.0, 0.0, f32::NEG_INFINITY, 3.0]);
        assert_eq!(codes(&column, 6), [2, 3, 1, 1, 0, 2]);
        assert_eq!(column.missing, 3);
        assert_eq!(column.threshold(1, 2), 1.5);
        assert_eq!(column.threshold(2, 3), f32::INFINITY);
    }

    #[test]
    fn a_column_without_values_is_all_missing() {
        let column = CodedColumn::numeric(&[f32::NAN; 3]);
        assert_eq!((codes(&column, 3), column.missing), (vec![0; 3], 0));
    }

    #[test]
    fn many_values_share_codes_in_order() {
        let values: Vec<f32> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32).collect();
        let column = CodedColumn::numeric(&values);
        let codes = codes(&column, values.len());
        let mut pairs: Vec<(f32, u16)> = values.into_iter().zip(codes).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(pairs.is_sorted_by_key(|pair| pair.1));
        assert!(pairs.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1));
        let largest = pairs.chunk_by(|a, b| a.1 == b.1).map(<[_]>::len).max();
        assert!(largest <= Some(8), "{largest:?}");
        assert!(column.missing > 60_000);
    }

    #[test]
    fn categories_keep_their_codes() {
        let column = CodedColumn::of(&TrainingColumn {
            column: Column::Category { levels: 3 },
            values: vec![2.0, f32::NAN, 3.0, 0.0],
        });
        assert_eq!(codes(&column, 4), [2, 4, 3, 0]);
    }
}
