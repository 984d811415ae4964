//! The target of a row as its impurity takes it.

use crate::impurity::{WeightedClass, WeightedTarget};

/// Gives a tree its rows.
pub(super) trait TreeRows: Sync {
    type Row;

    fn row(&self, number: u32, weight: f64) -> Self::Row;
}

/// Numbers, counted from their mean in units near the largest: squares neither overflow nor cancel.
pub(super) struct RegressionRows<'a> {
    values: &'a [f64],
    unit: f64,
    mean: f64,
}

impl<'a> RegressionRows<'a> {
    pub(super) fn new(values: &'a [f64], unit: f64) -> Self {
        let mean = values.iter().map(|value| value / unit).sum::<f64>() / values.len() as f64;
        Self { values, unit, mean }
    }
}

impl TreeRows for RegressionRows<'_> {
    type Row = WeightedTarget;

    fn row(&self, number: u32, weight: f64) -> WeightedTarget {
        WeightedTarget { weight, target: self.values[number as usize] / self.unit - self.mean }
    }
}

/// Two classes as the numbers 0 and 1.
pub(super) struct BinaryRows<'a>(pub(super) &'a [u32]);

impl TreeRows for BinaryRows<'_> {
    type Row = WeightedTarget;

    fn row(&self, number: u32, weight: f64) -> WeightedTarget {
        WeightedTarget { weight, target: f64::from(self.0[number as usize]) }
    }
}

/// Any number of classes.
pub(super) struct ClassRows<'a>(pub(super) &'a [u32]);

impl TreeRows for ClassRows<'_> {
    type Row = WeightedClass;

    fn row(&self, number: u32, weight: f64) -> WeightedClass {
        WeightedClass { weight, class: self.0[number as usize] }
    }
}
