//! The metrics of drift: how the latest rows of each version compare with its training data.

use std::sync::atomic::Ordering;

use drift::{Comparison, Finding, Verdict};

use super::page::{Kind, Page};
use super::ready;
use crate::catalogue::Shown;
use crate::state::{AppState, Served};

/// Most features of a version that are on the page, the first of the schema.
const MOST_FEATURES: usize = 200;

struct Compared<'a> {
    served: &'a Served,
    version: String,
    comparison: Comparison,
}

impl Compared<'_> {
    /// What is told of columns, once there are enough rows to judge.
    fn features(&self) -> impl Iterator<Item = &Finding> {
        self.comparison.features.iter().take(if self.comparison.is_judged { MOST_FEATURES } else { 0 })
    }
}

/// The versions that answer, and what they are asked.
pub(super) fn write(page: &mut Page, state: &AppState, shown: &Shown) {
    let compared: Vec<Compared> = ready(shown)
        .filter_map(|served| {
            let comparison = served.watched().compared()?;
            Some(Compared { served, version: served.version().to_string(), comparison })
        })
        .collect();
    let help = "Latest rows of a version that are compared with its training data.";
    let mut family = page.family(Kind::Gauge, "canopy_drift_rows", help);
    for of in &compared {
        let labels = [("model", of.served.name()), ("version", &*of.version)];
        family.sample(&labels, of.comparison.rows_now);
    }
    let help = "Columns that have drifted, the predictions among them; absent with too few rows to judge.";
    let mut family = page.family(Kind::Gauge, "canopy_drift_columns", help);
    for of in compared.iter().filter(|of| of.comparison.is_judged) {
        let labels = [("model", of.served.name()), ("version", &*of.version)];
        family.sample(&labels, of.comparison.drifted().count());
    }
    columns(
        page,
        &compared,
        "canopy_drift_feature_drifted",
        "One for a feature that has drifted, else zero.",
        |found| Some(f64::from(u8::from(found.verdict == Verdict::Drifted))),
    );
    let help =
        "Population stability index of a feature against the training data, less what it is by chance.";
    columns(page, &compared, "canopy_drift_psi", help, |found| Some(found.shift()));
    let help = "Kolmogorov-Smirnov distance of a numeric feature from the training data.";
    columns(page, &compared, "canopy_drift_ks", help, |found| found.ks);
    let help = "Share of the latest rows without a value of a feature.";
    columns(page, &compared, "canopy_drift_missing_ratio", help, |found| Some(found.missing_now));
    let help = "Share of the latest rows with a value of a feature that training did not see.";
    columns(page, &compared, "canopy_drift_unseen_ratio", help, |found| Some(found.outside));
    let help = "Population stability index of the predictions against those for held-out rows, less what it is by chance.";
    let mut family = page.family(Kind::Gauge, "canopy_drift_prediction_psi", help);
    for of in compared.iter().filter(|of| of.comparison.is_judged) {
        if let Some(answers) = &of.comparison.answers {
            family.sample(&[("model", of.served.name()), ("version", &*of.version)], answers.shift());
        }
    }
    captured(page, state);
}

fn columns(
    page: &mut Page,
    compared: &[Compared],
    name: &str,
    help: &str,
    value: impl Fn(&Finding) -> Option<f64>,
) {
    let mut family = page.family(Kind::Gauge, name, help);
    for of in compared {
        for finding in of.features() {
            if let Some(value) = value(finding) {
                let labels = [
                    ("model", of.served.name()),
                    ("version", &*of.version),
                    ("feature", finding.name.as_str()),
                ];
                family.sample(&labels, value);
            }
        }
    }
}

/// What became of captured rows; all zero where none are captured.
fn captured(page: &mut Page, state: &AppState) {
    let help =
        "Rows for the file of captured rows: written, dropped since too many waited, or refused by the disk.";
    let mut family = page.family(Kind::Counter, "canopy_captured_rows", help);
    let fates = state.capture().map(|capture| capture.fates());
    for (fate, count) in [
        ("written", fates.map(|fates| &fates.written)),
        ("dropped", fates.map(|fates| &fates.dropped)),
        ("failed", fates.map(|fates| &fates.failed)),
    ] {
        family.sample(&[("fate", fate)], count.map_or(0, |count| count.load(Ordering::Relaxed)));
    }
}
