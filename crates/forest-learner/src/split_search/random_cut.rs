//! A threshold drawn at random, for extremely randomised trees (Geurts, Ernst and Wehenkel 2006).

use super::best_cut::better;
use super::{Constant, MissingSide, Scratch};
use crate::feature_view::{FeatureView, MISSING, code, value};
use crate::impurity::{Cut, Impurity, NodeRows, Scan};
use crate::random::TreeRandom;

impl Scratch {
    /// A threshold drawn between the smallest and the largest value of the node. Missing values are tried on both
    /// sides; where there is but one value, it is parted from them.
    pub(super) fn random_cut<I: Impurity>(
        &mut self,
        impurity: &mut I,
        view: FeatureView<'_>,
        node: NodeRows<'_, I::Row>,
        least_rows: u32,
        random: &mut TreeRandom,
    ) -> Result<Option<(Cut, MissingSide, f32)>, Constant> {
        let (least, most) = self.gather(view, node.numbers);
        if least == most {
            return Err(Constant);
        }
        let has_missing = most == MISSING;
        let codes = &self.codes;
        let most = if has_missing {
            codes.iter().copied().filter(|&code| code < MISSING).max().unwrap_or(least)
        } else {
            most
        };
        let (last, threshold) =
            if most == least { (most, f32::INFINITY) } else { draw(codes, least, most, random) };
        // The code for missing is beyond all others: this is the cut with missing values on the right.
        let mut scan = impurity.scan(least_rows);
        for side in 0..2 {
            for (&code, row) in codes.iter().zip(node.iter()) {
                if u32::from(code > last) == side {
                    scan.push(side, row);
                }
            }
        }
        let right = scan.best();
        let left = if has_missing && most != least {
            let mut scan = impurity.scan(least_rows);
            let missing_rows = codes.iter().zip(node.iter()).filter(|(code, _)| **code == MISSING);
            missing_rows.for_each(|(_, row)| scan.put_left(row));
            for side in 0..2 {
                for (&code, row) in codes.iter().zip(node.iter()).filter(|(code, _)| **code < MISSING) {
                    if u32::from(code > last) == side {
                        scan.push(side, row);
                    }
                }
            }
            scan.best()
        } else {
            None
        };
        let best = better(right, left, has_missing);
        Ok(best.map(|(cut, side)| (Cut { left: last, ..cut }, side, threshold)))
    }
}

/// A threshold from the smallest value up to, but without, the largest, and the last code below it. A threshold rounded
/// beyond the gap moves to the largest value on the left.
fn draw(codes: &[u32], least: u32, most: u32, random: &mut TreeRandom) -> (u32, f32) {
    let (low, high) = (value(least).max(f32::MIN), value(most).min(f32::MAX));
    let drawn = (f64::from(low) + random.unit() * (f64::from(high) - f64::from(low))) as f32;
    let limit = code(drawn).clamp(least, most - 1);
    let last = codes.iter().copied().filter(|&code| code <= limit).max().unwrap_or(least);
    (last, if drawn >= value(last) && drawn < value(most) { drawn } else { value(last) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_threshold_parts_the_values() {
        let check = |values: &[f32]| {
            let mut random = TreeRandom::new(1, 0);
            let codes: Vec<u32> = values.iter().map(|&value| code(value)).collect();
            for _ in 0..200 {
                let (last, threshold) = draw(&codes, codes[0], codes[codes.len() - 1], &mut random);
                let last = codes.iter().position(|&code| code == last).unwrap();
                assert!(values[last] <= threshold && threshold < values[last + 1], "{threshold}");
            }
        };
        check(&[0.0, 1.0]);
        check(&[0.0, 0.5, 0.7, 0.9, 1.0, 3.0]);
        check(&[f32::NEG_INFINITY, 0.0, f32::INFINITY]);
        check(&[1.0, 1.0f32.next_up()]);
        check(&[f32::NEG_INFINITY, f32::INFINITY]);
    }
}
