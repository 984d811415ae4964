//! Encoded rows as a linear model takes them: numbers only, none missing, all of one size.

use model_core::Rows;
use model_core::schema::{FeatureKind, FeatureSchema};
use ndarray::Array2;

use crate::pipeline::drawn;

/// Most rows that a linear model or a tree of classes learns from; of more, so many are drawn.
const MOST_ROWS: usize = 20_000;
/// Seed of the draw.
const SEED: u64 = 1;
/// Most levels of a category that have a column of their own: the most frequent ones.
const MOST_LEVELS: usize = 50;

/// How a row becomes a row of a design matrix: a missing number is the median, a level of a category a 1 in its own column, and
/// every column has mean 0 and deviation 1. Constant columns are left out. Learned from training rows alone.
#[derive(Debug)]
pub(super) struct Design {
    columns: Vec<Column>,
    rows: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    feature: usize,
    kind: Kind,
    mean: f64,
    deviation: f64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Number { median: f64 },
    Level(f32),
}

impl Design {
    pub(super) fn learn(schema: &FeatureSchema, train: &Rows) -> Self {
        let rows = learned_rows(train.len());
        let mut columns = Vec::new();
        for (feature, described) in schema.features.iter().enumerate() {
            let values: Vec<f32> = rows.iter().map(|&row| train.row(row)[feature]).collect();
            let kinds = match &described.kind {
                FeatureKind::Category(_) => most_frequent(&values).into_iter().map(Kind::Level).collect(),
                _ => vec![Kind::Number { median: median(&values) }],
            };
            columns.extend(kinds.into_iter().filter_map(|kind| {
                let numbers = values.iter().map(|&value| kind.number(value));
                let mean = numbers.clone().sum::<f64>() / values.len().max(1) as f64;
                let variance =
                    numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64;
                let deviation = variance.sqrt();
                // Of a column that is constant but for rounding.
                (deviation > 1e-9 * (1.0 + mean.abs())).then_some(Column { feature, kind, mean, deviation })
            }));
        }
        Self { columns, rows }
    }

    /// The rows that are learned from.
    pub(super) fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// These rows, shape (rows, columns). There may be no column.
    pub(super) fn matrix(&self, rows: &Rows, places: &[usize]) -> Array2<f64> {
        Array2::from_shape_fn((places.len(), self.columns.len()), |(row, column)| {
            let Column { feature, kind, mean, deviation } = self.columns[column];
            (kind.number(rows.row(places[row])[feature]) - mean) / deviation
        })
    }

    /// All rows.
    pub(super) fn all_of(&self, rows: &Rows) -> Array2<f64> {
        self.matrix(rows, &(0..rows.len()).collect::<Vec<_>>())
    }
}

impl Kind {
    fn number(self, value: f32) -> f64 {
        match self {
            Self::Number { median } if value.is_nan() => median,
            Self::Number { .. } => f64::from(value),
            Self::Level(level) => f64::from(u8::from(value == level)),
        }
    }
}

/// The rows that a simple model learns from, of so many, ascending. They are drawn, so that an order that repeats itself leaves no class out.
pub(super) fn learned_rows(rows: usize) -> Vec<usize> {
    drawn((0..rows).collect(), MOST_ROWS, SEED)
}

/// The median of the values that are not missing, 0 without any.
pub(super) fn median(values: &[f32]) -> f64 {
    let mut present: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    present.sort_unstable_by(f32::total_cmp);
    match present.len() {
        0 => 0.0,
        count => (f64::from(present[(count - 1) / 2]) + f64::from(present[count / 2])) / 2.0,
    }
}

/// The most frequent levels, the smaller code first of equals. A missing value is none.
fn most_frequent(values: &[f32]) -> Vec<f32> {
    let mut present: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    present.sort_unstable_by(f32::total_cmp);
    let mut runs: Vec<(usize, f32)> =
        present.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0])).collect();
    runs.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.total_cmp(&other.1)));
    runs.into_iter().take(MOST_LEVELS).map(|(_, level)| level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_drawn_where_there_are_more_than_are_learned_from() {
        assert_eq!(learned_rows(3), [0, 1, 2]);
        let drawn = learned_rows(50 * MOST_ROWS);
        assert_eq!(drawn.len(), MOST_ROWS);
        assert!(drawn.is_sorted_by(|one, next| one < next));
        let odd = drawn.iter().filter(|row| *row % 2 == 1).count();
        assert!((9_500..10_500).contains(&odd), "{odd}");
    }

    #[test]
    fn a_gap_is_the_median_and_levels_are_counted() {
        assert_eq!(median(&[3.0, f32::NAN, 1.0, 10.0, 2.0]), 2.5);
        assert_eq!(median(&[f32::NAN]), 0.0);
        assert_eq!(most_frequent(&[2.0, 1.0, 2.0, f32::NAN, 0.0, 1.0]), [1.0, 2.0, 0.0]);
        assert_eq!(Kind::Number { median: 2.5 }.number(f32::NAN), 2.5);
        assert_eq!([1.0, 2.0, f32::NAN].map(|value| Kind::Level(2.0).number(value)), [0.0, 1.0, 0.0]);
    }
}
