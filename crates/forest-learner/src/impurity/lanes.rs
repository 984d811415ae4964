//! The best cut among few rows, without order: one lane for each row sums up all rows whose code is not above its own.
//!
//! No branch depends on the data and equal codes need no care, so that for few rows this beats any sort.

use super::moments::Sum;

/// Rows up to which comparing all with all is cheaper than ordering them.
pub(crate) const FEW_ROWS: usize = 16;
const LANES: usize = 8;

/// What each row of a node of few rows adds to its side; nothing for the places beyond.
pub(super) type FewRows = [Sum; FEW_ROWS];

/// Their codes as numbers, which are exact and compared fastest; infinity for the places beyond.
pub(crate) type FewCodes = [f64; FEW_ROWS];

/// The rows and what a cut must keep.
pub(super) struct Few<'a> {
    pub(super) codes: &'a FewCodes,
    pub(super) parts: &'a FewRows,
    pub(super) rows: usize,
    /// Weight of the node.
    pub(super) weight: f64,
    pub(super) least_rows: u32,
}

/// The best cut: up to the code of the row at `place`.
pub(super) struct FewCut {
    pub(super) place: usize,
    /// `s² / (wₗ wᵣ)`, below 0 when no cut leaves enough on both sides.
    pub(super) gain: f64,
    pub(super) left_weight: f64,
}

impl Few<'_> {
    /// The best cut, the first row's among equal ones.
    pub(super) fn best(&self) -> FewCut {
        match self.rows.min(FEW_ROWS) {
            0..=4 => self.best_of::<4>(0),
            5..=LANES => self.best_of::<LANES>(0),
            _ => {
                let (first, second) = (self.best_of::<LANES>(0), self.best_of::<LANES>(LANES));
                if second.gain > first.gain { second } else { first }
            }
        }
    }

    /// The best cut among those of the rows from `start`.
    #[inline(always)]
    fn best_of<const N: usize>(&self, start: usize) -> FewCut {
        let mut own = [0.0; N];
        own.copy_from_slice(&self.codes[start..start + N]);
        let (mut sums, mut weights) = ([0.0f64; N], [0.0f64; N]);
        for row in 0..self.rows.min(FEW_ROWS) {
            let (code, part) = (self.codes[row], self.parts[row]);
            for lane in 0..N {
                let goes_left = code <= own[lane];
                sums[lane] += if goes_left { part.sum } else { 0.0 };
                weights[lane] += if goes_left { part.weight } else { 0.0 };
            }
        }
        let mut gains = [0.0f64; N];
        for lane in 0..N {
            let product = weights[lane] * (self.weight - weights[lane]);
            let gain = sums[lane] * sums[lane] / product;
            gains[lane] = if (product > 0.0) & (own[lane] >= 0.0) { gain } else { -1.0 };
        }
        if self.least_rows > 1 {
            let rows = self.rows as u32;
            for (gain, own) in gains.iter_mut().zip(own) {
                let left = self.codes.iter().take(self.rows).filter(|code| **code <= own).count() as u32;
                if left < self.least_rows || rows - left < self.least_rows {
                    *gain = -1.0;
                }
            }
        }
        let (mut place, mut gain) = (0, -1.0);
        for (lane, &own) in gains.iter().enumerate() {
            let better = own > gain;
            place = if better { lane } else { place };
            gain = if better { own } else { gain };
        }
        FewCut { place: start + place, gain, left_weight: weights[place] }
    }
}
