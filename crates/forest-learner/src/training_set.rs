//! The table a forest learns from: typed columns, a target, weights; checked once.

use forest::{Column, LARGEST_ANSWER};
use model_core::Rows;

mod error;

pub use error::TrainingSetError;

/// Most levels of a category in training: every split of it stores a bit for each.
const MAXIMUM_LEVELS: u32 = u16::MAX as u32 - 1;

/// One feature.
#[derive(Debug, Clone)]
pub struct TrainingColumn {
    /// How it is split.
    pub column: Column,
    /// Encoded value of each row; NaN is missing. A category holds codes of levels, `levels` itself for one without
    /// a code of its own.
    pub values: Vec<f32>,
}

/// What is learned.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A number from -1e300 to 1e300 for each row: sums over trees stay finite.
    Regression(Vec<f64>),
    /// A class for each row.
    Classification {
        /// Indices below `n_classes`.
        classes: Vec<u32>,
        /// Number of classes, those without a row included.
        n_classes: usize,
    },
}

impl Target {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Regression(values) => values.len(),
            Self::Classification { classes, .. } => classes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets of some rows.
    pub(crate) fn of(&self, rows: &[usize]) -> Self {
        match self {
            Self::Regression(values) => Self::Regression(rows.iter().map(|&row| values[row]).collect()),
            Self::Classification { classes, n_classes } => Self::Classification {
                classes: rows.iter().map(|&row| classes[row]).collect(),
                n_classes: *n_classes,
            },
        }
    }

    /// Numbers in an answer: 1 for regression, the number of classes for classification.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Regression(_) => 1,
            Self::Classification { n_classes, .. } => *n_classes,
        }
    }
}

/// A checked training table.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    columns: Vec<TrainingColumn>,
    target: Target,
    weights: Option<Vec<f64>>,
}

impl TrainingSet {
    /// Checks a table. Without weights every row weighs 1.
    ///
    /// # Errors
    /// When there is no row or no column, lengths differ, a target is not finite or beyond 1e300, a class or a code is out of range, a
    /// weight is negative or not finite, or all weights are zero.
    pub fn new(
        columns: Vec<TrainingColumn>,
        target: Target,
        weights: Option<Vec<f64>>,
    ) -> Result<Self, TrainingSetError> {
        let rows = target.len();
        if rows == 0 {
            return Err(TrainingSetError::NoRows);
        }
        if rows > u32::MAX as usize {
            return Err(TrainingSetError::TooManyRows { rows });
        }
        if columns.is_empty() {
            return Err(TrainingSetError::NoColumns);
        }
        check_target(&target)?;
        for (position, column) in columns.iter().enumerate() {
            check_column(position, column, rows)?;
        }
        if let Some(weights) = &weights {
            check_weights(weights, rows)?;
        }
        Ok(Self { columns, target, weights })
    }

    /// The features.
    pub fn columns(&self) -> &[TrainingColumn] {
        &self.columns
    }

    /// What is learned.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Weight of each row; `None` when every row weighs 1.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Never true: a training set has a row.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The encoded rows, as a forest takes them.
    pub fn rows(&self) -> Rows {
        let width = self.width();
        let mut values = vec![0.0; self.len() * width];
        for (position, column) in self.columns.iter().enumerate() {
            for (place, &value) in values[position..].iter_mut().step_by(width).zip(&column.values) {
                *place = value;
            }
        }
        Rows::from_values(width, values)
    }
}

fn check_target(target: &Target) -> Result<(), TrainingSetError> {
    match target {
        Target::Regression(values) => {
            match values.iter().position(|value| !value.is_finite() || value.abs() > LARGEST_ANSWER) {
                Some(row) => Err(TrainingSetError::TargetValue { row, value: values[row] }),
                None => Ok(()),
            }
        }
        Target::Classification { classes, n_classes } => {
            match classes.iter().position(|&class| class as usize >= *n_classes) {
                Some(row) => Err(TrainingSetError::Class { row, class: classes[row], n_classes: *n_classes }),
                None => Ok(()),
            }
        }
    }
}

