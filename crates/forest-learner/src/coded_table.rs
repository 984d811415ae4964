//! The table as growing sees it: every value as a code, bits in the order of the values, and as a quantile in one byte.

use forest::Column;
use rayon::prelude::*;

use crate::code_sort::CodeSort;
use crate::feature_view::{
    BinCodes, COARSE_SHIFT, FeatureView, MISSING, MISSING_QUANTILE, QuantileView, code, value,
};
use crate::level_order::LevelOrder;
use crate::row_major::RowMajor;
use crate::threshold::between;
use crate::{TrainingColumn, TrainingSet};

/// Most quantiles of a column: in coarse bins as well, missing has one of its own.
const QUANTILES: usize = 252;
/// Most quantiles that are as far from each other as the quantiles in a coarse bin are many.
const APART: usize = QUANTILES >> COARSE_SHIFT;

/// Rows from which every quantile has a bin of its own.
const FINE_ROWS: usize = 512;

/// Codes and quantiles of all columns.
pub(crate) struct CodedTable {
    columns: Vec<CodedColumn>,
    has_categories: bool,
    cells: Cells,
}

/// The cells of all columns, of all rows of the table or of some.
pub(crate) struct Cells {
    codes: RowMajor<u32>,
    quantiles: RowMajor<u8>,
}

/// Some rows of the table.
#[derive(Clone, Copy)]
pub(crate) struct TableView<'a> {
    table: &'a CodedTable,
    cells: &'a Cells,
}

impl Cells {
    pub(crate) fn new(rows: usize, features: usize) -> Self {
        Self { codes: RowMajor::new(rows, features), quantiles: RowMajor::new(rows, features) }
    }
}

impl<'a> TableView<'a> {
    /// How a feature is split.
    pub(crate) fn column(self, feature: usize) -> Column {
        self.table.columns[feature].column
    }

    /// Whether a column is a category.
    pub(crate) fn has_categories(self) -> bool {
        self.table.has_categories
    }

    /// Whether the codes of a category are the places of its levels in an order.
    pub(crate) fn is_ordered(self, feature: usize) -> bool {
        self.table.columns[feature].order.is_some()
    }

    /// The codes of a feature.
    #[inline(always)]
    pub(crate) fn codes(self, feature: usize) -> FeatureView<'a> {
        FeatureView { codes: self.cells.codes.feature(feature) }
    }

    /// The quantiles of a feature, for a node of so many rows.
    #[inline(always)]
    pub(crate) fn quantiles(self, feature: usize, rows: usize) -> QuantileView<'a> {
        let column = &self.table.columns[feature];
        let is_coarse = rows < FINE_ROWS;
        let shift = if is_coarse { COARSE_SHIFT } else { 0 };
        QuantileView {
            quantiles: self.cells.quantiles.feature(feature),
            codes: match &column.codes {
                Some(codes) if column.step >= shift => Some(BinCodes { codes, step: column.step - shift }),
                _ => None,
            },
            count: (column.quantiles << column.step).div_ceil(1 << shift),
            is_coarse,
        }
    }
}

/// What is known of one column.
struct CodedColumn {
    column: Column,
    /// The order of the levels, where they are split like numbers.
    order: Option<LevelOrder>,
    /// The codes that there are, where each is a quantile.
    codes: Option<Vec<u32>>,
    /// Number of quantiles.
    quantiles: usize,
    /// Binary logarithm of the distance from one quantile to the next.
    step: u32,
    /// Whether a code stands for all values of a quantile: then it is that of the threshold above them.
    is_binned: bool,
}

/// The cells of one column.
struct ColumnCells {
    codes: Vec<u32>,
    quantiles: Vec<u8>,
}

impl CodedTable {
    /// Codes a table. With `max_bins` a numeric column of more values gets one code for each of so many quantiles; with
    /// `orders_levels` the codes of a category are the places of its levels in the order of the target.
    pub(crate) fn of(set: &TrainingSet, max_bins: Option<usize>, orders_levels: bool) -> Self {
        let (rows, features) = (set.len(), set.width());
        let coded: Vec<(CodedColumn, ColumnCells)> = (set.columns().par_iter())
            .map_init(CodeSort::default, |sort, column| match column.column {
                Column::Category { levels } if orders_levels => {
                    let order = LevelOrder::of(levels, &column.values, set);
                    let values = order.placed(&column.values);
                    let placed = TrainingColumn { column: Column::Numeric, values };
                    let (coded, cells) = CodedColumn::of(&placed, None, sort);
                    (CodedColumn { column: column.column, order: Some(order), ..coded }, cells)
                }
                _ => CodedColumn::of(column, max_bins, sort),
            })
            .collect();
        let (columns, of_columns): (Vec<_>, Vec<_>) = coded.into_iter().unzip();
        let mut cells = Cells::new(rows, features);
        cells.codes.fill(&of_columns.iter().map(|cells| &*cells.codes).collect::<Vec<_>>());
        cells.quantiles.fill(&of_columns.iter().map(|cells| &*cells.quantiles).collect::<Vec<_>>());
        let has_categories = columns.iter().any(|column| column.column != Column::Numeric);
        Self { columns, has_categories, cells }
    }

