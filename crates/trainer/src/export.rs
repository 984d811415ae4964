//! `trainer export`: an artifact as a file that other programs run.

use forest::ForestModel;
use forest_onnx::Inputs;
use serde_json::json;

use crate::args::{ExportArgs, ExportFormat, ExportInputs, Reporting};
use crate::error::Error;
use crate::predict::Destination;
use crate::report;
use crate::standard_output::print;

/// Runs the subcommand.
pub(crate) fn run(args: &ExportArgs, reporting: Reporting) -> Result<(), Error> {
    let model = ForestModel::read(&args.model)?;
    let inputs = match args.inputs {
        ExportInputs::Matrix => Inputs::Matrix,
        ExportInputs::Columns => Inputs::Columns,
    };
    let bytes = match args.format {
        ExportFormat::Onnx => forest_onnx::export(&model, inputs)?,
    };
    let mut destination = Destination::open(Some(&args.output))?;
    destination.write(&bytes)?;
    destination.finish()?;
    let path = args.output.display().to_string();
    if reporting.json {
        return print(&format!("{:#}\n", json!({"output": path, "bytes": bytes.len()})));
    }
    if !reporting.quiet {
        print(&format!("Wrote {path} ({})\n", report::bytes(bytes.len() as u64)))?;
    }
    Ok(())
}
