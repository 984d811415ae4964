//! Arguments of the subcommands that serve the shell.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const INSTALL: &str = "\
Install:
  bash  trainer completions bash > ~/.local/share/bash-completion/completions/trainer
  zsh   trainer completions zsh > \"${fpath[1]}/_trainer\"
  fish  trainer completions fish > ~/.config/fish/completions/trainer.fish";

/// Arguments of `trainer completions`.
#[derive(Debug, Clone, Copy, Args)]
#[command(after_help = INSTALL)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `trainer man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The folder that the pages go to, one for each subcommand; made when it is not there
    #[arg(long, short, value_name = "FOLDER", default_value = "man")]
    pub output: PathBuf,
}
