//! How much more a model errs on new rows than on those that were held out.

use drift::{Comparison, Thresholds, mean_has_grown};
use model_core::header::Scorecard;
use model_core::{Header, Scores, Task};

use crate::config::Config;
use crate::evaluation::Truth;
use crate::retrain::loss::Loss;

/// Errors of rows, added up.
#[derive(Debug, Clone)]
pub(super) struct Errors {
    loss: Loss,
    rows: u64,
    sum: f64,
    squares: f64,
}

/// The error before and now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub(super) loss: Loss,
    pub(super) before: f64,
    pub(super) rows_before: u64,
    pub(super) now: f64,
    pub(super) rows_now: u64,
    /// Whether it grew by more than the threshold, and beyond chance.
    pub(super) has_dropped: bool,
}

impl Errors {
    /// Of no rows. The error is the one that `trainer retrain` compares by, save for probabilities, of which artifacts keep no mean error.
    pub(super) fn new(config: &Config, task: &Task) -> Self {
        let loss = match Loss::of(config, task) {
            Loss::Brier => Loss::WrongClass,
            loss => loss,
        };
        Self { loss, rows: 0, sum: 0.0, squares: 0.0 }
    }

    pub(super) fn add(&mut self, truth: &Truth, scores: &Scores) {
        for error in self.loss.of_rows(truth, scores) {
            self.rows += 1;
            self.sum += error;
            self.squares += error * error;
        }
    }

    /// Compares with the held-out rows of the artifact, or else its out-of-bag ones; the error is why that cannot be.
    pub(super) fn compare(
        &self,
        header: &Header,
        thresholds: &Thresholds,
        comparison: &Comparison,
    ) -> Result<Score, String> {
        let evaluation = &header.evaluation;
        let card = evaluation.test.as_ref().or(evaluation.out_of_bag.as_ref());
        let known = card.and_then(|card| Some((self.mean_of(card)?, card.rows)));
        let (before, rows_before) = known.ok_or_else(|| {
            format!("the artifact knows no {} of rows that it was not trained on", self.loss.name())
        })?;
        let rows = self.rows as f64;
        let now = self.sum / rows.max(1.0);
        let variance = (self.squares / rows.max(1.0) - now * now).max(0.0) * rows / (rows - 1.0).max(1.0);
        let false_alarms = comparison.false_alarms_a_test;
        let has_grown = mean_has_grown(before, rows_before, now, self.rows, variance.sqrt(), false_alarms);
        let has_dropped = comparison.is_judged && has_grown && now - before > thresholds.score * before;
        Ok(Score { loss: self.loss, before, rows_before, now, rows_now: self.rows, has_dropped })
    }

    /// The mean error of a scorecard.
    fn mean_of(&self, card: &Scorecard) -> Option<f64> {
        let metric = |name: &str| card.metrics.get(name).copied();
        match self.loss {
            Loss::Absolute => metric("mae"),
            Loss::Squared => metric("rmse").map(|rmse| rmse * rmse),
            Loss::WrongClass | Loss::Brier => metric("accuracy").map(|accuracy| 1.0 - accuracy),
        }
    }
}
