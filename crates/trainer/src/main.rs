//! The command line of the trainer.

use std::process::ExitCode;

use clap::Parser;
use trainer::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli.command, cli.reporting) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.print();
            ExitCode::from(error.exit_code())
        }
    }
}
