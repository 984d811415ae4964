//! `trainer merge`: the artifact of a training that was shared out.

use crate::args::{MergeArgs, Reporting};
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::{TrainError, merge};
use crate::progress::Progress;
use crate::shard::ShardSet;
use crate::train::train_and_write;

/// Runs the subcommand. It reports as `train` does.
pub(crate) fn run(args: &MergeArgs, reporting: Reporting) -> Result<(), Error> {
    let shards = ShardSet::read(&args.shards).map_err(TrainError::from)?;
    let config = match &args.conf {
        Some(path) => Config::read(path, &args.set)?,
        None => {
            let (held, name) = shards.config();
            let file = args.shards.first().map(|path| path.display().to_string()).unwrap_or_default();
            Config::parse(&held.to_string(), &args.set, &file, name)?
        }
    };
    let merge = || merge(&config, shards, &Progress::new(reporting));
    train_and_write(&config, args.oob_predictions.as_deref(), true, reporting, merge)
}
