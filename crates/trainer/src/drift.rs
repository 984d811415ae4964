//! `trainer drift`: whether new rows are still those that a model was trained on.
//!
//! The rule is that of the crate `drift`, which the server and `trainer retrain` judge by, too.

use std::path::PathBuf;

use drift::{Comparison, Reference, ReferenceError, ThresholdError, Thresholds, compare};
use forest::ForestModel;
use model_core::{Header, Model};
use thiserror::Error;

use crate::args::{DriftArgs, Reporting};
use crate::csv_table::TableError;
use crate::error::Error;
use crate::predict::PredictError;
use crate::progress::Progress;
use crate::standard_output::{print, print_fitted};

mod measured;
mod pages;
mod reasons;
mod score;
mod told;

use measured::Measured;
use score::Score;

/// Why rows are not told to be as before.
#[derive(Debug, Error)]
pub enum DriftError {
    /// They are not.
    #[error("{} drifted: {}", data.display(), reasons.join("; "))]
    Drifted {
        /// The rows.
        data: PathBuf,
        /// What has drifted, in words.
        reasons: Vec<String>,
    },
    /// No row could be read.
    #[error("{}: no row can be read{}", data.display(), first.as_ref().map_or(String::new(), |first| format!(", the first since {first}")))]
    NoRows {
        /// The file.
        data: PathBuf,
        /// What is wrong with the first.
        first: Option<String>,
    },
    /// A threshold is out of range.
    #[error("a threshold cannot be used: {0}")]
    Threshold(#[from] ThresholdError),
    /// The artifact contradicts itself.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The rows, or the report.
    #[error(transparent)]
    File(#[from] PredictError),
}

/// What was found.
struct Found<'a> {
    header: &'a Header,
    args: &'a DriftArgs,
    thresholds: Thresholds,
    measured: Measured,
    comparison: Comparison,
    /// The error now and before; why they cannot be compared, where the file holds the target; nothing where it does not.
    score: Option<Result<Score, String>>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &DriftArgs, reporting: Reporting) -> Result<(), Error> {
    let thresholds = thresholds(args).checked().map_err(DriftError::from)?;
    let model = ForestModel::read(&args.model)?;
    let reference = Reference::of(model.header(), model.profile()).map_err(DriftError::from)?;
    let measured = Measured::of(&args.data, &model, &reference, Progress::new(reporting))?;
    if measured.sketch.rows() == 0 {
        let first = measured.unreadable.first.as_ref().map(|problem| {
            let column = problem.column.as_deref().unwrap_or("the row");
            format!(
                "record {}: {column}: expected {}, found {}",
                problem.place.record, problem.expected, problem.found
            )
        });
        return Err(DriftError::NoRows { data: args.data.clone(), first }.into());
    }
    let comparison = compare(&reference, &measured.sketch, &thresholds);
    let score =
        measured.errors.as_ref().map(|errors| errors.compare(model.header(), &thresholds, &comparison));
    let found = Found { header: model.header(), args, thresholds, measured, comparison, score };
    if let Some(path) = &args.report {
        pages::write(&found, path).map_err(DriftError::from)?;
    }
    match (reporting.json, reporting.quiet) {
        (true, _) => print(&format!("{:#}\n", found.document()))?,
        (false, true) => {}
        (false, false) => print_fitted(&found.told())?,
    }
    match found.reasons() {
        reasons if reasons.is_empty() => Ok(()),
        reasons => Err(DriftError::Drifted { data: args.data.clone(), reasons }.into()),
    }
}

fn thresholds(args: &DriftArgs) -> Thresholds {
    Thresholds {
        psi: args.max_psi,
        ks: args.max_ks,
        js: args.max_js,
        missing: args.max_missing,
        outside: args.max_outside,
        score: args.max_score_drop,
        false_alarms: args.false_alarms,
        minimum_rows: args.min_rows,
    }
}
