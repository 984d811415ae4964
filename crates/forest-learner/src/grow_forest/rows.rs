//! The target of a row as its impurity takes it.

use crate::impurity::{WeightedClass, WeightedTarget};

/// Gives a tree its rows.
pub(super) trait TreeRows: Sync {
    type Row;

    fn row(&self, number: u32, weight: f64) -> Self::Row;
}

/// Numbers in a unit near the largest, so that squares do not overflow.
pub(super) struct RegressionRows<'a> {
    pub(super) values: &'a [f64],
    pub(super) unit: f64,
}

impl TreeRows for RegressionRows<'_> {
    type Row = WeightedTarget;

    fn row(&self, number: u32, weight: f64) -> WeightedTarget {
        WeightedTarget { weight, target: self.values[number as usize] / self.unit }
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
