//! `trainer retrain`: a challenger for the champion, when data or config have changed.
//!
//! The champion is asked for rows that it was not trained on, the challenger is trained without some of them, and both are compared
//! on these. Whatever comes out, a report says why. The champion changes only when the gate and the comparison allow it.

use std::path::PathBuf;

use drift::{Cause, Finding};
use forest::ForestModel;
use model_core::{Model, Task};
use registry::{Alias, TrainedRows, Version};
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::{Reporting, RetrainArgs};
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::{Division, TrainError, Training, effective_config, train};
use crate::progress::Progress;
use crate::registry::author;
use crate::roles::Source;
use crate::standard_output::{print, print_fitted};

mod comparison;
mod held_out;
mod home;
pub(crate) mod loss;
mod report;

pub(crate) use comparison::Comparison;
pub(crate) use loss::Loss;

use held_out::{HeldOutRows, NotComparable};
use home::Home;

/// Why a champion was not replaced.
#[derive(Debug, Error)]
pub enum RetrainError {
    /// The decision is against the challenger.
    #[error("the champion stays: {}; see {}", reasons.join("; "), report.display())]
    Refused {
        /// Each reason in words.
        reasons: Vec<String>,
        /// The report.
        report: PathBuf,
    },
    /// A report cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// An option that is out of range.
    #[error("{option} is {given}, expected a number of at least 0")]
    Option {
        /// The option.
        option: &'static str,
        /// What was given.
        given: f64,
    },
}

/// What a retraining found and decided.
pub(crate) struct Story<'a> {
    config: &'a Config,
    champion: Option<&'a Champion>,
    training: &'a Training,
    findings: &'a [Finding],
    /// How the two compare; the reason where they cannot be compared; nothing without a champion.
    comparison: Option<Result<Comparison, NotComparable>>,
    /// Why the challenger is not promoted; empty when it is.
    reasons: Vec<String>,
    /// The version that was promoted.
    promoted: Option<u64>,
    max_harm: f64,
    /// What names the champion, and where.
    alias: String,
    /// The MLflow server; nothing for the folder.
    server: Option<String>,
}

/// The version that answers now, and what is known of it.
struct Champion {
    version: Version,
    model: ForestModel,
    /// Marks of its training rows, where it is known which they are.
    rows: Option<TrainedRows>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &RetrainArgs, reporting: Reporting) -> Result<(), Error> {
    for (option, given) in [("--max-harm", Some(args.max_harm)), ("--max-psi", args.max_psi)] {
        if let Some(given) = given.filter(|given| given.is_nan() || *given < 0.0) {
            return Err(RetrainError::Option { option, given }.into());
        }
    }
    let mut overrides = args.set.clone();
    overrides.extend(args.registry.as_ref().map(|uri| format!("registry.uri={}", json!(uri))));
    overrides.extend(args.experiment.as_ref().map(|name| format!("registry.experiment={}", json!(name))));
    let config = Config::read(&args.conf, &overrides)?;
    let home = Home::of(&config)?;
    let progress = Progress::new(reporting);
    let champion = home.champion(&config.name, &args.alias)?;
    if let Some(champion) = &champion
        && is_unchanged(&config, champion, &progress)?
    {
        let number = champion.version.number;
        return tell(
            reporting,
            &format!("Nothing has changed since version {number} of {}.\n", config.name),
            || json!({"outcome": "unchanged", "champion": number}),
        );
    }

    let held_out =
        champion.as_ref().map(|champion| HeldOutRows::choose(&config, champion, args.max_psi, &progress));
    let (division, findings) = match &held_out {
        Some(Ok(rows)) => {
            (Division::Given { held_out: &rows.held_out, of: rows.used }, rows.findings.as_slice())
        }
        Some(Err(_)) | None => (Division::OfConfig, [].as_slice()),
    };
    let mut training = train(&config, division, &progress)?;
    let comparison = match (&champion, held_out.as_ref()) {
        (Some(champion), Some(Ok(rows))) => Some(compare(&config, champion, rows, &training)),
        (Some(_), Some(Err(reason))) => Some(Err(reason.clone())),
        _ => None,
    };
    let gate = training.check_gates(&config);
    let mut reasons: Vec<String> = gate.as_ref().err().map(ToString::to_string).into_iter().collect();
    reasons.extend(match &comparison {
        Some(Ok(comparison)) => comparison.objection(args.max_harm),
        Some(Err(reason)) => Some(reason.to_string()),
        None => None,
    });
    let refused = |finding: &&Finding| args.max_psi.is_some() && finding.causes.contains(&Cause::Psi);
    reasons.extend(findings.iter().filter(refused).map(|finding| {
        format!(
            "{} has drifted: PSI {:.3} is above {}",
            finding.name,
            finding.psi,
            args.max_psi.unwrap_or_default()
        )
    }));

    let compared = champion.as_ref().map(|champion| champion.version.number);
    let now = home.standing(&config.name, &args.alias)?.map(|version| version.number);
    if now != compared {
        reasons.push(moved(&args.alias, compared, now));
    }

    let mut promoted = None;
    if reasons.is_empty() {
        let path = training.write(&config)?;
        promoted = Some(home.promote(&config.name, &args.alias, &path, training.header.version)?);
    } else {
        let reason = reasons.join("; ");
        let data = &training.header.data.fingerprint;
        home.registry().note_refusal(&config.name, now, data, &author(Some(&reason)))?;
    }
    let story = Story {
        config: &config,
        champion: champion.as_ref(),
        training: &training,
        findings,
        comparison,
        reasons,
        promoted,
        max_harm: args.max_harm,
        alias: args.alias.to_string(),
        server: home.elsewhere().map(ToString::to_string),
    };
    let folder = args.report.clone().unwrap_or_else(|| config.output_dir.join("reports"));
    let path = report::write(&story, &folder)?;
    let told = story.told(&path);
    tell(reporting, &told, || story.document(&path))?;
    gate?;
    match story.reasons.is_empty() {
        true => Ok(()),
        false => Err(RetrainError::Refused { reasons: story.reasons, report: path }.into()),
    }
}

