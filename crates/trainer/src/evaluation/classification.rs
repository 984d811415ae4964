//! Metrics of predicted classes and their probabilities.

use model_core::header::{ClassMetrics, Scorecard};
use model_core::schema::ClassLabel;
use model_core::{Scores, winning_class};

use super::named;
use super::roc::area_under_curve;
use crate::config::Metric;

/// Accuracy, balanced accuracy, macro F1, log loss, Brier score, ROC AUC, the classes one by one, and who was taken
/// for whom.
pub(super) fn scorecard(classes: &[ClassLabel], truth: &[usize], scores: &Scores) -> Scorecard {
    let mut confusion = vec![vec![0u64; classes.len()]; classes.len()];
    for (&class, row) in truth.iter().zip(scores.rows()) {
        confusion[class][winning_class(row)] += 1;
    }
    let per_class: Vec<ClassMetrics> =
        classes.iter().enumerate().map(|(class, label)| one_class(&confusion, class, label)).collect();
    let predicted = |class: usize| confusion.iter().map(|row| row[class]).sum::<u64>();
    let rows = truth.len() as f64;
    let correct: u64 = (0..classes.len()).map(|class| confusion[class][class]).sum();
    let recalls = per_class.iter().filter(|class| class.support > 0).map(|class| class.recall);
    let f1s = per_class.iter().zip(0..).filter(|(c, class)| c.support > 0 || predicted(*class) > 0);

    let mut metrics = named([
        (Metric::Accuracy, correct as f64 / rows),
        (Metric::BalancedAccuracy, mean(recalls)),
        (Metric::F1Macro, mean(f1s.map(|(class, _)| class.f1))),
        (Metric::LogLoss, log_loss(truth, scores)),
        (Metric::Brier, brier(truth, scores)),
    ]);
    if let Some(auc) = roc_auc(classes.len(), truth, scores) {
        metrics.extend(named([(Metric::RocAuc, auc)]));
    }
    Scorecard { rows: truth.len() as u64, metrics, per_class, confusion }
}

/// A ratio without a denominator is 0, as scikit-learn's `zero_division` has it by default.
fn one_class(confusion: &[Vec<u64>], class: usize, label: &ClassLabel) -> ClassMetrics {
    let hits = confusion[class][class] as f64;
    let support: u64 = confusion[class].iter().sum();
    let predicted: u64 = confusion.iter().map(|row| row[class]).sum();
    let share = |of: f64| if of > 0.0 { hits / of } else { 0.0 };
    let precision = share(predicted as f64);
    let recall = share(support as f64);
    // 2 hits / (predicted + support) is the harmonic mean of the two, and needs no case for both being 0.
    let f1 = 2.0 * share((predicted + support) as f64);
    ClassMetrics { class: label.to_string(), precision, recall, f1, support }
}

/// Mean negative logarithm of the true class's probability, which is kept off 0 and 1 by the spacing of doubles.
fn log_loss(truth: &[usize], scores: &Scores) -> f64 {
    let loss = |(&class, row): (&usize, &[f64])| -row[class].clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    mean(truth.iter().zip(scores.rows()).map(loss))
}

/// Mean squared distance of the probabilities from the truth: of the second class when there are two, summed over the
/// classes when there are more.
fn brier(truth: &[usize], scores: &Scores) -> f64 {
    let distance = |class: usize, truth: usize, probability: f64| {
        (probability - f64::from(u8::from(class == truth))).powi(2)
    };
    mean(truth.iter().zip(scores.rows()).map(|(&truth, row)| match row {
        [_, second] => distance(1, truth, *second),
        row => row.iter().enumerate().map(|(class, &p)| distance(class, truth, p)).sum(),
    }))
}

