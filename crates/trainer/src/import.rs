//! `trainer import`: a forest that another program trained, as an artifact that the server serves.
//!
//! The file knows trees and nothing else. So the artifact says only that: no quality, no importances, no distribution
//! of the training data, and features that are numbers without bounds.

use std::path::PathBuf;

use forest_onnx::{ImportError, Imported};
use model_core::cell::CellFormat;
use model_core::encoding::SchemaError;
use model_core::header::{DataSummary, Evaluation};
use model_core::profile::{Distribution, Numeric, Profile};
use model_core::schema::{
    ClassLabel, Feature, FeatureKind, FeatureSchema, Missing, Target, Task, column_name, identifier,
};
use model_core::{Encoder, Header, Payload};
use registry::{host_name, store_next};
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::{ImportArgs, Reporting};
use crate::config::Config;
use crate::csv_table::{CsvTable, Layout, TableError};
use crate::error::Error;
use crate::pipeline::{TrainError, provenance};
use crate::report;
use crate::standard_output::print;

/// Why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportFailure {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is no forest.
    #[error("cannot import {}: {source}", path.display())]
    Onnx {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ImportError,
    },
    /// The table that names the features.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The names of the features contradict each other.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The artifact cannot be written.
    #[error(transparent)]
    Write(#[from] TrainError),
}

/// Runs the subcommand.
pub(crate) fn run(args: &ImportArgs, reporting: Reporting) -> Result<(), Error> {
    let bytes = std::fs::read(&args.file)
        .map_err(|source| ImportFailure::Read { path: args.file.clone(), source })?;
    let names = feature_names(args)?;
    let imported = forest_onnx::import(&bytes, names.as_ref().map(Vec::len))
        .map_err(|source| ImportFailure::Onnx { path: args.file.clone(), source })?;
    let names = names.unwrap_or_else(|| numbered(imported.forest.shape().width()));
    let stored = config_value(args, &names, &imported);
    let config = read_config(args, &stored)?;
    let schema = schema(args, &names, &imported);
    // Nothing is written that the server would refuse.
    Encoder::new(schema.clone()).map_err(ImportFailure::from)?;
    let mut header = header(args, &config, stored, schema, &imported, &bytes)?;
    let payload = Payload {
        schema: header.schema.clone(),
        profile: empty_profile(&header.schema),
        blocks: imported.forest.to_blocks(),
    };
    let path = store_next(&config.output_dir, &mut header, &payload, None)
        .map_err(TrainError::from)
        .map_err(ImportFailure::from)?;

    let forest = &imported.forest;
    let (trees, nodes, depth) = (forest.tree_count(), forest.node_count(), forest.depth());
    if reporting.json {
        let document = json!({
            "artifact": path.display().to_string(),
            "header": header,
            "forest": {"trees": trees, "nodes": nodes, "depth": depth},
        });
        return print(&format!("{document:#}\n"));
    }
    if !reporting.quiet {
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        let mut text = report::identity(&header);
        text.push_str(&report::features(&header, None));
        text.push_str(&format!("{trees} trees, {nodes} nodes, depth {depth}\n"));
        text.push_str(&format!("Wrote {} ({})\n", path.display(), report::bytes(size)));
        print(&text)?;
    }
    Ok(())
}

/// The names that the user gives; `None` when there are none.
fn feature_names(args: &ImportArgs) -> Result<Option<Vec<String>>, ImportFailure> {
    if let Some(path) = &args.header {
        let table = CsvTable::open(path, &Layout::default())?;
        let names = table.columns().names().iter().filter(|&name| *name != args.target);
        return Ok(Some(names.cloned().collect()));
    }
    Ok(args.features.as_ref().map(|names| names.iter().map(|name| column_name(name)).collect()))
}

/// What scikit-learn calls features without names.
fn numbered(width: usize) -> Vec<String> {
    (0..width).map(|position| format!("x{position}")).collect()
}

/// The config with which a CSV file of such rows is read.
fn config_value(args: &ImportArgs, names: &[String], imported: &Imported) -> Value {
    let task = if imported.classes.is_some() { "classification" } else { "regression" };
    let mut config = json!({
        "data": {"path": args.file.display().to_string()},
        "target": {"column": args.target, "task": task},
        "features": names,
        "output": {"dir": args.output.display().to_string()},
    });
    for (key, value) in [("name", &args.name), ("title", &args.title)] {
        if let Some(value) = value {
            config[key] = value.as_str().into();
        }
    }
    config
}

fn read_config(args: &ImportArgs, stored: &Value) -> Result<Config, Error> {
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Config::parse(&stored.to_string(), &[], "the names given to import", &stem)?)
}

fn schema(args: &ImportArgs, names: &[String], imported: &Imported) -> FeatureSchema {
    let missing = if imported.knows_missing { Missing::Allow } else { Missing::Refuse };
    let features = names.iter().map(|name| Feature {
        name: name.clone(),
        identifier: identifier(name),
        description: None,
        unit: None,
        kind: FeatureKind::Number { minimum: None, maximum: None },
        missing: missing.clone(),
    });
    let task = match &imported.classes {
        None => Task::Regression,
        Some(classes) => {
            let class = |value: &model_core::schema::Label| ClassLabel { value: value.clone(), name: None };
            Task::Classification(classes.iter().map(class).collect())
        }
    };
    FeatureSchema {
        features: features.collect(),
        target: Target { name: args.target.clone(), description: None, unit: None, task },
        cells: CellFormat::default(),
    }
}

fn header(
    args: &ImportArgs,
    config: &Config,
    stored: Value,
    schema: FeatureSchema,
    imported: &Imported,
    bytes: &[u8],
) -> Result<Header, ImportFailure> {
    let file = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let producer =
        if imported.producer.is_empty() { "an unnamed program" } else { imported.producer.as_str() };
    let mut libraries = provenance::libraries();
    // It was not grown here.
    libraries.remove("forest-learner");
    libraries.insert("forest-onnx".into(), env!("CARGO_PKG_VERSION").into());
    Ok(Header {
        name: config.name.clone(),
        version: 0,
        title: config.title.clone(),
        description: format!("Imported from {file}, which {producer} wrote."),
        app: config.app.clone(),
        created: provenance::created()?,
        schema,
        config: stored,
        data: DataSummary {
            path: args.file.display().to_string(),
            fingerprint: blake3::hash(bytes).to_hex().to_string(),
            rows_read: 0,
            rows_dropped: Default::default(),
            rows_train: 0,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: Vec::new(),
        serving: config.serving.clone(),
        parent: None,
        baseline: None,
        libraries,
        host: host_name(),
    })
}

/// A profile of no rows: nothing is known to be typical, so nothing is warned about.
fn empty_profile(schema: &FeatureSchema) -> Profile {
    let unknown = Distribution::Numeric(Numeric {
        missing: 0,
        minimum: 0.0,
        maximum: 0.0,
        mean: 0.0,
        standard_deviation: 0.0,
        quantiles: Vec::new(),
    });
    let target = match &schema.target.task {
        Task::Regression => unknown.clone(),
        Task::Classification(classes) => Distribution::Levels { missing: 0, counts: vec![0; classes.len()] },
    };
    Profile { rows: 0, features: vec![unknown; schema.features.len()], target, examples: Vec::new() }
}
