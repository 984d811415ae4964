//! A search in a few lines, and as a document for programs.

use serde_json::{Value, json};

use super::importance::importance;
use super::trial::{State, Trial};
use super::{Search, is_better};
use crate::report::{align_right, figure, grid};

/// Trials that the summary shows.
const SHOWN: usize = 5;

/// For people.
pub(crate) fn summary(search: &Search) -> String {
    let mut text = format!(
        "{} trials of {} on {} training rows, {} folds: {}\n",
        search.trials.len(),
        search.name,
        search.rows,
        search.folds,
        search.counted()
    );
    let keys: Vec<String> = search.space.dimensions.iter().map(|dimension| dimension.key.clone()).collect();
    let mut table = grid();
    table.set_header(
        ["trial".into(), format!("{} ± sd", search.metric.name())].into_iter().chain(keys.iter().cloned()),
    );
    for trial in search.ranked().into_iter().take(SHOWN) {
        table.add_row(row(trial));
    }
    let is_shown = search.ranked().iter().take(SHOWN).any(|trial| trial.number == 0);
    if let Some(default) = search.trials.first().filter(|_| !is_shown) {
        table.add_row(row(default));
    }
    align_right(&mut table);
    text.push_str(&format!("{}\n", table.trim_fmt()));
    if let Some(shares) = importance(search) {
        let mut shares: Vec<(String, f64)> = keys.into_iter().zip(shares).collect();
        shares.sort_by(|one, other| other.1.total_cmp(&one.1));
        let words = shares.iter().map(|(key, share)| format!("{key} {:.0} %", share * 100.0));
        text.push_str(&format!("What mattered: {}\n", words.collect::<Vec<_>>().join(", ")));
    }
    text.push_str(&format!("{}\n", search.outcome()));
    text
}

/// For programs.
pub(crate) fn document(search: &Search) -> Value {
    let importance = importance(search).map(|shares| {
        let keys = search.space.dimensions.iter().map(|dimension| format!("model.{}", dimension.key));
        Value::Object(keys.zip(shares.into_iter().map(Value::from)).collect())
    });
    json!({
        "model": search.name,
        "metric": search.metric.name(),
        "larger_is_better": search.metric.larger_is_better(),
        "rows": search.rows,
        "folds": search.folds,
        "ended": search.ended,
        "space": search.space.document(),
        "default": search.trials.first(),
        "best": search.best(),
        "importance": importance,
        "trials": search.trials,
    })
}

/// The cells of a trial: its name, its score, its values.
pub(super) fn row(trial: &Trial) -> Vec<String> {
    let name = match trial.number {
        0 => "as it stands".into(),
        number => number.to_string(),
    };
    let score = match (trial.state, trial.score) {
        (State::Complete, Some(score)) => format!("{} ± {}", figure(score), figure(trial.deviation())),
        (State::Pruned, Some(score)) => format!("{} on {} folds", figure(score), trial.folds.len()),
        _ => "refused".into(),
    };
    [name, score].into_iter().chain(trial.params.values().map(in_words)).collect()
}

/// A value as a person writes it.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Search {
    /// The trials that went over all folds, the best first.
    pub(super) fn ranked(&self) -> Vec<&Trial> {
        let mut ranked: Vec<&Trial> =
            self.trials.iter().filter(|trial| trial.state == State::Complete).collect();
        ranked.sort_by(|one, other| {
            let (one, other) = (one.score.unwrap_or(f64::NAN), other.score.unwrap_or(f64::NAN));
            match self.metric.larger_is_better() {
                true => other.total_cmp(&one),
                false => one.total_cmp(&other),
            }
        });
        ranked
    }

    /// How many trials ended in which way.
    pub(super) fn counted(&self) -> String {
        let count = |state| self.trials.iter().filter(|trial| trial.state == state).count();
        let (complete, pruned, refused) =
            (count(State::Complete), count(State::Pruned), count(State::Refused));
        let refused = if refused > 0 { format!(", {refused} refused") } else { String::new() };
        format!("{complete} complete, {pruned} given up early{refused}; {}", self.ended)
    }

    /// What was found, in a sentence.
    pub(super) fn outcome(&self) -> String {
        let (Some(best), Some(default)) = (self.best(), self.trials.first()) else {
            return "Nothing was tried.".into();
        };
        let (Some(found), Some(before)) = (best.score, default.score) else {
            return "Nothing was measured.".into();
        };
        let metric = self.metric.name();
        if best.number == 0 || !is_better(self.metric, found, before) {
            return format!("Nothing was better than the config as it stands: {metric} {}.", figure(before));
        }
        format!(
            "Trial {} is the best: {metric} {} where the config as it stands has {}. The best of many is lucky, too: \
             the rows that are held out, which took no part, tell what it is worth.",
            best.number,
            figure(found),
            figure(before)
        )
    }
}
