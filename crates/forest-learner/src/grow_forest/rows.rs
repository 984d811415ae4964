//! The target of a row as its impurity takes it.

use crate::impurity::{ClassOfRow, CountedClass, WeightedClass, WeightedTarget};

/// Gives a tree its rows.
pub(super) trait TreeRows: Sync {
    type Row;

    fn row(&self, number: u32, weight: f64) -> Self::Row;
}

/// Numbers in a unit near the largest, so that squares do not overflow.
pub(super) struct RegressionRows<'a> {
    values: &'a [f64],
    unit: f64,
}

impl<'a> RegressionRows<'a> {
    pub(super) fn new(values: &'a [f64]) -> Self {
        let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        Self { values, unit: power_of_two_near(largest) }
    }

    /// The unit of the targets.
    pub(super) fn unit(&self) -> f64 {
        self.unit
    }
}

/// A power of two between half of a number and the number; 1 for 0. Dividing by it and multiplying again is exact.
fn power_of_two_near(value: f64) -> f64 {
    if value == 0.0 {
        return 1.0;
    }
    2f64.powi((value.log2().floor() as i32).clamp(-1000, 1000))
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

/// Two classes whose rows weigh whole numbers.
pub(super) struct CountedRows<'a>(pub(super) &'a [u32]);

impl TreeRows for CountedRows<'_> {
    type Row = CountedClass;

    fn row(&self, number: u32, weight: f64) -> CountedClass {
        CountedClass::new(weight as u32, self.0[number as usize])
    }
}

/// A few classes whose rows weigh whole numbers.
pub(super) struct FewClassRows<'a>(pub(super) &'a [u32]);

impl TreeRows for FewClassRows<'_> {
    type Row = ClassOfRow;

    fn row(&self, number: u32, weight: f64) -> ClassOfRow {
        ClassOfRow::new(weight as u32, self.0[number as usize])
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
