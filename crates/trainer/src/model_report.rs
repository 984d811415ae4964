//! `trainer report`: what a model has learned and how good it is, for people who look before they read.
//!
//! Everything is measured on rows with known answers that the model was not trained on: those that its training held out, found
//! again by the config, the data and the seed that the artifact names, or others that the user gives.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::args::{ReportArgs, Reporting};
use crate::error::Error;
use crate::predict::PredictError;
use crate::progress::Progress;
use crate::report::file;
use crate::standard_output::print;

mod card;
mod class_curves;
mod contributions;
mod curves;
mod document;
mod effects;
mod fairness;
mod grouping;
mod importance;
mod intervals_of_metrics;
mod parts;
mod simple;
mod slices;
mod subject;
mod summary;
mod training_side;
mod tree_picture;

pub use subject::ReportError;

use document::document;
use parts::parts;
use subject::Subject;

/// What there is to say of a page that was written.
pub(crate) struct Written {
    /// The page.
    pub(crate) path: PathBuf,
    /// The model beside simple ones, as a table; empty where there are none.
    pub(crate) beside: String,
    /// The same for programs.
    pub(crate) simple_models: Value,
}

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

/// Writes the page about a model that was just trained.
pub(crate) fn after_training(artifact: &Path, progress: Progress) -> Result<Written, Error> {
    let path = artifact.with_extension("html");
    let args = ReportArgs {
        model: artifact.into(),
        data: None,
        output: Vec::new(),
        protected: Vec::new(),
        learning_curve: false,
        n_repeats: None,
    };
    let subject = Subject::of(&args, progress)?;
    write(&subject, &path)?;
    Ok(Written { path, beside: simple::told(&subject), simple_models: simple::document(&subject) })
}

fn write(subject: &Subject, path: &Path) -> Result<(), PredictError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return file::store(path, &format!("{:#}\n", document(subject)));
    }
    let header = subject.header();
    let title = format!("{}, version {}", header.title, header.version);
    file::write(path, &title, &parts(subject, &file::stem(path)))
}
