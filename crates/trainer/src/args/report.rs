//! Arguments of `trainer report`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  trainer report artifacts/boston-v1-20261130T081500Z.canopy --output boston.html
  trainer report model.canopy --data labelled.csv --protected sex --output report.html --output report.md
  trainer report model.canopy --learning-curve --output report.html";

/// Arguments of `trainer report`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// The artifact
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// Labelled rows that the model was not trained on; absent: the rows that its training held out, from the file that the
    /// artifact names
    #[arg(long, value_name = "CSV")]
    pub data: Option<PathBuf>,
    /// Where the report goes: a page (.html), Markdown (.md) or all figures (.json); may stand several times. Absent: a page
    /// beside the artifact
    #[arg(long, short, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// A column whose groups must be treated alike, a feature or not: the quality for each of them is shown, beside those that the
    /// config names; may stand several times
    #[arg(long, value_name = "COLUMN")]
    pub protected: Vec<String>,
    /// Train on parts of the training rows as well, to show what more rows would bring; takes about two and a half trainings, and
    /// is done unasked where there are few rows
    #[arg(long, conflicts_with = "data")]
    pub learning_curve: bool,
    /// Permute each feature so often, on the rows of the report, in place of the importances that the artifact holds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub n_repeats: Option<u32>,
}
