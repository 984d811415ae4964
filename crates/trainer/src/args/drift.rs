//! The command line of `trainer drift`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `trainer drift`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A feature, or the predictions, have drifted when a measure is above its threshold and chance is ruled out for so many rows.
Where the file holds the target, too, the model's error is compared with that on its held-out rows.

Examples:
  trainer drift --model artifacts/boston-v1-….canopy --data new.csv
  trainer drift --model champion.canopy --data week.ndjson.gz --report drift.html --max-psi 0.1

Exit codes:
  0  no drift, or too few rows to tell
  1  failed: a file cannot be read or written, no row can be read, ...
  2  the command line is wrong
  5  drift")]
pub struct DriftArgs {
    /// The artifact
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// The new rows, CSV, NDJSON or Parquet by the name of the file, packed by gzip or zstd or not
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Write a report with pictures, in HTML or Markdown by its name; one that is there is replaced
    #[arg(long, value_name = "FILE", value_parser = report_path)]
    pub report: Option<PathBuf>,
    /// Most population stability index, less what chance gives, of a feature or the predictions
    #[arg(long, value_name = "PSI", default_value_t = 0.25)]
    pub max_psi: f64,
    /// Largest Kolmogorov–Smirnov distance of a number
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.2)]
    pub max_ks: f64,
    /// Largest Jensen–Shannon distance, in bits, less what chance gives
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.2)]
    pub max_js: f64,
    /// Largest change of the share of missing values
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub max_missing: f64,
    /// Largest share of values that training did not see: new levels, or numbers below or above its range
    #[arg(long, value_name = "SHARE", default_value_t = 0.02)]
    pub max_outside: f64,
    /// Largest growth of the error, as a share of the error on the held-out rows, where the file holds the target
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub max_score_drop: f64,
    /// Probability of an alarm for rows of the training's own population, over all features and measures
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.01)]
    pub false_alarms: f64,
    /// Fewest rows that are judged
    #[arg(long, value_name = "ROWS", default_value_t = 50)]
    pub min_rows: u64,
}

fn report_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm" | "md") => Ok(path),
        _ => Err("expected a name that ends in .html or .md".into()),
    }
}
