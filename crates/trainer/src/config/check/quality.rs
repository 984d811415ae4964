//! Rules about the metrics and the bounds on them.

use super::Problems;
use crate::config::path::Path;
use crate::config::typed::{self, MeasuredBy, TaskName};
use crate::config::{Bound, Problem, QualityGate};

const NO_INTERVALS: &str = "there are no prediction intervals; set model.interval, for example to 0.9";
const OUT_OF_BAG_CALIBRATES: &str =
    "the out-of-bag rows calibrate the intervals; use \"test\" or \"cross_validation\"";

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Vec<QualityGate> {
    stratify(config, problems);
    for (index, metric) in config.metrics.iter().flatten().enumerate() {
        if let Some(task) = config.target.task
            && task != metric.task()
        {
            problems.add([&"metrics", &index], wrong_task(*metric, task));
        }
        if metric.is_of_intervals() && config.model.interval.is_none() {
            problems.add([&"metrics", &index], NO_INTERVALS);
        }
    }
    let place = Path::from_iter(["quality_gate"]);
    match &config.quality_gate {
        None => Vec::new(),
        Some(typed::Gates::One(one)) => gate(config, one, &place, problems).into_iter().collect(),
        Some(typed::Gates::All(all)) => all
            .iter()
            .enumerate()
            .flat_map(|(index, one)| gate(config, one, &place.then(index), problems))
            .collect(),
    }
}

fn stratify(config: &typed::Config, problems: &mut Problems) {
    if !config.split.stratify {
        return;
    }
    if !config.split.shuffle {
        problems.add([&"split", &"stratify"], "needs split.shuffle to be true");
    }
    if config.target.task == Some(TaskName::Regression) || config.target.minutes_between.is_some() {
        problems.add([&"split", &"stratify"], "needs classes, but the task is regression");
    }
}

fn gate(
    config: &typed::Config,
    typed: &typed::Gate,
    place: &Path,
    problems: &mut Problems,
) -> Vec<QualityGate> {
    let mut problem = |path: Path, message: String| problems.0.push(Problem { path, message });
    if let Some(task) = config.target.task
        && task != typed.metric.task()
    {
        problem(place.then("metric"), wrong_task(typed.metric, task));
    }
    if typed.metric.is_of_intervals() {
        if config.model.interval.is_none() {
            problem(place.then("metric"), NO_INTERVALS.into());
        }
        if typed.evaluation == MeasuredBy::OutOfBag {
            problem(place.then("evaluation"), OUT_OF_BAG_CALIBRATES.into());
        }
    }
    let missing = match typed.evaluation {
        MeasuredBy::Test if config.split.test_ratio == 0.0 => Some(
            "nothing is held out since split.test_ratio is 0; use \"cross_validation\" or \"out_of_bag\"",
        ),
        MeasuredBy::CrossValidation if config.cross_validation.is_none() => {
            Some("there is no cross_validation; add {\"cross_validation\": {\"folds\": 5}}")
        }
        MeasuredBy::OutOfBag if !config.model.oob_score && !typed.metric.is_of_intervals() => {
            Some("there is no out-of-bag score; set model.oob_score to true")
        }
        _ => None,
    };
    if let Some(missing) = missing {
        problem(place.then("evaluation"), missing.into());
    }
    if typed.minimum.is_none() && typed.maximum.is_none() {
        let key = if typed.metric.larger_is_better() { "minimum" } else { "maximum" };
        problem(
            place.clone(),
            format!("needs a bound: `{key}`, since this is about {}", typed.metric.name()),
        );
    }
    let bounds = [typed.minimum.map(Bound::Minimum), typed.maximum.map(Bound::Maximum)];
    bounds
        .into_iter()
        .flatten()
        .map(|bound| QualityGate { metric: typed.metric, bound, evaluation: typed.evaluation })
        .collect()
}

pub(super) fn wrong_task(metric: typed::Metric, task: TaskName) -> String {
    format!("{} measures a {}, but the task is {}", metric.name(), metric.task().name(), task.name())
}
