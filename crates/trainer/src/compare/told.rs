//! A ranking as a table, and as a document for programs.

use serde_json::{Value, json};

use super::{Place, Ranking};
use crate::report::{align_right, figure, grid};

/// Above the columns of a ranking.
pub(super) const TITLES: [&str; 6] =
    ["candidate", "score ± sd", "difference (95 % interval)", "p95 ms", "MB", "verdict"];

/// For people.
pub(crate) fn summary(ranking: &Ranking) -> String {
    let mut table = grid();
    table.set_header(TITLES);
    for place in &ranking.places {
        table.add_row(cells(ranking, place));
    }
    align_right(&mut table);
    format!("{}\n{}\n{}\n", ranking.ground(), table.trim_fmt(), ranking.outcome())
}

/// The cells of a candidate.
pub(super) fn cells(ranking: &Ranking, place: &Place) -> Vec<String> {
    let metric = ranking.metric.name();
    let of_folds = |values: &std::collections::BTreeMap<String, f64>| {
        values.get(metric).copied().map_or("–".into(), figure)
    };
    let measured = |name: &str| place.quantities.get(name).copied().map_or("–".into(), figure);
    vec![
        place.name.clone(),
        format!("{} ± {}", of_folds(&place.metrics.mean), of_folds(&place.metrics.standard_deviation)),
        place.against_best.as_ref().map_or("–".into(), crate::retrain::Comparison::in_words),
        measured("p95_latency_ms"),
        measured("artifact_mb"),
        place.verdict(),
    ]
}

/// For programs.
pub(crate) fn document(ranking: &Ranking) -> Value {
    let required: Vec<String> = ranking.requirements.iter().map(ToString::to_string).collect();
    json!({
        "metric": ranking.metric.name(),
        "larger_is_better": ranking.metric.larger_is_better(),
        "error": ranking.loss.name(),
        "folds": ranking.folds,
        "rows": ranking.rows,
        "training_rows": ranking.of,
        "required": required,
        "best": ranking.best().map(|place| &place.name),
        "absent": ranking.absent.iter().map(|absent| json!({"name": absent.name, "reason": absent.reason})).collect::<Vec<_>>(),
        "candidates": ranking.places.iter().map(|place| place.document(ranking.metric)).collect::<Vec<_>>(),
    })
}

impl Ranking {
    /// What was compared on what.
    pub(super) fn ground(&self) -> String {
        let better = if self.metric.larger_is_better() { "larger" } else { "smaller" };
        let rows = match self.rows == self.of {
            true => format!("{} training rows", self.rows),
            false => format!("{} of {} training rows", self.rows, self.of),
        };
        format!(
            "{} of {rows}, {} folds, {better} is better; differences of the {} to the best, row by row",
            self.metric.name(),
            self.folds,
            self.loss.name()
        )
    }

    /// What was found, in a sentence or two.
    pub(super) fn outcome(&self) -> String {
        let Some(best) = self.best() else { return "No config keeps what is required.".into() };
        let mut text = format!("Best: {}.", best.name);
        let equal: Vec<&str> = self
            .places
            .iter()
            .filter(|place| !place.is_baseline && place.objections.is_empty())
            .filter(|place| place.verdict() == "not told apart")
            .map(|place| place.name.as_str())
            .collect();
        if !equal.is_empty() {
            text.push_str(&format!(" These rows do not tell it from {}.", equal.join(", ")));
        }
        let simple = self.places.iter().find(|place| place.is_baseline);
        if let Some(simple) = simple.filter(|simple| simple.verdict() != "worse") {
            text.push_str(&format!(" It is not shown to be better than {}.", simple.name));
        }
        for absent in &self.absent {
            text.push_str(&format!(" Without {}: {}.", absent.name, absent.reason));
        }
        text
    }
}
