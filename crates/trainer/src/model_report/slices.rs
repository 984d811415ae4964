//! Where a model errs: the worst answers, and groups of rows in which it is worse than elsewhere.

use model_core::{Model, Task, winning_class};

use super::Subject;
use super::grouping::Grouping;
use crate::evaluation::Truth;
use crate::report::{cell, figure};

/// Rows that a group has at least, and groups that are shown.
pub(super) const FEWEST: usize = 20;
const WORST_GROUPS: usize = 12;
/// Answers that are shown, and features beside them.
const WORST_ANSWERS: usize = 10;
const SHOWN_FEATURES: usize = 5;

/// A group of rows.
pub(super) struct Slice {
    pub(super) column: String,
    /// Which rows, in words.
    pub(super) rows_with: String,
    pub(super) rows: usize,
    /// Mean absolute error, or the share of wrong classes.
    pub(super) error: f64,
    /// Half the width of its 95 % interval.
    pub(super) margin: f64,
    /// Mean of predicted less true value; for two classes of the probability of the second one.
    pub(super) bias: Option<f64>,
}

/// What an error is called.
pub(super) fn error_name(task: &Task) -> &'static str {
    match task {
        Task::Regression => "mean absolute error",
        Task::Classification(_) => "share of wrong classes",
    }
}

/// The error of each row.
pub(super) fn errors(subject: &Subject) -> Vec<f64> {
    match &subject.truth {
        Truth::Values(truth) => truth
            .iter()
            .zip(subject.scores.values())
            .map(|(truth, predicted)| (predicted - truth).abs())
            .collect(),
        Truth::Classes(truth) => truth
            .iter()
            .zip(subject.scores.rows())
            .map(|(truth, row)| f64::from(u8::from(winning_class(row) != *truth)))
            .collect(),
    }
}

fn biases(subject: &Subject) -> Option<Vec<f64>> {
    match &subject.truth {
        Truth::Values(truth) => Some(
            truth.iter().zip(subject.scores.values()).map(|(truth, predicted)| predicted - truth).collect(),
        ),
        Truth::Classes(truth) if subject.scores.outputs() == 2 => {
            Some(truth.iter().zip(subject.scores.rows()).map(|(truth, row)| row[1] - *truth as f64).collect())
        }
        Truth::Classes(_) => None,
    }
}

/// The error in each group of at least so many rows.
pub(super) fn slices(subject: &Subject, grouping: &Grouping, fewest: usize) -> Vec<Slice> {
    let (errors, biases) = (errors(subject), biases(subject));
    let groups = grouping.groups(fewest).into_iter();
    groups
        .map(|(rows_with, members)| {
            let of = |of: &[f64]| members.iter().map(|&place| of[place]).collect::<Vec<_>>();
            let own = of(&errors);
            Slice {
                column: grouping.column.clone(),
                rows_with: rows_with.to_owned(),
                rows: members.len(),
                error: mean(&own),
                margin: margin(&own),
                bias: biases.as_deref().map(|biases| mean(&of(biases))),
            }
        })
        .collect()
}

/// Half the width of the 95 % interval of a mean, by its standard error.
fn margin(values: &[f64]) -> f64 {
    let (count, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if count > 1.0 { 1.96 * (squares / (count - 1.0) / count).sqrt() } else { 0.0 }
}

/// The groups of all features in which the model is worst.
pub(super) fn worst_slices(subject: &Subject) -> Vec<Slice> {
    let features = 0..subject.model.schema().features.len();
    let groupings = features.filter_map(|feature| Grouping::of_feature(subject, feature));
    let mut all: Vec<Slice> = groupings.flat_map(|grouping| slices(subject, &grouping, FEWEST)).collect();
    all.sort_by(|a, b| b.error.total_cmp(&a.error).then(b.rows.cmp(&a.rows)));
    let overall = mean(&errors(subject));
    all.into_iter().filter(|slice| slice.error > overall).take(WORST_GROUPS).collect()
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The worst answers: titles, and for each row what is true, what was predicted, and the most important features.
pub(super) fn worst_answers(subject: &Subject) -> (Vec<String>, Vec<Vec<String>>) {
    let features: Vec<usize> = subject.by_importance().into_iter().take(SHOWN_FEATURES).collect();
    let schema = subject.model.schema();
    let classes = match &schema.target.task {
        Task::Classification(classes) => classes.as_slice(),
        Task::Regression => &[],
    };
    let badness: Vec<f64> = match &subject.truth {
        Truth::Values(_) => errors(subject),
        Truth::Classes(truth) => {
            truth.iter().zip(subject.scores.rows()).map(|(truth, row)| 1.0 - row[*truth]).collect()
        }
    };
    let mut order: Vec<usize> = (0..badness.len()).collect();
    order.sort_by(|&a, &b| badness[b].total_cmp(&badness[a]).then(a.cmp(&b)));
    let rows = order.into_iter().take(WORST_ANSWERS).map(|place| {
        let answer = subject.scores.row(place);
        let mut row = match &subject.truth {
            Truth::Values(truth) => vec![figure(truth[place]), figure(answer[0])],
            Truth::Classes(truth) => {
                let class = winning_class(answer);
                vec![classes[truth[place]].to_string(), format!("{} ({:.2})", classes[class], answer[class])]
            }
        };
        let encoder = subject.model.encoder();
        row.extend(
            features.iter().map(|&feature| cell(encoder.decode(feature, subject.rows.row(place)[feature]))),
        );
        row
    });
    let titles = ["true".to_owned(), "predicted".to_owned()].into_iter();
    let names = features.iter().map(|&feature| schema.features[feature].name.clone());
    (titles.chain(names).collect(), rows.collect())
}
