//! `trainer compare`: several configs on the same folds of the training part, and simple models beside them.
//!
//! One metric ranks. What has to be kept besides, a latency or a size, is a bound and no part of the score: a config that misses one
//! is shown and not ranked. The rows that are held out take no part.

use std::collections::BTreeMap;

use model_core::header::CrossValidation;
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::{CompareArgs, Reporting};
use crate::baselines::Baseline;
use crate::config::{Config, Metric, TaskName};
use crate::error::Error;
use crate::pipeline::TrainingPart;
use crate::progress::{Bar, Progress};
use crate::retrain::{Comparison, Loss};
use crate::standard_output::{print, print_fitted};

mod contestant;
mod measured;
mod report;
mod requirement;
mod told;

use contestant::{Absent, Contestant, Entry, Race};
use requirement::Requirement;

/// Most candidates.
const MOST: usize = 200;

/// Why nothing was ranked.
#[derive(Debug, Error)]
pub enum CompareError {
    /// An argument makes no sense.
    #[error("{argument}: {problem}")]
    Argument {
        /// The argument.
        argument: String,
        /// What is wrong.
        problem: String,
    },
    /// A candidate would be compared on something else.
    #[error("{one} and {other} cannot be compared: {what}")]
    Different {
        /// The first candidate.
        one: String,
        /// The one that differs.
        other: String,
        /// In what.
        what: String,
    },
    /// The metric has no value.
    #[error("{metric} has no value for {candidate} on fold {fold}; use another metric or fewer folds")]
    NotMeasured {
        /// The metric.
        metric: &'static str,
        /// The candidate.
        candidate: String,
        /// The fold, from 1.
        fold: usize,
    },
    /// No candidate keeps the bounds.
    #[error("no config keeps what is required:\n{}", reasons.join("\n"))]
    NoneEligible {
        /// Each candidate with its first objection.
        reasons: Vec<String>,
    },
}

/// What was compared, the best first.
pub(crate) struct Ranking {
    metric: Metric,
    loss: Loss,
    folds: u32,
    rows: usize,
    /// Rows of the whole training part.
    of: usize,
    requirements: Vec<Requirement>,
    places: Vec<Place>,
    /// Baselines that are not among them.
    absent: Vec<Absent>,
}

/// A candidate in the ranking.
pub(crate) struct Place {
    name: String,
    is_baseline: bool,
    /// Every metric over the folds.
    metrics: CrossValidation,
    /// Latency, size and the like; empty for a baseline.
    quantities: BTreeMap<String, f64>,
    /// What it misses.
    objections: Vec<String>,
    /// Against the winner, row by row; nothing for the winner, or without one.
    against_best: Option<Comparison>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &CompareArgs, reporting: Reporting) -> Result<(), Error> {
    let progress = Progress::new(reporting);
    let entries = entries(args)?;
    let first = &entries[0];
    let mut part = read(&first.config, args, &progress)?;
    let task = TaskName::of(part.task());
    let metric = metric(args, first, task)?;
    let requirements = requirements(args, task)?;
    let steps = u64::from(args.folds) * (entries.len() + Baseline::ALL.len()) as u64;
    let bar = progress.steps("comparing", steps);
    let race = Race { metric, folds: part.folds(&first.config, args.folds)? };
    let (mut contestants, mut absent) = (Vec::new(), Vec::new());
    for baseline in Baseline::ALL {
        match race.baseline(baseline, &part, &bar) {
            Ok(contestant) => contestants.push(contestant),
            Err(reason) => absent.push(Absent { name: baseline.name(part.task()), reason }),
        }
    }
    let mut of_part = first;
    let ground = part.ground();
    for entry in &entries {
        if entry.table() != of_part.table() {
            part = read(&entry.config, args, &progress)?;
            of_part = entry;
            if let Some(what) = part.ground().difference(&ground) {
                let (one, other) = (first.name.clone(), entry.name.clone());
                return Err(CompareError::Different { one, other, what: what.into() }.into());
            }
        }
        let folds = part.folds(&first.config, args.folds)?;
        contestants.push(Race { metric, folds }.entry(entry, &part, &bar)?);
    }
    bar.finish();
    let ranking = Ranking { absent, ..Ranking::of(contestants, &race, &part, &first.config, requirements) };
    tell(&ranking, args, reporting)?;
    ranking.check()?;
    Ok(())
}

