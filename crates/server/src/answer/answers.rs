//! The answers of a model to some rows, with all that was asked for beside them; every protocol writes them its own way.

use model_core::{Contributions, Interval, Level, Rows, Scores, winning_class};

use super::Asked;
use crate::state::Served;

/// Answers to some rows, in their order.
pub(crate) struct Answers {
    scores: Scores,
    asked: Asked,
    intervals: Option<Vec<Interval>>,
    contributions: Option<Contributions>,
}

/// What the features add to one prediction: for a class, to its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Explanation<'a> {
    /// The answer of a model that knows no feature.
    pub(crate) base: f64,
    /// What each feature adds to it, in the order of the schema.
    pub(crate) contributions: &'a [f64],
}

impl Answers {
    /// Asks the model. What it lacks ([`Asked::check`]) is absent.
    pub(crate) fn of(served: &Served, rows: &Rows, asked: Asked) -> Self {
        let model = served.model();
        Self {
            scores: served.predict(rows),
            asked,
            intervals: asked.interval.and_then(|level| model.intervals(rows, level)),
            contributions: if asked.contributions { model.explain(rows) } else { None },
        }
    }

    /// What was asked for.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    /// The raw answer to a row: a number for a regression, a probability for each class for a classification.
    pub(crate) fn scores(&self, row: usize) -> &[f64] {
        self.scores.row(row)
    }

    /// The raw answers to all rows, one behind the other.
    pub(crate) fn all_scores(&self) -> &[f64] {
        self.scores.values()
    }

    /// Index of the class that is predicted for a row; 0 for a regression.
    pub(crate) fn winner(&self, row: usize) -> usize {
        winning_class(self.scores(row))
    }

    /// The probability of each class for a row, when asked for.
    pub(crate) fn probabilities(&self, row: usize) -> Option<&[f64]> {
        self.asked.probabilities.then(|| self.scores(row))
    }

    /// The interval around the prediction for a row, and its level, when asked for.
    pub(crate) fn interval(&self, row: usize) -> Option<(Level, Interval)> {
        Some((self.asked.interval?, *self.intervals.as_ref()?.get(row)?))
    }

    /// What the features add to the prediction for a row, when asked for.
    pub(crate) fn explanation(&self, row: usize) -> Option<Explanation<'_>> {
        let contributions = self.contributions.as_ref()?;
        let output = self.winner(row);
        Some(Explanation { base: contributions.base()[output], contributions: contributions.of(row, output) })
    }
}
