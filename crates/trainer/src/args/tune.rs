//! Arguments of `trainer tune`.

use std::path::PathBuf;

use clap::Args;

use crate::config::Sampler;

const EXAMPLES: &str = "\
Examples:
  trainer tune --conf configs/boston.json --trials 40 --output best.json --report tune.html
  trainer tune --conf configs/boston.json --time 600 --output best.json
  trainer tune --conf configs/boston.json --trials 200 --output best.json --resume";

/// Arguments of `trainer tune`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct TuneArgs {
    /// The config; its section `tune` says what is searched
    #[arg(long, value_name = "FILE")]
    pub conf: PathBuf,
    /// Override a key of the config, for example `--set tune.folds=10`; the value is JSON, or else text
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Most trials, the config as it stands included; as `tune.trials`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub trials: Option<u32>,
    /// Begin no further trials after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub time: Option<u64>,
    /// How the values of a trial are chosen; as `tune.sampler`
    #[arg(long, value_enum)]
    pub sampler: Option<Sampler>,
    /// Write the config with the best values; without it they are only shown
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Keep every trial here, one JSON object a line [default: beside the output, with .trials.jsonl]
    #[arg(long, value_name = "FILE")]
    pub trials_file: Option<PathBuf>,
    /// Write a report with pictures: a page (.html), Markdown (.md) or all figures (.json); may stand several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Go on with the trials of an earlier run of the same search, which may have been killed or been shorter
    #[arg(long)]
    pub resume: bool,
    /// Overwrite output and trials of an earlier search
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
}
