//! The distribution of the training part, for the artifact.

use model_core::baseline::shortest;
use model_core::profile::{Distribution, Numeric, Profile};
use model_core::schema::FeatureKind;
use rayon::prelude::*;

use crate::evaluation::Truth;
use crate::preparation::Preparation;
use crate::typed_table::TypedTable;

/// Training rows that are kept as examples.
const EXAMPLES: usize = 10;
/// Steps between the quantiles: 0 %, 5 %, …, 100 %.
const QUANTILE_STEPS: usize = 20;

/// Describes the rows `train` as the final encoder sees them.
pub fn profile(preparation: &Preparation, table: &TypedTable, train: &[usize]) -> Profile {
    let schema = preparation.encoder().schema();
    let features = schema
        .features
        .par_iter()
        .enumerate()
        .map(|(position, feature)| {
            let values = preparation.column(table, position, train);
            match &feature.kind {
                FeatureKind::Number { .. } | FeatureKind::Integer { .. } => {
                    numeric(values.into_iter().map(shortest).collect())
                }
                FeatureKind::Category(category) => levels(&values, category.levels.len()),
                FeatureKind::Boolean => levels(&values, 2),
            }
        })
        .collect();
    let target = match table.truth.of(train) {
        Truth::Values(values) => numeric(values),
        Truth::Classes(classes) => {
            let codes: Vec<f32> = classes.into_iter().map(|class| class as f32).collect();
            levels(&codes, preparation.task().outputs())
        }
    };
    let example = |row: usize| {
        let cell = |position| Some(preparation.value(table, position, row)).filter(|value| !value.is_nan());
        (0..schema.features.len()).map(cell).collect()
    };
    let examples = train.iter().take(EXAMPLES).map(|&row| example(row)).collect();
    Profile { rows: train.len() as u64, features, target, examples }
}

fn numeric(values: Vec<f64>) -> Distribution {
    let rows = values.len();
    let mut present: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
    let missing = (rows - present.len()) as u64;
    present.sort_unstable_by(f64::total_cmp);
    let (Some(&minimum), Some(&maximum)) = (present.first(), present.last()) else {
        return Distribution::Numeric(Numeric {
            missing,
            minimum: 0.0,
            maximum: 0.0,
            mean: 0.0,
            standard_deviation: 0.0,
            quantiles: Vec::new(),
        });
    };
    // The squares of the largest targets have no sum.
    let scale = if minimum.abs().max(maximum.abs()) > 1e100 { 1e200 } else { 1.0 };
    let mean = present.iter().map(|value| value / scale).sum::<f64>() / present.len() as f64;
    let squares = present.iter().map(|value| (value / scale - mean).powi(2)).sum::<f64>();
    Distribution::Numeric(Numeric {
        missing,
        minimum,
        maximum,
        mean: mean * scale,
        standard_deviation: (squares / (present.len().max(2) - 1) as f64).sqrt() * scale,
        quantiles: (0..=QUANTILE_STEPS).map(|step| quantile(&present, step)).collect(),
    })
}

/// Linear interpolation between the order statistics, as numpy does by default.
fn quantile(sorted: &[f64], step: usize) -> f64 {
    let place = (sorted.len() - 1) * step;
    let (below, rest) = (place / QUANTILE_STEPS, place % QUANTILE_STEPS);
    let above = sorted[(below + 1).min(sorted.len() - 1)];
    sorted[below] + (above - sorted[below]) * (rest as f64 / QUANTILE_STEPS as f64)
}

fn levels(codes: &[f32], count: usize) -> Distribution {
    let mut counts = vec![0; count];
    let mut missing = 0;
    for &code in codes {
        if code.is_nan() {
            missing += 1;
        } else if let Some(rows) = counts.get_mut(code as usize) {
            *rows += 1;
        }
    }
    Distribution::Levels { missing, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_described_as_pandas_does() {
        let Distribution::Numeric(found) = numeric(vec![4.0, f64::NAN, 1.0, 2.0, 3.0]) else {
            panic!("numeric")
        };
        assert_eq!((found.missing, found.minimum, found.maximum, found.mean), (1, 1.0, 4.0, 2.5));
        // Squares 2.25 + 0.25 + 0.25 + 2.25 = 5, over 3.
        assert!((found.standard_deviation - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(found.quantiles.len(), 21);
        // Step 5 is 25 %: 3 × 0.25 = 0.75 of the way from 1 to 2.
        assert_eq!((found.quantiles[0], found.quantiles[5], found.quantiles[20]), (1.0, 1.75, 4.0));
    }

    #[test]
    fn the_largest_targets_have_a_mean_and_a_deviation() {
        let Distribution::Numeric(found) = numeric(vec![1e300, -1e300, 1e300, -1e300]) else {
            panic!("numeric")
        };
        assert_eq!(found.mean, 0.0);
        assert!((found.standard_deviation / 1e300 - (4.0f64 / 3.0).sqrt()).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn an_empty_column_has_no_quantiles() {
        let Distribution::Numeric(found) = numeric(vec![f64::NAN]) else { panic!("numeric") };
        assert_eq!((found.missing, found.quantiles.len()), (1, 0));
    }

    #[test]
    fn levels_are_counted_by_code() {
        let found = levels(&[0.0, 2.0, f32::NAN, 2.0, 3.0], 3);
        // Code 3 is an unseen level, which has no count.
        assert_eq!(found, Distribution::Levels { missing: 1, counts: vec![1, 0, 2] });
    }
}
