//! The parts of the report, and all its figures for programs.

use model_core::header::Importance;
use model_core::{Model, Task};
use serde_json::{Value, json};

use super::Subject;
use super::curves::{coverage, of_classes, of_values, over_rows_chart, over_trees, over_trees_chart};
use super::effects::{FEATURES, contributed, dependence};
use super::intervals_of_metrics::metric_intervals;
use super::slices::{Slice, error_name, errors, mean, slices, worst_answers, worst_slices};
use super::tree_picture::first_tree;
use crate::picture::bars;
use crate::report::figure;
use crate::report::page::Part;

/// Features whose importance is shown, and whose contributions are.
const IMPORTANT: usize = 20;
const CONTRIBUTIONS: usize = 4;

/// The parts of the report; names of pictures begin with `stem`.
pub(super) fn parts(subject: &Subject, stem: &str) -> Vec<Part> {
    let picture = |name: &str, svg: String, caption: String| Part::Picture {
        svg,
        caption,
        file: format!("{stem}-{name}.svg"),
    };
    let mut parts = card(subject);
    parts.push(Part::Heading("Quality"));
    parts.extend(quality(subject));
    let charts = of_values(subject).into_iter().chain(of_classes(subject));
    parts.extend(charts.map(|(name, chart, caption)| picture(name, chart.svg(), caption)));
    if let Some((level, chart)) = coverage(subject) {
        let caption = format!(
            "The share of true values that their interval holds, in ten groups by prediction; {level} is wanted."
        );
        parts.push(picture("coverage", chart.svg(), caption));
    }
    parts.extend(confusion(subject));
    parts.push(Part::Heading("Learning"));
    parts.push(picture(
        "trees",
        over_trees_chart(subject).svg(),
        "Where the curve is flat, more trees bring nothing.".into(),
    ));
    if let Some(chart) = over_rows_chart(subject) {
        let caption = "Where the curve of the held-out rows still falls, more rows would help; the gap between the two was learned by heart.";
        parts.push(picture("rows", chart.svg(), caption.into()));
    }
    parts.push(Part::Heading("What it looks at"));
    parts.extend(importance(subject).map(|(svg, caption)| picture("importance", svg, caption)));
    let order = subject.by_importance();
    if let Some(found) = contributed(subject) {
        let names = |&feature: &usize| subject.model.schema().features[feature].name.clone();
        let mut by_mean: Vec<usize> = (0..found.means.len()).collect();
        by_mean.sort_by(|&a, &b| found.means[b].total_cmp(&found.means[a]).then(a.cmp(&b)));
        let rows: Vec<_> = by_mean
            .iter()
            .take(IMPORTANT)
            .map(|feature| (names(feature), found.means[*feature], figure(found.means[*feature])))
            .collect();
        let caption = format!("Mean absolute Shapley value of each feature over {} rows.", found.rows);
        parts.push(picture("contributions", bars("Contributions", &rows), caption));
        for &feature in by_mean.iter().take(CONTRIBUTIONS) {
            if let Some(chart) = found.chart(subject, feature) {
                let caption = "Its Shapley value in each row over its own value.".into();
                parts.push(picture(&format!("contribution-{feature}"), chart.svg(), caption));
            }
        }
    }
    for &feature in order.iter().take(FEATURES) {
        if let Some(svg) = dependence(subject, feature) {
            let caption = "The mean answer when this feature alone is set to each value.".into();
            parts.push(picture(&format!("dependence-{feature}"), svg, caption));
        }
    }
    parts.push(picture(
        "tree",
        first_tree(&subject.model),
        "One tree of the forest: the answer is the mean over all of them.".into(),
    ));
    parts.push(Part::Heading("Where it errs"));
    parts.extend(weak_spots(subject));
    parts.extend(groups_alike(subject));
    parts
}

