//! How sure it is that a difference is no chance: bounds of −ln p, in nats, for two samples of one population.
//!
//! Each is a bound of the tail, not a table of it, so that it holds where p is as small as many tests at once need it to be.

/// That two shares differ, `x` of `m` rows and `y` of `n`. If both are of one population, the x are drawn without replacement from
/// all; Hoeffding's bound of the hypergeometric tail, m·KL(x/m ‖ p), holds for rows of any number, and the same from the
/// other side.
pub(crate) fn of_shares(x: f64, m: f64, y: f64, n: f64) -> f64 {
    if m <= 0.0 || n <= 0.0 {
        return 0.0;
    }
    let pooled = (x + y) / (m + n);
    // Both directions of the difference count.
    (m * divergence(x / m, pooled)).max(n * divergence(y / n, pooled)) - std::f64::consts::LN_2
}

/// Kullback–Leibler divergence of two coins.
fn divergence(q: f64, p: f64) -> f64 {
    let term = |q: f64, p: f64| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
    (term(q, p) + term(1.0 - q, 1.0 - p)).max(0.0)
}

/// That the largest distance `d` of two distribution functions is no chance, by the inequality of Dvoretzky, Kiefer and Wolfowitz for
/// two samples; Wei and Dudley give its constant.
pub(crate) fn of_ks(d: f64, m: f64, n: f64) -> f64 {
    const CONSTANT: f64 = 2.17;
    if m <= 0.0 || n <= 0.0 {
        return 0.0;
    }
    2.0 * (m * n / (m + n)) * d * d - CONSTANT.ln()
}

/// That counts in bins differ: Pearson's χ² of homogeneity, its tail by Wilson and Hilferty. It needs about five expected rows in
/// each bin.
pub(crate) fn of_bins(before: &[f64], now: &[f64]) -> f64 {
    let (n, m) = (before.iter().sum::<f64>(), now.iter().sum::<f64>());
    if before.len() < 2 || n <= 0.0 || m <= 0.0 {
        return 0.0;
    }
    let ratio = (m / n).sqrt();
    let statistic: f64 = before
        .iter()
        .zip(now)
        .filter(|(y, x)| **y + **x > 0.0)
        .map(|(y, x)| (y * ratio - x / ratio).powi(2) / (x + y))
        .sum();
    let freedom = (before.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    of_normal(((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt())
}

/// The upper tail of the normal distribution: p ≤ ½ exp(−z²/2).
fn of_normal(z: f64) -> f64 {
    if z > 0.0 { z * z / 2.0 + std::f64::consts::LN_2 } else { 0.0 }
}

/// That the mean of something has grown, from `before` over `n` rows to `now` over `m` with the standard deviation `deviation`, taken
/// for that of both.
pub(crate) fn of_mean(before: f64, n: f64, now: f64, m: f64, deviation: f64) -> f64 {
    let error = deviation * (1.0 / m.max(1.0) + 1.0 / n.max(1.0)).sqrt();
    match error > 0.0 {
        true => of_normal((now - before) / error),
        // All rows have one value; whether it is another needs no test.
        false => {
            if now > before {
                f64::INFINITY
            } else {
                0.0
            }
        }
    }
}

/// Whether the mean of something has grown beyond chance: from `before` over `n` rows to `now` over `m` rows with the standard deviation
/// `deviation`. `false_alarms` is the probability that it says so of rows of one population.
pub fn mean_has_grown(before: f64, n: u64, now: f64, m: u64, deviation: f64, false_alarms: f64) -> bool {
    of_mean(before, n as f64, now, m as f64, deviation) >= -false_alarms.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_never_above_the_truth() {
        // 5 of 5 new rows, 0 of 5 old: one of C(10, 5) = 252 ways, two with the other side.
        let found = of_shares(5.0, 5.0, 0.0, 5.0);
        assert!(found > 0.0 && found <= (252.0f64 / 2.0).ln(), "{found}");
        // Nothing new, nothing sure.
        assert!(of_shares(0.0, 100.0, 0.0, 100.0) <= 0.0);
        assert!(of_shares(3.0, 3.0, 0.0, 0.0) <= 0.0);
        // Above the largest of 100 rows lies 1 % of the population on average: 1 % of many new rows is no surprise.
        assert!(of_shares(1000.0, 100_000.0, 0.0, 100.0) < 1.0);
        assert!(of_shares(30_000.0, 100_000.0, 0.0, 100.0) > 20.0);
        // χ² is 3.93 with one degree of freedom, which is at p = 0.0475: −ln p is 3.05.
        let found = of_bins(&[60.0, 40.0], &[46.0, 54.0]);
        assert!((1.5..3.05).contains(&found), "{found}");
        assert!(of_ks(0.1, 50.0, 50.0) < 1.0 && of_ks(0.1, 1e5, 1e5) > 100.0);
    }

    #[test]
    fn a_mean_has_grown_when_its_error_says_so() {
        assert!(mean_has_grown(1.0, 100, 2.0, 100, 1.0, 0.01));
        assert!(!mean_has_grown(1.0, 100, 1.1, 100, 1.0, 0.01));
        assert!(!mean_has_grown(2.0, 100, 1.0, 100, 1.0, 0.01));
        assert!(mean_has_grown(0.0, 10, 1.0, 10, 0.0, 0.01));
    }
}
