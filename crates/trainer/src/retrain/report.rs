//! The report of a retraining, for people: in Markdown and as a page of HTML that needs nothing from elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use drift::Verdict;
use serde_json::{Value, json};

use super::{RetrainError, Story};
use crate::report::figure;
use crate::report::page::{self, Part};

/// Writes both forms into the folder and gives the path of the Markdown.
pub(super) fn write(story: &Story, folder: &Path) -> Result<PathBuf, RetrainError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RetrainError::Report { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let header = &story.training.header;
    let time: String = header.created.chars().filter(char::is_ascii_alphanumeric).collect();
    let path = free(folder, &format!("{}-{time}", header.name));
    let title = format!("Retraining of {}", header.title);
    let parts = parts(story);
    fs::write(&path, page::markdown(&title, &parts)).map_err(failed(&path))?;
    let html = path.with_extension("html");
    fs::write(&html, page::html(&title, &parts)).map_err(failed(&html))?;
    Ok(path)
}

/// A name that no report has: there can be several within a second.
fn free(folder: &Path, stem: &str) -> PathBuf {
    let mut path = folder.join(format!("{stem}.md"));
    let mut number = 1;
    while path.exists() {
        number += 1;
        path = folder.join(format!("{stem}-{number}.md"));
    }
    path
}

fn parts(story: &Story) -> Vec<Part> {
    let header = &story.training.header;
    let mut parts = vec![Part::Paragraph(outcome(story))];
    if !story.reasons.is_empty() {
        parts.push(Part::Paragraph("Why the champion stays:".into()));
        parts.push(Part::List(story.reasons.clone()));
    }
    parts.push(Part::Heading("Comparison"));
    parts.extend(comparison(story));
    parts.push(Part::Heading("Data"));
    let data = |header: &model_core::Header| {
        let data = &header.data;
        vec![
            data.path.clone(),
            data.fingerprint[..data.fingerprint.len().min(12)].into(),
            data.rows_read.to_string(),
            data.rows_train.to_string(),
            data.rows_test.to_string(),
        ]
    };
    let mut rows = Vec::new();
    let named = |name: String, mut cells: Vec<String>| {
        cells.insert(0, name);
        cells
    };
    if let Some(champion) = story.champion {
        let number = champion.version.number;
        rows.push(named(format!("champion, version {number}"), data(&champion.version.summary.header)));
    }
    rows.push(named("challenger".into(), data(header)));
    parts.push(Part::table(["model", "file", "BLAKE3", "rows read", "trained on", "held out"], rows));
    if !story.findings.is_empty() {
        parts.push(Part::Heading("New rows against the champion's training rows"));
        parts.push(Part::Paragraph(
            "Of the rows that the champion was not trained on. PSI is the population stability index, KS the Kolmogorov-Smirnov \
             distance. A feature has drifted when a measure is above its threshold and chance is ruled out; docs/drift.md has both."
                .into(),
        ));
        let share = |share: f64| format!("{:.1} %", share * 100.0);
        let rows = story.findings.iter().map(|finding| {
            vec![
                finding.name.clone(),
                format!("{:.3}", finding.psi),
                finding.ks.map_or("–".into(), |ks| format!("{ks:.3}")),
                finding.verdict.name().into(),
                share(finding.outside),
                share(finding.missing_before),
                share(finding.missing_now),
            ]
        });
        let titles = ["feature", "PSI", "KS", "verdict", "never seen", "missing before", "missing now"];
        parts.push(Part::table(titles, rows));
    }
    parts.push(Part::Heading("The challenger"));
    let metrics = header.evaluation.test.iter().flat_map(|card| &card.metrics);
    let rows = metrics.map(|(name, value)| vec![name.clone(), figure(*value)]);
    parts.push(Part::table(["metric", "on its held-out rows"], rows));
    let gates: Vec<_> = story.config.quality_gates.iter().map(ToString::to_string).collect();
    parts.push(Part::Paragraph(match gates.is_empty() {
        true => "The config has no quality gate.".into(),
        false => format!("The quality gate of the config: {}.", gates.join("; ")),
    }));
    parts
}

