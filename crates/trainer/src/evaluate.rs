//! `trainer evaluate`: an artifact measured on a CSV file with known targets.
//!
//! The file is read by the rules of the config that the artifact was trained with: its layout, its filters, where the
//! target is. The features go through the artifact's own encoder.

use forest::ForestModel;
use model_core::header::Evaluation;
use model_core::{Model, Rows};
use serde_json::json;

use crate::args::{EvaluateArgs, Reporting};
use crate::config::Config;
use crate::error::Error;
use crate::evaluation::{add_intervals, scorecard};
use crate::pipeline::TrainError;
use crate::progress::Progress;
use crate::report;
use crate::roles::Source;
use crate::standard_output::{print, print_fitted};
use crate::typed_table::TypedTable;

/// Runs the subcommand.
pub(crate) fn run(args: &EvaluateArgs, reporting: Reporting) -> Result<(), Error> {
    let model = ForestModel::read(&args.model)?;
    let mut config = Config::of_artifact(model.header())?;
    config.data.path.clone_from(&args.input);
    let rows = load(&config, &model, Progress::new(reporting))?;
    let encoded = encoded(&rows);
    let mut card = scorecard(&model.schema().target.task, &rows.truth, &model.predict(&encoded));
    if let Some(intervals) = model.interval_level().and_then(|level| model.intervals(&encoded, level)) {
        add_intervals(&mut card, &rows.truth, &intervals);
    }
    let evaluation = Evaluation { test: Some(card), ..Evaluation::default() };
    if reporting.json {
        let header = model.header();
        let document = json!({
            "model": {"name": header.name, "version": header.version, "checksum": model.checksum()},
            "data": args.input.display().to_string(),
            "rows_dropped": rows.dropped,
            "evaluation": evaluation.test,
        });
        return print(&format!("{document:#}\n"));
    }
    let mut text =
        format!("{} version {} on {}\n", model.header().title, model.header().version, args.input.display());
    for (reason, count) in &rows.dropped {
        text.push_str(&format!("{count} rows dropped: {reason}\n"));
    }
    text.push_str(&report::quality(&evaluation, "this file", config.metrics.as_deref()));
    print_fitted(&text)
}

/// The rows of a file as a model sees them.
pub(crate) fn load(
    config: &Config,
    model: &ForestModel,
    progress: Progress,
) -> Result<TypedTable, TrainError> {
    let source = Source::open(config)?;
    let table = &source.table;
    let features = model.schema().features.iter();
    let positions = features
        .map(|feature| match table.columns().position(&feature.identifier) {
            Some(position) => Ok(position),
            None => table.columns().require(table.path(), &feature.name),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let bar = progress.bytes("reading", table.bytes());
    let rows = TypedTable::load(config, &source, model.encoder(), &positions, 0, &|byte| bar.set(byte))?;
    Ok(rows)
}

/// Them as the model takes them.
pub(crate) fn encoded(rows: &TypedTable) -> Rows {
    let width = rows.columns.len();
    let cells = (0..rows.len()).flat_map(|row| rows.columns.iter().map(move |column| column[row]));
    Rows::from_values(width, cells.collect())
}
