//! `trainer train`: train, report, check, write.

use std::path::Path;

use model_core::header::Evaluation;
use serde_json::json;

use crate::args::{Reporting, TrainArgs};
use crate::config::Config;
use crate::error::Error;
use crate::model_report::{Written, after_training};
use crate::pipeline::{Continued, Division, TrainError, Training, grow_shard, train};
use crate::progress::Progress;
use crate::registry::{Registered, register};
use crate::report;
use crate::shard::ShardNumber;
use crate::standard_output::{print, print_fitted};

/// Runs the subcommand. A model that misses its quality gate is reported too, but not written.
pub(crate) fn run(args: &TrainArgs, reporting: Reporting) -> Result<(), Error> {
    let mut overrides = args.set.clone();
    overrides.extend(args.pretrained.as_ref().map(|path| format!("pretrained={}", json!(path))));
    overrides.extend(args.registry.as_ref().map(|uri| format!("registry.uri={}", json!(uri))));
    overrides.extend(args.experiment.as_ref().map(|name| format!("registry.experiment={}", json!(name))));
    if !args.alias.is_empty() {
        overrides.push(format!("registry.aliases={}", json!(args.alias)));
    }
    let config = Config::read(&args.conf, &overrides)?;
    if let Some(number) = ShardNumber::asked(&args.shard).map_err(TrainError::from)? {
        return run_shard(&config, number, reporting);
    }
    let train = || train(&config, Division::OfConfig, &Progress::new(reporting));
    train_and_write(&config, args.oob_predictions.as_deref(), !args.no_report, reporting, train)
}

/// Grows and writes one shard.
fn run_shard(config: &Config, number: ShardNumber, reporting: Reporting) -> Result<(), Error> {
    let shard = grow_shard(config, number, &Progress::new(reporting))?;
    let size = shard.write().map_err(TrainError::from)?;
    let path = shard.path.display();
    let Some(whole) = shard.label.forests.first() else { return Ok(()) };
    let trees = whole.first..whole.end;
    if reporting.json {
        let document = json!({
            "shard": path.to_string(), "number": number.to_string(), "first_tree": trees.start, "trees": trees.len(),
            "data": shard.label.data, "bytes": size,
        });
        return print(&format!("{document:#}\n"));
    }
    if reporting.quiet {
        return Ok(());
    }
    print(&format!(
        "Shard {number} of {}: trees {} to {}\nWrote {path} ({}); `trainer merge` puts all {} together\n",
        config.name,
        trees.start + 1,
        trees.end,
        report::bytes(size),
        number.of(),
    ))
}

/// Trains as told, reports, and writes the artifact and the out-of-bag answers.
pub(crate) fn train_and_write(
    config: &Config,
    oob_predictions: Option<&Path>,
    with_report: bool,
    reporting: Reporting,
    train: impl FnOnce() -> Result<Training, TrainError>,
) -> Result<(), Error> {
    if oob_predictions.is_some() && !config.model.oob_score {
        return Err(TrainError::NothingOutOfBag.into());
    }
    let mut training = train()?;
    let written = training.check_gates(config).and_then(|()| training.write(config));
    if let (Some(path), Some(rows)) = (oob_predictions, &training.out_of_bag) {
        rows.write(path, &training.header.schema.target.task)?;
    }
    let told = match &written {
        Ok(path) if with_report && !training.held_out.rows.is_empty() => {
            Some(after_training(path, Progress::new(reporting)))
        }
        _ => None,
    };
    // The model is there, whatever became of its report.
    if let Some(Err(error)) = &told {
        eprintln!("warning: there is no report: {error}");
    }
    let told = told.and_then(Result::ok);
    let registered = match (&config.registry, &written) {
        (Some(settings), Ok(path)) => Some(register(settings, &config.name, path)),
        (None, _) | (_, Err(_)) => None,
    };
    let is_registered = registered.as_ref().and_then(|registered| registered.as_ref().ok());
    if reporting.json {
        print(&document(&training, written.as_ref().ok(), told.as_ref(), is_registered))?;
    } else if !reporting.quiet {
        print_fitted(&story(&training, config))?;
        if let Ok(path) = &written {
            let size = std::fs::metadata(path).map_or(0, |file| file.len());
            print(&format!("Wrote {} ({})\n", path.display(), report::bytes(size)))?;
        }
        if let Some(Written { path, beside, .. }) = &told {
            print_fitted(&format!("{beside}Report: {}\n", path.display()))?;
        }
        print(&is_registered.map_or(String::new(), Registered::told))?;
    }
    written?;
    registered.transpose()?;
    Ok(())
}

fn story(training: &Training, config: &Config) -> String {
    let mut text = report::identity(&training.header);
    for left in &training.left_out {
        text.push_str(&format!("Left out: column {:?} {}\n", left.column, left.reason));
    }
    for problem in &training.unreadable {
        text.push_str(&format!("Dropped: {problem}\n"));
    }
    for warning in &training.warnings {
        text.push_str(&format!("Warning: {warning}\n"));
    }
    text.push_str(&report::features(&training.header, None));
    text.push_str(&report::quality(&training.header.evaluation, report::HELD_OUT, config.metrics.as_deref()));
    if let Some(continued) = &training.continued {
        let Continued { path, version, trees, test } = continued;
        text.push_str(&format!("Continued {} (version {version}, {trees} trees)\n", path.display()));
        let evaluation = Evaluation { test: test.clone(), ..Evaluation::default() };
        if evaluation.test.is_some() {
            text.push_str(&report::quality(&evaluation, "it, held out", config.metrics.as_deref()));
        }
    }
    if let Some(rows) = &training.out_of_bag {
        text.push_str(&report::curve(rows.curve()));
    }
    let forest = training.forest;
    if config.model.patience.is_some() && forest.trees < config.model.n_estimators as usize {
        text.push_str(&format!(
            "Stopped at {} of {} trees: the out-of-bag error became no smaller\n",
            forest.trees, config.model.n_estimators
        ));
    }
    text.push_str(&format!("{} trees, {} nodes, depth {}\n", forest.trees, forest.nodes, forest.depth));
    text
}

fn document(
    training: &Training,
    path: Option<&std::path::PathBuf>,
    report: Option<&Written>,
    registered: Option<&Registered>,
) -> String {
    let left_out: Vec<_> =
        training.left_out.iter().map(|left| json!({"column": left.column, "reason": left.reason})).collect();
    let dropped: Vec<String> = training.unreadable.iter().map(ToString::to_string).collect();
    let forest = training.forest;
    let curve: Vec<_> = training
        .out_of_bag
        .iter()
        .flat_map(|rows| rows.curve())
        .map(|point| json!({"trees": point.trees, "error": point.error}))
        .collect();
    let continued = training.continued.as_ref().map(|Continued { path, version, trees, test }| {
        json!({"artifact": path.display().to_string(), "version": version, "trees": trees, "test": test})
    });
    let mut document = json!({
        "artifact": path.map(|path| path.display().to_string()),
        "report": report.map(|report| report.path.display().to_string()),
        "simple_models": report.map(|report| &report.simple_models),
        "header": training.header,
        "forest": {"trees": forest.trees, "nodes": forest.nodes, "depth": forest.depth},
        "continued": continued,
        "out_of_bag_curve": curve,
        "left_out": left_out,
        "bad_cells": dropped,
        "warnings": training.warnings,
    });
    if let Some(registered) = registered {
        document["registered"] = registered.document();
    }
    format!("{document:#}\n")
}
