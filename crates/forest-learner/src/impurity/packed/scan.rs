//! The best cut among rows or bins that come one after the other.

use crate::impurity::{Cut, NO_CODE};

use super::{Layout, Measure};

/// The best cut so far.
pub(super) struct PackedScan<'a> {
    layout: Layout,
    measure: &'a Measure,
    least_rows: u64,
    left: Side,
    before: u32,
    numerator: f64,
    denominator: f64,
    best: Option<(u32, u32, Side)>,
}

/// Some rows: the sum of their words, and how many they are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side {
    pub(super) word: u64,
    pub(super) rows: u64,
}

impl Side {
    /// One row.
    #[inline(always)]
    pub(super) fn of_row(word: u64) -> Self {
        Self { word, rows: 1 }
    }
}

/// A cut and what lies left of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) cut: Cut,
    pub(super) left: Side,
}

impl<'a> PackedScan<'a> {
    #[inline(always)]
    pub(super) fn new(layout: Layout, measure: &'a Measure, least_rows: u32) -> Self {
        Self {
            layout,
            measure,
            // A side always has a row, whether rows are counted or not.
            least_rows: if least_rows > 1 { u64::from(least_rows) } else { 0 },
            left: Side::default(),
            before: NO_CODE,
            numerator: -1.0,
            denominator: 1.0,
            best: None,
        }
    }

    /// Takes rows that go left whatever the cut.
    #[inline(always)]
    pub(super) fn put_left(&mut self, rows: Side) {
        self.left.word += rows.word;
        self.left.rows += rows.rows;
    }

    /// Takes the next rows.
    #[inline(always)]
    pub(super) fn push(&mut self, code: u32, rows: Side) {
        if code != self.before
            && self.before != NO_CODE
            && self.left.rows >= self.least_rows
            && self.measure.rows - self.left.rows >= self.least_rows
        {
            let (numerator, denominator) = self.measure.fraction(self.layout, self.left.word);
            if (numerator * self.denominator > self.numerator * denominator) & (denominator > 0.0) {
                (self.numerator, self.denominator) = (numerator, denominator);
                self.best = Some((self.before, code, self.left));
            }
        }
        self.before = code;
        self.put_left(rows);
    }

    #[inline(always)]
    pub(super) fn best(self) -> Option<Found> {
        let gain = self.numerator / self.denominator * self.measure.unit;
        self.best.map(|(code, next, left)| Found {
            cut: Cut { left: code, right: next, gain, left_weight: self.layout.weight(left.word) },
            left,
        })
    }
}
