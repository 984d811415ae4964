//! Which rows a tree sees, and how much each of them weighs.

use std::ops::Range;

use rayon::prelude::*;

use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::{ClassWeight, Target, TrainingSet};

/// Draws the rows of one tree: how often each row was drawn. Also returns the stream, which growing continues.
fn draw(params: &ResolvedParams, tree: usize, rows: usize, counts: &mut Vec<u32>) -> TreeRandom {
    let mut random = TreeRandom::new(params.seed, tree);
    counts.clear();
    match params.draws {
        None => counts.resize(rows, 1),
        Some(draws) => {
            counts.resize(rows, 0);
            for _ in 0..draws {
                counts[random.below(rows as u32) as usize] += 1;
            }
        }
    }
    random
}

/// The rows of one tree in ascending order with their weights, none when all rows weigh nothing. `counts` is a buffer.
/// Also returns the stream, which growing continues.
pub(crate) fn draw_weighted(
    params: &ResolvedParams,
    tree: usize,
    rows: usize,
    weights: &RowWeights<'_>,
    counts: &mut Vec<u32>,
    numbers: &mut Vec<u32>,
    drawn: &mut Vec<f64>,
) -> TreeRandom {
    let random = draw(params, tree, rows, counts);
    weights.weigh(counts, numbers, drawn);
    if numbers.is_empty() {
        // The rows that were drawn weigh nothing: this tree sees all rows.
        counts.fill(1);
        weights.weigh(counts, numbers, drawn);
    }
    random
}

/// What `told` makes of how often each row of a table was drawn, for each of these trees.
pub(crate) fn drawn_for<T: Send>(
    params: &ResolvedParams,
    set: &TrainingSet,
    trees: Range<usize>,
    told: impl Fn(Vec<u32>) -> T + Sync,
) -> Vec<T> {
    let weights = RowWeights::new(set, params.class_weight.as_ref());
    let of_tree = |tree: usize| {
        let (mut counts, mut numbers, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        draw_weighted(params, tree, set.len(), &weights, &mut counts, &mut numbers, &mut drawn);
        told(counts)
    };
    trees.into_par_iter().map(of_tree).collect()
}

/// The weights of the rows, before they are drawn.
pub(crate) struct RowWeights<'a> {
    weights: Option<&'a [f64]>,
    class_weight: Option<&'a ClassWeight>,
    target: &'a Target,
    /// Weight of each class when it is the same for all trees.
    fixed: Vec<f64>,
}

impl<'a> RowWeights<'a> {
    pub(crate) fn new(set: &'a TrainingSet, class_weight: Option<&'a ClassWeight>) -> Self {
        let fixed = match class_weight {
            Some(ClassWeight::Explicit(weights)) => weights.clone(),
            Some(ClassWeight::Balanced) => balanced(set.target(), std::iter::repeat(1)),
            Some(ClassWeight::BalancedSubsample) | None => Vec::new(),
        };
        Self { weights: set.weights(), class_weight, target: set.target(), fixed }
    }

    /// The rows of positive weight in ascending order, with their weights. Empty when the drawn rows weigh nothing.
    pub(crate) fn weigh(&self, counts: &[u32], rows: &mut Vec<u32>, weights: &mut Vec<f64>) {
        let subsample = match self.class_weight {
            Some(ClassWeight::BalancedSubsample) => balanced(self.target, counts.iter().copied()),
            _ => Vec::new(),
        };
        let by_class = if subsample.is_empty() { &self.fixed } else { &subsample };
        rows.clear();
        weights.clear();
        for (row, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let mut weight = f64::from(count);
            if let Some(weights) = self.weights {
                weight *= weights[row];
            }
            if let Target::Classification { classes, .. } = self.target
                && let Some(factor) = by_class.get(classes[row] as usize)
            {
                weight *= factor;
            }
            if weight > 0.0 {
                rows.push(row as u32);
                weights.push(weight);
            }
        }
    }
}

/// Rows / (classes that occur × rows of the class), as scikit-learn weighs them. A class without rows weighs nothing.
fn balanced(target: &Target, counts: impl Iterator<Item = u32>) -> Vec<f64> {
    let Target::Classification { classes, n_classes } = target else { return Vec::new() };
    let mut rows = vec![0u64; *n_classes];
    for (&class, count) in classes.iter().zip(counts) {
        rows[class as usize] += u64::from(count);
    }
    let present = rows.iter().filter(|&&rows| rows > 0).count() as f64;
    let total = rows.iter().sum::<u64>() as f64;
    rows.iter().map(|&rows| if rows == 0 { 0.0 } else { total / (present * rows as f64) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_classes_weigh_the_same_in_total() {
        let target = Target::Classification { classes: vec![0, 0, 0, 2], n_classes: 3 };
        // Four rows, two classes that occur: 4 / (2 × 3) and 4 / (2 × 1).
        assert_eq!(balanced(&target, std::iter::repeat(1)), [4.0 / 6.0, 0.0, 2.0]);
        assert_eq!(balanced(&target, [0, 1, 0, 1].into_iter()), [1.0, 0.0, 1.0]);
    }
}
