//! The cells of one column in a few rows, read at once.

use model_core::cell::{CellFormat, trimmed};
use model_core::decimal::{Decimal, Shape};

use super::merged_values::is_safe;
use crate::csv_table::{Part, Record};

/// Rows of a tile: their text is in the nearest cache while all columns of them are read.
pub(super) const TILE_ROWS: usize = 64;

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Written {
    /// There is none.
    #[default]
    NotYet,
    /// As plain decimals, all of them with so many digits behind the point.
    Evenly(u32),
    /// In several ways.
    Variously,
}

impl Written {
    /// How both are written.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotYet, written) | (written, Self::NotYet) => written,
            (one, other) if one == other => one,
            _ => Self::Variously,
        }
    }
}

/// The cells of one column in a few rows. Its memory is used again and again.
#[derive(Debug)]
pub(super) struct Tile {
    values: [f64; TILE_ROWS],
    cells: usize,
    /// None of them is a text; else nothing here counts.
    pub(super) are_numbers: bool,
    /// Cells without a value.
    pub(super) missing: u64,
    pub(super) written: Written,
    /// A bit for each number that may share its `f32` with another.
    mergeable: u64,
}

impl Default for Tile {
    fn default() -> Self {
        let values = [f64::NAN; TILE_ROWS];
        Self { values, cells: 0, are_numbers: true, missing: 0, written: Written::NotYet, mergeable: 0 }
    }
}

impl Tile {
    /// The numbers; NaN is missing.
    pub(super) fn values(&self) -> &[f64] {
        &self.values[..self.cells]
    }

    /// The numbers that may share their `f32` with another.
    pub(super) fn mergeable(&self) -> impl Iterator<Item = f64> {
        self.values
            .iter()
            .zip(0..)
            .filter(|(_, place)| self.mergeable >> place & 1 == 1)
            .map(|(&value, _)| value)
    }
}

/// Reads cells by one format.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellReader<'a> {
    cells: &'a CellFormat,
    takes_plain_numbers: bool,
}

/// What is known of the numbers of a column before they are read.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    shape: Option<Shape>,
    /// Numbers of another shape, less those of this one.
    surprises: i64,
}

impl<'a> CellReader<'a> {
    pub(super) fn new(cells: &'a CellFormat) -> Self {
        Self { cells, takes_plain_numbers: cells.takes_plain_numbers() }
    }

    /// Reads the cells of at most [`TILE_ROWS`] records at one position.
    pub(super) fn read(
        self,
        part: &Part,
        rows: &[usize],
        position: usize,
        expected: &mut Expected,
        tile: &mut Tile,
    ) {
        /// More surprises than that: the column has no shape.
        const FEW: i64 = 32;
        match expected.shape.filter(|_| self.takes_plain_numbers && expected.surprises < FEW) {
            Some(mut shape) => {
                let mut surprises = 0;
                self.read_by(part, rows, position, tile, |text, length| {
                    let decimal = shape.leading(text, length);
                    if decimal.is_some() {
                        return decimal;
                    }
                    let decimal = Decimal::leading(text, length)?;
                    surprises += 1;
                    shape = Shape::of(decimal, length).unwrap_or(shape);
                    Some(decimal)
                });
                expected.shape = Some(shape);
                expected.surprises = (expected.surprises + 4 * surprises - rows.len() as i64).max(0);
            }
            None if self.takes_plain_numbers => {
                let shape = &mut expected.shape;
                self.read_by(part, rows, position, tile, |text, length| {
                    let decimal = Decimal::leading(text, length)?;
                    if shape.is_none() {
                        *shape = Shape::of(decimal, length);
                    }
                    Some(decimal)
                });
            }
            None => self.read_by(part, rows, position, tile, |_, _| None),
        }
    }

    /// `plain` knows the plain decimals.
    #[inline]
    fn read_by(
        self,
        part: &Part,
        rows: &[usize],
        position: usize,
        tile: &mut Tile,
        mut plain: impl FnMut(&[u8], usize) -> Option<Decimal>,
    ) {
        let (mut least, mut most, mut missing, mut mergeable) = (u32::MAX, 0, 0, 0);
        tile.are_numbers = true;
        tile.cells = rows.len().min(TILE_ROWS);
        let cells = part.cells(rows, position).zip(rows);
        for ((value, place), ((text, length), &row)) in tile.values.iter_mut().zip(0..).zip(cells) {
            let (number, is_safe, decimals) = match plain(text, length) {
                Some(decimal) => (decimal.value(), decimal.has_six_digits(), decimal.decimals()),
                None => match self.any(part.record(row), position, length) {
                    Cell::Number { value, is_safe } => {
                        least = 0;
                        (value, is_safe, u32::MAX)
                    }
                    Cell::Missing => {
                        *value = f64::NAN;
                        missing += 1;
                        continue;
                    }
                    Cell::Text => {
                        tile.are_numbers = false;
                        return;
                    }
                },
            };
            *value = number;
            // Without a branch: it would be foretold wrongly.
            mergeable |= u64::from(!is_safe) << place;
            (least, most) = (least.min(decimals), most.max(decimals));
        }
        (tile.missing, tile.mergeable) = (missing, mergeable);
        tile.written = match tile.cells as u64 - missing {
            0 => Written::NotYet,
            _ if least == most => Written::Evenly(most),
            _ => Written::Variously,
        };
    }

    /// Whatever stands in a cell.
    #[inline(never)]
    fn any(self, record: Record<'_>, position: usize, length: usize) -> Cell {
        if length == 0 {
            return Cell::Missing;
        }
        let cell = record.text(position);
        let text = trimmed(&cell);
        if self.cells.is_missing(text) {
            return Cell::Missing;
        }
        let number = |value| Cell::Number { value, is_safe: is_safe(text, value) };
        self.cells.number(text).map_or(Cell::Text, number)
    }
}

/// What stands in a cell that is no plain decimal.
enum Cell {
    Missing,
    Number { value: f64, is_safe: bool },
    Text,
}
