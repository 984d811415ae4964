//! A column as growing sees it: small codes in the order of the values, and the rows in that order.

use forest::Column;
use rayon::prelude::*;

use crate::feature_view::{Entry, FeatureView, MISSING, code, value};
use crate::{TrainingColumn, TrainingSet};

/// Most distinct values, missing included, whose codes are bytes.
const FEW: usize = 256;

/// Quantiles of a column with more values; one more byte stands for missing.
const QUANTILES: usize = 255;

/// One column. Smaller codes are smaller values; the code for missing is above them all.
pub(crate) struct SortedColumn {
    /// How it is split.
    pub(crate) column: Column,
    values: SortedValues,
}

/// The values by row and by rank.
enum SortedValues {
    /// At most 256 codes: nodes add up per code.
    Few {
        /// Code of each row.
        codes: Vec<u8>,
        /// Value of each code; the code after the last one is missing.
        values: Vec<f32>,
    },
    /// More: nodes order their rows by rank. A code is the ordered bits of a value.
    Many {
        /// Place of each row in the order of the values, equal values in the order of rows, missing ones last.
        ranks: Vec<u32>,
        /// The inverse: code and row by rank.
        order: Vec<Entry>,
    },
}

impl SortedColumn {
    pub(crate) fn new(column: &TrainingColumn) -> Self {
        // Code in the high half, row in the low half: one sort of plain integers.
        let mut keys: Vec<u64> =
            (0u64..).zip(&column.values).map(|(row, &value)| u64::from(code(value)) << 32 | row).collect();
        keys.sort_unstable();
        let entry = |key: u64| Entry { code: (key >> 32) as u32, number: key as u32 };
        let runs = || keys.chunk_by(|a, b| a >> 32 == b >> 32);
        let values = if runs().nth(FEW).is_none() {
            let mut codes = vec![0; keys.len()];
            let mut values = Vec::new();
            for (code, run) in (0u8..=255).zip(runs()) {
                for &key in run {
                    codes[entry(key).number as usize] = code;
                }
                values.extend(Some(entry(run[0]).code).filter(|&code| code != MISSING).map(value));
            }
            SortedValues::Few { codes, values }
        } else {
            let order: Vec<Entry> = keys.into_iter().map(entry).collect();
            let mut ranks = vec![0; order.len()];
            for (rank, entry) in (0u32..).zip(&order) {
                ranks[entry.number as usize] = rank;
            }
            SortedValues::Many { ranks, order }
        };
        Self { column: column.column, values }
    }

    /// All columns of a table.
    pub(crate) fn of(set: &TrainingSet) -> Vec<Self> {
        set.columns().par_iter().map(Self::new).collect()
    }

    /// Writes the quantile of every row, equal values in one, and returns how many there are. Few values have a quantile
    /// each. A category of many levels has none.
    pub(crate) fn quantiles<'a>(&self, places: impl Iterator<Item = &'a mut u8>) -> usize {
        match (&self.values, self.column) {
            (SortedValues::Few { codes, values }, _) => {
                places.zip(codes).for_each(|(place, &code)| *place = code);
                values.len()
            }
            (SortedValues::Many { .. }, Column::Category { .. }) => 0,
            (SortedValues::Many { ranks, order }, Column::Numeric) => {
                let valued = order.partition_point(|entry| entry.code != MISSING);
                let mut quantiles = vec![0u8; order.len()];
                let (mut quantile, mut due, mut rank) = (0, 0, 0);
                for run in order[..valued].chunk_by(|a, b| a.code == b.code) {
                    // A run that crosses the end of a quantile begins the next one.
                    if rank * QUANTILES / valued > due {
                        due = rank * QUANTILES / valued;
                        quantile += 1;
                    }
                    quantiles[rank..rank + run.len()].fill(quantile);
                    rank += run.len();
                }
                let bins = usize::from(quantile) + 1;
                quantiles[valued..].fill(bins as u8);
                places.zip(ranks).for_each(|(place, &rank)| *place = quantiles[rank as usize]);
                bins
            }
        }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        match &self.values {
            SortedValues::Few { codes, .. } => codes.len(),
            SortedValues::Many { ranks, .. } => ranks.len(),
        }
    }

    /// The column as nodes of any rows take it.
    pub(crate) fn view(&self) -> FeatureView<'_> {
        match &self.values {
            SortedValues::Few { codes, values } => FeatureView::Few { codes, values },
            SortedValues::Many { ranks, order } => FeatureView::Many { ranks, order },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rank_sort::RankSort;

    fn numeric(values: &[f32]) -> SortedColumn {
        SortedColumn::new(&TrainingColumn { column: Column::Numeric, values: values.into() })
    }

    fn codes(column: &SortedColumn, rows: usize) -> Vec<u32> {
        let mut codes = Vec::new();
        column.view().codes(&(0..rows as u32).collect::<Vec<_>>(), |code| codes.push(code));
        codes
    }

    #[test]
    fn few_values_are_counted() {
        let column = numeric(&[3.0, f32::NAN, -0.0, 0.0, f32::NEG_INFINITY, 3.0]);
        assert_eq!(codes(&column, 6), [2, 3, 1, 1, 0, 2]);
        let view = column.view();
        assert_eq!((view.missing(), view.value(2), view.bins()), (3, 3.0, Some(4)));
        let column = numeric(&[f32::NAN; 3]);
        assert_eq!((codes(&column, 3), column.view().missing()), (vec![0; 3], 0));
    }

    #[test]
    fn many_values_keep_their_order_and_come_back() {
        let mut values: Vec<f32> = (0..500u32).map(|i| (i * 7919 % 400) as f32 - 200.5).collect();
        values.extend([f32::NEG_INFINITY, f32::NAN, -0.0, f32::INFINITY, 0.0, f32::NAN]);
        let column = numeric(&values);
        let view = column.view();
        assert!(view.bins().is_none());
        let codes = codes(&column, values.len());
        for (&value, &code) in values.iter().zip(&codes) {
            assert!(if value.is_nan() { code == view.missing() } else { view.value(code) == value });
        }
        let numbers: Vec<u32> = (0..values.len() as u32).collect();
        let mut sort = RankSort::default();
        let found = view.in_order(&numbers, &mut sort);
        assert!(found.is_sorted_by_key(|entry| (entry.code, entry.number)) && found.len() == values.len());
        assert!(found.iter().all(|entry| codes[entry.number as usize] == entry.code));
    }

    #[test]
    fn a_category_has_the_levels_as_values() {
        let values = vec![2.0, f32::NAN, 3.0, 0.0];
        let column = SortedColumn::new(&TrainingColumn { column: Column::Category { levels: 3 }, values });
        assert_eq!(codes(&column, 4), [1, 3, 2, 0]);
        assert_eq!(column.view().value(2), 3.0);
    }
}
