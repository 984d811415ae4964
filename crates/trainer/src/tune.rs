//! `trainer tune`: a search for better parameters of the forest.
//!
//! Every trial is cross-validated on the training part alone, on the same folds; the rows that are held out are not looked at.
//! Trials go in rounds of a fixed size: what is tried next depends on the rounds before, never on which trial ended first, so
//! that the same seed gives the same trials on any number of threads, and after any interruption.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thiserror::Error;

use crate::args::{Reporting, TuneArgs};
use crate::config::{Config, Metric, TaskName};
use crate::error::Error;
use crate::init::layout;
use crate::pipeline::TrainingPart;
use crate::progress::Progress;
use crate::report::file;
use crate::standard_output::{print, print_fitted};

mod importance;
mod journal;
mod report;
mod round;
mod sampler;
mod space;
mod told;
mod trial;

use journal::Journal;
use round::Ground;
use sampler::Suggestions;
use space::Space;
use trial::{State, Trial, is_better};

/// Trials side by side. A fixed number, so that no result depends on the machine.
const ROUND: u32 = 4;
/// Trials of a search that says nothing of their number.
const TRIALS: u32 = 50;

/// Why nothing was found.
#[derive(Debug, Error)]
pub enum TuneError {
    /// The search needs what a continued model does not have.
    #[error("a search grows forests from nothing; remove `pretrained` from the config")]
    Pretrained,
    /// The metric is of another task.
    #[error("{metric} does not measure a {task}; set tune.metric")]
    Metric {
        /// The metric.
        metric: &'static str,
        /// The task of the data.
        task: &'static str,
    },
    /// The metric has no value.
    #[error("{metric} has no value on fold {fold} of {folds}; use another metric or fewer folds")]
    NotMeasured {
        /// The metric.
        metric: &'static str,
        /// The fold, from 1.
        fold: usize,
        /// Number of folds.
        folds: u32,
    },
    /// The grid is too large.
    #[error(
        "the grid has {points} combinations; {MOST_POINTS} at most: try fewer values, or use tpe or random"
    )]
    Grid {
        /// Combinations.
        points: usize,
    },
    /// A file would be overwritten.
    #[error(
        "{} is there already; go on with --resume, name another file, or overwrite it with --force",
        path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The trials are of another search.
    #[error("{} holds trials of another search: {what}", path.display())]
    OtherSearch {
        /// The file of trials.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// There is nothing to go on with.
    #[error("--resume needs the file of trials: give --output or --trials-file")]
    NothingToResume,
    /// The file of trials cannot be read or written.
    #[error("cannot read or write {}: {source}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

use sampler::MOST_POINTS;

/// A search that has come to its end.
pub(crate) struct Search {
    title: String,
    name: String,
    metric: Metric,
    folds: u32,
    rows: usize,
    space: Space,
    trials: Vec<Trial>,
    /// Why it ended, in words.
    ended: String,
}

/// Runs the subcommand.
pub(crate) fn run(args: &TuneArgs, reporting: Reporting) -> Result<(), Error> {
    let mut overrides = args.set.clone();
    overrides.extend(args.trials.map(|trials| format!("tune.trials={trials}")));
    overrides.extend(args.sampler.map(|sampler| format!("tune.sampler={}", json!(sampler))));
    let config = Config::read(&args.conf, &overrides)?;
    let (_, document) = Config::read_document(&args.conf, &args.set)?;
    if config.pretrained.is_some() {
        return Err(TuneError::Pretrained.into());
    }
    let trials_path = trials_path(args);
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        let is_own = args.resume && trials_path.as_deref().is_some_and(Path::exists);
        if !is_own || is_same_file(path, &args.conf) {
            return Err(TuneError::Exists { path: path.into() }.into());
        }
    }
    let progress = Progress::new(reporting);
    let part = TrainingPart::read(&config, &progress)?;
    let search = search(args, &config, &document, &part, trials_path.as_deref(), &progress)?;
    let best = search.best_config(&document);
    if let Some(path) = &args.output {
        file::store(path, &layout::lines(&best))?;
    }
    for path in &args.report {
        report::write(&search, path)?;
    }
    if reporting.json {
        return print(&format!("{:#}\n", told::document(&search)));
    }
    if !reporting.quiet {
        print_fitted(&told::summary(&search))?;
        if let Some(path) = &args.output {
            let path = path.display();
            print(&format!("Wrote {path}; train it with `trainer train --conf {path}`\n"))?;
        }
        if let Some(path) = &trials_path {
            print(&format!("Trials: {}\n", path.display()))?;
        }
        for path in &args.report {
            print(&format!("Report: {}\n", path.display()))?;
        }
    }
    Ok(())
}

