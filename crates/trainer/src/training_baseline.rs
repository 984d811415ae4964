//! What later rows are compared with: exact counts of the training rows, and the model's answers to rows that it does not know.

use model_core::baseline::{AnswerDistribution, AnsweredRows, Answers, Baseline, Bins};
use model_core::schema::FeatureKind;
use model_core::{Scores, Task, winning_class};
use rayon::prelude::*;

use crate::pipeline::OutOfBagRows;
use crate::preparation::Preparation;
use crate::typed_table::TypedTable;

/// Counts the rows `train`, and the answers to the held-out rows, or else the out-of-bag ones.
pub(crate) fn baseline(
    preparation: &Preparation,
    table: &TypedTable,
    train: &[usize],
    held_out: Option<&Scores>,
    out_of_bag: Option<&OutOfBagRows>,
) -> Baseline {
    let features = preparation.encoder().schema().features.par_iter().enumerate();
    let features = features
        .map(|(position, feature)| match feature.kind {
            FeatureKind::Number { .. } | FeatureKind::Integer { .. } => {
                Bins::of(train.iter().map(|&row| preparation.value(table, position, row)))
            }
            FeatureKind::Category(_) | FeatureKind::Boolean => None,
        })
        .collect();
    let task = preparation.task();
    let answers = match (held_out, out_of_bag) {
        (Some(scores), _) => answers(task, AnsweredRows::HeldOut, scores.rows()),
        (None, Some(rows)) => answers(task, AnsweredRows::OutOfBag, rows.covered()),
        (None, None) => None,
    };
    Baseline { features, answers }
}

fn answers<'a>(task: &Task, of: AnsweredRows, rows: impl Iterator<Item = &'a [f64]>) -> Option<Answers> {
    let distribution = match task {
        Task::Regression => {
            // Bins hold no more than an `f32` does: what is beyond it is not compared.
            let values: Option<Vec<f32>> =
                rows.map(|scores| Some(scores[0] as f32).filter(|value| value.is_finite())).collect();
            AnswerDistribution::Values(Bins::of(values?)?)
        }
        Task::Classification(classes) => {
            let mut counts = vec![0; classes.len()];
            rows.for_each(|scores| counts[winning_class(scores)] += 1);
            AnswerDistribution::Classes(counts)
        }
    };
    Some(Answers { of, distribution })
}