    /// Number of features.
    pub(crate) fn features(&self) -> usize {
        self.columns.len()
    }

    /// All rows, or those of a block.
    #[inline(always)]
    pub(crate) fn of_rows<'a>(&'a self, block: Option<&'a Cells>) -> TableView<'a> {
        TableView { table: self, cells: block.unwrap_or(&self.cells) }
    }

    /// Fills a block with some rows.
    pub(crate) fn copy_rows(&self, numbers: &[u32], block: &mut Cells) {
        block.codes.copy_rows(&self.cells.codes, numbers);
        block.quantiles.copy_rows(&self.cells.quantiles, numbers);
    }

    /// The order of the levels of a category that is split like a number.
    pub(crate) fn order(&self, feature: usize) -> Option<&LevelOrder> {
        self.columns[feature].order.as_ref()
    }

    /// The threshold between two codes, of which the right one may be the code for missing.
    pub(crate) fn threshold(&self, feature: usize, left: u32, right: u32) -> f32 {
        match right {
            MISSING => f32::INFINITY,
            _ if self.columns[feature].is_binned => value(left),
            _ => between(value(left), value(right)),
        }
    }
}

impl CodedColumn {
    fn of(column: &TrainingColumn, max_bins: Option<usize>, sort: &mut CodeSort) -> (Self, ColumnCells) {
        let rows = column.values.len();
        let codes: Vec<u32> = column.values.iter().map(|&value| code(value)).collect();
        let keys = sort.ascending(&codes);
        let code_of = |key: u64| (key >> 32) as u32;
        let valued = keys.partition_point(|&key| code_of(key) != MISSING);
        let runs = || keys[..valued].chunk_by(|a, b| code_of(*a) == code_of(*b));
        let max_bins = max_bins.filter(|_| column.column == Column::Numeric);
        let limit = max_bins.unwrap_or(QUANTILES).min(QUANTILES);
        let is_exact = runs().nth(limit).is_none();
        let is_binned = max_bins.is_some() && !is_exact;

        let mut cells = ColumnCells { codes, quantiles: vec![0; rows] };
        let rank = Rank { rows: valued, limit };
        let position = |before| if is_binned { before * limit / valued } else { rank.quantile(before) };
        // Rows before the next quantile.
        let (mut due, mut count, mut before) = (0, 0, 0);
        for run in runs() {
            // Equal values have one quantile: a run that crosses the end of one begins the next.
            if is_exact || before >= due {
                count += 1;
                if !is_exact {
                    due = next_place(before, valued, position);
                }
            }
            for &key in run {
                cells.quantiles[key as u32 as usize] = (count - 1) as u8;
            }
            before += run.len();
        }
        for &key in &keys[valued..] {
            cells.quantiles[key as u32 as usize] = MISSING_QUANTILE;
        }
        let mut codes = is_exact.then(|| runs().map(|run| code_of(run[0])).collect());
        if is_binned {
            let codes = codes.insert(Vec::with_capacity(count));
            let bin = |key: u64| cells.quantiles[key as u32 as usize];
            let mut bins = keys[..valued].chunk_by(|a, b| bin(*a) == bin(*b)).peekable();
            while let Some(keys) = bins.next() {
                let largest = code_of(keys[keys.len() - 1]);
                codes.push(
                    bins.peek()
                        .map_or(largest, |next| code(between(value(largest), value(code_of(next[0]))))),
                );
            }
            for (place, &bin) in cells.codes.iter_mut().zip(&cells.quantiles) {
                *place = codes.get(usize::from(bin)).copied().unwrap_or(MISSING);
            }
        }
        let step = if count <= APART { COARSE_SHIFT } else { 0 };
        for quantile in cells.quantiles.iter_mut().filter(|quantile| **quantile != MISSING_QUANTILE) {
            *quantile <<= step;
        }
        (Self { column: column.column, order: None, codes, quantiles: count, step, is_binned }, cells)
    }
}

/// The first number of rows with a higher position than this one, which never falls.
fn next_place(before: usize, rows: usize, position: impl Fn(usize) -> usize) -> usize {
    let own = position(before);
    let (mut low, mut high) = (before + 1, rows);
    while low < high {
        let middle = low.midpoint(high);
        if position(middle) > own { high = middle } else { low = middle + 1 }
    }
    low
}

/// Rows at an end of a column that have a quantile each, about.
const END: usize = 8;

/// Which quantile a row belongs to by its place in the order of a column.
///
/// Half of the quantiles are of equal size; the other half is laid by the logarithm of the distance to the nearer end,
/// almost down to single rows. Where no drawn feature tells anything, the best exact cut lies near an end of one of them
/// and leaves the node nearly whole for the next draw (Ishwaran, "The effect of splitting on random forests", Machine
/// Learning 99, 2015). Quantiles of equal size alone would cut such a node in the middle and waste its rows.
struct Rank {
    rows: usize,
    limit: usize,
}

