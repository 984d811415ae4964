//! What new data holds that the champion's training data did not: values out of range, new levels, missing values, and a
//! distribution that moved.

use model_core::encoding::Encoder;
use model_core::profile::{Distribution, Numeric, Profile};

/// Shift of a distribution that is worth a look, as is usual for the population stability index.
pub(crate) const SHIFTED: f64 = 0.1;
/// Shift that is taken for another population.
pub(crate) const DRIFTED: f64 = 0.25;
/// Bins of a number: tenths of the training rows.
const QUANTILES_A_BIN: usize = 2;

/// What was found of one feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// Name of the feature.
    pub(crate) feature: String,
    /// Population stability index between training and these rows.
    pub(crate) psi: f64,
    /// What it is on average between two samples of these sizes of one population.
    pub(crate) chance: f64,
    /// Share of the training rows without a value.
    pub(crate) missing_before: f64,
    /// Share of these rows without one.
    pub(crate) missing_now: f64,
    /// Share of these rows that are below or above what training saw, or of a level that it did not.
    pub(crate) outside: f64,
}

impl Finding {
    /// The index beyond what chance gives.
    pub(crate) fn shift(&self) -> f64 {
        self.psi - self.chance
    }

    /// What it means, in a word.
    pub(crate) fn verdict(&self) -> &'static str {
        match self.shift() {
            psi if psi > DRIFTED => "drifted",
            psi if psi > SHIFTED => "shifted",
            _ if self.outside > 0.0 => "new values",
            _ => "as before",
        }
    }
}

/// Compares encoded columns, one for each feature of the profile, with the training data.
pub(crate) fn findings(encoder: &Encoder, profile: &Profile, columns: &[Vec<f32>]) -> Vec<Finding> {
    let features = encoder.schema().features.iter().enumerate();
    features
        .map(|(position, feature)| {
            let column = &columns[position];
            let share = |count: usize| count as f64 / column.len().max(1) as f64;
            let distribution = &profile.features[position];
            let missing_before = match distribution {
                Distribution::Numeric(Numeric { missing, .. }) | Distribution::Levels { missing, .. } => {
                    *missing
                }
            };
            let (psi, chance) = psi(distribution, profile.rows, column);
            Finding {
                feature: feature.name.clone(),
                psi,
                chance,
                missing_before: missing_before as f64 / profile.rows.max(1) as f64,
                missing_now: share(column.iter().filter(|value| value.is_nan()).count()),
                outside: share(column.iter().filter(|value| profile.is_outside(position, **value)).count()),
            }
        })
        .collect()
}

/// Population stability index: Σ (q − p) ln(q / p) over bins, with half a row added to every bin, so that an empty one is not
/// infinitely surprising; and its mean between samples of one population, (bins − 1) (1 / rows + 1 / rows).
fn psi(distribution: &Distribution, rows: u64, column: &[f32]) -> (f64, f64) {
    let (before, now) = match distribution {
        Distribution::Numeric(numeric) => numbers(numeric, rows, column),
        Distribution::Levels { missing, counts } => levels(*missing, counts, column),
    };
    let bins = before.len() as f64;
    let (all_before, all_now) = (before.iter().sum::<f64>(), now.iter().sum::<f64>());
    let share = |count: f64, all: f64| (count + 0.5) / (all + 0.5 * bins);
    let chance = (bins - 1.0) * (1.0 / all_before.max(1.0) + 1.0 / all_now.max(1.0));
    let psi = before
        .iter()
        .zip(&now)
        .map(|(&before, &now)| {
            let (p, q) = (share(before, all_before), share(now, all_now));
            (q - p) * (q / p).ln()
        })
        .sum();
    (psi, chance)
}

