//! A threshold drawn at random, for extremely randomised trees (Geurts, Ernst and Wehenkel 2006).

use super::best_cut::better;
use super::{CodeRange, MissingSide, Place, SplitSearch};
use crate::impurity::{Cut, Impurity};
use crate::random::TreeRandom;

impl<I: Impurity> SplitSearch<'_, I> {
    /// A threshold drawn between the smallest and the largest value of the node. Missing values are tried on both
    /// sides; where there is but one value, it is parted from them.
    pub(super) fn random_cut(
        &mut self,
        rows: &[I::Row],
        range: CodeRange,
        bounds: &[(f32, f32)],
        random: &mut TreeRandom,
    ) -> Option<(Cut, MissingSide, Place)> {
        let missing = range.missing;
        let most = if range.has_missing() {
            self.codes.iter().copied().filter(|&code| code < missing).max()?
        } else {
            range.most
        };
        let (last, threshold) = if most == range.least {
            (most, f32::INFINITY)
        } else {
            let (last, threshold) = draw(&bounds[range.least as usize..=most as usize], random);
            (range.least + last as u16, threshold)
        };
        let codes = &self.codes;
        let side = |keep: fn(u16, u16) -> bool, at: u16, code: u32| {
            let rows = codes.iter().zip(rows).filter(move |(code, _)| keep(**code, at));
            rows.map(move |(_, &row)| (code, row))
        };
        let up_to = |code: u16, last: u16| code <= last;
        let beyond = |code: u16, last: u16| code > last;
        let least_rows = self.params.min_samples_leaf as u32;
        // The code for missing is beyond all others: this is the cut with missing values on the right.
        let sides = side(up_to, last, 0).chain(side(beyond, last, 1));
        let right = self.impurity.scan(std::iter::empty(), sides, least_rows);
        let left = if range.has_missing() && most != range.least {
            let without = side(|code, missing| code == missing, missing, 0).map(|(_, row)| row);
            let valued = codes.iter().zip(rows).filter(|(code, _)| **code < missing);
            let sides = |goes_left: bool| {
                let rows = valued.clone().filter(move |(code, _)| (**code <= last) == goes_left);
                rows.map(move |(_, &row)| (u32::from(!goes_left), row))
            };
            self.impurity.scan(without, sides(true).chain(sides(false)), least_rows)
        } else {
            None
        };
        let (cut, side) = better(right, left, range.has_missing())?;
        Some((Cut { left: u32::from(last), ..cut }, side, Place::Threshold(threshold)))
    }
}

/// A threshold from the smallest value up to, but without, the largest, and the last code below it. A threshold inside
/// the values of one code, or rounded beyond the gap, moves to the largest value on the left.
fn draw(bounds: &[(f32, f32)], random: &mut TreeRandom) -> (usize, f32) {
    let (low, high) = (bounds[0].0, bounds[bounds.len() - 1].0);
    let (low, high) = (low.max(f32::MIN), high.min(f32::MAX));
    let drawn = (f64::from(low) + random.unit() * (f64::from(high) - f64::from(low))) as f32;
    let after = bounds.partition_point(|bound| bound.0 <= drawn).clamp(1, bounds.len() - 1);
    let (left, right) = (bounds[after - 1].1, bounds[after].0);
    (after - 1, if drawn >= left && drawn < right { drawn } else { left })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_threshold_parts_the_values() {
        let check = |bounds: &[(f32, f32)]| {
            let mut random = TreeRandom::new(1, 0);
            for _ in 0..200 {
                let (last, threshold) = draw(bounds, &mut random);
                assert!(bounds[last].1 <= threshold && threshold < bounds[last + 1].0, "{threshold}");
            }
        };
        check(&[(0.0, 0.0), (1.0, 1.0)]);
        check(&[(0.0, 0.5), (0.7, 0.9), (1.0, 3.0)]);
        check(&[(f32::NEG_INFINITY, f32::NEG_INFINITY), (0.0, 0.0), (f32::INFINITY, f32::INFINITY)]);
        check(&[(1.0, 1.0), (1.0f32.next_up(), 1.0f32.next_up())]);
        check(&[(f32::NEG_INFINITY, f32::NEG_INFINITY), (f32::INFINITY, f32::INFINITY)]);
    }
}
