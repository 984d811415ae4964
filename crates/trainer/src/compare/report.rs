//! The report of a comparison.

use std::path::Path;

use super::Ranking;
use super::told::{TITLES, cells, document};
use crate::config::Metric;
use crate::picture::{Bar, whiskered};
use crate::predict::PredictError;
use crate::report::page::Part;
use crate::report::{figure, file};

/// Writes it in the form that the name of the file tells.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(ranking: &Ranking, path: &Path) -> Result<(), PredictError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return file::store(path, &format!("{:#}\n", document(ranking)));
    }
    file::write(path, "Comparison of models", &parts(ranking, &file::stem(path)))
}

fn parts(ranking: &Ranking, stem: &str) -> Vec<Part> {
    let metric = ranking.metric.name();
    let scores = ranking.places.iter().map(|place| {
        let score = place.metrics.mean.get(metric).copied().unwrap_or(f64::NAN);
        let spread = place.metrics.standard_deviation.get(metric).copied().unwrap_or(0.0);
        Bar { name: place.name.clone(), length: score, spread, words: figure(score) }
    });
    let mut parts = vec![
        Part::Paragraph(ranking.outcome()),
        Part::Paragraph(format!("{}. The rows that are held out took no part.", ranking.ground())),
        Part::table(TITLES, ranking.places.iter().map(|place| cells(ranking, place))),
        Part::Picture {
            svg: whiskered(&format!("{metric}, mean over the folds"), &scores.collect::<Vec<_>>()),
            caption: format!(
                "{metric} of every candidate, the best first; whiskers are the standard deviation over the folds."
            ),
            file: format!("{stem}-scores.svg"),
        },
    ];
    if !ranking.requirements.is_empty() {
        let required: Vec<String> = ranking.requirements.iter().map(ToString::to_string).collect();
        parts.push(Part::Paragraph(format!("Required: {}.", required.join("; "))));
    }
    parts.push(Part::Paragraph(
        "An interval holds the middle 95 % of the mean differences of rows that are drawn with replacement, the same rows for both. \
         Latencies are of single rows of JSON values, encoded and answered on one thread, without a server."
            .into(),
    ));
    parts.push(Part::Heading("All metrics"));
    let known =
        |metric: &Metric| ranking.places.iter().any(|place| place.metrics.mean.contains_key(metric.name()));
    let metrics: Vec<&str> =
        Metric::ALL.iter().filter(|metric| known(metric)).map(|metric| metric.name()).collect();
    let rows = ranking.places.iter().map(|place| {
        let of = |metric: &&str| match (
            place.metrics.mean.get(*metric),
            place.metrics.standard_deviation.get(*metric),
        ) {
            (Some(mean), Some(deviation)) => format!("{} ± {}", figure(*mean), figure(*deviation)),
            (Some(mean), None) => figure(*mean),
            _ => "–".into(),
        };
        [place.name.clone()].into_iter().chain(metrics.iter().map(of)).collect()
    });
    parts.push(Part::table(["candidate"].iter().chain(&metrics).copied(), rows));
    parts
}
