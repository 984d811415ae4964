//! Curves of quality: over the trees, over the training rows, and of answers against the truth.

use forest::Forest;
use model_core::{Model, Rows, Scores, Task};

use super::Subject;
use crate::evaluation::{Truth, scorecard};
use crate::explore::Numbers;
use crate::picture::{Chart, Mark};
use crate::report::figure;

/// Size of a chart in pixels.
const SIZE: [f64; 2] = [400.0, 290.0];
/// Rows that a curve over the trees is measured on, and dots in a picture.
pub(super) const CURVE_ROWS: usize = 2000;
const DOTS: usize = 800;
/// Groups of equally many rows in which answers and truth are compared.
const GROUPS: usize = 10;

pub(super) fn chart(title: &str, across: &str, up: &str, marks: Vec<Mark>) -> Chart {
    Chart {
        title: title.into(),
        across: across.into(),
        up: up.into(),
        size: SIZE,
        marks,
        of_shares: [false; 2],
    }
}

/// Behind the name of what is counted as the target is: its unit.
pub(super) fn unit(subject: &Subject) -> String {
    subject.model.schema().target.unit.as_ref().map_or(String::new(), |unit| format!(" ({unit})"))
}

/// The metric of a curve with its unit.
fn metric_axis(subject: &Subject) -> String {
    let task = &subject.model.schema().target.task;
    let unit = if matches!(task, Task::Regression) { unit(subject) } else { String::new() };
    format!("{}{unit}", curve_metric(task))
}

/// The metric that a curve shows.
pub(super) fn curve_metric(task: &Task) -> &'static str {
    match task {
        Task::Regression => "rmse",
        Task::Classification(_) => "brier",
    }
}

/// The error of the first trees, by their number.
pub(super) fn over_trees(subject: &Subject) -> Vec<(usize, f64)> {
    let places = subject.sample(CURVE_ROWS);
    by_trees(subject, &subject.rows_of(&places), &subject.truth.of(&places))
}

/// The same on some of the rows that the model was trained on; nothing where they cannot be found.
pub(super) fn over_trees_trained(subject: &Subject) -> Vec<(usize, f64)> {
    subject.trained.as_ref().map_or_else(Vec::new, |(rows, truth)| by_trees(subject, rows, truth))
}

fn by_trees(subject: &Subject, rows: &Rows, truth: &Truth) -> Vec<(usize, f64)> {
    let forest: &Forest = subject.model.forest();
    let task = &subject.model.schema().target.task;
    let outputs = subject.scores.outputs();
    let (mut sums, mut points) = (vec![0.0; rows.len() * outputs], Vec::new());
    let trees = forest.tree_count();
    let mut next = 1;
    for tree in 0..trees {
        for (row, sums) in rows.rows().zip(sums.chunks_exact_mut(outputs)) {
            sums.iter_mut().zip(forest.tree_answer(tree, row)).for_each(|(sum, answer)| *sum += answer);
        }
        let grown = tree + 1;
        if grown == next || grown == trees {
            next = (grown + 1).max(grown * 5 / 4);
            let means = sums.iter().map(|sum| sum / grown as f64).collect();
            let card = scorecard(task, truth, &Scores::new(outputs, means));
            points.extend(card.metrics.get(curve_metric(task)).map(|&error| (grown, error)));
        }
    }
    points
}

/// The error of the first trees as a picture, with what it shows.
pub(super) fn over_trees_chart(subject: &Subject) -> (Chart, String) {
    let places =
        |points: &[(usize, f64)]| points.iter().map(|&(trees, error)| [trees as f64, error]).collect();
    let (measured, trained) = (over_trees(subject), over_trees_trained(subject));
    let metric = curve_metric(&subject.model.schema().target.task);
    let mut caption = "Where the curve is flat, more trees bring nothing.".to_owned();
    let mut marks = vec![Mark::Line {
        name: if trained.is_empty() { String::new() } else { "measured rows".into() },
        points: places(&measured),
    }];
    if let (Some((_, measured)), Some((_, known))) = (measured.last(), trained.last()) {
        marks.push(Mark::Line { name: "training rows".into(), points: places(&trained) });
        caption.push_str(&gap(metric, *measured, *known));
    }
    (chart(&format!("{metric} by the number of trees"), "trees", &metric_axis(subject), marks), caption)
}

/// What was learned by heart, in words.
fn gap(metric: &str, measured: f64, known: f64) -> String {
    format!(
        " At its end the {metric} is {} on rows that the model does not know and {} on those it was trained on: the gap of {} was \
         learned by heart.",
        figure(measured),
        figure(known),
        figure(measured - known)
    )
}

