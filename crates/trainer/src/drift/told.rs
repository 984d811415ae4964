//! What was found, for a terminal and for programs.

use std::fmt::Write as _;

use drift::{Finding, Verdict};
use serde_json::{Value, json};

use super::Found;
use super::reasons::briefly;
use crate::report::{figure, fit, grid};

impl Found<'_> {
    /// The outcome in a sentence.
    pub(super) fn outcome(&self) -> String {
        let Self { args, comparison, header, .. } = self;
        let data = args.data.display();
        let against = format!(
            "{} rows of {data} against {} training rows of {} version {}",
            comparison.rows_now, comparison.rows_before, header.name, header.version
        );
        match (comparison.is_judged, self.reasons().is_empty()) {
            (false, _) if comparison.rows_before == 0 => format!("Not judged: {against}."),
            (false, _) => {
                format!("Too few rows to tell, {} are needed: {against}.", self.thresholds.minimum_rows)
            }
            (true, true) => format!("No drift: {against}."),
            (true, false) => format!("Drift: {against}."),
        }
    }

    /// What else is to be known, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .comparison
            .not_compared
            .iter()
            .map(|lack| format!("{}.", sentence(&lack.to_string())))
            .collect();
        match &self.score {
            Some(Ok(score)) => notes.push(format!(
                "{}: {} on {} rows, {} on the {} rows of the artifact's evaluation{}.",
                sentence(score.loss.name()),
                figure(score.now),
                score.rows_now,
                figure(score.before),
                score.rows_before,
                if score.has_dropped { ": the score has dropped" } else { "" }
            )),
            Some(Err(reason)) => notes.push(format!("The error cannot be compared: {reason}.")),
            None => notes.push("The file does not hold the target and all else that the config reads, so the error is not known.".into()),
        }
        if self.measured.unreadable.rows > 0 {
            notes.push(format!("{} rows cannot be read and were left out.", self.measured.unreadable.rows));
        }
        let dropped = self.measured.dropped.iter();
        notes.extend(dropped.map(|(reason, rows)| format!("{rows} rows dropped: {reason}.")));
        notes
    }

    /// The rows of the table: each column and what was found of it.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let features = self.comparison.features.iter().map(|finding| cells(&finding.name, finding));
        let answers = self.comparison.answers.iter();
        features
            .chain(answers.map(|finding| cells(&format!("predicted {}", finding.name), finding)))
            .collect()
    }

    /// For a terminal.
    pub(super) fn told(&self) -> String {
        let mut table = grid();
        table.set_header(TITLES);
        for row in self.rows() {
            table.add_row(row);
        }
        fit(&mut table);
        let mut text = format!("{}\n", self.outcome());
        for reason in self.reasons() {
            let _ = writeln!(text, "- {reason}");
        }
        let _ = writeln!(text, "{}", table.trim_fmt());
        for note in self.notes() {
            let _ = writeln!(text, "{note}");
        }
        if let Some(path) = &self.args.report {
            let _ = writeln!(text, "Report: {}", path.display());
        }
        text
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        let score = self.score.as_ref().and_then(|score| score.as_ref().ok()).map(|score| {
            json!({
                "error": score.loss.name(), "before": score.before, "rows_before": score.rows_before,
                "now": score.now, "rows": score.rows_now, "dropped": score.has_dropped,
            })
        });
        let reasons = self.reasons();
        let Self { header, comparison, measured, thresholds, .. } = self;
        json!({
            "outcome": match (comparison.is_judged, reasons.is_empty()) {
                (false, _) if comparison.rows_before == 0 => "unknown",
                (false, _) => "too_few_rows",
                (true, true) => "no_drift",
                (true, false) => "drift",
            },
            "model": {"name": header.name, "version": header.version},
            "data": self.args.data.display().to_string(),
            "rows": comparison.rows_now,
            "rows_before": comparison.rows_before,
            "rows_unreadable": measured.unreadable.rows,
            "rows_dropped": measured.dropped,
            "reasons": reasons,
            "features": comparison.features.iter().map(document).collect::<Vec<_>>(),
            "predictions": comparison.answers.as_ref().map(document),
            "score": score,
            "not_compared": comparison.not_compared.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "thresholds": {
                "psi": thresholds.psi, "ks": thresholds.ks, "js": thresholds.js, "missing": thresholds.missing,
                "outside": thresholds.outside, "score": thresholds.score, "false_alarms": thresholds.false_alarms,
                "minimum_rows": thresholds.minimum_rows,
            },
            "report": self.args.report.as_ref().map(|path| path.display().to_string()),
        })
    }
}

/// Above the columns of [`Found::rows`].
pub(super) const TITLES: [&str; 9] =
    ["column", "verdict", "PSI", "by chance", "KS", "JS", "missing before", "now", "never seen"];

fn cells(name: &str, finding: &Finding) -> Vec<String> {
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    let verdict = match finding.verdict {
        Verdict::Drifted => format!("drifted: {}", briefly(finding)),
        other => other.name().into(),
    };
    vec![
        name.into(),
        verdict,
        format!("{:.3}", finding.psi),
        format!("{:.3}", finding.chance),
        finding.ks.map_or("–".into(), |ks| format!("{ks:.3}")),
        format!("{:.3}", finding.js),
        share(finding.missing_before),
        share(finding.missing_now),
        share(finding.outside),
    ]
}

fn document(finding: &Finding) -> Value {
    json!({
        "name": finding.name, "verdict": finding.verdict.name(),
        "causes": finding.causes.iter().map(|cause| cause.name()).collect::<Vec<_>>(),
        "psi": finding.psi, "chance": finding.chance, "ks": finding.ks, "js": finding.js,
        "missing_before": finding.missing_before, "missing_now": finding.missing_now, "outside": finding.outside,
    })
}

/// With a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
