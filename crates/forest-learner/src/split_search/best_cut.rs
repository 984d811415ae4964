//! The best threshold on a numeric column, with missing values tried on both sides.

use super::{CodeRange, MissingSide, SplitSearch};
use crate::impurity::{Cut, Impurity};
use crate::ordering::{Ordered, key_code, key_position};

impl<I: Impurity> SplitSearch<'_, I> {
    /// The best cut between two codes, the last of which may be the code for missing.
    pub(super) fn best_cut(&mut self, rows: &[I::Row], range: CodeRange) -> Option<(Cut, MissingSide)> {
        let CodeRange { least, most, missing } = range;
        let bins = (most - least) as usize + 1;
        let least_rows = self.params.min_samples_leaf as u32;
        if self.impurity.prefers_bins(rows.len(), bins) {
            self.impurity.fill_bins(&self.codes, rows, least, bins);
            let right = self.impurity.scan_bins(false, least_rows);
            let left = if range.has_missing() { self.impurity.scan_bins(true, least_rows) } else { None };
            return better(right, left, range.has_missing());
        }
        match self.ordering.sort(&self.codes, least, most) {
            Ordered::Packed(keys) => {
                let code = |key: u32| key_code(key) + u32::from(least);
                let row = |key: u32| rows[key_position(key)];
                scan_ordered(&mut self.impurity, keys, code, row, missing, least_rows)
            }
            Ordered::Positions(positions) => {
                let code = |position: u32| u32::from(self.codes[position as usize]);
                let row = |position: u32| rows[position as usize];
                scan_ordered(&mut self.impurity, positions, code, row, missing, least_rows)
            }
        }
    }
}

/// The better of the cuts with missing values on the right and on the left.
pub(super) fn better(right: Option<Cut>, left: Option<Cut>, has_missing: bool) -> Option<(Cut, MissingSide)> {
    match (right, left) {
        (Some(right), Some(left)) if left.gain > right.gain => Some((left, MissingSide::Left)),
        (Some(right), _) if has_missing => Some((right, MissingSide::Right)),
        (Some(right), _) => Some((right, MissingSide::Unknown)),
        (None, left) => left.map(|cut| (cut, MissingSide::Left)),
    }
}

/// Scans ordered rows, with missing values, which come last, on the right and then on the left.
#[inline(always)]
fn scan_ordered<I: Impurity>(
    impurity: &mut I,
    ordered: &[u32],
    code: impl Fn(u32) -> u32 + Copy,
    row: impl Fn(u32) -> I::Row + Copy,
    missing: u16,
    least_rows: u32,
) -> Option<(Cut, MissingSide)> {
    let parted = ordered.partition_point(|&key| code(key) < u32::from(missing));
    let (valued, without) = ordered.split_at(parted);
    let entry = |&key: &u32| (code(key), row(key));
    let right = impurity.scan(std::iter::empty(), ordered.iter().map(entry), least_rows);
    let left = match without {
        [] => None,
        _ => impurity.scan(without.iter().map(|&key| row(key)), valued.iter().map(entry), least_rows),
    };
    better(right, left, !without.is_empty())
}
