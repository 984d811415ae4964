//! `trainer report`: what a model has learned and how good it is, for people who look before they read.
//!
//! Everything is measured on rows with known answers that the model was not trained on: those that its training held out, found
//! again by the config, the data and the seed that the artifact names, or others that the user gives.

use std::path::{Path, PathBuf};

use crate::args::{ReportArgs, Reporting};
use crate::error::Error;
use crate::predict::PredictError;
use crate::progress::Progress;
use crate::report::file;
use crate::standard_output::print;

mod curves;
mod effects;
mod intervals_of_metrics;
mod parts;
mod slices;
mod subject;
mod tree_picture;

pub use subject::ReportError;

use parts::{document, parts};
use subject::Subject;

/// Runs the subcommand.
pub(crate) fn run(args: &ReportArgs, reporting: Reporting) -> Result<(), Error> {
    let progress = Progress::new(reporting);
    let subject = Subject::of(args, progress)?;
    let outputs = match args.output.is_empty() {
        true => vec![args.model.with_extension("html")],
        false => args.output.clone(),
    };
    for path in &outputs {
        write(&subject, path)?;
    }
    if reporting.json {
        return print(&format!("{:#}\n", document(&subject)));
    }
    if !reporting.quiet {
        for path in &outputs {
            print(&format!("Report: {}\n", path.display()))?;
        }
    }
    Ok(())
}

/// Writes the page about a model that was just trained, and gives its path.
pub(crate) fn after_training(artifact: &Path, progress: Progress) -> Result<PathBuf, Error> {
    let path = artifact.with_extension("html");
    let args = ReportArgs {
        model: artifact.into(),
        data: None,
        output: Vec::new(),
        protected: Vec::new(),
        learning_curve: false,
    };
    write(&Subject::of(&args, progress)?, &path)?;
    Ok(path)
}

fn write(subject: &Subject, path: &Path) -> Result<(), PredictError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return file::store(path, &format!("{:#}\n", document(subject)));
    }
    let header = subject.header();
    let title = format!("{}, version {}", header.title, header.version);
    file::write(path, &title, &parts(subject, &file::stem(path)))
}
