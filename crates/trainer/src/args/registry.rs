//! The command line of `trainer registry`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use registry::{Alias, Reference};

/// Arguments of `trainer registry`.
#[derive(Debug, Clone, Args)]
pub struct RegistryArgs {
    /// The folder of the models: `output.dir` of the configs, `--model-folder` of the server
    #[arg(long, value_name = "FOLDER", env = "MODEL_FOLDER", default_value = "artifacts", global = true)]
    pub folder: PathBuf,
    /// An MLflow server in place of the folder: its address, or `mlflow` for the one that MLFLOW_TRACKING_URI names.
    /// MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, log in
    #[arg(long, value_name = "URI", global = true)]
    pub registry: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: RegistryCommand,
}

/// What can be asked of a registry. A version is named as NAME, NAME@ALIAS, NAME/NUMBER, NAME/latest or
/// NAME/STAGE, with `models:/` before it or not.
#[derive(Debug, Clone, Subcommand)]
pub enum RegistryCommand {
    /// List all models with their versions and aliases
    List,
    /// Show a version with its lineage and the trail of its model
    Show {
        /// The version
        version: Reference,
    },
    /// Compare two versions: data, config, features, quality
    Diff {
        /// The one
        one: Reference,
        /// The other
        other: Reference,
    },
    /// Let an alias name a version, or take it away
    Alias {
        /// The model
        model: String,
        /// The alias
        alias: Alias,
        /// The version, by number
        #[arg(required_unless_present = "remove", conflicts_with = "remove")]
        version: Option<u64>,
        /// Take the alias away
        #[arg(long)]
        remove: bool,
        /// Why, for the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Let a version answer: the alias `champion` names it
    Promote {
        /// The version
        version: Reference,
        /// Promote to this alias
        #[arg(long, value_name = "ALIAS", default_value = registry::CHAMPION)]
        alias: Alias,
        /// Why, for the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Take the last promotion back
    Rollback {
        /// The model
        model: String,
        /// The alias that goes back
        #[arg(long, value_name = "ALIAS", default_value = registry::CHAMPION)]
        alias: Alias,
        /// Why, for the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Delete a version that no alias names
    Delete {
        /// The version
        version: Reference,
        /// Why, for the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Take an artifact in
    Push {
        /// The artifact
        artifact: PathBuf,
        /// Experiment of the MLflow server that the run is logged to [default: the name of the model]
        #[arg(long, value_name = "NAME", requires = "registry")]
        experiment: Option<String>,
        /// Why, for the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Write the verified artifact of a version to a file
    Pull {
        /// The version
        version: Reference,
        /// Where it goes; its own name in the current folder when absent
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}
