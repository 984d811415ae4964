//! The report of a comparison.

use std::path::Path;

use super::Ranking;
use super::told::{TITLES, cells, document};
use crate::picture::bars;
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
        (place.name.clone(), score, figure(score))
    });
    let mut parts = vec![
        Part::Paragraph(ranking.outcome()),
        Part::Paragraph(format!("{}. The rows that are held out took no part.", ranking.ground())),
        Part::Table {
            titles: TITLES.into(),
            rows: ranking.places.iter().map(|place| cells(ranking, place)).collect(),
        },
        Part::Picture {
            svg: bars(&format!("{metric}, mean over the folds"), &scores.collect::<Vec<_>>()),
            caption: format!("{metric} of every candidate, the best first"),
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
    let mut rows = Vec::new();
    for place in &ranking.places {
        for (name, &mean) in &place.metrics.mean {
            let deviation = place.metrics.standard_deviation.get(name).copied().map_or("–".into(), figure);
            rows.push(vec![place.name.clone(), name.clone(), figure(mean), deviation]);
        }
    }
    parts.push(Part::Table { titles: vec!["candidate", "metric", "mean", "deviation"], rows });
    parts
}
