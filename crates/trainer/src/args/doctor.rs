//! Arguments of `trainer doctor`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  trainer doctor --conf configs/boston.json
  trainer doctor --conf homes.json --model artifacts/homes-v3-20261130T081500Z.canopy --bind 0.0.0.0:80";

/// Arguments of `trainer doctor`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
    /// A config to check, with its data and its output folder; may stand several times
    #[arg(long, value_name = "FILE")]
    pub conf: Vec<PathBuf>,
    /// Override a key of the configs, for example `--set data.path=new.csv`
    #[arg(long, value_name = "KEY=VALUE", requires = "conf")]
    pub set: Vec<String>,
    /// An artifact to check; may stand several times
    #[arg(long, value_name = "FILE")]
    pub model: Vec<PathBuf>,
    /// The address that the server is to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub bind: String,
}
