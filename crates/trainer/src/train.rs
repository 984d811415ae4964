//! `trainer train`: train, report, check, write.

use model_core::header::Evaluation;
use serde_json::json;

use crate::args::{Reporting, TrainArgs};
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::{Continued, Division, TrainError, Training, train};
use crate::progress::Progress;
use crate::report;
use crate::standard_output::print;

/// Runs the subcommand. A model that misses its quality gate is reported too, but not written.
pub(crate) fn run(args: &TrainArgs, reporting: Reporting) -> Result<(), Error> {
    let mut overrides = args.set.clone();
    overrides.extend(args.pretrained.as_ref().map(|path| format!("pretrained={}", json!(path))));
    let config = Config::read(&args.conf, &overrides)?;
    if args.oob_predictions.is_some() && !config.model.oob_score {
        return Err(TrainError::NothingOutOfBag.into());
    }
    let mut training = train(&config, Division::OfConfig, &Progress::new(reporting))?;
    let written = training.check_gates(&config).and_then(|()| training.write(&config));
    if let (Some(path), Some(rows)) = (&args.oob_predictions, &training.out_of_bag) {
        rows.write(path, &training.header.schema.target.task)?;
    }
    if reporting.json {
        print(&document(&training, written.as_ref().ok()))?;
    } else if !reporting.quiet {
        print(&story(&training, &config))?;
        if let Ok(path) = &written {
            let size = std::fs::metadata(path).map_or(0, |file| file.len());
            print(&format!("Wrote {} ({})\n", path.display(), report::bytes(size)))?;
        }
    }
    written?;
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

fn document(training: &Training, path: Option<&std::path::PathBuf>) -> String {
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
    let document = json!({
        "artifact": path.map(|path| path.display().to_string()),
        "header": training.header,
        "forest": {"trees": forest.trees, "nodes": forest.nodes, "depth": forest.depth},
        "continued": continued,
        "out_of_bag_curve": curve,
        "left_out": left_out,
        "bad_cells": dropped,
        "warnings": training.warnings,
    });
    format!("{document:#}\n")
}