fn check_column(position: usize, column: &TrainingColumn, rows: usize) -> Result<(), TrainingSetError> {
    let found = column.values.len();
    if found != rows {
        return Err(TrainingSetError::Length { part: format!("column {position}"), found, expected: rows });
    }
    let Column::Category { levels } = column.column else { return Ok(()) };
    if levels > MAXIMUM_LEVELS {
        return Err(TrainingSetError::TooManyLevels { column: position, levels });
    }
    let is_code =
        |value: f32| value.is_nan() || value.fract() == 0.0 && (0.0..=levels as f32).contains(&value);
    match column.values.iter().position(|&value| !is_code(value)) {
        Some(row) => Err(TrainingSetError::Code { column: position, row, value: column.values[row], levels }),
        None => Ok(()),
    }
}

fn check_weights(weights: &[f64], rows: usize) -> Result<(), TrainingSetError> {
    if weights.len() != rows {
        let part = "weights".to_owned();
        return Err(TrainingSetError::Length { part, found: weights.len(), expected: rows });
    }
    if let Some(row) = weights.iter().position(|&weight| !(weight.is_finite() && weight >= 0.0)) {
        return Err(TrainingSetError::Weight { row, weight: weights[row] });
    }
    let total: f64 = weights.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return Err(TrainingSetError::TotalWeight { total });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f32]) -> TrainingColumn {
        TrainingColumn { column: Column::Numeric, values: values.into() }
    }

    fn category(levels: u32, values: &[f32]) -> TrainingColumn {
        TrainingColumn { column: Column::Category { levels }, values: values.into() }
    }

    #[test]
    fn faulty_tables_are_refused_with_their_place() {
        let numbers = || Target::Regression(vec![1.0, 2.0]);
        let check =
            |columns: Vec<TrainingColumn>, target: Target, weights: Option<Vec<f64>>, message: &str| {
                let error = TrainingSet::new(columns, target, weights).unwrap_err();
                assert_eq!(error.to_string(), message);
            };
        let good = || vec![column(&[1.0, f32::NAN])];
        check(good(), Target::Regression(vec![]), None, "the training set has no rows");
        check(vec![], numbers(), None, "the training set has no columns");
        check(vec![column(&[1.0])], numbers(), None, "column 0 has 1 rows, the target 2");
        check(
            good(),
            Target::Regression(vec![1.0, f64::NAN]),
            None,
            "target, row 1: NaN is not a number from -1e300 to 1e300",
        );
        check(
            good(),
            Target::Classification { classes: vec![0, 3], n_classes: 3 },
            None,
            "target, row 1: class 3 is not below the number of classes, 3",
        );
        check(
            vec![category(2, &[0.5, 1.0])],
            numbers(),
            None,
            "column 0, row 0: 0.5 is not a level code from 0 to 2",
        );
        check(
            vec![category(2, &[2.0, 3.0])],
            numbers(),
            None,
            "column 0, row 1: 3 is not a level code from 0 to 2",
        );
        check(
            vec![category(70_000, &[2.0, 3.0])],
            numbers(),
            None,
            "column 0 has 70000 levels, the limit is 65534: merge rare levels",
        );
        check(good(), numbers(), Some(vec![1.0]), "weights has 1 rows, the target 2");
        check(good(), numbers(), Some(vec![1.0, -1.0]), "weights, row 1: -1 is not a finite number from 0");
        check(good(), numbers(), Some(vec![0.0, 0.0]), "the weights add up to 0, expected a positive number");
    }

    #[test]
    fn rows_are_the_columns_turned() {
        let set = TrainingSet::new(
            vec![column(&[1.0, 2.0]), category(3, &[3.0, 0.0])],
            Target::Regression(vec![0.0, 1.0]),
            None,
        )
        .unwrap();
        assert_eq!(set.rows().row(0), [1.0, 3.0]);
        assert_eq!(set.rows().row(1), [2.0, 0.0]);
    }
}