/// The model card.
fn card(subject: &Subject) -> Vec<Part> {
    let header = subject.header();
    let target = &header.schema.target;
    let unit = target.unit.as_ref().map_or(String::new(), |unit| format!(" in {unit}"));
    let task = match &target.task {
        Task::Regression => format!("a number{unit}"),
        Task::Classification(classes) => {
            format!("one of {}", classes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    let forest = subject.model.forest();
    let data = &header.data;
    let mut rows = vec![
        ["predicts", &format!("{}: {task}", target.name)].map(str::to_owned),
        ["from", &format!("{} features", header.schema.features.len())].map(str::to_owned),
        ["version", &format!("{}, trained {} on {}", header.version, header.created, header.host)]
            .map(str::to_owned),
        [
            "data",
            &format!("{}, BLAKE3 {}", data.path, data.fingerprint.get(..12).unwrap_or(&data.fingerprint)),
        ]
        .map(str::to_owned),
        [
            "rows",
            &format!(
                "{} trained on, {} held out, {} in the file",
                data.rows_train, data.rows_test, data.rows_read
            ),
        ]
        .map(str::to_owned),
        [
            "forest",
            &format!(
                "{} trees, {} nodes, depth {}",
                forest.tree_count(),
                forest.node_count(),
                forest.depth()
            ),
        ]
        .map(str::to_owned),
    ];
    if let Some(description) = &target.description {
        rows.insert(1, ["meaning".into(), description.clone()]);
    }
    if let Some(parent) = &header.parent {
        rows.push([
            "continues".into(),
            format!("the artifact with checksum {}", parent.get(..12).unwrap_or(parent)),
        ]);
    }
    for (reason, count) in &data.rows_dropped {
        rows.push(["left out".into(), format!("{count} rows: {reason}")]);
    }
    let mut parts = Vec::new();
    if !header.description.is_empty() {
        parts.push(Part::Paragraph(header.description.clone()));
    }
    parts.push(Part::Heading("Model card"));
    let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    parts.push(Part::Table { titles: vec!["", "the model"], rows });
    parts.push(Part::Paragraph(
        "A forest answers within what its training rows held: it cannot go beyond their smallest and largest target, and values of \
         a feature outside the range below are answered like the nearest that was seen. It learned what goes together in these \
         rows, not what causes what."
            .into(),
    ));
    parts.push(features(subject));
    parts
}

fn features(subject: &Subject) -> Part {
    use model_core::profile::Distribution;
    let schema = subject.model.schema();
    let rows =
        schema.features.iter().zip(&subject.model.profile().features).map(|(feature, distribution)| {
            let (seen, missing) = match distribution {
                Distribution::Numeric(numeric) => {
                    (format!("{} to {}", figure(numeric.minimum), figure(numeric.maximum)), numeric.missing)
                }
                Distribution::Levels { missing, counts } => (format!("{} levels", counts.len()), *missing),
            };
            vec![
                feature.name.clone(),
                feature.unit.clone().unwrap_or_default(),
                seen,
                missing.to_string(),
                feature.description.clone().unwrap_or_default(),
            ]
        });
    Part::Table {
        titles: vec!["feature", "unit", "seen in training", "missing", "meaning"],
        rows: rows.collect(),
    }
}

fn quality(subject: &Subject) -> Vec<Part> {
    let evaluation = &subject.header().evaluation;
    let intervals = metric_intervals(subject);
    let known = |value: Option<&f64>| value.map_or_else(String::new, |value| figure(*value));
    let rows = subject.card.metrics.iter().map(|(metric, value)| {
        let interval = intervals
            .get(metric)
            .map_or_else(String::new, |[low, high]| format!("{} to {}", figure(*low), figure(*high)));
        let folds = evaluation.cross_validation.as_ref().map_or_else(String::new, |folds| {
            match (folds.mean.get(metric), folds.standard_deviation.get(metric)) {
                (Some(mean), Some(deviation)) => format!("{} ± {}", figure(*mean), figure(*deviation)),
                _ => String::new(),
            }
        });
        let out_of_bag = known(evaluation.out_of_bag.as_ref().and_then(|card| card.metrics.get(metric)));
        vec![
            metric.clone(),
            figure(*value),
            interval,
            known(baseline(subject).get(metric)),
            folds,
            out_of_bag,
        ]
    });
    let titles = vec![
        "metric",
        "measured",
        "95 % interval",
        "always the mean or the most frequent class",
        "cross-validation",
        "out of bag",
    ];
    vec![
        Part::Paragraph(format!(
            "Measured on {}. The interval is by bootstrap: what other rows of the same kind would give.",
            subject.measured_on
        )),
        Part::Table { titles, rows: rows.collect() },
    ]
}

/// What who always gives the same answer would reach: the mean of the training rows, or the shares of their classes.
fn baseline(subject: &Subject) -> std::collections::BTreeMap<String, f64> {
    use model_core::profile::Distribution;
    let answer = match &subject.model.profile().target {
        Distribution::Numeric(numeric) => vec![numeric.mean],
        Distribution::Levels { counts, .. } => {
            let all = counts.iter().sum::<u64>().max(1) as f64;
            counts.iter().map(|&count| count as f64 / all).collect()
        }
    };
    let scores = model_core::Scores::new(answer.len(), answer.repeat(subject.truth.len()));
    crate::evaluation::scorecard(&subject.model.schema().target.task, &subject.truth, &scores).metrics
}

fn confusion(subject: &Subject) -> Vec<Part> {
    let Task::Classification(classes) = &subject.model.schema().target.task else { return Vec::new() };
    let per_class = subject.card.per_class.iter().map(|class| {
        let figures = [class.precision, class.recall, class.f1].map(figure);
        [class.class.clone()].into_iter().chain(figures).chain([class.support.to_string()]).collect()
    });
    let mut taken: Vec<Vec<String>> = Vec::new();
    for (truth, row) in subject.card.confusion.iter().enumerate() {
        for (predicted, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
            taken.push(vec![classes[truth].to_string(), classes[predicted].to_string(), count.to_string()]);
        }
    }
    vec![
        Part::Table { titles: vec!["class", "precision", "recall", "f1", "rows"], rows: per_class.collect() },
        Part::Table { titles: vec!["true class", "predicted", "rows"], rows: taken },
    ]
}

fn importance(subject: &Subject) -> impl Iterator<Item = (String, String)> {
    let importances: Vec<&Importance> = subject
        .by_importance()
        .into_iter()
        .filter_map(|feature| subject.header().importances.get(feature))
        .take(IMPORTANT)
        .collect();
    let is_permuted = importances.iter().all(|importance| importance.permutation.is_some());
    let rows: Vec<_> = importances
        .iter()
        .map(|importance| {
            let value = importance.permutation.filter(|_| is_permuted).unwrap_or(importance.impurity);
            let share = format!("{} ({:.0} %)", figure(value), importance.impurity * 100.0);
            (importance.feature.clone(), value, share)
        })
        .collect();
    let caption = match is_permuted {
        true => {
            "How much the score falls when a feature is shuffled; in brackets its share of the decrease of impurity."
        }
        false => "The share of the decrease of impurity.",
    };
    (!rows.is_empty()).then(|| (bars("Importance of the features", &rows), caption.to_owned())).into_iter()
}

fn weak_spots(subject: &Subject) -> Vec<Part> {
    let task = &subject.model.schema().target.task;
    let mut parts = Vec::new();
    let worst = worst_slices(subject);
    let overall = mean(&errors(subject));
    if !worst.is_empty() {
        parts.push(Part::Paragraph(format!(
            "Groups of at least 20 rows whose {} is above the overall {}.",
            error_name(task),
            figure(overall)
        )));
        parts.push(table_of(subject, &worst));
    }
    let (titles, rows) = worst_answers(subject);
    parts.push(Part::Paragraph("The worst answers, with the most important features.".into()));
    // Names of features stand in the cells, since a title is a word of the report.
    let rows = rows.into_iter().map(|row| {
        let features = titles[2..].iter().zip(&row[2..]).map(|(name, value)| format!("{name} {value}"));
        vec![row[0].clone(), row[1].clone(), features.collect::<Vec<_>>().join(", ")]
    });
    parts.push(Part::Table { titles: vec!["true", "predicted", "features"], rows: rows.collect() });
    parts
}

fn table_of(subject: &Subject, slices: &[Slice]) -> Part {
    let rows = slices.iter().map(|slice| {
        vec![
            format!("{}: {}", subject.model.schema().features[slice.feature].name, slice.rows_with),
            slice.rows.to_string(),
            figure(slice.error),
            slice.bias.map_or_else(String::new, figure),
        ]
    });
    Part::Table { titles: vec!["rows with", "number", "error", "predicted less true"], rows: rows.collect() }
}

fn groups_alike(subject: &Subject) -> Vec<Part> {
    let mut parts = Vec::new();
    for &feature in &subject.protected {
        if parts.is_empty() {
            parts.push(Part::Heading("Protected groups"));
            parts.push(Part::Paragraph(
                "A model treats groups alike when it errs as much in each of them, and neither too high nor too low in one of them.".into(),
            ));
        }
        parts.push(table_of(subject, &slices(subject, feature, 1)));
    }
    parts
}

/// All figures.
pub(super) fn document(subject: &Subject) -> Value {
    let header = subject.header();
    let slices_of = |slices: &[Slice]| -> Vec<Value> {
        let feature = |slice: &Slice| subject.model.schema().features[slice.feature].name.clone();
        slices
            .iter()
            .map(|slice| json!({"feature": feature(slice), "rows_with": slice.rows_with, "rows": slice.rows, "error": slice.error, "bias": slice.bias}))
            .collect()
    };
    let learning: Vec<Value> = subject
        .learning
        .iter()
        .map(|point| json!({"rows": point.rows, "trained": point.trained.metrics, "held_out": point.held_out.metrics}))
        .collect();
    let contributions = contributed(subject).map(|found| {
        let names = subject.model.schema().features.iter().map(|feature| feature.name.as_str());
        names
            .zip(&found.means)
            .map(|(name, mean)| json!({"feature": name, "mean_absolute": mean}))
            .collect::<Vec<_>>()
    });
    let protected: Vec<Slice> =
        subject.protected.iter().flat_map(|&feature| slices(subject, feature, 1)).collect();
    json!({
        "model": {
            "name": header.name, "version": header.version, "created": header.created, "checksum": subject.model.checksum(),
            "trees": subject.model.forest().tree_count(),
        },
        "measured_on": subject.measured_on,
        "metrics": subject.card,
        "intervals": metric_intervals(subject),
        "baseline": baseline(subject),
        "over_trees": over_trees(subject).into_iter().map(|(trees, error)| json!({"trees": trees, "error": error})).collect::<Vec<_>>(),
        "learning_curve": learning,
        "importances": header.importances,
        "contributions": contributions,
        "worst_groups": slices_of(&worst_slices(subject)),
        "protected_groups": slices_of(&protected),
    })
}