impl Rank {
    /// Quantile of the row with so many rows before it, from 0 to below the limit.
    fn quantile(&self, before: usize) -> usize {
        let even = before as f64 / self.rows as f64;
        let ends = log2(END + before) - log2(END + self.rows - before);
        let share = even / 2.0 + (1.0 + ends / (log2(END + self.rows) - log2(END))) / 4.0;
        ((share * self.limit as f64) as usize).min(self.limit - 1)
    }
}

/// The binary logarithm with chords between the powers of two: the same on every machine.
fn log2(number: usize) -> f64 {
    let power = number.ilog2();
    f64::from(power) + number as f64 / (1u64 << power) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(values: &[f32]) -> (CodedColumn, ColumnCells) {
        let column = TrainingColumn { column: Column::Numeric, values: values.into() };
        CodedColumn::of(&column, None, &mut CodeSort::default())
    }

    #[test]
    fn few_values_are_their_own_quantiles() {
        let (column, cells) = numeric(&[3.0, f32::NAN, -0.0, 0.0, f32::NEG_INFINITY, 3.0]);
        assert_eq!(cells.quantiles, [8, MISSING_QUANTILE, 4, 4, 0, 8]);
        let codes = column.codes.unwrap();
        assert!(codes.iter().map(|&code| value(code)).eq([f32::NEG_INFINITY, 0.0, 3.0]));
        assert_eq!(column.quantiles, 3);
        let (column, cells) = numeric(&[f32::NAN; 3]);
        assert_eq!((column.quantiles, cells.quantiles), (0, vec![MISSING_QUANTILE; 3]));
    }

    #[test]
    fn many_values_have_quantiles_in_their_order() {
        let mut values: Vec<f32> = (0..5000u32).map(|i| (i * 7919 % 4000) as f32 - 2000.5).collect();
        values.extend([f32::NEG_INFINITY, f32::NAN, -0.0, f32::INFINITY, 0.0, f32::NAN]);
        let (column, cells) = numeric(&values);
        assert!(column.quantiles > 200 && column.quantiles <= QUANTILES && column.codes.is_none());
        for (row, &own) in values.iter().enumerate() {
            let quantile = cells.quantiles[row];
            match cells.codes[row] {
                MISSING => assert!(own.is_nan() && quantile == MISSING_QUANTILE),
                code => assert!(value(code) == own && usize::from(quantile) < column.quantiles),
            }
        }
        let mut pairs: Vec<_> = cells.codes.iter().zip(&cells.quantiles).collect();
        pairs.sort_unstable();
        assert!(pairs.is_sorted_by_key(|pair| pair.1));
        assert!(pairs.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1));
        let largest = pairs.chunk_by(|a, b| a.1 == b.1).map(<[_]>::len).max();
        assert!(largest <= Some(3 * values.len() / QUANTILES), "{largest:?}");
    }

    #[test]
    fn quantiles_are_fine_at_the_ends_and_mirror_each_other() {
        for rows in [256, 1000, 100_003, 1 << 24] {
            let rank = Rank { rows, limit: QUANTILES };
            let quantiles: Vec<usize> = (0..rows).map(|before| rank.quantile(before)).collect();
            assert!(quantiles[0] == 0 && quantiles.is_sorted());
            let sizes: Vec<usize> = quantiles.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
            let largest = sizes.iter().max();
            assert!(sizes.len() > QUANTILES * 4 / 5, "{} of {rows}", sizes.len());
            assert!(sizes[..3].iter().chain(&sizes[sizes.len() - 3..]).all(|&size| size <= 3), "{sizes:?}");
            assert!(largest <= Some(&(rows.div_ceil(QUANTILES) * 2)), "{largest:?} of {rows}");
            let mirrored = quantiles.iter().zip(quantiles.iter().rev()).map(|(a, b)| a + b);
            assert!(mirrored.clone().all(|sum| sum.abs_diff(QUANTILES - 1) <= 3), "{:?}", mirrored.min());
        }
    }

    #[test]
    fn bins_stand_for_all_their_values_and_the_threshold_above() {
        let mut values: Vec<f32> = (0..1000u32).map(|i| (i * 617 % 1000) as f32).collect();
        values.push(f32::NAN);
        let column = TrainingColumn { column: Column::Numeric, values: values.clone() };
        let (coded, cells) = CodedColumn::of(&column, Some(4), &mut CodeSort::default());
        let codes = coded.codes.unwrap();
        assert!(codes.iter().map(|&code| value(code)).eq([249.5, 499.5, 749.5, 999.0]));
        for (row, &own) in values.iter().enumerate() {
            let bin = usize::from(cells.quantiles[row] >> coded.step);
            assert_eq!(cells.codes[row], codes.get(bin).copied().unwrap_or(MISSING));
            assert!(own.is_nan() || own <= value(codes[bin]) && (bin == 0 || own > value(codes[bin - 1])));
        }
        assert!(CodedColumn::of(&column, Some(255), &mut CodeSort::default()).0.is_binned);
        let few = TrainingColumn { column: Column::Numeric, values: vec![1.0, 2.0, 3.0] };
        assert!(!CodedColumn::of(&few, Some(4), &mut CodeSort::default()).0.is_binned);
    }
}