/// Somebody was faster: the comparison speaks of a version that answers no more.
fn moved(alias: &Alias, compared: Option<u64>, now: Option<u64>) -> String {
    let named =
        |version: Option<u64>| version.map_or("no version".into(), |number| format!("version {number}"));
    format!(
        "{alias} was moved from {} to {} while the challenger was trained: run it again",
        named(compared),
        named(now)
    )
}

/// Whether the data and all of the config that decides about a model are those that the champion was trained with.
fn is_unchanged(config: &Config, champion: &Champion, progress: &Progress) -> Result<bool, Error> {
    let header = champion.model.header();
    let source = Source::open(config).map_err(TrainError::from)?;
    let fingerprint = source.table.fingerprint().map_err(TrainError::from)?;
    if fingerprint != header.data.fingerprint {
        return Ok(false);
    }
    let decisive = |mut config: Value| {
        if let Value::Object(keys) = &mut config {
            for key in ["$schema", "output", "quality_gate", "metrics", "registry", "report"] {
                keys.shift_remove(key);
            }
            if let Some(Value::Object(data)) = keys.get_mut("data") {
                data.shift_remove("path");
            }
        }
        config
    };
    Ok(decisive(effective_config(config, progress)?) == decisive(header.config.clone()))
}

fn compare(
    config: &Config,
    champion: &Champion,
    rows: &HeldOutRows,
    training: &Training,
) -> Result<Comparison, NotComparable> {
    let task: &Task = &training.header.schema.target.task;
    if *task != champion.model.schema().target.task {
        return Err(NotComparable::Target);
    }
    if training.held_out.rows != rows.held_out || training.held_out.truth != rows.truth {
        return Err(NotComparable::Rows);
    }
    if training.header.parent.as_deref().is_some_and(|parent| parent != champion.model.checksum()) {
        return Err(NotComparable::Pretrained);
    }
    let Some(scores) = &training.held_out.scores else { return Err(NotComparable::Rows) };
    let loss = Loss::of(config, task);
    let before = loss.of_rows(&rows.truth, &rows.scores);
    let after = loss.of_rows(&rows.truth, scores);
    Ok(Comparison::paired(loss, &before, &after, config.split.seed))
}

fn tell(reporting: Reporting, text: &str, document: impl FnOnce() -> Value) -> Result<(), Error> {
    match (reporting.json, reporting.quiet) {
        (true, _) => print(&format!("{:#}\n", document())),
        (false, true) => Ok(()),
        (false, false) => print_fitted(text),
    }
}
