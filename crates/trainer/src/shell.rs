//! `trainer completions` and `trainer man`: the command line, for shells and for `man`.

use std::fs;

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::error::Error;
use crate::init::InitError;
use crate::standard_output::print;

/// Prints the script that completes the command line in a shell.
pub(crate) fn completions(args: CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "trainer", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Writes a page for each subcommand.
pub(crate) fn man(args: &ManArgs) -> Result<(), Error> {
    let written = fs::create_dir_all(&args.output)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.output));
    written.map_err(|source| InitError::Write { path: args.output.clone(), source })?;
    print(&format!("Wrote {}; read them with `man --local-file FILE`\n", args.output.display()))
}
