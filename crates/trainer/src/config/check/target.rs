//! Rules about the target.

use super::Problems;
use crate::config::typed::{self, TaskName};
use crate::config::{Target, TargetSource};

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Option<Target> {
    let typed = &config.target;
    let source = source(typed, problems);
    if let (Some(minimum), Some(maximum)) = (typed.minimum, typed.maximum)
        && minimum > maximum
    {
        problems
            .add([&"target", &"minimum"], format!("the minimum {minimum} is above the maximum {maximum}"));
    }
    match typed.task {
        Some(TaskName::Regression) if !typed.labels.is_empty() => {
            problems.add([&"target", &"labels"], "labels name classes, but the task is regression");
        }
        Some(TaskName::Classification) => {
            for (key, given) in [("minimum", typed.minimum), ("maximum", typed.maximum)] {
                if given.is_some() {
                    problems.add(
                        [&"target", &key],
                        "a kept range needs the task regression; use data.filters to keep some classes",
                    );
                }
            }
            if typed.minutes_between.is_some() {
                problems.add([&"target", &"task"], "minutes between two columns are a regression");
            }
        }
        _ => {}
    }
    Some(Target {
        source: source?,
        task: typed.task,
        minimum: typed.minimum,
        maximum: typed.maximum,
        labels: typed.labels.clone(),
        unit: typed.unit.clone(),
        description: typed.description.clone(),
    })
}

fn source(typed: &typed::Target, problems: &mut Problems) -> Option<TargetSource> {
    match (&typed.column, &typed.minutes_between) {
        (Some(_), Some(_)) => {
            problems.add(
                [&"target", &"minutes_between"],
                "the target is a column or derived, not both; remove column or minutes_between",
            );
            None
        }
        (None, None) => {
            problems.add(
                [&"target"],
                "needs the column that is predicted: {\"column\": \"...\"}, or {\"name\": \"...\", \
                 \"minutes_between\": [\"start column\", \"end column\"]}",
            );
            None
        }
        (Some(column), None) => {
            if typed.name.is_some() {
                problems.add(
                    [&"target", &"name"],
                    "a name is for a derived target only; the column names this one",
                );
            }
            Some(TargetSource::Column(column.clone()))
        }
        (None, Some(columns)) => {
            let Some(name) = typed.name.clone() else {
                problems.add([&"target"], "a derived target needs a name");
                return None;
            };
            let [start, end] = columns.as_slice() else {
                problems.add(
                    [&"target", &"minutes_between"],
                    format!("expected two columns, [start, end], found {}", columns.len()),
                );
                return None;
            };
            if start == end {
                problems.add(
                    [&"target", &"minutes_between", &1],
                    "the same column as the start; the time between them is always 0",
                );
            }
            Some(TargetSource::MinutesBetween { name, start: start.clone(), end: end.clone() })
        }
    }
}