fn tell(ranking: &Ranking, args: &CompareArgs, reporting: Reporting) -> Result<(), Error> {
    for path in &args.report {
        report::write(ranking, path)?;
    }
    if reporting.json {
        return print(&format!("{:#}\n", told::document(ranking)));
    }
    if !reporting.quiet {
        print_fitted(&told::summary(ranking))?;
        for path in &args.report {
            print(&format!("Report: {}\n", path.display()))?;
        }
    }
    Ok(())
}

fn read(config: &Config, args: &CompareArgs, progress: &Progress) -> Result<TrainingPart, Error> {
    if config.pretrained.is_some() {
        let problem = "a config that continues a model cannot be compared; remove pretrained".into();
        return Err(CompareError::Argument { argument: config.name.clone(), problem }.into());
    }
    let part = TrainingPart::read(config, progress)?;
    Ok(match args.sample {
        Some(rows) => part.sampled(rows as usize, config.split.seed),
        None => part,
    })
}

/// The configs, each with all combinations of what is varied.
fn entries(args: &CompareArgs) -> Result<Vec<Entry>, Error> {
    let mut variants: Vec<Vec<String>> = vec![Vec::new()];
    for argument in &args.vary {
        let wrong = || CompareError::Argument {
            argument: format!("--vary {argument}"),
            problem: "expected KEY=LIST with a list of values, for example model.max_depth=[4,8,null]".into(),
        };
        let (key, list) = argument.split_once('=').ok_or_else(wrong)?;
        let Ok(Value::Array(values)) = serde_json::from_str(list) else { return Err(wrong().into()) };
        let settings: Vec<String> = values.iter().map(|value| format!("{}={value}", key.trim())).collect();
        variants = variants
            .iter()
            .flat_map(|before| {
                settings.iter().map(|setting| before.iter().cloned().chain([setting.clone()]).collect())
            })
            .collect();
        if variants.is_empty() || variants.len() * args.conf.len() > MOST {
            return Err(CompareError::Argument {
                argument: format!("--vary {argument}"),
                problem: format!(
                    "makes {} candidates, expected 1 to {MOST}",
                    variants.len() * args.conf.len()
                ),
            }
            .into());
        }
    }
    let mut entries: Vec<Entry> = Vec::new();
    for path in &args.conf {
        for variant in &variants {
            let overrides: Vec<String> = args.set.iter().chain(variant).cloned().collect();
            let config = Config::read(path, &overrides)?;
            let stem = path.file_stem().map_or_else(|| "config".into(), |stem| stem.to_string_lossy());
            let mut name =
                [stem.into_owned()].into_iter().chain(variant.clone()).collect::<Vec<_>>().join(" ");
            let twins = entries.iter().filter(|entry| entry.name == name).count();
            if twins > 0 {
                name = format!("{name} ({})", path.display());
            }
            entries.push(Entry { name, config });
        }
    }
    Ok(entries)
}

fn metric(args: &CompareArgs, first: &Entry, task: TaskName) -> Result<Metric, CompareError> {
    let Some(name) = &args.metric else { return Ok(first.config.leading_metric(task)) };
    let usable: Vec<Metric> = ranking_metrics(task).collect();
    usable.iter().find(|metric| metric.name() == name).copied().ok_or_else(|| {
        let known: Vec<&str> = usable.iter().map(|metric| metric.name()).collect();
        let problem = format!("does not rank a {}; known are {}", task.name(), known.join(", "));
        CompareError::Argument { argument: format!("--metric {name}"), problem }
    })
}

fn ranking_metrics(task: TaskName) -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(move |metric| metric.task() == task && !metric.is_of_intervals())
}

