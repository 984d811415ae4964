//! To which side of a split each row of a node goes.

use super::{Split, SplitBy, SplitSearch, levels};
use crate::feature_view::{MISSING, MISSING_QUANTILE, QuantileView, value};
use crate::impurity::Impurity;
use crate::row_major::{Strided, for_each_row};

/// The sides of the rows of a node, in buffers that stay from one node to the next.
#[derive(Default)]
pub(super) struct Sides {
    goes_left: Vec<bool>,
    /// Places of the rows whose quantiles do not tell.
    between: Vec<u32>,
    /// Whether these are the sides of the split that was found last.
    are_known: bool,
}

impl Sides {
    /// Divides the rows of a node whose best cut lies in one of two bins, or between them, and collects the rows of both.
    pub(super) fn divide(
        &mut self,
        column: QuantileView<'_>,
        [left, right]: [u32; 2],
        missing_left: bool,
        numbers: &[u32],
        between: &mut Vec<u32>,
    ) {
        let rows = numbers.len();
        self.goes_left.resize(rows.max(self.goes_left.len()), false);
        self.between.resize(rows.max(self.between.len()), 0);
        // Slices, lest every row asks where the buffers are.
        let (sides, places) = (&mut self.goes_left[..rows], &mut self.between[..rows]);
        let mut count = 0;
        let sides = sides.iter_mut().zip(0u32..);
        for_each_row(numbers, sides, column.quantiles, |number, (goes_left, place)| {
            let quantile = column.quantiles.get(number);
            let bin = column.bin_of(quantile) as u32;
            *goes_left = (bin < left) | (missing_left & (quantile == MISSING_QUANTILE));
            // No branch: whether a row is one of them is unpredictable.
            places[count] = place;
            count += usize::from((bin == left) | (bin == right));
        });
        between.clear();
        between.extend(places[..count].iter().map(|&place| numbers[place as usize]));
    }

    /// Decides for the rows that were collected: codes up to the last one go left.
    pub(super) fn decide(&mut self, codes: Strided<'_, u32>, last: u32, between: &[u32]) {
        for (&place, &number) in self.between.iter().zip(between) {
            self.goes_left[place as usize] = codes.get(number) <= last;
        }
        self.are_known = true;
    }
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// Tells for each row of a node whether it goes left. Where the split is not that of the node searched last, what is
    /// known of it must be forgotten before.
    pub(crate) fn sides(&mut self, split: &Split, node: &[u32]) -> &[bool] {
        let Self { table, block, scratch, .. } = self;
        let Sides { goes_left, are_known, .. } = &mut scratch.sides;
        if !*are_known {
            let view = table.of_rows(block.get()).codes(split.feature as usize);
            let missing_left = !split.missing_right;
            goes_left.clear();
            match &split.by {
                &SplitBy::Threshold { code: last, .. } => goes_left.extend(node.iter().map(|&number| {
                    let code = view.codes.get(number);
                    (code <= last) | (missing_left & (code == MISSING))
                })),
                SplitBy::Levels(set) => goes_left.extend(node.iter().map(|&number| {
                    let code = view.codes.get(number);
                    if code == MISSING { missing_left } else { levels::holds(set, value(code) as u32) }
                })),
            }
        }
        &goes_left[..node.len()]
    }

    /// Forgets the sides of the split that was found last.
    pub(crate) fn forget_sides(&mut self) {
        self.scratch.sides.are_known = false;
    }
}