/// Quality by the number of training rows, on them and on the held-out rows: the gap is what was learned by heart.
pub(super) fn over_rows_chart(subject: &Subject) -> Option<(Chart, String)> {
    let metric = curve_metric(&subject.model.schema().target.task);
    let line =
        |name: &str, of: fn(&crate::pipeline::LearningPoint) -> &model_core::header::Scorecard| Mark::Line {
            name: name.into(),
            points: subject
                .learning
                .iter()
                .filter_map(|point| Some([point.rows as f64, *of(point).metrics.get(metric)?]))
                .collect(),
        };
    (subject.learning.len() > 1).then(|| {
        let marks = vec![
            line("held-out rows", |point| &point.held_out),
            line("training rows", |point| &point.trained),
        ];
        let mut caption =
            "Where the curve of the held-out rows still falls, more rows would help.".to_owned();
        let last = subject.learning.last();
        let ends = last
            .and_then(|last| Some((last.held_out.metrics.get(metric)?, last.trained.metrics.get(metric)?)));
        caption
            .push_str(&ends.map_or_else(String::new, |(held_out, trained)| gap(metric, *held_out, *trained)));
        (
            chart(
                &format!("{metric} by the number of training rows"),
                "training rows",
                &metric_axis(subject),
                marks,
            ),
            caption,
        )
    })
}

/// Pictures of the answers of a regression.
pub(super) fn of_values(subject: &Subject) -> Vec<(&'static str, Chart, String)> {
    let Truth::Values(truth) = &subject.truth else { return Vec::new() };
    let predicted = subject.scores.values();
    let unit = unit(subject);
    let places = subject.sample(DOTS);
    let dots =
        |of: &dyn Fn(usize) -> [f64; 2]| -> Vec<[f64; 2]> { places.iter().map(|&row| of(row)).collect() };
    let (low, high) = truth
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let perfect = || Mark::Dashes { name: "perfect".into(), points: vec![[low, low], [high, high]] };
    let residuals: Vec<f64> =
        truth.iter().zip(predicted).map(|(truth, predicted)| truth - predicted).collect();
    let bins = Numbers::of_values(&residuals).map(|numbers| numbers.bins).unwrap_or_default();
    let bars = bins.into_iter().map(|(bin, count)| (bin, count as f64)).collect();
    vec![
        (
            "predicted",
            chart(
                "True and predicted",
                &format!("predicted{unit}"),
                &format!("true{unit}"),
                vec![
                    Mark::Dots { name: "rows".into(), points: dots(&|row| [predicted[row], truth[row]]) },
                    perfect(),
                ],
            ),
            "The true value of each row over the predicted one.".into(),
        ),
        (
            "residuals",
            chart(
                "Residuals",
                &format!("true − predicted{unit}"),
                "rows",
                vec![Mark::Bars { name: String::new(), bars }],
            ),
            "How often the model errs by how much: positive where the truth is higher.".into(),
        ),
        (
            "residuals-predicted",
            chart(
                "Residuals by prediction",
                &format!("predicted{unit}"),
                &format!("true − predicted{unit}"),
                vec![Mark::Dots {
                    name: String::new(),
                    points: dots(&|row| [predicted[row], residuals[row]]),
                }],
            ),
            "A slope or a funnel says where the model can be improved.".into(),
        ),
        (
            "calibration",
            chart(
                "Mean truth by prediction",
                &format!("mean predicted{unit}"),
                &format!("mean true{unit}"),
                vec![
                    Mark::Line { name: "groups of a tenth".into(), points: groups(predicted, truth) },
                    perfect(),
                ],
            ),
            "Rows in ten groups by their prediction: mean truth over mean prediction.".into(),
        ),
    ]
}

/// Mean truth over mean prediction in groups of equally many rows.
pub(super) fn groups(predicted: &[f64], truth: &[f64]) -> Vec<[f64; 2]> {
    let mut pairs: Vec<[f64; 2]> =
        predicted.iter().zip(truth).map(|(&predicted, &truth)| [predicted, truth]).collect();
    pairs.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let size = pairs.len().div_ceil(GROUPS).max(1);
    let mean =
        |group: &[[f64; 2]], of: usize| group.iter().map(|pair| pair[of]).sum::<f64>() / group.len() as f64;
    pairs.chunks(size).map(|group| [mean(group, 0), mean(group, 1)]).collect()
}

/// How many of the true values their intervals hold, in ten groups by prediction.
pub(super) fn coverage(subject: &Subject) -> Option<(f64, Chart)> {
    let level = subject.model.interval_level()?;
    let intervals = subject.model.intervals(&subject.rows, level)?;
    let Truth::Values(truth) = &subject.truth else { return None };
    let held: Vec<f64> = intervals
        .iter()
        .zip(truth)
        .map(|(interval, truth)| f64::from(u8::from(interval.holds(*truth))))
        .collect();
    let level = level.value();
    let points = groups(subject.scores.values(), &held);
    let ends = [points.first()?[0], points.last()?[0]];
    let marks = vec![
        Mark::Line { name: "held".into(), points },
        Mark::Dashes { name: "wanted".into(), points: ends.map(|end| [end, level]).into() },
    ];
    Some((
        level,
        Chart {
            of_shares: [false, true],
            ..chart(
                &format!("True values within their {:.0} % interval", level * 100.0),
                &format!("mean predicted{}", unit(subject)),
                "share of the rows",
                marks,
            )
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_equally_many_rows_and_their_means() {
        assert_eq!(groups(&[3.0, 1.0, 2.0], &[30.0, 10.0, 20.0]), [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]);
    }
}