/// Where the trials are kept; nowhere when neither they nor the output have a place.
fn trials_path(args: &TuneArgs) -> Option<PathBuf> {
    args.trials_file.clone().or_else(|| Some(args.output.as_ref()?.with_extension("trials.jsonl")))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn search(
    args: &TuneArgs,
    config: &Config,
    document: &Value,
    part: &TrainingPart,
    trials_path: Option<&Path>,
    progress: &Progress,
) -> Result<Search, Error> {
    let began = Instant::now();
    let task = TaskName::of(part.task());
    let metric = metric(config, task)?;
    let space = Space::of(config, task);
    let tune = &config.tune;
    let suggestions = Suggestions::new(tune.sampler, &space, metric, tune.seed)?;
    let most = tune.trials.unwrap_or_else(|| suggestions.points().map_or(TRIALS, |points| points + 1));
    let identity = json!({
        "tune": 2,
        "config": decisive(document),
        "data": part.fingerprint,
        "metric": metric.name(),
        "folds": tune.folds,
        "sampler": tune.sampler,
        "seed": tune.seed,
        "space": space.document(),
    });
    let folds = part.folds(config, tune.folds)?;
    let (mut journal, mut trials) = match trials_path {
        None if args.resume => return Err(TuneError::NothingToResume.into()),
        None => (None, Vec::new()),
        Some(path) => {
            let (journal, trials) = match (args.resume && path.exists(), args.force) {
                (true, _) => Journal::resume(path, &identity)?,
                (false, force) => (Journal::create(path, &identity, force)?, Vec::new()),
            };
            (Some(journal), trials)
        }
    };
    trials.truncate(most as usize);
    let ground = Ground { part, folds: &folds, metric, config, document, space: &space };
    let bar = progress.steps("trials", u64::from(most));
    bar.set(trials.len() as u64);
    let mut ended = format!("all {most} trials are done");
    while (trials.len() as u32) < most {
        let (begin, end) = round_of(trials.len() as u32);
        if !trials.is_empty()
            && args.time.is_some_and(|seconds| began.elapsed() >= Duration::from_secs(seconds))
        {
            ended = "the time was over".into();
            break;
        }
        let known = trials.len();
        let mut chosen = Vec::new();
        for number in known as u32..end.min(most) {
            let taken: Vec<Vec<Value>> = trials.iter().map(Trial::values).chain(chosen.clone()).collect();
            match suggestions.suggest(number, &trials[..begin as usize], &taken) {
                Some(values) => chosen.push(values),
                None => break,
            }
        }
        if chosen.is_empty() {
            ended = "every combination was tried".into();
            break;
        }
        let done = round::run(&ground, known as u32, chosen, &trials[..begin as usize])?;
        if let Some(journal) = &mut journal {
            journal.append(&done)?;
        }
        trials.extend(done);
        bar.set(trials.len() as u64);
    }
    bar.finish();
    Ok(Search {
        title: config.title.clone(),
        name: config.name.clone(),
        metric,
        folds: tune.folds,
        rows: part.len(),
        space,
        trials,
        ended,
    })
}

/// The trials of the round that this one belongs to, from the first up to before the last. The config as it stands has a round
/// of its own.
fn round_of(number: u32) -> (u32, u32) {
    match number {
        0 => (0, 1),
        _ => {
            let begin = 1 + (number - 1) / ROUND * ROUND;
            (begin, begin + ROUND)
        }
    }
}

/// What of a config decides about the trials.
fn decisive(document: &Value) -> Value {
    let keys = ["data", "target", "features", "split", "model"];
    Value::Object(keys.iter().filter_map(|key| Some(((*key).into(), document.get(*key)?.clone()))).collect())
}

/// The metric that decides.
fn metric(config: &Config, task: TaskName) -> Result<Metric, TuneError> {
    if let Some(metric) = config.tune.metric.filter(|metric| metric.task() != task) {
        return Err(TuneError::Metric { metric: metric.name(), task: task.name() });
    }
    Ok(config.tune.metric.unwrap_or_else(|| config.leading_metric(task)))
}

impl Search {
    /// The best trial that went over all folds, the first of equals. The config as it stands is one of them.
    pub(crate) fn best(&self) -> Option<&Trial> {
        let complete = self.trials.iter().filter(|trial| trial.state == State::Complete);
        complete.reduce(|best, trial| match (trial.score, best.score) {
            (Some(score), Some(least)) if is_better(self.metric, score, least) => trial,
            _ => best,
        })
    }

    /// The user's config with the best values set.
    fn best_config(&self, document: &Value) -> Value {
        let values = self.best().filter(|trial| trial.number > 0).map(Trial::values);
        let best = self.space.applied(document, &values.unwrap_or_default());
        // The name of the config's file is the default of the model's.
        if best.get("name").is_some() {
            return best;
        }
        let mut named = serde_json::Map::new();
        let keys = best.as_object().into_iter().flatten();
        named.extend(keys.clone().filter(|(key, _)| *key == "$schema").map(|(k, v)| (k.clone(), v.clone())));
        named.insert("name".into(), json!(self.name));
        named.extend(keys.filter(|(key, _)| *key != "$schema").map(|(k, v)| (k.clone(), v.clone())));
        Value::Object(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_do_not_depend_on_where_a_run_begins() {
        let rounds: Vec<_> = [0, 1, 4, 5, 6, 8, 9].map(round_of).into();
        assert_eq!(rounds, [(0, 1), (1, 5), (1, 5), (5, 9), (5, 9), (5, 9), (9, 13)]);
    }
}
