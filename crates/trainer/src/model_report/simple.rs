//! The model beside simple ones, on the same rows: what it is worth that it is not simple.

use std::collections::BTreeMap;

use forest::Forest;
use model_core::profile::Distribution;
use model_core::{Encoder, Model, Scores};
use serde_json::{Value, json};

use super::Subject;
use super::training_side::TrainingSide;
use super::tree_picture::single_tree;
use crate::baselines::{Baseline, DEPTH};
use crate::config::{Metric, TaskName};
use crate::evaluation::scorecard;
use crate::picture::bars;
use crate::report::page::{Figure, Part};
use crate::report::{align_right, figure, grid};
use crate::retrain::{Comparison, Loss};

/// Simple models, the simplest first.
pub(super) struct SimpleModels {
    models: Vec<SimpleModel>,
    /// The tree among them, with the encoder of its rows.
    tree: Option<(Forest, Encoder)>,
    /// What they learned from, or why some are not there, in words.
    note: String,
}

struct SimpleModel {
    name: &'static str,
    metrics: BTreeMap<String, f64>,
    /// Row by row against the model of the report, which takes the place of the champion.
    against: Comparison,
}

impl SimpleModels {
    pub(super) fn none() -> Self {
        Self { models: Vec::new(), tree: None, note: String::new() }
    }

    /// Learns them from the training side of the model, or says why there is none, and asks them the rows of the report. The constant
    /// is always there, since the artifact knows the distribution of the target.
    pub(super) fn learn(subject: &Subject, training: &Result<TrainingSide, String>) -> Self {
        let mut found = Self::none();
        found.push(subject, Baseline::Constant, &constant(subject));
        match training {
            Ok(side) => found.learn_others(subject, side),
            Err(reason) => found.note = format!("The other simple models are not shown: {reason}."),
        }
        found
    }

    fn learn_others(&mut self, subject: &Subject, side: &TrainingSide) {
        let TrainingSide { part, fold } = side;
        let learned = fold.trained_len();
        self.note = match learned < part.len() {
            true => {
                format!("They learned from {learned} of the {} training rows, which were drawn.", part.len())
            }
            false => format!("They learned from the same {learned} rows."),
        };
        for baseline in [Baseline::Linear, Baseline::Tree] {
            match baseline.answers(part, fold, &subject.rows) {
                Ok(answered) => {
                    self.push(subject, baseline, &answered.scores);
                    self.tree = answered.tree.map(|tree| (tree, fold.encoder().clone()));
                }
                Err(reason) => {
                    let name = baseline.name(part.task());
                    self.note.push_str(&format!(" Without {name}: {reason}."));
                }
            }
        }
    }

    fn push(&mut self, subject: &Subject, baseline: Baseline, scores: &Scores) {
        let task = &subject.model.schema().target.task;
        let loss = Loss::of(&subject.config, task);
        let [own, other] = [&subject.scores, scores].map(|scores| loss.of_rows(&subject.truth, scores));
        self.models.push(SimpleModel {
            name: baseline.name(task),
            metrics: scorecard(task, &subject.truth, scores).metrics,
            against: Comparison::paired(loss, &own, &other, subject.config.split.seed),
        });
    }

    fn outcome(&self) -> String {
        let equal: Vec<&str> =
            self.models.iter().filter(|model| model.against.lower <= 0.0).map(|model| model.name).collect();
        match equal.is_empty() {
            true => "The forest errs less than each of them.".into(),
            false => format!("The forest is not shown to be better than {}.", equal.join(" and ")),
        }
    }
}

/// The outcome as a figure; nothing where no simple model stands beside the model.
pub(super) fn figure_of(subject: &Subject) -> Option<Figure> {
    let simple = &subject.simple;
    let is_better = simple.models.iter().all(|model| model.against.lower > 0.0);
    (!simple.models.is_empty()).then(|| Figure {
        name: "beside simple models".into(),
        value: if is_better { "better".into() } else { "not told apart".into() },
        note: simple.outcome(),
    })
}

/// What who always gives the same answer would say: the mean of the training rows, or the shares of their classes.
fn constant(subject: &Subject) -> Scores {
    let answer = match &subject.model.profile().target {
        Distribution::Numeric(numeric) => vec![numeric.mean],
        Distribution::Levels { counts, .. } => {
            let all = counts.iter().sum::<u64>().max(1) as f64;
            counts.iter().map(|&count| count as f64 / all).collect()
        }
    };
    Scores::new(answer.len(), answer.repeat(subject.truth.len()))
}