/// Of two classes, how well the second one's probability tells them apart; of more, the mean over each class against
/// all others. None when a class has no row, or all rows.
fn roc_auc(classes: usize, truth: &[usize], scores: &Scores) -> Option<f64> {
    let against_others = |class: usize| {
        let positive: Vec<bool> = truth.iter().map(|&t| t == class).collect();
        let probabilities: Vec<f64> = scores.rows().map(|row| row[class]).collect();
        area_under_curve(&positive, &probabilities)
    };
    match classes {
        0 | 1 => None,
        2 => against_others(1),
        _ => {
            (0..classes).map(against_others).collect::<Option<Vec<_>>>().map(|areas| mean(areas.into_iter()))
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::schema::Label;

    fn score(classes: usize, truth: &[usize], probabilities: &[f64]) -> Scorecard {
        let labels: Vec<_> = (0..classes as i64)
            .map(|value| ClassLabel { value: Label::Integer(value), name: None })
            .collect();
        scorecard(&labels, truth, &Scores::new(classes, probabilities.to_vec()))
    }

    fn check(scorecard: &Scorecard, expected: &[(&str, f64)]) {
        assert_eq!(scorecard.metrics.len(), expected.len(), "{:?}", scorecard.metrics);
        for (name, expected) in expected {
            let found = scorecard.metrics[*name];
            assert!((found - expected).abs() < 1e-12, "{name}: {found} for {expected}");
        }
    }

    #[test]
    fn two_classes_by_hand() {
        // Predicted 0, 0, 1, 1, 0 for the truth 0, 0, 1, 0, 1.
        let found = score(2, &[0, 0, 1, 0, 1], &[0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.3, 0.7, 0.65, 0.35]);
        assert_eq!(found.confusion, [[2, 1], [1, 1]]);
        // Of the 6 pairs (one of each class) the class-1 row is ahead in: 0.8 over 0.1, 0.4 and 0.7; 0.35 over 0.1.
        check(
            &found,
            &[
                ("accuracy", 3.0 / 5.0),
                ("balanced_accuracy", (2.0 / 3.0 + 1.0 / 2.0) / 2.0),
                ("f1_macro", (2.0 / 3.0 + 1.0 / 2.0) / 2.0),
                ("log_loss", -(0.9f64.ln() + 0.6f64.ln() + 0.8f64.ln() + 0.3f64.ln() + 0.35f64.ln()) / 5.0),
                ("brier", (0.01 + 0.16 + 0.04 + 0.49 + 0.4225) / 5.0),
                ("roc_auc", 4.0 / 6.0),
            ],
        );
        assert_eq!(found.per_class[1].precision, 0.5);
        assert_eq!(found.per_class[1].recall, 0.5);
        assert_eq!(found.per_class[1].support, 2);
    }

    #[test]
    fn three_classes_as_scikit_learn_scores_them() {
        let found = score(
            3,
            &[0, 1, 2, 2, 1, 0],
            &[0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.2, 0.7, 0.2, 0.5, 0.3, 0.1, 0.8, 0.1, 0.4, 0.1, 0.5],
        );
        assert_eq!(found.confusion, [[1, 0, 1], [0, 2, 0], [0, 1, 1]]);
        // scikit-learn 1.9.1: accuracy_score, balanced_accuracy_score, f1_score(average="macro"), log_loss,
        // brier_score_loss, roc_auc_score(multi_class="ovr").
        check(&found, THREE_CLASSES);
    }

    const THREE_CLASSES: &[(&str, f64)] = &[
        ("accuracy", 0.6666666666666666),
        ("balanced_accuracy", 0.6666666666666666),
        ("f1_macro", 0.6555555555555556),
        ("log_loss", 0.6621746178776534),
        ("brier", 0.38000000000000006),
        ("roc_auc", 0.8958333333333334),
    ];

    #[test]
    fn a_class_without_rows_has_no_say_in_the_means() {
        // Class 2 is neither there nor predicted: macro F1 and balanced accuracy are over the other two, both perfect.
        let found = score(3, &[0, 1], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        check(
            &found,
            &[
                ("accuracy", 1.0),
                ("balanced_accuracy", 1.0),
                ("f1_macro", 1.0),
                ("log_loss", -(1.0 - f64::EPSILON).ln()),
                ("brier", 0.0),
            ],
        );
    }

    #[test]
    fn a_certain_mistake_has_a_finite_loss() {
        let found = score(2, &[1], &[1.0, 0.0]);
        assert!((found.metrics["log_loss"] - -f64::EPSILON.ln()).abs() < 1e-12);
    }
}
