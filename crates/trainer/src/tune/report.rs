//! The report of a search: how it went, which values were tried with what success, and which keys matter.

use std::path::Path;

use serde_json::Value;

use super::importance::importance;
use super::told::{document, in_words, row};
use super::trial::{State, Trial};
use super::{Search, is_better};
use crate::config::{Dimension, Domain};
use crate::picture::{Axis, Chart, Course, Mark, bars, parallel};
use crate::predict::PredictError;
use crate::report::page::Part;
use crate::report::{figure, file};

/// Trials whose values the report lists.
const LISTED: usize = 25;

/// Writes it in the form that the name of the file tells.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(search: &Search, path: &Path) -> Result<(), PredictError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return file::store(path, &format!("{:#}\n", document(search)));
    }
    file::write(path, &format!("Search for parameters: {}", search.title), &parts(search, &file::stem(path)))
}

fn parts(search: &Search, stem: &str) -> Vec<Part> {
    let metric = search.metric.name();
    let better = if search.metric.larger_is_better() { "larger" } else { "smaller" };
    let mut parts = vec![
        Part::Paragraph(search.outcome()),
        Part::Paragraph(format!(
            "{} trials ({}). Each was cross-validated with {} folds on the {} training rows; the rows that are held out took no \
             part. The metric is {metric}, {better} is better.",
            search.trials.len(),
            search.counted(),
            search.folds,
            search.rows
        )),
        Part::Heading("History"),
        history(search, stem),
        Part::Heading("What was tried"),
        coordinates(search, stem),
    ];
    parts.push(Part::Heading("What mattered"));
    match importance(search) {
        None => parts.push(Part::Paragraph("There were too few trials to tell.".into())),
        Some(shares) => {
            let mut named: Vec<(String, f64, String)> = search
                .space
                .dimensions
                .iter()
                .zip(shares)
                .map(|(dimension, share)| (dimension.key.clone(), share, format!("{:.0} %", share * 100.0)))
                .collect();
            named.sort_by(|one, other| other.1.total_cmp(&one.1));
            parts.push(Part::Picture {
                svg: bars("Importance of the parameters", &named),
                caption: "Share of the variation between the trials that each key explains, by a forest that learned their \
                          scores from their values."
                    .into(),
                file: format!("{stem}-importance.svg"),
            });
        }
    }
    parts.push(Part::Heading("Trials"));
    parts.push(Part::Paragraph(format!(
        "The best {LISTED} at most, with the standard deviation of {metric} over the folds."
    )));
    let ranked = search.ranked();
    let default = search.trials.first().filter(|_| ranked.iter().take(LISTED).all(|trial| trial.number > 0));
    let rows = ranked.into_iter().take(LISTED).chain(default).map(row);
    let keys = search.space.dimensions.iter().map(|dimension| dimension.key.as_str());
    parts.push(Part::table(["trial", metric].into_iter().chain(keys), rows));
    parts
}

fn values(search: &Search, trial: &Trial) -> String {
    let named = search.space.dimensions.iter().zip(trial.params.values());
    let words = named.map(|(dimension, value)| format!("{} {}", dimension.key, in_words(value)));
    words.collect::<Vec<_>>().join(", ")
}

fn history(search: &Search, stem: &str) -> Part {
    let of = |state| -> Vec<[f64; 2]> {
        let trials = search.trials.iter().filter(|trial| trial.state == state);
        trials.filter_map(|trial| Some([f64::from(trial.number), trial.score?])).collect()
    };
    let complete = of(State::Complete);
    let mut best: Vec<[f64; 2]> = Vec::new();
    for &[number, score] in &complete {
        match best.last() {
            Some(&[_, least]) if !is_better(search.metric, score, least) => best.push([number, least]),
            // Upright, as a step.
            Some(&[_, least]) => best.extend([[number, least], [number, score]]),
            None => best.push([number, score]),
        }
    }
    if let (Some(last), Some(&[_, least])) = (search.trials.last(), best.last()) {
        best.push([f64::from(last.number), least]);
    }
    let chart = Chart {
        title: format!("{} of every trial", search.metric.name()),
        across: "trial".into(),
        up: search.metric.name().into(),
        size: [760.0, 300.0],
        marks: vec![
            Mark::Dots { name: "all folds".into(), points: complete },
            Mark::Dots { name: "given up early".into(), points: of(State::Pruned) },
            Mark::Dashes { name: "best so far".into(), points: best },
        ],
        ..Chart::default()
    };
    Part::Picture {
        svg: chart.svg(),
        caption: "Trial 0 is the config as it stands. Of a trial that was given up, the mean over the folds that it went over."
            .into(),
        file: format!("{stem}-history.svg"),
    }
}

fn coordinates(search: &Search, stem: &str) -> Part {
    let scores: Vec<f64> = search.ranked().iter().filter_map(|trial| trial.score).collect();
    let (best, worst) =
        (scores.first().copied().unwrap_or_default(), scores.last().copied().unwrap_or_default());
    let height = |score: f64| if best == worst { 1.0 } else { (score - worst) / (best - worst) };
    let mut axes: Vec<Axis> = search.space.dimensions.iter().map(axis).collect();
    axes.push(Axis {
        name: search.metric.name().into(),
        marks: [worst, (worst + best) / 2.0, best].map(|score| (height(score), figure(score))).into(),
    });
    let winner = search.best().map(|trial| trial.number);
    let mut ranked = search.ranked();
    // The best are drawn last, over the others.
    ranked.reverse();
    let courses: Vec<Course> = ranked
        .into_iter()
        .map(|trial| {
            let up = height(trial.score.unwrap_or(worst));
            let along = search.space.dimensions.iter().zip(trial.params.values());
            let mut places: Vec<Option<f64>> =
                along.map(|(dimension, value)| dimension.domain.place(value)).collect();
            places.push(Some(up));
            Course {
                places,
                strength: up,
                is_marked: Some(trial.number) == winner,
                tip: format!("trial {}: {}", trial.number, values(search, trial)),
            }
        })
        .collect();
    Part::Picture {
        svg: parallel("Values and score of every trial that went over all folds", &axes, &courses),
        caption: "A line for each trial, darker where it scored better; the thick one is the best. A config as it stands whose \
                  value is outside the space passes that axis over."
            .into(),
        file: format!("{stem}-parallel.svg"),
    }
}

fn axis(dimension: &Dimension) -> Axis {
    let marks: Vec<Value> = match &dimension.domain {
        Domain::Values(values) => values.clone(),
        domain @ Domain::Range(_) => domain.grid(),
    };
    let placed = marks.iter().filter_map(|value| Some((dimension.domain.place(value)?, in_words(value))));
    Axis { name: dimension.key.clone(), marks: placed.collect() }
}