/// The metrics that are shown.
pub(super) fn metrics(subject: &Subject) -> Vec<Metric> {
    let known = |metric: &Metric| subject.card.metrics.contains_key(metric.name());
    Metric::ALL.into_iter().filter(|metric| !metric.is_of_intervals()).filter(known).collect()
}

/// The part of the report.
pub(super) fn parts(subject: &Subject, picture: impl Fn(&str, String, String) -> Part) -> Vec<Part> {
    let simple = &subject.simple;
    let shown = metrics(subject);
    let value = |metrics: &BTreeMap<String, f64>, metric: &Metric| {
        metrics.get(metric.name()).map_or_else(|| "–".into(), |value| figure(*value))
    };
    let cells = |name: &str, metrics: &BTreeMap<String, f64>, last: [String; 2]| {
        let values = shown.iter().map(|metric| value(metrics, metric));
        [name.to_owned()].into_iter().chain(values).chain(last).collect::<Vec<_>>()
    };
    let mut rows = vec![cells("the forest", &subject.card.metrics, ["–".into(), "–".into()])];
    rows.extend(simple.models.iter().map(|model| {
        cells(model.name, &model.metrics, [model.against.in_words(), model.against.verdict().into()])
    }));
    let mut titles = vec!["model"];
    titles.extend(shown.iter().map(|metric| metric.name()));
    titles.extend(["difference (95 % interval)", "verdict"]);
    let loss = Loss::of(&subject.config, &subject.model.schema().target.task).name();
    let mut parts = vec![
        Part::Paragraph(format!(
            "{} {} The difference is that of the {loss} to the forest's, on the same rows, with the interval of a paired bootstrap.",
            simple.outcome(),
            simple.note
        )),
        Part::table(titles, rows),
    ];
    let leading = leading(subject);
    let of = |name: &str, metrics: &BTreeMap<String, f64>| {
        metrics.get(leading.name()).map(|&score| (name.to_owned(), score, figure(score)))
    };
    let scores: Vec<_> = of("the forest", &subject.card.metrics)
        .into_iter()
        .chain(simple.models.iter().filter_map(|model| of(model.name, &model.metrics)))
        .collect();
    if scores.len() > 1 {
        let better = if leading.larger_is_better() { "larger" } else { "smaller" };
        parts.push(picture(
            "simple",
            bars(&format!("{} of the forest and of simple models", leading.name()), &scores),
            format!("{} on the same rows, {better} is better.", leading.name()),
        ));
    }
    if let Some((tree, encoder)) = &simple.tree {
        parts.push(picture(
            "single-tree",
            single_tree(tree, encoder),
            format!("The top of the one decision tree of depth {DEPTH} that the forest is held against."),
        ));
    }
    parts
}

/// The metric that the config is about, where it was measured.
pub(super) fn leading(subject: &Subject) -> Metric {
    let leading = subject.config.leading_metric(TaskName::of(&subject.model.schema().target.task));
    let known = metrics(subject);
    match known.first() {
        Some(&first) if !known.contains(&leading) => first,
        _ => leading,
    }
}

/// For the terminal; empty where nothing stands beside the model.
pub(super) fn told(subject: &Subject) -> String {
    let leading = leading(subject).name();
    let of = |metrics: &BTreeMap<String, f64>| {
        metrics.get(leading).map_or_else(|| "–".into(), |value| figure(*value))
    };
    let mut table = grid();
    table.set_header(["beside simple models", leading, "difference (95 % interval)", "verdict"]);
    table.add_row(["the forest".to_owned(), of(&subject.card.metrics), "–".into(), "–".into()]);
    for model in &subject.simple.models {
        let against = &model.against;
        table.add_row([model.name.into(), of(&model.metrics), against.in_words(), against.verdict().into()]);
    }
    align_right(&mut table);
    format!("{}\n{}\n", table.trim_fmt(), subject.simple.outcome())
}

/// For programs.
pub(super) fn document(subject: &Subject) -> Value {
    let models = subject.simple.models.iter().map(|model| {
        json!({
            "name": model.name, "metrics": model.metrics, "error": model.against.loss.name(),
            "difference": model.against.difference(), "interval": [model.against.lower, model.against.upper],
            "verdict": model.against.verdict(),
        })
    });
    json!({"note": subject.simple.note, "models": models.collect::<Vec<_>>()})
}
