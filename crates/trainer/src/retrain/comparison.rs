//! Two models on the same rows: the difference of their errors, and how sure it is.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Loss;
use crate::report::figure;

/// Draws of the bootstrap.
const DRAWS: usize = 2000;
/// Most rows that the bootstrap draws from; of more, evenly spaced ones are taken.
const MOST_ROWS: usize = 50_000;
/// Stream of the one seed; the split and the folds have others.
const STREAM: u64 = 9;

/// How a challenger compares with the champion on rows that neither was trained on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// What is compared.
    pub(crate) loss: Loss,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Mean error of the champion.
    pub(crate) champion: f64,
    /// Mean error of the challenger.
    pub(crate) challenger: f64,
    /// Lower end of the 95 % interval of challenger − champion.
    pub(crate) lower: f64,
    /// Its upper end.
    pub(crate) upper: f64,
}

impl Comparison {
    /// Compares the errors of the same rows, row by row: the interval holds the middle 95 % of the mean differences of rows that
    /// are drawn with replacement.
    pub(crate) fn paired(loss: Loss, champion: &[f64], challenger: &[f64], seed: u64) -> Self {
        let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        let step = champion.len().div_ceil(MOST_ROWS).max(1);
        let differences: Vec<f64> =
            challenger.iter().zip(champion).map(|(after, before)| after - before).step_by(step).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(STREAM);
        let mut means: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let drawn = (0..differences.len()).map(|_| differences[rng.gen_range(0..differences.len())]);
                drawn.sum::<f64>() / differences.len() as f64
            })
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        let (lower, upper) = (means[DRAWS / 40], means[DRAWS - 1 - DRAWS / 40]);
        Self {
            loss,
            rows: champion.len(),
            champion: mean(champion),
            challenger: mean(challenger),
            lower,
            upper,
        }
    }

    /// Mean difference, challenger − champion: below 0 the challenger errs less.
    pub(crate) fn difference(&self) -> f64 {
        self.challenger - self.champion
    }

    /// How the challenger stands to the champion, in words: told apart where the interval does not hold 0.
    pub(crate) fn verdict(&self) -> &'static str {
        match () {
            () if self.lower > 0.0 => "worse",
            () if self.upper < 0.0 => "better",
            () => "not told apart",
        }
    }

    /// The difference with its interval, for a cell of a table.
    pub(crate) fn in_words(&self) -> String {
        format!("{} ({} to {})", figure(self.difference()), figure(self.lower), figure(self.upper))
    }

    /// Why the challenger is not taken, or nothing: on average it may not err more than the champion, and the interval has to
    /// rule out that it errs more by more than `max_harm`, a share of the champion's error.
    pub(crate) fn objection(&self, max_harm: f64) -> Option<String> {
        let interval = format!(
            "difference of the {} {} (95 % interval {} to {})",
            self.loss.name(),
            figure(self.difference()),
            figure(self.lower),
            figure(self.upper)
        );
        let bound = max_harm * self.champion;
        if self.difference() > 0.0 {
            Some(format!("the challenger errs more than the champion: {interval}"))
        } else if self.upper > bound {
            Some(format!(
                "the challenger may err more than the champion by above {}: {interval}",
                figure(bound)
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors of 200 rows around `mean`, spread by `spread`.
    fn errors(mean: f64, spread: f64, phase: f64) -> Vec<f64> {
        (0..200).map(|row| mean + spread * (row as f64 * 0.7 + phase).sin()).collect()
    }

    #[test]
    fn a_gain_is_taken_and_harm_is_not() {
        let check = |challenger: &[f64], max_harm: f64, expected: Option<&str>| {
            let found = Comparison::paired(Loss::Absolute, &errors(2.0, 1.0, 0.0), challenger, 1);
            let within = found.lower - 1e-9..=found.upper + 1e-9;
            assert!(within.contains(&found.difference()), "{found:?}");
            let said = found.objection(max_harm);
            match (&said, expected) {
                (None, None) => {}
                (Some(said), Some(expected)) if said.contains(expected) => {}
                _ => panic!("{said:?} for {expected:?} of {found:?}"),
            }
        };
        // The same models, and one that is better on every row.
        check(&errors(2.0, 1.0, 0.0), 0.0, None);
        check(&errors(1.8, 1.0, 0.0), 0.0, None);
        check(&errors(2.1, 1.0, 0.0), 1.0, Some("errs more than the champion"));
        // A little better on average, on other rows: more harm than 1 % is not ruled out, 20 % is.
        check(&errors(1.99, 1.0, 2.0), 0.01, Some("may err more"));
        check(&errors(1.99, 1.0, 2.0), 0.2, None);
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let found = Comparison::paired(Loss::Absolute, &vec![0.0; 200], &errors(0.5, 1.0, 0.0), 7);
        // Standard deviation 1 / √2 over 200 rows: ±1.96 × 0.05.
        assert!((found.upper - found.lower - 2.0 * 1.96 * 0.05).abs() < 0.02, "{found:?}");
    }
}
