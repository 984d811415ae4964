//! Arguments of `trainer compare`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  trainer compare --conf configs/boston.json
  trainer compare --conf configs/boston.json --conf best.json --report compared.html
  trainer compare --conf configs/iris.json --vary 'model.algorithm=[\"random_forest\",\"extra_trees\"]'
  trainer compare --conf configs/boston.json --vary 'model.min_samples_leaf=[1,3,10]' \\
    --sample 10000 --metric mae --require 'p95_latency_ms<10' --require 'artifact_mb<5'";

/// Arguments of `trainer compare`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// A config; may stand several times. All of them have the same data, target and split
    #[arg(long, value_name = "FILE", required = true)]
    pub conf: Vec<PathBuf>,
    /// Override a key of every config; the value is JSON, or else text
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Compare every config with each value of this list for a key, for example `--vary model.max_depth=[4,8,null]`; of several,
    /// all combinations
    #[arg(long, value_name = "KEY=LIST")]
    pub vary: Vec<String>,
    /// Compare on so many rows of the training part, which are drawn; on all of them when absent
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(2..))]
    pub sample: Option<u32>,
    /// Number of folds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub folds: u32,
    /// The metric that ranks; absent: that of the first config's first quality gate, else the first of its `metrics`
    #[arg(long, value_name = "METRIC")]
    pub metric: Option<String>,
    /// What a config has to keep to be ranked: a quantity, `<`, `<=`, `>` or `>=`, and a number. Quantities are
    /// p50_latency_ms, p95_latency_ms, artifact_mb, trees, nodes, fit_seconds and every metric of the task
    #[arg(long, value_name = "BOUND")]
    pub require: Vec<String>,
    /// Write a report with pictures: a page (.html), Markdown (.md) or all figures (.json); may stand several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
}
