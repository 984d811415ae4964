//! Distances of two distributions that are counted in the same bins.

/// Population stability index: Σ (q − p) ln(q / p), with half a row added to every bin, so that an empty one is not infinitely
/// surprising.
pub(crate) fn psi(before: &[f64], now: &[f64]) -> f64 {
    pairs(before, now).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// What the index is on average between two samples of these sizes of one population: (bins − 1) (1/n + 1/m).
pub(crate) fn chance(before: &[f64], now: &[f64]) -> f64 {
    let (n, m) = (before.iter().sum::<f64>(), now.iter().sum::<f64>());
    (before.len().max(1) - 1) as f64 * (1.0 / n.max(1.0) + 1.0 / m.max(1.0))
}

/// Jensen–Shannon distance in bits, less what chance gives: the root of the divergence, from 0 to 1. For near distributions the divergence
/// in nats is an eighth of the index, and so is chance.
pub(crate) fn js(before: &[f64], now: &[f64]) -> f64 {
    let divergence: f64 = pairs(before, now)
        .map(|(p, q)| {
            let middle = f64::midpoint(p, q);
            f64::midpoint(p * (p / middle).ln(), q * (q / middle).ln())
        })
        .sum();
    let beyond = divergence - chance(before, now) / 8.0;
    (beyond.max(0.0) / std::f64::consts::LN_2).sqrt()
}

/// Shares of each bin.
fn pairs<'a>(before: &'a [f64], now: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    let all = |rows: &[f64]| rows.iter().sum::<f64>() + 0.5 * rows.len() as f64;
    let (n, m) = (all(before), all(now));
    before.iter().zip(now).map(move |(before, now)| ((before + 0.5) / n, (now + 0.5) / m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_by_hand() {
        let (before, now) = ([499.5, 499.5], [249.5, 749.5]);
        // (0.25 − 0.5) ln 0.5 + (0.75 − 0.5) ln 1.5 = 0.25 ln 3.
        assert!((psi(&before, &now) - 0.25 * 3f64.ln()).abs() < 1e-3);
        assert_eq!(psi(&before, &before), 0.0);
        assert!((chance(&before, &now) - 1.0 / 999.0 * 2.0).abs() < 1e-9);
        assert_eq!(js(&before, &before), 0.0);
        // Nothing in common: all but one bit.
        assert!((0.99..=1.0).contains(&js(&[1e6, 0.0], &[0.0, 1e6])));
    }
}
