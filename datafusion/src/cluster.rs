//! Ballista with model functions: the three programs of a cluster.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ballista::prelude::{SessionConfigExt, SessionContextExt};
use ballista_core::error::BallistaError;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::start_server;
use datafusion::error::Result;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::{LogicalCodec, ModelStore, PhysicalCodec};

/// A session whose queries are worked at by the executors of a scheduler, for example `df://10.0.0.1:50050`.
///
/// # Errors
/// When the address is none.
pub async fn connect(scheduler: &str, partitions: usize) -> Result<SessionContext> {
    let models = Arc::new(ModelStore::default());
    let config = SessionConfig::new_with_ballista()
        .with_target_partitions(partitions)
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::new(Arc::clone(&models))))
        .with_ballista_physical_extension_codec(Arc::new(PhysicalCodec::new(models)));
    SessionContext::remote_with_state(scheduler, state(config)).await
}

fn state(config: SessionConfig) -> SessionState {
    SessionStateBuilder::new().with_default_features().with_config(config).build()
}

/// Runs a scheduler until the process is ended.
///
/// # Errors
/// When it cannot listen.
pub async fn run_scheduler(bind: SocketAddr) -> Result<(), BallistaError> {
    let models = Arc::new(ModelStore::default());
    let config = SchedulerConfig {
        bind_host: bind.ip().to_string(),
        bind_port: bind.port(),
        task_distribution: TaskDistributionPolicy::RoundRobin,
        override_logical_codec: Some(Arc::new(LogicalCodec::new(Arc::clone(&models)))),
        override_physical_codec: Some(Arc::new(PhysicalCodec::new(models))),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    start_server(cluster, bind, Arc::new(config)).await
}

/// What an executor is told.
#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    /// Host and port of the scheduler.
    pub scheduler: (String, u16),
    /// Where it gives its results to others.
    pub bind: SocketAddr,
    /// The port at which the scheduler gives it work, on the same address.
    pub grpc_port: u16,
    /// Its name or address for the others; that of `bind` when absent.
    pub external_host: Option<String>,
    /// Tasks that it works at side by side.
    pub threads: usize,
    /// Memory of all tasks in bytes; 70 % of the machine's when absent.
    pub memory: Option<u64>,
    /// Where results are kept until they are fetched; a temporary folder when absent.
    pub work_folder: Option<PathBuf>,
}

/// Runs an executor until the process is ended. It waits for its scheduler, so that the two may be started in any order.
///
/// # Errors
/// When it cannot listen.
pub async fn run_executor(options: ExecutorOptions) -> Result<(), BallistaError> {
    let models = Arc::new(ModelStore::default());
    let config = ExecutorProcessConfig {
        bind_host: options.bind.ip().to_string(),
        external_host: options.external_host,
        port: options.bind.port(),
        grpc_port: options.grpc_port,
        scheduler_host: options.scheduler.0,
        scheduler_port: options.scheduler.1,
        // Ballista 55 tries again and again for any number but 0, which is not to try twice.
        scheduler_connect_timeout_seconds: 10,
        vcores: options.threads,
        memory_pool_size: options.memory,
        work_dir: options.work_folder.map(|folder| folder.to_string_lossy().into_owned()),
        job_data_ttl_seconds: 3600,
        job_data_clean_up_interval_seconds: 600,
        override_logical_codec: Some(Arc::new(LogicalCodec::new(Arc::clone(&models)))),
        override_physical_codec: Some(Arc::new(PhysicalCodec::new(models))),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await
}
