//! The arguments of what is kept of requests: counts, to be compared with the training data, and rows, only where asked for.

use std::path::PathBuf;

use crate::watch::Watch;

/// What is kept of requests.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Drift")]
pub(crate) struct WatchArgs {
    /// Rows of each version that are compared with its training data, the latest; 0 counts none
    #[arg(long, env = "DRIFT_WINDOW", value_name = "ROWS", default_value_t = Watch::WINDOW)]
    pub(crate) drift_window: u64,

    /// File to which rows of requests and their predictions are written, one JSON object a line; this is the only place
    /// where the server writes what it is asked [default: nothing is written]
    #[arg(long, env = "CAPTURE", value_name = "PATH")]
    pub(crate) capture: Option<PathBuf>,

    /// Share of the rows that are captured, from 0 to 1
    #[arg(long, env = "CAPTURE_RATE", value_name = "SHARE", default_value_t = 1.0)]
    pub(crate) capture_rate: f64,

    /// Names of features whose values are not captured, separated by commas; `prediction` is the prediction
    #[arg(long, env = "CAPTURE_REDACT", value_name = "NAMES", value_delimiter = ',')]
    pub(crate) capture_redact: Vec<String>,

    /// Most bytes of the file of captured rows; a full one becomes PATH.1, in place of the one before
    #[arg(long, env = "CAPTURE_MAX_BYTES", value_name = "BYTES", default_value_t = 100_000_000)]
    pub(crate) capture_max_bytes: u64,
}
