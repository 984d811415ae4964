//! What a reader should know first: how good the model is, what that is worth, and what it looks at.

use model_core::Model;

use super::intervals_of_metrics::MetricIntervals;
use super::{Subject, simple};
use crate::report::figure;
use crate::report::page::{Figure, Part};

/// Metrics that are shown.
const METRICS: usize = 3;
/// Features that are named.
const FEATURES: usize = 4;

/// The head of the report.
pub(super) fn summary(subject: &Subject, intervals: &MetricIntervals) -> Vec<Part> {
    let header = subject.header();
    let description = Some(&header.description).filter(|text| !text.is_empty());
    let mut parts: Vec<Part> = description.map(|text| Part::Paragraph(text.clone())).into_iter().collect();
    let mut figures = metrics(subject, intervals);
    figures.push(Figure {
        name: "measured on".into(),
        value: format!("{} rows", subject.rows.len()),
        note: format!("trained on {} rows of {}", header.data.rows_train, header.data.path),
    });
    figures.extend(simple::figure_of(subject));
    figures.extend(looked_at(subject));
    parts.push(Part::Figures(figures));
    parts
}

/// The leading metric and the next ones.
fn metrics(subject: &Subject, intervals: &MetricIntervals) -> Vec<Figure> {
    let leading = simple::leading(subject);
    let others = simple::metrics(subject).into_iter().filter(|metric| *metric != leading);
    let unit = subject.model.schema().target.unit.as_ref();
    let figures = [leading].into_iter().chain(others).take(METRICS).filter_map(|metric| {
        let name = metric.name();
        let measured = subject.card.metrics.get(name)?;
        let unit = unit
            .filter(|_| metric.has_the_unit_of_the_target())
            .map_or(String::new(), |unit| format!(" ({unit})"));
        let [low, high] = intervals.get(name)?;
        Some(Figure {
            name: format!("{name}{unit}"),
            value: figure(*measured),
            note: format!("{}; {} to {} with 95 % certainty", metric.meaning(), figure(*low), figure(*high)),
        })
    });
    figures.collect()
}

fn looked_at(subject: &Subject) -> Option<Figure> {
    let features = &subject.model.schema().features;
    let order = subject.by_importance();
    let mut names = order.iter().take(FEATURES).map(|&place| features[place].name.as_str());
    let value = names.next()?.to_owned();
    let others: Vec<&str> = names.collect();
    let note = if others.is_empty() { String::new() } else { format!("then {}", others.join(", ")) };
    (!subject.importances.features.is_empty()).then(|| Figure { name: "looks most at".into(), value, note })
}
