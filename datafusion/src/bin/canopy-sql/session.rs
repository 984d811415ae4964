//! The session that a query runs in.

use std::num::NonZeroUsize;
use std::sync::Arc;

use canopy_datafusion::{Refusals, SqlModel, functions};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::args::{Named, OnError, QueryArgs};

/// Users of memory that an error names.
const NAMED_USERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2);

/// A session with the models of the command line as functions.
pub(crate) async fn session(
    args: &QueryArgs,
) -> anyhow::Result<(SessionContext, Vec<(String, Arc<SqlModel>)>)> {
    let session = context(args).await?;
    let mut models = Vec::new();
    for Named { name, path } in &args.model {
        let model = if ships(args) { SqlModel::read_to_ship(path)? } else { SqlModel::read(path)? };
        let name = name.clone().unwrap_or_else(|| model.name());
        let refusals = match args.on_error {
            OnError::Fail => Refusals::Fail,
            OnError::Null => Refusals::Null,
        };
        for function in functions(&name, &model, refusals)? {
            if session.udf(function.name()).is_ok() || session.udaf(function.name()).is_ok() {
                anyhow::bail!(
                    "there is a function {:?} already: name the model with --model NAME=ARTIFACT",
                    function.name()
                );
            }
            session.register_udf(function);
        }
        models.push((name, model));
    }
    Ok((session, models))
}

fn ships(args: &QueryArgs) -> bool {
    #[cfg(feature = "cluster")]
    return args.ship_models;
    #[cfg(not(feature = "cluster"))]
    {
        let _ = args;
        false
    }
}

async fn context(args: &QueryArgs) -> anyhow::Result<SessionContext> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = args.threads.map_or(cores, NonZeroUsize::get);
    #[cfg(feature = "cluster")]
    if let Some(scheduler) = &args.scheduler {
        let partitions = args.partitions.map_or(4 * threads, NonZeroUsize::get);
        return Ok(canopy_datafusion::cluster::connect(scheduler, partitions).await?);
    }
    let partitions = if args.keep_order { 1 } else { threads };
    // Each thread that sorts sets some memory aside for merging what it put on the disk. A small limit must hold that of all.
    let config = SessionConfig::new().with_target_partitions(partitions).with_information_schema(true);
    let aside = config.options().execution.sort_spill_reservation_bytes;
    let config = config.with_sort_spill_reservation_bytes(aside.min(args.memory_limit.0 / (4 * partitions)));
    let pool = TrackConsumersPool::new(FairSpillPool::new(args.memory_limit.0), NAMED_USERS);
    let mut runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool));
    if let Some(folder) = &args.spill_folder {
        let mode = DiskManagerMode::Directories(vec![folder.clone()]);
        runtime = runtime.with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode));
    }
    Ok(SessionContext::new_with_config_rt(config, runtime.build_arc()?))
}
