//! The codes of a small node and all that comes below it, side by side.
//!
//! Most of the time is spent in small nodes, whose rows lie anywhere in the columns: every code would be a line of
//! cache of its own. Copied once, all codes of the rows fit the first-level cache until the last leaf below.

use crate::quantize::{CodedColumn, gather};

/// Most rows of a block.
const MOST_ROWS: usize = 256;
/// Below so few rows a copy is used too seldom.
const LEAST_ROWS: usize = 8;

/// Codes by feature, then by position in the node from which they were copied.
#[derive(Default)]
pub(crate) struct LocalBlock {
    codes: Vec<u16>,
    rows: usize,
    column: Vec<u16>,
}

/// Whether a copy of all features costs less than the features drawn on the levels below fetch.
pub(crate) fn pays(rows: usize, features: usize, drawn: usize) -> bool {
    (LEAST_ROWS..=MOST_ROWS).contains(&rows) && features <= drawn.saturating_mul(rows.ilog2() as usize)
}

impl LocalBlock {
    pub(crate) fn copy(&mut self, columns: &[CodedColumn], numbers: &[u32]) {
        self.rows = numbers.len();
        self.codes.clear();
        for column in columns {
            column.gather(numbers, &mut self.column);
            self.codes.extend_from_slice(&self.column);
        }
    }

    /// Writes the codes of one feature at these positions and returns the smallest and the largest.
    pub(crate) fn gather(&self, feature: u32, positions: &[u32], into: &mut Vec<u16>) -> (u16, u16) {
        gather(&self.codes[feature as usize * self.rows..][..self.rows], positions, into)
    }
}
