//! The step from the config as typed to the checked one: the rules that one key's type and range cannot say.

mod data;
mod features;
mod model;
mod quality;
mod registry;
mod report;
mod target;
mod tune;

use model_core::header;

use super::path::{Path, Step};
use super::{Config, typed};

/// Something wrong with a config, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key in question.
    pub path: Path,
    /// What is wrong, and the cure where there is one.
    pub message: String,
}

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add<const N: usize>(&mut self, path: [&dyn ToStep; N], message: impl Into<String>) {
        let path = path.into_iter().map(ToStep::step).collect();
        self.0.push(Problem { path, message: message.into() });
    }
}

/// A key or an index, so that a path can be written as `[&"features", &2, &"kind"]`.
trait ToStep {
    fn step(&self) -> Step;
}

impl ToStep for &str {
    fn step(&self) -> Step {
        (*self).into()
    }
}

impl ToStep for usize {
    fn step(&self) -> Step {
        (*self).into()
    }
}

/// Checks a config. `default_name` is the name of its file without the extension.
///
/// # Errors
/// All problems that are found.
pub(super) fn check(typed: typed::Config, default_name: &str) -> Result<Config, Vec<Problem>> {
    let mut problems = Problems::default();
    let name = name(&typed, default_name, &mut problems);
    let data = data::check(&typed.data, &mut problems);
    let target = target::check(&typed, &mut problems);
    let features = features::check(&typed, &mut problems);
    let model = model::check(&typed, &mut problems);
    let quality_gates = quality::check(&typed, &mut problems);
    let registry = registry::check(&typed, &mut problems);
    let report = report::check(&typed, &mut problems);
    let tune = tune::check(&typed, &mut problems);
    if typed.pretrained.is_some() && typed.cross_validation.is_some() {
        problems.add(
            [&"pretrained"],
            "cross_validation trains forests from nothing and says nothing of one that is continued; remove either",
        );
    }
    match (data, target) {
        (Some(data), Some(target)) if problems.0.is_empty() => {
            let title = typed.title.clone().unwrap_or_else(|| name.clone());
            Ok(Config {
                app: header::App {
                    title: typed.app.title.clone().unwrap_or_else(|| title.clone()),
                    description: typed.app.description.clone().unwrap_or_else(|| typed.description.clone()),
                    version: typed.app.version.clone(),
                },
                name,
                title,
                description: typed.description.clone(),
                data,
                target,
                features,
                split: typed.split.clone(),
                folds: typed.cross_validation.as_ref().map(|cross_validation| cross_validation.folds),
                model,
                pretrained: typed.pretrained.as_ref().map(Into::into),
                metrics: typed.metrics.clone(),
                output_dir: typed.output.dir.clone().into(),
                quality_gates,
                registry,
                report,
                serving: serving(&typed.serving),
                tune,
                typed,
            })
        }
        _ => Err(problems.0),
    }
}

fn name(typed: &typed::Config, default_name: &str, problems: &mut Problems) -> String {
    let name = match &typed.name {
        Some(name) => name.clone(),
        None => default_name.to_ascii_lowercase(),
    };
    let mut characters = name.chars();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !characters.next().is_some_and(plain) || !characters.all(|c| plain(c) || matches!(c, '-' | '_')) {
        let source = if typed.name.is_some() { "" } else { ", taken from the name of the config file" };
        problems.add(
            [&"name"],
            format!("expected lower-case letters, digits, `-` and `_`, a letter or digit first, found {name:?}{source}"),
        );
    }
    name
}

fn serving(typed: &typed::Serving) -> header::Serving {
    header::Serving {
        response_field: typed.response_field.clone(),
        label_template: typed.label_template.clone(),
        class_answer: match typed.class_answer {
            typed::ClassAnswer::Value => header::ClassAnswer::Value,
            typed::ClassAnswer::Name => header::ClassAnswer::Name,
        },
        strict: typed.strict,
    }
}
