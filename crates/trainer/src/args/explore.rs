//! Arguments of `trainer explore`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  trainer explore homes.csv
  trainer explore homes.csv --target price --report homes.html
  trainer explore --conf configs/taxi.json --report taxi.html --report taxi.json";

/// Arguments of `trainer explore`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExploreArgs {
    /// The file, CSV whose layout is guessed, or by its ending Parquet; or else a config names it
    #[arg(value_name = "FILE", required_unless_present = "conf", conflicts_with = "conf")]
    pub data: Option<PathBuf>,
    /// The config whose table is looked at, with its target, its filters and its kinds of features
    #[arg(long, value_name = "FILE")]
    pub conf: Option<PathBuf>,
    /// Override a key of the config, for example `--set data.path=new.csv`; the value is JSON, or else text
    #[arg(long, value_name = "KEY=VALUE", requires = "conf")]
    pub set: Vec<String>,
    /// The column that is to be predicted: what goes with it is shown, and what gives it away
    #[arg(long, value_name = "COLUMN", conflicts_with = "conf")]
    pub target: Option<String>,
    /// Names of the columns, separated by commas, for a file without a header
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "conf")]
    pub columns: Option<Vec<String>>,
    /// Write a report with pictures: a page (.html), Markdown (.md) or all figures (.json); may stand several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Correlate the squares and cubes of the columns with the target as well
    #[arg(long)]
    pub powers: bool,
}
