//! The programs of a cluster.

use std::num::NonZeroUsize;
use std::time::Duration;

use canopy_datafusion::answered_rows;
use canopy_datafusion::cluster::{ExecutorOptions, run_executor, run_scheduler};

use crate::args::{ExecutorArgs, HostPort, SchedulerArgs};

/// How often it is told how many rows were answered.
const TOLD_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn scheduler(args: &SchedulerArgs) -> anyhow::Result<()> {
    eprintln!("scheduler on {}", args.bind);
    Ok(run_scheduler(args.bind).await?)
}

pub(crate) async fn executor(args: ExecutorArgs) -> anyhow::Result<()> {
    let HostPort(host, port) = args.scheduler;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    eprintln!("executor on {} for the scheduler on {host}:{port}", args.bind);
    tokio::spawn(tell());
    let options = ExecutorOptions {
        scheduler: (host, port),
        bind: args.bind,
        grpc_port: args.grpc_port,
        external_host: args.external_host,
        threads: args.threads.map_or(cores, NonZeroUsize::get),
        memory: args.memory_limit.map(|size| size.0 as u64),
        work_folder: args.work_folder,
    };
    Ok(run_executor(options).await?)
}

/// Tells how many rows were answered, while there is work.
async fn tell() {
    let mut told = 0;
    loop {
        tokio::time::sleep(TOLD_EVERY).await;
        let answered = answered_rows();
        if answered != told {
            eprintln!("{answered} rows answered");
            told = answered;
        }
    }
}
