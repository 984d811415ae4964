//! The table as growing sees it: every value as a code, bits in the order of the values, and as a quantile in one byte.

use forest::Column;
use rayon::prelude::*;

use crate::feature_view::{FeatureView, MISSING, QuantileView, code};
use crate::row_major::RowMajor;
use crate::{TrainingColumn, TrainingSet};

/// Most quantiles of a column; one more byte stands for missing.
const QUANTILES: usize = 255;

/// Codes and quantiles of all columns.
pub(crate) struct CodedTable {
    columns: Vec<CodedColumn>,
    codes: RowMajor<u32>,
    quantiles: RowMajor<u8>,
}

/// What is known of one column.
struct CodedColumn {
    column: Column,
    /// The codes that there are, where each is a quantile.
    codes: Option<Vec<u32>>,
    /// Number of quantiles; the one after the last is missing.
    quantiles: usize,
}

/// The cells of one column.
struct Cells {
    codes: Vec<u32>,
    quantiles: Vec<u8>,
}

impl CodedTable {
    pub(crate) fn of(set: &TrainingSet) -> Self {
        let (rows, features) = (set.len(), set.width());
        let coded: Vec<(CodedColumn, Cells)> = set.columns().par_iter().map(CodedColumn::of).collect();
        let (mut codes, mut quantiles) = (RowMajor::new(rows, features), RowMajor::new(rows, features));
        let mut columns = Vec::with_capacity(features);
        for (feature, (column, cells)) in coded.into_iter().enumerate() {
            codes.set(feature, &cells.codes);
            quantiles.set(feature, &cells.quantiles);
            columns.push(column);
        }
        Self { columns, codes, quantiles }
    }

    /// Number of features.
    pub(crate) fn features(&self) -> usize {
        self.columns.len()
    }

    /// How a feature is split.
    pub(crate) fn column(&self, feature: usize) -> Column {
        self.columns[feature].column
    }

    /// The codes of a feature.
    #[inline(always)]
    pub(crate) fn view(&self, feature: usize) -> FeatureView<'_> {
        FeatureView { codes: self.codes.feature(feature) }
    }

    /// The quantiles of a feature.
    #[inline(always)]
    pub(crate) fn quantiles(&self, feature: usize) -> QuantileView<'_> {
        let column = &self.columns[feature];
        QuantileView {
            quantiles: self.quantiles.feature(feature),
            count: column.quantiles,
            codes: column.codes.as_deref(),
        }
    }
}

impl CodedColumn {
    fn of(column: &TrainingColumn) -> (Self, Cells) {
        let rows = column.values.len();
        let codes: Vec<u32> = column.values.iter().map(|&value| code(value)).collect();
        // Code in the high half, row in the low half: one sort of plain integers.
        let mut keys: Vec<u64> =
            (0u64..).zip(&codes).map(|(row, &code)| u64::from(code) << 32 | row).collect();
        keys.sort_unstable();
        let code_of = |key: u64| (key >> 32) as u32;
        let valued = keys.partition_point(|&key| code_of(key) != MISSING);
        let runs = || keys[..valued].chunk_by(|a, b| code_of(*a) == code_of(*b));
        let is_exact = runs().nth(QUANTILES).is_none();

        let mut cells = Cells { codes, quantiles: vec![0; rows] };
        let (mut due, mut count, mut before) = (0, 0, 0);
        for run in runs() {
            // Equal values have one quantile: a run that crosses the end of one begins the next.
            let position = before * QUANTILES / valued;
            if is_exact || count == 0 || position > due {
                due = position;
                count += 1;
            }
            for &key in run {
                cells.quantiles[key as u32 as usize] = (count - 1) as u8;
            }
            before += run.len();
        }
        for &key in &keys[valued..] {
            cells.quantiles[key as u32 as usize] = count as u8;
        }
        let codes = is_exact.then(|| runs().map(|run| code_of(run[0])).collect());
        (Self { column: column.column, codes, quantiles: count }, cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature_view::value;

    fn numeric(values: &[f32]) -> (CodedColumn, Cells) {
        CodedColumn::of(&TrainingColumn { column: Column::Numeric, values: values.into() })
    }

    #[test]
    fn few_values_are_their_own_quantiles() {
        let (column, cells) = numeric(&[3.0, f32::NAN, -0.0, 0.0, f32::NEG_INFINITY, 3.0]);
        assert_eq!(cells.quantiles, [2, 3, 1, 1, 0, 2]);
        let codes = column.codes.unwrap();
        assert!(codes.iter().map(|&code| value(code)).eq([f32::NEG_INFINITY, 0.0, 3.0]));
        assert_eq!(column.quantiles, 3);
        let (column, cells) = numeric(&[f32::NAN; 3]);
        assert_eq!((column.quantiles, cells.quantiles), (0, vec![0; 3]));
    }

    #[test]
    fn many_values_have_quantiles_of_equal_size_in_their_order() {
        let mut values: Vec<f32> = (0..5000u32).map(|i| (i * 7919 % 4000) as f32 - 2000.5).collect();
        values.extend([f32::NEG_INFINITY, f32::NAN, -0.0, f32::INFINITY, 0.0, f32::NAN]);
        let (column, cells) = numeric(&values);
        assert!(column.quantiles > 200 && column.quantiles <= QUANTILES && column.codes.is_none());
        for (row, &own) in values.iter().enumerate() {
            let quantile = usize::from(cells.quantiles[row]);
            match cells.codes[row] {
                MISSING => assert!(own.is_nan() && quantile == column.quantiles),
                code => assert!(value(code) == own && quantile < column.quantiles),
            }
        }
        let mut pairs: Vec<_> = cells.codes.iter().zip(&cells.quantiles).collect();
        pairs.sort_unstable();
        assert!(pairs.is_sorted_by_key(|pair| pair.1));
        assert!(pairs.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1));
        let largest = pairs.chunk_by(|a, b| a.1 == b.1).map(<[_]>::len).max();
        assert!(largest <= Some(2 * values.len() / QUANTILES), "{largest:?}");
    }
}
