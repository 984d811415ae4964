//! Rules about what is searched.

use serde_json::{Value, json};

use super::{Problems, quality};
use crate::config::schema_check;
use crate::config::typed::{self, Choice};
use crate::config::{Dimension, Domain, Tune};

/// The keys of `model` that make a better or worse forest of the same data. A seed is none of them: who searches for one
/// finds luck.
const SEARCHABLE: [&str; 14] = [
    "algorithm",
    "bootstrap",
    "class_weight",
    "criterion",
    "max_bins",
    "max_depth",
    "max_features",
    "max_leaf_nodes",
    "max_samples",
    "min_impurity_decrease",
    "min_samples_leaf",
    "min_samples_split",
    "n_estimators",
    "tree_method",
];

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Tune {
    let typed = config.tune.clone().unwrap_or_default();
    if let Some(metric) = typed.metric {
        let path: [&dyn super::ToStep; 2] = [&"tune", &"metric"];
        if let Some(task) = config.target.task.filter(|task| *task != metric.task()) {
            problems.add(path, quality::wrong_task(metric, task));
        } else if metric.is_of_intervals() {
            problems
                .add(path, "wide intervals cover much and narrow ones little: neither is a better forest");
        }
    }
    if typed.space.as_ref().is_some_and(std::collections::BTreeMap::is_empty) {
        problems.add([&"tune", &"space"], "searches nothing; name a key, or remove it for a default space");
    }
    let dimensions = |space: std::collections::BTreeMap<String, Choice>| {
        space.into_iter().filter_map(|(key, choice)| dimension(&key, choice, problems)).collect()
    };
    Tune {
        space: typed.space.map(dimensions),
        metric: typed.metric,
        trials: typed.trials,
        folds: typed.folds,
        sampler: typed.sampler,
        seed: typed.seed,
    }
}

fn dimension(path: &str, choice: Choice, problems: &mut Problems) -> Option<Dimension> {
    let mut problem = |message: String| problems.add([&"tune", &"space", &path], message);
    let key = path.strip_prefix("model.").filter(|key| SEARCHABLE.contains(key));
    let Some(key) = key else {
        problem(format!("is not searched; known are the keys of model: {}", SEARCHABLE.join(", ")));
        return None;
    };
    let (domain, tried) = match choice {
        Choice::Values(values) => {
            let values: Vec<Value> = values.into_iter().map(|value| json!(value)).collect();
            if (1..values.len()).any(|place| values[..place].contains(&values[place])) {
                problem("holds a value twice".into());
                return None;
            }
            (Domain::Values(values.clone()), values)
        }
        Choice::Range(range) => {
            let typed::Range { minimum, maximum, log, whole } = range;
            if minimum >= maximum {
                problem(format!("expected a minimum below the maximum, found {minimum} and {maximum}"));
                return None;
            }
            if log && minimum <= 0.0 {
                problem(format!("expected a minimum above 0 for a range with log, found {minimum}"));
                return None;
            }
            let exact = |end: f64| end.fract() == 0.0 && end.abs() <= f64::from(u32::MAX);
            if whole && !(exact(minimum) && exact(maximum)) {
                problem(format!("expected whole numbers as its ends, found {minimum} and {maximum}"));
                return None;
            }
            let end = |end: f64| if whole { json!(end as i64) } else { json!(end) };
            (Domain::Range(range), vec![end(minimum), end(maximum)])
        }
    };
    for value in &tried {
        let invalid = schema_check::check(&json!({"model": {key: value}})).invalid;
        if let Some(found) = invalid.into_iter().find(|found| found.path.to_string().starts_with("model.")) {
            let cure = match &domain {
                Domain::Range(range) if !range.whole && range.minimum >= 1.0 => "; set whole to true",
                _ => "",
            };
            problem(format!("cannot be tried: model.{key} {}{cure}", found.message));
            return None;
        }
    }
    Some(Dimension { key: key.into(), domain })
}
