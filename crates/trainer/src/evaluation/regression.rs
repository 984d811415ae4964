//! Metrics of predicted values.

use model_core::header::Scorecard;

use super::named;
use crate::config::Metric;

/// MAE, RMSE, R², MAPE and the MAE as a share of the target's mean.
///
/// MAPE is over the rows whose target is not 0; scikit-learn divides by a tiny number there, which drowns all others.
pub(super) fn scorecard(truth: &[f64], predicted: &[f64]) -> Scorecard {
    let rows = truth.len() as f64;
    // The squares of the largest targets have no sum.
    let unit = if truth.iter().any(|value| value.abs() > 1e100) { 1e200 } else { 1.0 };
    let mean = truth.iter().map(|value| value / unit).sum::<f64>() / rows;
    let over = |term: &dyn Fn(f64, f64) -> f64| {
        truth.iter().zip(predicted).map(|(&t, &p)| term(t / unit, p / unit)).sum::<f64>()
    };
    let absolute = over(&|t, p| (t - p).abs());
    let squares = over(&|t, p| (t - p) * (t - p));
    let variation = over(&|t, _| (t - mean) * (t - mean));
    let mae = absolute / rows;
    let mut metrics = named([(Metric::Mae, mae * unit), (Metric::Rmse, (squares / rows).sqrt() * unit)]);
    let relative: Vec<f64> =
        truth.iter().zip(predicted).filter(|(t, _)| **t != 0.0).map(|(&t, &p)| ((t - p) / t).abs()).collect();
    if !relative.is_empty() {
        let mape = relative.iter().sum::<f64>() / relative.len() as f64;
        metrics.extend(named([(Metric::Mape, mape)]));
    }
    if mean != 0.0 {
        metrics.extend(named([(Metric::MaeShare, mae / mean.abs())]));
    }
    if truth.len() >= 2 {
        metrics.extend(named([(Metric::R2, r2(squares, variation))]));
    }
    Scorecard { rows: truth.len() as u64, metrics, ..Scorecard::default() }
}

/// Of a constant target, 1 for perfect predictions and 0 for others, as scikit-learn has it.
fn r2(squares: f64, variation: f64) -> f64 {
    match (squares == 0.0, variation == 0.0) {
        (true, true) => 1.0,
        (false, true) => 0.0,
        (_, false) => 1.0 - squares / variation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(truth: &[f64], predicted: &[f64], expected: &[(&str, f64)]) {
        let found = scorecard(truth, predicted).metrics;
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (name, expected) in expected {
            assert!((found[*name] - expected).abs() < 1e-12, "{name}: {} for {expected}", found[*name]);
        }
    }

    #[test]
    fn the_largest_values_have_metrics() {
        let found = scorecard(&[1e300, -1e300], &[0.5e300, -0.5e300]).metrics;
        let check =
            |name: &str, expected: f64| assert!((found[name] / expected - 1.0).abs() < 1e-12, "{found:?}");
        check("mae", 0.5e300);
        check("rmse", 0.5e300);
        check("r2", 0.75);
    }

    #[test]
    fn metrics_by_hand() {
        // Errors −0.5, 0.5, 0, −1: the absolute ones add up to 2, the squares to 1.5. The mean of the truth is 2.875;
        // its deviations 0.125, −3.375, −0.875 and 4.125 have squares 0.015625, 11.390625, 0.765625 and 17.015625,
        // together 29.1875. Relative errors 0.5/3, 0.5/0.5, 0 and 1/7.
        // scikit-learn: 0.5, 0.6123724356957945, 0.9486081370449679, 0.3273809523809524.
        check(
            &[3.0, -0.5, 2.0, 7.0],
            &[2.5, 0.0, 2.0, 8.0],
            &[
                ("mae", 0.5),
                ("rmse", (1.5f64 / 4.0).sqrt()),
                ("r2", 1.0 - 1.5 / 29.1875),
                ("mape", (0.5 / 3.0 + 1.0 + 1.0 / 7.0) / 4.0),
                ("mae_share", 0.5 / 2.875),
            ],
        );
    }

    #[test]
    fn metrics_that_the_rows_do_not_allow_are_absent() {
        // One row has no R²; a mean of zero is no measure of the MAE.
        check(&[2.0], &[3.0], &[("mae", 1.0), ("rmse", 1.0), ("mape", 0.5), ("mae_share", 0.5)]);
        let zero_mean = scorecard(&[-1.0, 1.0], &[-1.0, 1.0]).metrics;
        assert!(!zero_mean.contains_key("mae_share"));
        let zeros = scorecard(&[0.0, 0.0], &[0.0, 1.0]).metrics;
        assert!(!zeros.contains_key("mape"));
        // A row whose target is 0 has no say in MAPE: |2 − 3| / 2.
        assert_eq!(scorecard(&[0.0, 2.0], &[1.0, 3.0]).metrics["mape"], 0.5);
        // A constant target: scikit-learn says 1 for perfect predictions and 0 for others.
        assert_eq!(scorecard(&[2.0, 2.0], &[2.0, 2.0]).metrics["r2"], 1.0);
        assert_eq!(scorecard(&[2.0, 2.0], &[2.0, 3.0]).metrics["r2"], 0.0);
    }
}
