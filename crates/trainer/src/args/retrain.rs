//! The command line of `trainer retrain`.

use std::path::PathBuf;

use clap::Args;
use registry::Alias;

/// Arguments of `trainer retrain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Exit codes:
  0  promoted, or nothing has changed
  1  failed: a file cannot be read or written, the data does not fit, ...
  2  the command line or the config is wrong
  3  the challenger misses the quality gate
  4  the challenger is not shown to be at least as good as the champion, or the data has drifted beyond --max-psi
In all but the first case the champion stays as it was.")]
pub struct RetrainArgs {
    /// The config, one JSON file for each problem
    #[arg(long, value_name = "FILE")]
    pub conf: PathBuf,
    /// Override a key of the config, as in `trainer train`
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// An MLflow server in place of the folder, as the key `registry` of the config names it: its address, or `mlflow` for the
    /// one that MLFLOW_TRACKING_URI names. The champion comes from there, and what is promoted goes there
    #[arg(long, value_name = "URI")]
    pub registry: Option<String>,
    /// Experiment of the MLflow server [default: the name of the model]
    #[arg(long, value_name = "NAME", requires = "registry")]
    pub experiment: Option<String>,
    /// The alias that names the champion, and is promoted
    #[arg(long, value_name = "ALIAS", default_value = registry::CHAMPION)]
    pub alias: Alias,
    /// Folder of the reports; `reports` in the folder of the artifacts when absent
    #[arg(long, value_name = "FOLDER")]
    pub report: Option<PathBuf>,
    /// Error that the challenger may have above the champion's at the upper end of the interval, as a share of the champion's
    /// error; with 0 only a proven gain is promoted
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub max_harm: f64,
    /// Refuse when the population stability index of a feature is above this and what chance gives; drift is reported either way
    #[arg(long, value_name = "PSI")]
    pub max_psi: Option<f64>,
}
