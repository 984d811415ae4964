//! Curves of the probabilities of classes: over the thresholds, and against how often they are right.

use model_core::{Model, Task, winning_class};

use super::Subject;
use super::curves::{chart, groups};
use crate::evaluation::Truth;
use crate::picture::{Chart, Mark};

/// Points of a curve that are drawn.
const POINTS: usize = 200;
/// Classes whose curves are drawn.
const CLASSES: usize = 6;

/// Pictures of the probabilities of classes.
pub(super) fn of_classes(subject: &Subject) -> Vec<(&'static str, Chart, String)> {
    let (Truth::Classes(truth), Task::Classification(classes)) =
        (&subject.truth, &subject.model.schema().target.task)
    else {
        return Vec::new();
    };
    // Of two classes, the second says all.
    let shown: Vec<usize> =
        if classes.len() == 2 { vec![1] } else { (0..classes.len().min(CLASSES)).collect() };
    let (mut receiver, mut precision) = (Vec::new(), Vec::new());
    for &class in &shown {
        let mut rows: Vec<(f64, bool)> =
            subject.scores.rows().zip(truth).map(|(row, &truth)| (row[class], truth == class)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let name = classes[class].to_string();
        let [roc, pr] = by_threshold(&rows);
        receiver.push(Mark::Line { name: name.clone(), points: roc });
        precision.push(Mark::Line { name, points: pr });
    }
    receiver.push(Mark::Dashes { name: "chance".into(), points: vec![[0.0, 0.0], [1.0, 1.0]] });
    let (sure, right): (Vec<f64>, Vec<f64>) = match classes.len() {
        2 => subject.scores.rows().zip(truth).map(|(row, &truth)| (row[1], truth as f64)).unzip(),
        _ => subject
            .scores
            .rows()
            .zip(truth)
            .map(|(row, &truth)| {
                let class = winning_class(row);
                (row[class], f64::from(u8::from(class == truth)))
            })
            .unzip(),
    };
    let (across, caption) = match classes.len() {
        2 => (
            format!("mean probability of {}", classes[1]),
            "Rows in ten groups by the probability of the second class: how many are of it.",
        ),
        _ => (
            "mean probability of the predicted class".into(),
            "Rows in ten groups by the probability of their predicted class: how many are right.",
        ),
    };
    let of_shares = |chart: Chart| Chart { of_shares: [true; 2], ..chart };
    vec![
        (
            "roc",
            of_shares(chart(
                "Receiver operating characteristic",
                "false positive rate",
                "true positive rate",
                receiver,
            )),
            "True positive rate over false positive rate, as the threshold falls.".into(),
        ),
        (
            "precision-recall",
            of_shares(chart("Precision and recall", "recall", "precision", precision)),
            "Precision over recall, as the threshold falls.".into(),
        ),
        (
            "calibration",
            of_shares(chart(
                "Calibration",
                &across,
                "share of the rows",
                vec![
                    Mark::Line { name: "groups of a tenth".into(), points: groups(&sure, &right) },
                    Mark::Dashes { name: "perfect".into(), points: vec![[0.0, 0.0], [1.0, 1.0]] },
                ],
            )),
            caption.into(),
        ),
    ]
}

/// False and true positive rate, and recall and precision, for falling thresholds; equal probabilities together. Above all thresholds
/// nothing is found, without an error: recall 0, precision 1, as in scikit-learn.
fn by_threshold(rows: &[(f64, bool)]) -> [Vec<[f64; 2]>; 2] {
    let positives = rows.iter().filter(|row| row.1).count() as f64;
    let negatives = rows.len() as f64 - positives;
    let (mut roc, mut pr) = (vec![[0.0, 0.0]], vec![[0.0, 1.0]]);
    let (mut hits, mut alarms) = (0.0, 0.0);
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let of_class = tied.iter().filter(|row| row.1).count() as f64;
        hits += of_class;
        alarms += tied.len() as f64 - of_class;
        roc.push([alarms / negatives, hits / positives]);
        pr.push([hits / positives, hits / (hits + alarms)]);
    }
    [roc, pr].map(|curve| {
        let step = curve.len().div_ceil(POINTS).max(1);
        let last = curve.last().copied();
        curve.into_iter().step_by(step).chain(last).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_give_the_rates_of_the_definition() {
        let rows = [(0.9, true), (0.8, false), (0.8, true), (0.1, false)];
        let [roc, pr] = by_threshold(&rows);
        assert_eq!(roc[..4], [[0.0, 0.0], [0.0, 0.5], [0.5, 1.0], [1.0, 1.0]]);
        assert_eq!(pr[..4], [[0.0, 1.0], [0.5, 1.0], [1.0, 2.0 / 3.0], [1.0, 0.5]]);
    }

    #[test]
    fn precision_begins_at_recall_0_where_the_first_rows_tie() {
        // precision_recall_curve([1, 0, 0, 1, 0], [0.8, 0.8, 0.8, 0.4, 0.1]) of scikit-learn: precision 0.4, 0.5, 0.333, 1 at
        // recall 1, 1, 0.5, 0.
        let rows = [(0.8, true), (0.8, false), (0.8, false), (0.4, true), (0.1, false)];
        let [_, pr] = by_threshold(&rows);
        assert_eq!(pr[..4], [[0.0, 1.0], [0.5, 1.0 / 3.0], [1.0, 0.5], [1.0, 0.4]]);
        // All rows tie: [0.6, 1] at [1, 0].
        let [_, pr] = by_threshold(&[0, 1, 1, 0, 1].map(|class| (0.5, class == 1)));
        assert_eq!(pr[..2], [[0.0, 1.0], [1.0, 0.6]]);
    }
}
