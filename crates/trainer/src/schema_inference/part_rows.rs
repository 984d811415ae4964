//! What is read of a part of the file by the thread that has just parsed it, while its text is in the processor's cache: which of its
//! records are rows, and their numbers.
//!
//! The rest depends on what stands before the part, and waits until that is known.

use std::collections::BTreeMap;

use model_core::cell::{CellFormat, trimmed};
use model_core::decimal::Decimal;

use super::is_whole;
use super::kept_cells::KeptNumbers;
use super::merged_values::is_safe;
use crate::csv_table::{Part, Record};
use crate::roles::{FeatureColumn, TargetColumns};
use crate::row_rules::{Reason, RowRules, Verdict};

/// Rows of which all columns are read before the next ones: their text is in the nearest cache.
const ROWS_TOGETHER: usize = 64;

/// Decimals of a number that is no plain decimal.
pub(super) const ANY_DECIMALS: u32 = u32::MAX;

/// The rows of a part.
#[derive(Debug, Default)]
pub(super) struct PartRows {
    /// Places of the records that are rows.
    pub(super) rows: Vec<usize>,
    /// Their targets, where those are derived.
    pub(super) derived: Vec<f64>,
    /// Records that are no rows, by reason.
    pub(super) lost: BTreeMap<Reason, u64>,
    /// Place of the first record that cannot be read.
    pub(super) first_unreadable: Option<usize>,
    /// The numbers of each column that may hold features.
    pub(super) features: Vec<PartNumbers<KeptNumbers>>,
    /// The targets that stand in a column.
    pub(super) target: PartNumbers<TargetNumbers>,
}

/// The numbers of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct PartNumbers<N> {
    pub(super) numbers: N,
    /// Rows without a value.
    pub(super) missing: u64,
    /// The numbers that may share their `f32` with another.
    pub(super) mergeable: Vec<f64>,
    /// The most decimals that a number has; [`ANY_DECIMALS`] when it is written in some other way.
    pub(super) decimals: u32,
    /// Some cell holds text; then nothing else counts.
    pub(super) is_text: bool,
}

/// Numbers of a target.
#[derive(Debug, Clone, Default)]
pub(super) struct TargetNumbers {
    pub(super) values: Vec<f64>,
    /// One of them is no whole number.
    pub(super) has_fraction: bool,
}

/// Takes the numbers of a column as they come.
pub(super) trait TakesNumbers: Default {
    /// Forgets them, but keeps the memory.
    fn clear(&mut self);
    /// Takes more; NaN is a missing one.
    fn extend(&mut self, numbers: &[f64]);
}

impl TakesNumbers for TargetNumbers {
    fn clear(&mut self) {
        self.values.clear();
        self.has_fraction = false;
    }

    fn extend(&mut self, numbers: &[f64]) {
        self.values.extend_from_slice(numbers);
        self.has_fraction = self.has_fraction || !numbers.iter().all(|&number| is_whole(number));
    }
}

impl PartRows {
    /// The records of a part that are rows.
    pub(super) fn records<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = Record<'a>> {
        self.rows.iter().map(|&row| part.record(row))
    }
}

/// Reads the rows of parts.
pub(super) struct PartReader<'a> {
    pub(super) rules: &'a RowRules<'a>,
    /// Each column that may hold features, and whether numbers are looked for.
    pub(super) features: Vec<(&'a FeatureColumn, bool)>,
    pub(super) target: TargetColumns,
    pub(super) cells: CellReader<'a>,
}

