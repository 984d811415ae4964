//! The trainer: from a JSON config and a CSV file to a versioned artifact, and back to what an artifact says.

pub mod args;
pub mod config;
mod config_schema;
pub mod csv_table;
pub mod error;
pub mod evaluation;
pub mod split;
pub mod timestamp;

pub use args::{Cli, Command, Reporting};
pub use config::Config;
pub use error::Error;

/// Does what the command line asks.
///
/// # Errors
/// See [`Error`]; [`Error::exit_code`] says how the process ends.
pub fn run(command: &Command, _reporting: Reporting) -> Result<(), Error> {
    match command {
        Command::ConfigSchema(args) => config_schema::run(args),
        Command::Train(_)
        | Command::Predict(_)
        | Command::Evaluate(_)
        | Command::Inspect(_)
        | Command::Init(_) => Err(Error::Unavailable),
    }
}
