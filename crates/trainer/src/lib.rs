//! The trainer: from a JSON config and a CSV file to a versioned artifact, and back to what an artifact says.

pub mod args;
mod baselines;
mod compare;
pub mod config;
mod config_schema;
pub mod csv_table;
mod doctor;
mod drift;
pub mod error;
mod evaluate;
pub mod evaluation;
mod explore;
mod export;
mod import;
pub mod init;
mod inspect;
mod merge;
mod model_report;
mod parquet_file;
mod picture;
pub mod pipeline;
pub mod predict;
pub mod preparation;
pub mod progress;
mod registry;
pub mod report;
mod retrain;
pub mod roles;
pub mod row_rules;
pub mod schema_inference;
pub mod shard;
mod shell;
pub mod split;
mod standard_output;
mod stream;
pub mod timestamp;
mod train;
mod training_baseline;
pub mod training_profile;
mod tune;
pub mod typed_table;

pub use args::{Cli, Command, Reporting};
pub use config::Config;
pub use error::Error;
pub use import::ImportFailure;
pub use model_report::ReportError;

/// Does what the command line asks.
///
/// # Errors
/// See [`Error`]; [`Error::exit_code`] says how the process ends.
pub fn run(command: &Command, reporting: Reporting) -> Result<(), Error> {
    match command {
        Command::Doctor(args) => doctor::run(args, reporting),
        Command::Completions(args) => shell::completions(*args),
        Command::Man(args) => shell::man(args),
        Command::ConfigSchema(args) => config_schema::run(args),
        Command::Train(args) => train::run(args, reporting),
        Command::Merge(args) => merge::run(args, reporting),
        Command::Predict(args) => predict::run(args, reporting),
        Command::Stream(args) => stream::run(args, reporting),
        Command::Evaluate(args) => evaluate::run(args, reporting),
        Command::Report(args) => model_report::run(args, reporting),
        Command::Inspect(args) => inspect::run(args, reporting),
        Command::Explore(args) => explore::run(args, reporting),
        Command::Init(args) => init::run(args, reporting),
        Command::Tune(args) => tune::run(args, reporting),
        Command::Compare(args) => compare::run(args, reporting),
        Command::Export(args) => export::run(args, reporting),
        Command::Import(args) => import::run(args, reporting),
        Command::Registry(args) => registry::run(args, reporting),
        Command::Retrain(args) => retrain::run(args, reporting),
        Command::Drift(args) => drift::run(args, reporting),
    }
}
