//! The report: what was found, and a picture of each column that has moved.

use std::path::Path;

use drift::{Finding, Verdict};

use super::Found;
use super::told::TITLES;
use crate::picture::pairs;
use crate::predict::PredictError;
use crate::report::file;
use crate::report::page::Part;

/// Most pictures; the columns that moved most have one.
const MOST_PICTURES: usize = 24;
/// Pictures where nothing has moved.
const PICTURES_OF_NOTHING: usize = 6;

/// Writes the report in the form that its name tells.
pub(super) fn write(found: &Found, path: &Path) -> Result<(), PredictError> {
    let title = format!("Drift of {}", found.header.title);
    file::write(path, &title, &parts(found, &file::stem(path)))
}

fn parts(found: &Found, stem: &str) -> Vec<Part> {
    let mut parts = vec![Part::Paragraph(found.outcome())];
    let reasons = found.reasons();
    if !reasons.is_empty() {
        parts.push(Part::List(reasons));
    }
    parts.extend(found.notes().into_iter().map(Part::Paragraph));
    parts.push(Part::Heading("Columns"));
    parts.push(Part::table(TITLES, found.rows()));
    parts.push(Part::Paragraph(
        "PSI is the population stability index, KS the Kolmogorov-Smirnov distance, JS the Jensen-Shannon distance in bits less what \
         chance gives. A column has drifted when a measure is above its threshold and chance is ruled out."
            .into(),
    ));
    let t = &found.thresholds;
    let thresholds = Part::table(
        ["threshold", "value"],
        [
            ("PSI, less what chance gives", t.psi),
            ("KS", t.ks),
            ("JS", t.js),
            ("change of the missing share", t.missing),
            ("share never seen", t.outside),
            ("growth of the error", t.score),
            ("false alarms over all columns and measures", t.false_alarms),
        ]
        .map(|(name, value)| vec![name.into(), value.to_string()]),
    );
    parts.push(Part::Folded { title: "Thresholds".into(), parts: vec![thresholds] });
    parts.push(Part::Heading("Training rows and new rows"));
    parts.extend(pictured(found).into_iter().enumerate().map(|(number, (name, finding))| Part::Picture {
        svg: pairs(&name, &finding.bars),
        caption: format!("{name}: {}, PSI {:.3}", finding.verdict.name(), finding.psi),
        file: format!("{stem}-{}.svg", number + 1),
    }));
    parts
}

/// The columns that have moved, most first; where none has, those that are farthest.
fn pictured<'a>(found: &'a Found) -> Vec<(String, &'a Finding)> {
    let comparison = &found.comparison;
    let features = comparison.features.iter().map(|finding| (finding.name.clone(), finding));
    let answers = comparison.answers.iter().map(|finding| (format!("predicted {}", finding.name), finding));
    let mut all: Vec<_> = features.chain(answers).filter(|(_, finding)| !finding.bars.is_empty()).collect();
    all.sort_by(|(_, a), (_, b)| b.verdict.cmp(&a.verdict).then(b.psi.total_cmp(&a.psi)));
    let moved = all.iter().filter(|(_, finding)| finding.verdict >= Verdict::Shifted).count();
    all.truncate(if moved == 0 { PICTURES_OF_NOTHING } else { moved.min(MOST_PICTURES) });
    all
}
