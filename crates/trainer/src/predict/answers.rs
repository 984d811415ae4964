//! The answers to a batch of rows, with all that was asked for beside them.

use forest::ForestModel;
use model_core::{Contributions, Interval, Level, Model, Rows, Scores};

use super::PredictError;
use crate::args::AnswersArgs;

/// What was asked for beside the prediction, and can be had of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    explain: bool,
    interval: Option<Level>,
}

impl Asked {
    pub(super) fn of(args: &AnswersArgs, model: &ForestModel) -> Result<Self, PredictError> {
        if args.explain && !model.forest().can_explain() {
            return Err(PredictError::NoCovers);
        }
        let interval = match args.interval {
            None => None,
            Some(level) => {
                let default = model.interval_level().ok_or(PredictError::NoIntervals)?;
                Some(level.map_or(Ok(default), Level::new)?)
            }
        };
        Ok(Self { explain: args.explain, interval })
    }

    /// The columns that are added for it, each with the option that asks for it.
    pub(super) fn columns(&self, features: &[String]) -> Vec<(String, &'static str)> {
        let mut columns = Vec::new();
        if self.interval.is_some() {
            columns.extend(["lower", "upper"].map(|name| (name.to_owned(), "--interval")));
        }
        if self.explain {
            columns.push(("base_value".to_owned(), "--explain"));
            columns.extend(features.iter().map(|name| (format!("contribution_{name}"), "--explain")));
        }
        columns
    }
}

/// Answers to some rows.
pub(super) struct Answers {
    pub(super) scores: Scores,
    intervals: Option<Vec<Interval>>,
    contributions: Option<Contributions>,
}

/// What stands beside one prediction.
pub(super) struct Extra<'a> {
    pub(super) interval: Option<Interval>,
    /// The base value and the contribution of each feature.
    pub(super) explanation: Option<(f64, &'a [f64])>,
}

impl Answers {
    pub(super) fn of(model: &ForestModel, rows: &Rows, asked: &Asked) -> Self {
        Self {
            scores: model.predict(rows),
            intervals: asked.interval.and_then(|level| model.intervals(rows, level)),
            contributions: if asked.explain { model.explain(rows) } else { None },
        }
    }

    /// What stands beside the prediction of a row; an explanation is that of this output.
    pub(super) fn extra(&self, row: usize, output: usize) -> Extra<'_> {
        Extra {
            interval: self.intervals.as_ref().map(|intervals| intervals[row]),
            explanation: self.contributions.as_ref().map(|all| (all.base()[output], all.of(row, output))),
        }
    }
}

impl Extra<'_> {
    /// The numbers in the order of [`Asked::columns`].
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        let interval = self.interval.into_iter().flat_map(|interval| [interval.lower, interval.upper]);
        let explanation = self.explanation.into_iter();
        interval
            .chain(explanation.flat_map(|(base, values)| std::iter::once(base).chain(values.iter().copied())))
    }
}