impl PartReader<'_> {
    /// Reads a part, into the memory of another.
    pub(super) fn read(&self, part: &Part, read: &mut PartRows) {
        self.judge(part, read);
        read.features.resize_with(self.features.len(), PartNumbers::default);
        read.features.iter_mut().for_each(PartNumbers::clear);
        read.target.clear();
        for rows in read.rows.chunks(ROWS_TOGETHER) {
            for (numbers, (feature, are_wanted)) in read.features.iter_mut().zip(&self.features) {
                if *are_wanted {
                    numbers.extend(part, rows, feature.position, self.cells);
                }
            }
            if let TargetColumns::Column(position) = self.target {
                read.target.extend(part, rows, position, self.cells);
            }
        }
        for (numbers, (_, are_wanted)) in read.features.iter_mut().zip(&self.features) {
            numbers.is_text |= !are_wanted;
        }
    }

    fn judge(&self, part: &Part, read: &mut PartRows) {
        read.rows.clear();
        read.derived.clear();
        read.lost.clear();
        read.first_unreadable = None;
        for (place, record) in part.records().enumerate() {
            let reason = match self.rules.judge(record) {
                Verdict::Keep(derived) => {
                    read.rows.push(place);
                    read.derived.extend(derived);
                    continue;
                }
                Verdict::Drop(reason) => reason,
                Verdict::Bad(_) => {
                    read.first_unreadable.get_or_insert(place);
                    Reason::Unreadable
                }
            };
            *read.lost.entry(reason).or_default() += 1;
        }
    }
}

impl<N: TakesNumbers> PartNumbers<N> {
    fn clear(&mut self) {
        self.numbers.clear();
        self.mergeable.clear();
        (self.missing, self.decimals) = (0, 0);
        self.is_text = false;
    }

    /// Reads the cells of at most [`ROWS_TOGETHER`] more rows, up to the first text.
    fn extend(&mut self, part: &Part, rows: &[usize], position: usize, reader: CellReader<'_>) {
        if self.is_text {
            return;
        }
        // First the cells alone, then what is made of them: nothing waits for the number before, and no branch has to guess how long
        // a number is.
        let mut values = [f64::NAN; ROWS_TOGETHER];
        let mut mergeable = [0.0; ROWS_TOGETHER + 1];
        let mut mergeable_count = 0;
        let mut decimals = self.decimals;
        for ((value, &row), (text, length)) in values.iter_mut().zip(rows).zip(part.cells(rows, position)) {
            let (number, is_safe) = match reader.plain(text, length) {
                Some(decimal) => {
                    decimals = decimals.max(decimal.decimals());
                    (decimal.value(), decimal.has_six_digits())
                }
                None if length == 0 => {
                    self.missing += 1;
                    continue;
                }
                None => match reader.any(part.record(row), position) {
                    Cell::Number { value, is_safe } => {
                        decimals = ANY_DECIMALS;
                        (value, is_safe)
                    }
                    Cell::Missing => {
                        self.missing += 1;
                        continue;
                    }
                    Cell::Text => {
                        self.is_text = true;
                        return;
                    }
                },
            };
            *value = number;
            mergeable[mergeable_count] = number;
            mergeable_count += usize::from(!is_safe);
        }
        self.decimals = decimals;
        self.mergeable.extend_from_slice(&mergeable[..mergeable_count]);
        self.numbers.extend(&values[..rows.len()]);
    }
}

/// What stands in a cell that is no plain decimal.
enum Cell {
    Missing,
    Number { value: f64, is_safe: bool },
    Text,
}

/// Reads cells by one format.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellReader<'a> {
    cells: &'a CellFormat,
    takes_plain_numbers: bool,
}

impl<'a> CellReader<'a> {
    pub(super) fn new(cells: &'a CellFormat) -> Self {
        Self { cells, takes_plain_numbers: cells.takes_plain_numbers() }
    }

    /// The plain decimal in a cell.
    #[inline]
    fn plain(self, text: &[u8], length: usize) -> Option<Decimal> {
        if self.takes_plain_numbers { Decimal::leading(text, length) } else { None }
    }

    /// Whatever stands in a cell.
    #[inline(never)]
    fn any(self, record: Record<'_>, position: usize) -> Cell {
        let cell = record.text(position);
        let text = trimmed(&cell);
        if self.cells.is_missing(text) {
            return Cell::Missing;
        }
        let number = |value| Cell::Number { value, is_safe: is_safe(text, value) };
        self.cells.number(text).map_or(Cell::Text, number)
    }
}
