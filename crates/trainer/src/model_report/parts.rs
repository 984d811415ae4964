//! The parts of the report.

use model_core::{Model, Task};

use super::card::card;
use super::class_curves::of_classes;
use super::contributions::{CHARTS, Contributions};
use super::curves::{coverage, of_values, over_rows_chart, over_trees_chart};
use super::effects::{FEATURES, dependence};
use super::intervals_of_metrics::{MetricIntervals, metric_intervals};
use super::slices::{FEWEST, Slice, error_name, errors, mean, worst_answers, worst_slices};
use super::summary::summary;
use super::tree_picture::first_tree;
use super::{Subject, fairness, simple};
use crate::config::Metric;
use crate::picture::{Bar, counts, whiskered};
use crate::report::figure;
use crate::report::page::Part;

/// Most classes whose confusion is drawn; of more it is a table.
const DRAWN_CLASSES: usize = 12;

/// The parts of the report; names of pictures begin with `stem`.
pub(super) fn parts(subject: &Subject, stem: &str) -> Vec<Part> {
    let picture = |name: &str, svg: String, caption: String| Part::Picture {
        svg,
        caption,
        file: format!("{stem}-{name}.svg"),
    };
    let intervals = metric_intervals(subject);
    let mut parts = summary(subject, &intervals);
    parts.push(Part::Heading("Quality"));
    parts.extend(quality(subject, &intervals));
    let charts = of_values(subject).into_iter().chain(of_classes(subject));
    parts.extend(charts.map(|(name, chart, caption)| picture(name, chart.svg(), caption)));
    if let Some((level, chart)) = coverage(subject) {
        let caption = format!(
            "The share of true values that their interval holds, in ten groups by prediction; {level} is wanted."
        );
        parts.push(picture("coverage", chart.svg(), caption));
    }
    parts.extend(confusion(subject, picture));
    parts.push(Part::Heading("Beside simple models"));
    parts.extend(simple::parts(subject, picture));
    parts.push(Part::Heading("Learning"));
    let (chart, caption) = over_trees_chart(subject);
    parts.push(picture("trees", chart.svg(), caption));
    if let Some((chart, caption)) = over_rows_chart(subject) {
        parts.push(picture("rows", chart.svg(), caption));
    }
    parts.push(Part::Heading("What it looks at"));
    if let Some((svg, caption)) = subject.importances.picture() {
        parts.push(picture("importance", svg, caption));
        let titles = ["feature", "drop of the score", "standard deviation", "share of the impurity"];
        let table = Part::table(titles, subject.importances.cells());
        parts.push(Part::Folded { title: "Importance in figures".into(), parts: vec![table] });
    }
    let order = subject.by_importance();
    if let Some(found) = Contributions::of(subject) {
        for (number, (svg, caption)) in found.swarms(subject).into_iter().enumerate() {
            parts.push(picture(&format!("contributions-{}", number + 1), svg, caption));
        }
        for &feature in found.order().iter().take(CHARTS) {
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
    parts.extend(weak_spots(subject, picture));
    parts.extend(fairness::parts(subject, picture));
    parts.extend(card(subject));
    parts
}

fn quality(subject: &Subject, intervals: &MetricIntervals) -> Vec<Part> {
    let evaluation = &subject.header().evaluation;
    let known = |value: Option<&f64>| value.map_or_else(String::new, |value| figure(*value));
    let measured = Metric::ALL
        .into_iter()
        .filter_map(|metric| Some((metric, *subject.card.metrics.get(metric.name())?)));
    let rows = measured.map(|(metric, value)| {
        let name = metric.name();
        let interval = intervals
            .get(name)
            .map_or_else(String::new, |[low, high]| format!("{} to {}", figure(*low), figure(*high)));
        let folds = evaluation.cross_validation.as_ref().map_or_else(String::new, |folds| {
            match (folds.mean.get(name), folds.standard_deviation.get(name)) {
                (Some(mean), Some(deviation)) => format!("{} ± {}", figure(*mean), figure(*deviation)),
                _ => String::new(),
            }
        });
        let out_of_bag = known(evaluation.out_of_bag.as_ref().and_then(|card| card.metrics.get(name)));
        vec![name.to_owned(), figure(value), interval, folds, out_of_bag, metric.meaning().to_owned()]
    });
    let mut titles =
        vec!["metric", "measured", "95 % interval", "cross-validation", "out of bag", "what it is"];
    let mut rows: Vec<Vec<String>> = rows.collect();
    // What was not measured needs no column.
    for place in (0..titles.len())
        .rev()
        .filter(|&place| rows.iter().all(|row| row[place].is_empty()))
        .collect::<Vec<_>>()
    {
        titles.remove(place);
        rows.iter_mut().for_each(|row| drop(row.remove(place)));
    }
    vec![
        Part::Paragraph(format!(
            "Measured on {}. The interval is by bootstrap: what other rows of the same kind would give.",
            subject.measured_on
        )),
        Part::table(titles, rows),
    ]
}

fn confusion(subject: &Subject, picture: impl Fn(&str, String, String) -> Part) -> Vec<Part> {
    let Task::Classification(classes) = &subject.model.schema().target.task else { return Vec::new() };
    let per_class = subject.card.per_class.iter().map(|class| {
        let figures = [class.precision, class.recall, class.f1].map(figure);
        [class.class.clone()].into_iter().chain(figures).chain([class.support.to_string()]).collect()
    });
    let table = Part::table(["class", "precision", "recall", "f1", "rows"], per_class);
    let names: Vec<String> = classes.iter().map(ToString::to_string).collect();
    let taken = &subject.card.confusion;
    let confusion = match names.len() <= DRAWN_CLASSES {
        true => picture(
            "confusion",
            counts("Confusion matrix", ["true", "predicted"], &names, taken),
            "How many rows of each class were predicted as each: blue is right, orange wrong, the stronger the larger its share of the \
             row."
                .into(),
        ),
        false => {
            let cells = taken.iter().enumerate().flat_map(|(truth, row)| {
                let names = &names;
                let counted = row.iter().enumerate().filter(|(_, count)| **count > 0);
                counted.map(move |(predicted, count)| {
                    vec![names[truth].clone(), names[predicted].clone(), count.to_string()]
                })
            });
            Part::table(["true class", "predicted", "rows"], cells)
        }
    };
    vec![confusion, table]
}

fn weak_spots(subject: &Subject, picture: impl Fn(&str, String, String) -> Part) -> Vec<Part> {
    let name = error_name(&subject.model.schema().target.task);
    let mut parts = Vec::new();
    let worst = worst_slices(subject);
    let overall = mean(&errors(subject));
    if !worst.is_empty() {
        parts.push(Part::Paragraph(format!(
            "Groups of at least {FEWEST} rows whose {name} is above the overall {}.",
            figure(overall)
        )));
        let bar = |slice: &Slice| Bar {
            name: format!("{}: {}", slice.column, slice.rows_with),
            length: slice.error,
            spread: slice.margin,
            words: format!("{} ({} rows)", figure(slice.error), slice.rows),
        };
        parts.push(picture(
            "slices",
            whiskered(&format!("The {name} in the worst groups"), &worst.iter().map(bar).collect::<Vec<_>>()),
            format!("With 95 % intervals; overall it is {}.", figure(overall)),
        ));
        parts.push(table_of(&worst));
    }
    let (titles, rows) = worst_answers(subject);
    parts.push(Part::Paragraph("The worst answers, with the most important features.".into()));
    parts.push(Part::table(titles, rows));
    parts
}

fn table_of(slices: &[Slice]) -> Part {
    let rows = slices.iter().map(|slice| {
        vec![
            format!("{}: {}", slice.column, slice.rows_with),
            slice.rows.to_string(),
            figure(slice.error),
            slice.bias.map_or_else(String::new, figure),
        ]
    });
    let table = Part::table(["rows with", "number", "error", "predicted less true"], rows);
    Part::Folded { title: "These groups in figures".into(), parts: vec![table] }
}
