//! Why it is drift, in words: what has moved, how far, and how far it may.

use drift::{Cause, Finding, Thresholds};

use super::Found;
use crate::report::{figure, value};

impl Found<'_> {
    /// What has drifted, each in words.
    pub(super) fn reasons(&self) -> Vec<String> {
        let of_answers =
            |name: &str| self.comparison.answers.as_ref().is_some_and(|found| found.name == name);
        let drifted = self.comparison.drifted().map(|finding| {
            let what = if of_answers(&finding.name) { "the predictions of " } else { "" };
            format!("{what}{}: {}", finding.name, moved(finding, &self.thresholds).join(", "))
        });
        let score =
            self.score.as_ref().and_then(|score| score.as_ref().ok()).filter(|score| score.has_dropped);
        let dropped = score.map(|score| {
            format!("the {} grew from {} to {}", score.loss.name(), figure(score.before), figure(score.now))
        });
        drifted.chain(dropped).collect()
    }
}

/// What has moved in a column, for where its figures stand beside it.
pub(super) fn briefly(finding: &Finding) -> String {
    let mut words: Vec<&str> = finding.causes.iter().map(|cause| word(*cause)).collect();
    words.dedup();
    words.join(", ")
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Psi | Cause::Ks | Cause::Js => "distribution",
        Cause::Missing => "missing values",
        Cause::NewLevels => "new levels",
        Cause::OutOfRange => "out of range",
    }
}

/// What has moved in a column, each with its measures beside their thresholds.
fn moved(finding: &Finding, thresholds: &Thresholds) -> Vec<String> {
    let measure = |cause: &Cause| {
        let above = |name: &str, found: f64, threshold: f64| Some(format!("{name} {found:.3} > {threshold}"));
        match cause {
            Cause::Psi => above("PSI", finding.shift(), thresholds.psi),
            Cause::Ks => above("KS", finding.ks.unwrap_or_default(), thresholds.ks),
            Cause::Js => above("JS", finding.js, thresholds.js),
            Cause::Missing | Cause::NewLevels | Cause::OutOfRange => None,
        }
    };
    let share = |share: f64| format!("{:.2} %", share * 100.0);
    let allowed = |share: f64| format!("{} %", value(share * 100.0));
    let measures: Vec<String> = finding.causes.iter().filter_map(measure).collect();
    let mut words = Vec::new();
    if !measures.is_empty() {
        words.push(format!("distribution moved ({})", measures.join(", ")));
    }
    words.extend(finding.causes.iter().filter_map(|cause| match cause {
        Cause::Psi | Cause::Ks | Cause::Js => None,
        Cause::Missing => Some(format!(
            "missing values from {} to {} (by more than {})",
            share(finding.missing_before),
            share(finding.missing_now),
            allowed(thresholds.missing)
        )),
        Cause::NewLevels => {
            Some(format!("levels never seen ({} > {})", share(finding.outside), allowed(thresholds.outside)))
        }
        Cause::OutOfRange => Some(format!(
            "values out of range ({} > {})",
            share(finding.outside),
            allowed(thresholds.outside)
        )),
    }));
    words
}

#[cfg(test)]
mod tests {
    use drift::Verdict;

    use super::*;

    #[test]
    fn every_cause_is_told_with_its_figure_and_its_threshold() {
        let finding = |causes: &[Cause]| Finding {
            name: "a".into(),
            psi: 0.35,
            chance: 0.04,
            ks: Some(0.234),
            js: 0.3,
            missing_before: 0.03,
            missing_now: 0.12,
            outside: 0.048,
            causes: causes.into(),
            verdict: Verdict::Drifted,
            bars: Vec::new(),
        };
        let check = |causes: &[Cause], brief: &str, expected: &[&str]| {
            let finding = finding(causes);
            assert_eq!(briefly(&finding), brief);
            assert_eq!(moved(&finding, &Thresholds::default()), expected);
        };
        check(
            &[Cause::Psi, Cause::Ks, Cause::Js],
            "distribution",
            &["distribution moved (PSI 0.310 > 0.25, KS 0.234 > 0.2, JS 0.300 > 0.2)"],
        );
        check(
            &[Cause::Ks, Cause::Missing, Cause::OutOfRange],
            "distribution, missing values, out of range",
            &[
                "distribution moved (KS 0.234 > 0.2)",
                "missing values from 3.00 % to 12.00 % (by more than 5 %)",
                "values out of range (4.80 % > 2 %)",
            ],
        );
        check(&[Cause::NewLevels], "new levels", &["levels never seen (4.80 % > 2 %)"]);
    }
}
