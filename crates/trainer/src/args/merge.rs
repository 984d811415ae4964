//! The command line of a training that is shared out: the number of a shard, and what puts shards together.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// Arguments of `trainer train` for a part of the trees.
#[derive(Debug, Clone, Default, Args)]
pub struct ShardArgs {
    /// Grow part I of N of the trees only, and write a shard file into the output folder: `--shard 2/4`. `trainer merge`
    /// makes of all N shards the artifact that one run would have written
    #[arg(long, value_name = "I/N", conflicts_with = "oob_predictions")]
    pub shard: Option<ShardOf>,
    /// Number of the first shard: 0 where I comes from a cluster that counts from 0, as JOB_COMPLETION_INDEX of a Kubernetes
    /// Job does
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "shard",
          value_parser = clap::value_parser!(u32).range(0..=1))]
    pub shard_base: u32,
}

/// `I/N` as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardOf {
    /// The number, counted from whatever the base is.
    pub number: u32,
    /// How many there are, from 1.
    pub of: u32,
}

impl FromStr for ShardOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=65_536).contains(&of) => Ok(Self { number, of }),
            _ => Err("expected the number of the shard and how many there are, up to 65536: for example 2/4"
                .into()),
        }
    }
}

/// Arguments of `trainer merge`.
#[derive(Debug, Clone, Args)]
pub struct MergeArgs {
    /// The shard files of one training, all of them, in any order
    #[arg(value_name = "SHARD", required = true)]
    pub shards: Vec<PathBuf>,
    /// The config that the shards were grown with; when absent the one that they hold
    #[arg(long, value_name = "FILE")]
    pub conf: Option<PathBuf>,
    /// Override a key of the config, for example `--set data.path=/data/rows.csv`; what decides about the trees must stay
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Write the answer to every training row by the trees that did not draw it to a CSV file; needs `model.oob_score`
    #[arg(long, value_name = "FILE")]
    pub oob_predictions: Option<PathBuf>,
}
