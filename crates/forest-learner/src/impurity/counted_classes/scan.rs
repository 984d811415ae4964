//! The best cut among rows or bins that come one after the other.

use super::ClassOfRow;
use super::sums::{Sums, add, fraction, gain, rows, sums_of, weights};
use crate::impurity::{Cut, NO_CODE, Scan};

/// A scan over rows or bins one after the other.
pub(super) struct CountScan<'a, const WORDS: usize> {
    node: &'a Sums<WORDS>,
    least_rows: u64,
    left: Sums<WORDS>,
    before: u32,
    best: (f64, f64),
    cut: Option<(u32, u32, f64)>,
}

impl<'a, const WORDS: usize> CountScan<'a, WORDS> {
    pub(super) fn new(node: &'a Sums<WORDS>, least_rows: u32) -> Self {
        Self {
            node,
            least_rows: u64::from(least_rows),
            left: [0; WORDS],
            before: NO_CODE,
            best: (-1.0, 1.0),
            cut: None,
        }
    }

    pub(super) fn push_sums(&mut self, code: u32, sums: &Sums<WORDS>) {
        if code != self.before && self.before != NO_CODE {
            let left_rows = rows(&self.left);
            let (numerator, denominator) = fraction(self.node, &self.left);
            if left_rows >= self.least_rows
                && rows(self.node) - left_rows >= self.least_rows
                && denominator > 0.0
                && numerator * self.best.1 > self.best.0 * denominator
            {
                self.best = (numerator, denominator);
                self.cut = Some((self.before, code, weights(&self.left).sum()));
            }
        }
        self.before = code;
        add(&mut self.left, sums);
    }

    pub(super) fn put_sums_left(&mut self, sums: &Sums<WORDS>) {
        add(&mut self.left, sums);
    }
}

impl<const WORDS: usize> Scan for CountScan<'_, WORDS> {
    type Row = ClassOfRow;

    fn put_left(&mut self, row: ClassOfRow) {
        self.put_sums_left(&sums_of(row));
    }

    fn push(&mut self, code: u32, row: ClassOfRow) {
        self.push_sums(code, &sums_of(row));
    }

    fn best(self) -> Option<Cut> {
        let gain = gain(self.node, self.best);
        self.cut.map(|(left, right, left_weight)| Cut { left, right, gain, left_weight })
    }
}
