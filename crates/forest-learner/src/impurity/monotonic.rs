//! Splits under monotonic constraints, as scikit-learn makes them.
//!
//! A cut on a constrained feature is not made when the means of its sides go against the constraint or leave the bounds
//! of the node. The middle between the two means then parts the bounds: every answer on the one side stays at or below
//! it, every answer on the other at or above. Bounds come down the branches and answers are clipped to them, so each tree
//! is monotone exactly, and so is the mean of the trees.
//!
//! This is a path of its own: forests without constraints do not pay for it.

use super::classes::Measure;
use super::moments::Sum;
use super::{Bounds, Cut, Entropy, Impurity, Levels, Meaning, NodeRows, NodeSums, Run, Scan, WeightedTarget};
use crate::Monotonic;

/// Variance, or the impurity of two classes, with the constraint of the feature at hand and the bounds of the node.
pub(crate) struct Constrained {
    meaning: Meaning,
    /// Whether the impurity is the entropy of two classes.
    entropy: bool,
    weight: f64,
    mean: f64,
    rows: u32,
    direction: Monotonic,
    bounds: Bounds,
}

impl Constrained {
    pub(crate) fn new(meaning: Meaning, entropy: bool) -> Self {
        Self {
            meaning,
            entropy,
            weight: 0.0,
            mean: 0.0,
            rows: 0,
            direction: Monotonic::Free,
            bounds: Bounds::default(),
        }
    }

    /// The part of a row, its target counted from the mean of the node.
    fn part(&self, row: WeightedTarget) -> Sum {
        Sum { weight: row.weight, sum: row.weight * (row.target - self.mean) }
    }

    /// The decrease of impurity times the weight of the node; `None` when the cut is not allowed.
    fn gain(&self, left: Sum) -> Option<f64> {
        let right_weight = self.weight - left.weight;
        if !(left.weight > 0.0 && right_weight > 0.0) {
            return None;
        }
        let (left_mean, right_mean) =
            (self.mean + left.sum / left.weight, self.mean - left.sum / right_weight);
        if !self.bounds.allow(self.direction, left_mean, right_mean) {
            return None;
        }
        if self.entropy {
            let worth = |mean: f64, weight: f64| {
                let second = mean.clamp(0.0, 1.0) * weight;
                Entropy::value(Entropy::term(second) + Entropy::term(weight - second), weight)
            };
            let sides = worth(left_mean, left.weight) + worth(right_mean, right_weight);
            return Some((sides - worth(self.mean, self.weight)).max(0.0));
        }
        let variance = left.sum * left.sum / (left.weight * right_weight) * self.weight;
        Some(match self.meaning {
            Meaning::Numbers { .. } => variance,
            Meaning::Classes => variance * 2.0,
        })
    }

    /// A scan of the node.
    fn cuts(&self, least_rows: u32) -> Cuts<'_> {
        Cuts { impurity: self, least_rows, left: Sum::default(), rows: 0, before: None, best: None }
    }
}

/// The best of the cuts that are allowed, as runs of rows come in the order of their codes.
pub(crate) struct Cuts<'a> {
    impurity: &'a Constrained,
    least_rows: u32,
    left: Sum,
    rows: u32,
    before: Option<u32>,
    best: Option<Cut>,
}

impl Cuts<'_> {
    fn add(&mut self, run: Run<Sum>) {
        self.left.add(run.part);
        self.rows += run.rows;
    }

    fn push_run(&mut self, run: Run<Sum>) {
        if let Some(before) = self.before
            && before != run.code
            && self.rows >= self.least_rows
            && self.impurity.rows - self.rows >= self.least_rows
            && let Some(gain) = self.impurity.gain(self.left)
            && self.best.is_none_or(|best| gain > best.gain)
        {
            let left_weight = self.left.weight;
            self.best = Some(Cut { left: before, right: run.code, gain, left_weight });
        }
        self.before = Some(run.code);
        self.add(run);
    }
}

impl Scan for Cuts<'_> {
    type Row = WeightedTarget;

    fn put_left(&mut self, row: WeightedTarget) {
        self.add(Run { code: 0, rows: 1, part: self.impurity.part(row) });
    }

    fn push(&mut self, code: u32, row: WeightedTarget) {
        self.push_run(Run { code, rows: 1, part: self.impurity.part(row) });
    }

    fn best(self) -> Option<Cut> {
        self.best
    }
}

/// The mean of the rows, in the unit of the targets.
fn mean(node: NodeRows<'_, WeightedTarget>) -> f64 {
    let (mut weight, mut sum) = (0.0, 0.0);
    for row in node.iter() {
        weight += row.weight;
        sum += row.weight * row.target;
    }
    sum / weight
}

impl Impurity for Constrained {
    type Row = WeightedTarget;

    fn begin(&mut self, node: NodeRows<'_, WeightedTarget>) -> NodeSums {
        self.rows = node.len() as u32;
        self.weight = node.iter().map(|row| row.weight).sum();
        self.mean = mean(node);
        let first = node.iter().next().map(|row| row.target);
        NodeSums { weight: self.weight, pure: node.iter().all(|row| Some(row.target) == first) }
    }

    fn weight(row: WeightedTarget) -> f64 {
        row.weight
    }

    fn constrain(&mut self, direction: Monotonic) {
        self.direction = direction;
    }

    fn bound(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    fn part_bounds(
        bounds: Bounds,
        direction: Monotonic,
        left: NodeRows<'_, WeightedTarget>,
        right: NodeRows<'_, WeightedTarget>,
    ) -> [Bounds; 2] {
        match direction {
            Monotonic::Free => [bounds; 2],
            _ => bounds.parted(direction, f64::midpoint(mean(left), mean(right))),
        }
    }

    fn answer(&self, node: NodeRows<'_, WeightedTarget>, answer: &mut [f64]) {
        let first = node.rows[0].target;
        // The mean of equal targets is the target itself, without rounding.
        let mean = if node.iter().all(|row| row.target == first) { first } else { mean(node) };
        let mean = self.bounds.clip(mean);
        match self.meaning {
            Meaning::Numbers { unit } => answer[0] = mean * unit,
            Meaning::Classes => answer.copy_from_slice(&[1.0 - mean, mean]),
        }
    }

    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = WeightedTarget> {
        self.cuts(least_rows)
    }

    /// The best cut between quantiles may be allowed where none around it is.
    const SCANS_QUANTILES: bool = false;

    const SCANS_LANES: bool = false;

    /// By the mean of the target, as without constraints: a category has none.
    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[WeightedTarget], ranks: &mut Vec<f64>) {
        ranks.clear();
        ranks.extend(levels.iter().map(|entries| {
            let mut sum = Sum::default();
            for entry in entries {
                sum.add(self.part(table[entry.number as usize]));
            }
            sum.sum / sum.weight
        }));
    }
}