fn outcome(story: &Story) -> String {
    let name = &story.config.name;
    let mut text = match (story.promoted, story.champion) {
        (Some(version), Some(champion)) => {
            format!(
                "Version {version} of {name} was promoted in place of version {}.",
                champion.version.number
            )
        }
        (Some(version), None) => {
            format!("Version {version} of {name} was promoted. There was no champion to compare it with.")
        }
        (None, Some(champion)) => {
            format!(
                "The challenger was refused. Version {} of {name} stays the champion.",
                champion.version.number
            )
        }
        (None, None) => format!("The model was refused. There is still no version of {name}."),
    };
    if let Some(server) = &story.server {
        text.push_str(&format!(
            " Versions and the alias {} are those of the MLflow server {server}.",
            story.alias
        ));
    }
    text
}

fn comparison(story: &Story) -> Vec<Part> {
    let comparison = match &story.comparison {
        Some(Ok(comparison)) => comparison,
        Some(Err(reason)) => return vec![Part::Paragraph(format!("Champion and challenger: {reason}."))],
        None => return vec![Part::Paragraph("There was no champion.".into())],
    };
    let seed = story.config.split.seed;
    let drawn = match story.config.split.shuffle {
        true => format!("drawn by a hash of their features and the seed {seed}"),
        false => "the last of those".into(),
    };
    let rows = vec![vec![
        comparison.loss.name().into(),
        figure(comparison.champion),
        figure(comparison.challenger),
        figure(comparison.difference()),
        format!("{} to {}", figure(comparison.lower), figure(comparison.upper)),
    ]];
    vec![
        Part::Paragraph(format!(
            "On {} rows of the new data that neither model was trained on: rows whose features equal those of no row that the \
             champion was trained on, {drawn}, and left out when the challenger was trained.",
            comparison.rows
        )),
        Part::table(["error", "champion", "challenger", "difference", "95 % interval"], rows),
        Part::Paragraph(format!(
            "The interval is of the mean difference, by a paired bootstrap. A challenger is promoted when it errs no more on \
             average, and the interval ends below {}, which is {} of the champion's error.",
            figure(story.max_harm * comparison.champion),
            figure(story.max_harm)
        )),
    ]
}

impl Story<'_> {
    /// In a few lines.
    pub(super) fn told(&self, path: &Path) -> String {
        let mut text = format!("{}\n", outcome(self));
        if let Some(Ok(found)) = &self.comparison {
            text.push_str(&format!(
                "On {} rows that neither was trained on, {}: champion {}, challenger {}, difference {} ({} to {})\n",
                found.rows, found.loss.name(), figure(found.champion), figure(found.challenger),
                figure(found.difference()), figure(found.lower), figure(found.upper)
            ));
        }
        for finding in self.findings.iter().filter(|finding| finding.verdict != Verdict::AsBefore) {
            text.push_str(&format!(
                "{}: {} (PSI {:.3}, never seen {:.1} %)\n",
                finding.name,
                finding.verdict.name(),
                finding.psi,
                finding.outside * 100.0
            ));
        }
        text.push_str(&format!("Report: {}\n", path.display()));
        text
    }

    /// The same for programs.
    pub(super) fn document(&self, path: &Path) -> Value {
        let comparison = self.comparison.as_ref().and_then(|found| found.as_ref().ok()).map(|found| {
            json!({
                "error": found.loss.name(), "rows": found.rows, "champion": found.champion,
                "challenger": found.challenger, "difference": found.difference(),
                "interval": [found.lower, found.upper],
            })
        });
        let findings = self.findings.iter().map(|finding| {
            json!({
                "feature": finding.name, "psi": finding.psi, "ks": finding.ks, "outside": finding.outside,
                "missing_before": finding.missing_before, "missing_now": finding.missing_now,
                "verdict": finding.verdict.name(),
            })
        });
        json!({
            "outcome": if self.promoted.is_some() { "promoted" } else { "refused" },
            "version": self.promoted,
            "champion": self.champion.map(|champion| champion.version.number),
            "alias": self.alias,
            "registry": self.server,
            "reasons": self.reasons,
            "comparison": comparison,
            "findings": findings.collect::<Vec<_>>(),
            "metrics": self.training.header.evaluation.test.as_ref().map(|card| &card.metrics),
            "report": path.display().to_string(),
        })
    }
}
