//! What a feature does to the answers: partial dependence with single rows (Friedman, 2001; Goldstein and others, 2015).

use model_core::profile::Distribution;
use model_core::{Model, Rows, Task};

use super::Subject;
use super::curves::unit;
use crate::picture::{Chart, Mark, bars};
use crate::report::{cell, figure, value};

/// Features that are shown, and levels of one of them.
pub(super) const FEATURES: usize = 6;
const LEVELS: usize = 12;
/// Rows that are answered with each value, and rows that have a line of their own.
const ROWS: usize = 200;
const LINES: usize = 12;
/// Classes that have a line.
const CLASSES: usize = 4;
pub(super) const SIZE: [f64; 2] = [400.0, 260.0];

/// The mean answer for each value of a feature, as a picture with what it shows.
pub(super) fn dependence(subject: &Subject, feature: usize) -> Option<String> {
    let values = values(subject, feature)?;
    let places = subject.sample(ROWS);
    let rows = subject.rows_of(&places);
    let outputs = shown_outputs(subject);
    // By value, then by row, then by output.
    let answers: Vec<Vec<Vec<f64>>> = values
        .iter()
        .map(|(encoded, _)| {
            let width = rows.width();
            let mut changed = rows.clone().into_values();
            changed.chunks_exact_mut(width).for_each(|row| row[feature] = *encoded);
            let scores = subject.model.predict(&Rows::from_values(width, changed));
            scores.rows().map(|row| outputs.iter().map(|(output, _)| row[*output]).collect()).collect()
        })
        .collect();
    let mean = |of_rows: &[Vec<f64>], output: usize| {
        of_rows.iter().map(|answer| answer[output]).sum::<f64>() / of_rows.len().max(1) as f64
    };
    let name = &subject.model.schema().features[feature].name;
    let is_numeric = matches!(subject.model.profile().features[feature], Distribution::Numeric(_));
    if !is_numeric {
        let levels = values.iter().zip(&answers);
        let rows: Vec<_> = levels
            .map(|((_, level), of_rows)| (level.clone(), mean(of_rows, 0), figure(mean(of_rows, 0))))
            .collect();
        let of = outputs.first().map_or(String::new(), |(_, name)| format!(", {name}"));
        return Some(bars(&format!("{name}: mean answer by level{of}"), &rows));
    }
    let place = |value: usize| f64::from(values[value].0);
    let mut marks = Vec::new();
    if outputs.len() == 1 {
        let step = rows.len().div_ceil(LINES).max(1);
        let line =
            |row: usize| (0..values.len()).map(|value| [place(value), answers[value][row][0]]).collect();
        let lines = (0..rows.len()).step_by(step).map(line).collect();
        marks.push(Mark::Threads { name: "single rows".into(), lines });
    }
    marks.extend(outputs.iter().enumerate().map(|(output, (_, name))| Mark::Line {
        name: if outputs.len() > 1 { name.clone() } else { "mean".into() },
        points: (0..values.len()).map(|value| [place(value), mean(&answers[value], output)]).collect(),
    }));
    let up = match &subject.model.schema().target.task {
        Task::Regression => format!("predicted{}", unit(subject)),
        Task::Classification(_) if outputs.len() == 1 => outputs[0].1.clone(),
        Task::Classification(_) => "probability".into(),
    };
    let chart = Chart {
        title: format!("Partial dependence on {name}"),
        across: named_with_unit(subject, feature),
        up,
        size: SIZE,
        marks,
        ..Chart::default()
    };
    Some(chart.svg())
}

/// The name of a feature, with its unit.
pub(super) fn named_with_unit(subject: &Subject, feature: usize) -> String {
    let feature = &subject.model.schema().features[feature];
    feature.unit.as_ref().map_or_else(|| feature.name.clone(), |unit| format!("{} ({unit})", feature.name))
}

/// Encoded values of a feature that training saw, and how they are written.
fn values(subject: &Subject, feature: usize) -> Option<Vec<(f32, String)>> {
    let encoder = subject.model.encoder();
    match &subject.model.profile().features[feature] {
        Distribution::Numeric(numeric) => {
            let mut quantiles: Vec<f32> = numeric.quantiles.iter().map(|value| *value as f32).collect();
            quantiles.dedup();
            (quantiles.len() > 1)
                .then(|| quantiles.into_iter().map(|quantile| (quantile, value(quantile.into()))).collect())
        }
        Distribution::Levels { counts, .. } => {
            let mut codes: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
            codes.sort_by_key(|&code| (std::cmp::Reverse(counts[code]), code));
            codes.truncate(LEVELS);
            let level = |code: usize| cell(encoder.decode(feature, code as f32));
            (codes.len() > 1).then(|| codes.into_iter().map(|code| (code as f32, level(code))).collect())
        }
    }
}

/// The outputs that are shown, with their names: the value, the second of two classes, or the first classes.
pub(super) fn shown_outputs(subject: &Subject) -> Vec<(usize, String)> {
    match &subject.model.schema().target.task {
        Task::Regression => vec![(0, String::new())],
        Task::Classification(classes) if classes.len() == 2 => {
            vec![(1, format!("probability of {}", classes[1]))]
        }
        Task::Classification(classes) => {
            classes.iter().enumerate().take(CLASSES).map(|(class, name)| (class, name.to_string())).collect()
        }
    }
}
