//! The best cut among rows or bins that come one after the other.

use super::ClassOfRow;
use super::sums::{MASK, ONE_ROW, Sides, Sums, add, gain, rows, sides, sums_of};
use crate::impurity::{Cut, NO_CODE, Scan};

/// A scan over rows or bins one after the other.
pub(super) struct CountScan<'a, const WORDS: usize> {
    node: &'a Sums<WORDS>,
    least_rows: u64,
    left: Sums<WORDS>,
    /// Of the sides, as far as `is_measured`.
    sides: Sides,
    is_measured: bool,
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
            sides: Sides::default(),
            is_measured: false,
            before: NO_CODE,
            best: (-1.0, 1.0),
            cut: None,
        }
    }

    pub(super) fn push_sums(&mut self, code: u32, sums: &Sums<WORDS>) {
        self.go_on(code);
        self.put_sums_left(sums);
    }

    pub(super) fn put_sums_left(&mut self, sums: &Sums<WORDS>) {
        add(&mut self.left, sums);
        self.is_measured = false;
    }

    /// Tries the cut before a code, if it is another one than before.
    #[inline(always)]
    fn go_on(&mut self, code: u32) {
        if !self.is_measured {
            self.sides = sides(self.node, &self.left);
            self.is_measured = true;
        }
        if code != self.before && self.before != NO_CODE {
            let left_rows = rows(&self.left);
            let Sides { left_weight, right_weight, left_squares, right_squares } = self.sides;
            // What the sides are worth, `Σ cₗ² / wₗ + Σ cᵣ² / wᵣ`, as numerator and denominator.
            let numerator = left_squares * right_weight + right_squares * left_weight;
            let denominator = left_weight * right_weight;
            if left_rows >= self.least_rows
                && rows(self.node) - left_rows >= self.least_rows
                && denominator > 0.0
                && numerator * self.best.1 > self.best.0 * denominator
            {
                self.best = (numerator, denominator);
                self.cut = Some((self.before, code, left_weight));
            }
        }
        self.before = code;
    }
}

impl<const WORDS: usize> Scan for CountScan<'_, WORDS> {
    type Row = ClassOfRow;

    fn put_left(&mut self, row: ClassOfRow) {
        self.put_sums_left(&sums_of(row));
    }

    #[inline(always)]
    fn push(&mut self, code: u32, row: ClassOfRow) {
        self.go_on(code);
        // Only the squares of its class change.
        let (word, weight) = (usize::from(row.word) % WORDS, f64::from(row.weight));
        let of_class = |sums: &Sums<WORDS>| (sums[word] >> row.shift & MASK) as f64;
        let left = of_class(&self.left);
        let right = of_class(self.node) - left;
        self.sides.left_weight += weight;
        self.sides.right_weight -= weight;
        self.sides.left_squares += weight * (left + left + weight);
        self.sides.right_squares -= weight * (right + right - weight);
        self.left[word] += row.part();
        self.left[WORDS - 1] += ONE_ROW;
    }

    fn best(self) -> Option<Cut> {
        let gain = gain(self.node, self.best);
        self.cut.map(|(left, right, left_weight)| Cut { left, right, gain, left_weight })
    }
}