/// Rows in each bin, in training and now. The last bin is of missing values.
fn numbers(numeric: &Numeric, rows: u64, column: &[f32]) -> (Vec<f64>, Vec<f64>) {
    // Where many rows have one value, several quantiles are equal: they end one bin, which holds the rows of all of them.
    let steps = numeric.quantiles.len().saturating_sub(1);
    let mut edges: Vec<(f32, usize)> = Vec::new();
    for step in (0..=steps).filter(|_| steps > 0) {
        let edge = numeric.quantiles[step] as f32;
        match edges.last_mut() {
            Some(last) if last.0 == edge => last.1 = step,
            _ if step % QUANTILES_A_BIN == 0 && step > 0 => edges.push((edge, step)),
            _ => {}
        }
    }
    let present = rows.saturating_sub(numeric.missing) as f64;
    let mut before = Vec::with_capacity(edges.len() + 1);
    let mut last = 0;
    for &(_, step) in &edges {
        before.push(present * (step - last) as f64 / steps as f64);
        last = step;
    }
    before.push(numeric.missing as f64);
    let mut now = vec![0.0; before.len()];
    for &value in column {
        let bin = match value.is_nan() {
            true => edges.len(),
            // What is above the largest counts with it.
            false => edges.partition_point(|(edge, _)| *edge < value).min(edges.len().saturating_sub(1)),
        };
        now[bin] += 1.0;
    }
    (before, now)
}

/// As [`numbers`]; one bin for each level, then those of unseen levels and of missing values.
fn levels(missing: u64, counts: &[u64], column: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let mut before: Vec<f64> = counts.iter().map(|&rows| rows as f64).collect();
    before.extend([0.0, missing as f64]);
    let mut now = vec![0.0; before.len()];
    for &value in column {
        let bin = if value.is_nan() { counts.len() + 1 } else { (value as usize).min(counts.len()) };
        now[bin] += 1.0;
    }
    (before, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform over 0 to 100.
    fn uniform(missing: u64) -> Distribution {
        Distribution::Numeric(Numeric {
            missing,
            minimum: 0.0,
            maximum: 100.0,
            mean: 50.0,
            standard_deviation: 28.9,
            quantiles: (0..=20).map(|step| f64::from(step) * 5.0).collect(),
        })
    }

    fn column(rows: usize, value: impl Fn(f32) -> f32) -> Vec<f32> {
        (0..rows).map(|row| value((row as f32 + 0.5) / rows as f32)).collect()
    }

    #[test]
    fn a_fresh_sample_is_silent_and_another_population_is_not() {
        let check = |distribution: &Distribution, column: &[f32], range: std::ops::Range<f64>| {
            let (found, _) = psi(distribution, 1000, column);
            assert!(range.contains(&found), "{found} in {range:?}");
        };
        check(&uniform(0), &column(500, |share| share * 100.0), -1e-9..0.01);
        check(&uniform(0), &column(500, |share| share * 50.0), DRIFTED..10.0);
        check(&uniform(0), &column(500, |share| share * 90.0 + 10.0), SHIFTED..1.0);
        check(&uniform(0), &column(500, |_| f32::NAN), DRIFTED..20.0);
        check(
            &uniform(500),
            &column(500, |share| if share < 0.5 { f32::NAN } else { share * 200.0 - 100.0 }),
            -1e-9..0.01,
        );
        let levels = Distribution::Levels { missing: 0, counts: vec![600, 400] };
        check(&levels, &column(500, |share| if share < 0.6 { 0.0 } else { 1.0 }), -1e-9..0.01);
        check(&levels, &column(500, |share| if share < 0.5 { 0.0 } else { 2.0 }), DRIFTED..10.0);
    }

    #[test]
    fn one_value_in_most_rows_is_one_bin() {
        let Distribution::Numeric(mut numeric) = uniform(0) else { panic!("numeric") };
        numeric.quantiles[..=14].fill(0.0);
        let mostly_zero = column(1000, |share| if share < 0.7 { 0.0 } else { share * 100.0 });
        let (found, _) = psi(&Distribution::Numeric(numeric), 1000, &mostly_zero);
        assert!(found < 0.02, "{found}");
    }

    #[test]
    fn a_column_without_values_before_has_no_bins_to_fall_into() {
        let numeric = Numeric {
            missing: 10,
            minimum: 0.0,
            maximum: 0.0,
            mean: 0.0,
            standard_deviation: 0.0,
            quantiles: vec![],
        };
        let (found, chance) = psi(&Distribution::Numeric(numeric), 10, &[1.0, f32::NAN]);
        assert!(found.is_finite() && chance.is_finite());
    }
}