fn requirements(args: &CompareArgs, task: TaskName) -> Result<Vec<Requirement>, CompareError> {
    let known: Vec<&str> =
        measured::QUANTITIES.into_iter().chain(ranking_metrics(task).map(Metric::name)).collect();
    let parse = |text: &String| {
        Requirement::parse(text, &known)
            .map_err(|problem| CompareError::Argument { argument: "--require".into(), problem })
    };
    args.require.iter().map(parse).collect()
}

impl Ranking {
    fn of(
        contestants: Vec<Contestant>,
        race: &Race,
        part: &TrainingPart,
        config: &Config,
        requirements: Vec<Requirement>,
    ) -> Self {
        let loss = Loss::of_metric(race.metric);
        let mut contestants: Vec<(Contestant, Vec<String>)> = contestants
            .into_iter()
            .map(|contestant| {
                let mut known = contestant.metrics.mean.clone();
                known.extend(contestant.quantities.clone());
                let objections = match contestant.is_baseline {
                    true => Vec::new(),
                    false => requirements.iter().filter_map(|required| required.objection(&known)).collect(),
                };
                (contestant, objections)
            })
            .collect();
        contestants.sort_by(|(one, _), (other, _)| {
            let [one, other] = [one, other].map(|contestant| contestant.score(race.metric));
            if race.metric.larger_is_better() { other.total_cmp(&one) } else { one.total_cmp(&other) }
        });
        let best =
            contestants.iter().position(|(contestant, missed)| !contestant.is_baseline && missed.is_empty());
        let errors = |contestant: &Contestant| loss.of_rows(&contestant.truth, &contestant.scores);
        let of_best = best.map(|best| errors(&contestants[best].0));
        let places = contestants.iter().enumerate().map(|(place, (contestant, objections))| Place {
            name: contestant.name.clone(),
            is_baseline: contestant.is_baseline,
            metrics: contestant.metrics.clone(),
            quantities: contestant.quantities.clone(),
            objections: objections.clone(),
            against_best: of_best
                .as_ref()
                .filter(|_| Some(place) != best)
                .map(|of_best| Comparison::paired(loss, of_best, &errors(contestant), config.split.seed)),
        });
        Self {
            metric: race.metric,
            loss,
            folds: race.folds.len() as u32,
            rows: part.len(),
            of: part.whole_len(),
            requirements,
            places: places.collect(),
            absent: Vec::new(),
        }
    }

    /// The config that wins.
    pub(crate) fn best(&self) -> Option<&Place> {
        self.places.iter().find(|place| !place.is_baseline && place.objections.is_empty())
    }

    /// # Errors
    /// When no config keeps what is required.
    fn check(&self) -> Result<(), CompareError> {
        if self.best().is_some() {
            return Ok(());
        }
        let configs = self.places.iter().filter(|place| !place.is_baseline);
        let reasons = configs.map(|place| format!("  {}: {}", place.name, place.objections.join("; ")));
        Err(CompareError::NoneEligible { reasons: reasons.collect() })
    }
}

impl Place {
    /// How it stands to the winner, in words.
    pub(crate) fn verdict(&self) -> String {
        if !self.objections.is_empty() {
            return format!("refused: {}", self.objections.join("; "));
        }
        match &self.against_best {
            None if self.is_baseline => "baseline".into(),
            None => "best".into(),
            Some(found) => found.verdict().into(),
        }
    }

    fn document(&self, metric: Metric) -> Value {
        let against = self.against_best.as_ref().map(|found| {
            json!({
                "error": found.loss.name(), "best": found.champion, "own": found.challenger,
                "difference": found.difference(), "interval": [found.lower, found.upper],
            })
        });
        json!({
            "name": self.name,
            "baseline": self.is_baseline,
            "score": self.metrics.mean.get(metric.name()),
            "standard_deviation": self.metrics.standard_deviation.get(metric.name()),
            "metrics": self.metrics.mean,
            "quantities": self.quantities,
            "objections": self.objections,
            "verdict": self.verdict(),
            "against_best": against,
        })
    }
}

impl From<CompareError> for String {
    fn from(error: CompareError) -> Self {
        error.to_string()
    }
}

/// Moves the bar on by a fold.
fn step(bar: &Bar) {
    bar.add(1);
}
