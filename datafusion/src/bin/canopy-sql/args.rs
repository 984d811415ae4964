//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};

use crate::memory::MemorySize;

/// SQL over Parquet, CSV and NDJSON files of any size, with Canopy models as functions.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[cfg(feature = "cluster")]
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) query: QueryArgs,
}

/// The other programs of a cluster.
#[cfg(feature = "cluster")]
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Run the scheduler of a cluster: it plans the queries and gives out their parts
    Scheduler(SchedulerArgs),
    /// Run an executor of a cluster: it works at parts of queries
    Executor(ExecutorArgs),
}

/// A query.
#[derive(Debug, clap::Args)]
pub(crate) struct QueryArgs {
    /// The query, for example "SELECT *, iris(a, b, c, d) FROM rows"
    #[arg(required_unless_present = "score")]
    pub(crate) sql: Option<String>,
    /// A model and the name of its function; without a name that in the artifact
    #[arg(long, value_name = "[NAME=]ARTIFACT")]
    pub(crate) model: Vec<Named>,
    /// A file, or a folder of files of one kind, and the name of its table; without a name `rows`
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(crate) table: Vec<Named>,
    /// Instead of a query: all columns of a table, and the answer of the one model behind them
    #[arg(long, value_name = "TABLE", conflicts_with = "sql")]
    pub(crate) score: Option<String>,
    /// The file for the result, .parquet, .csv or .ndjson; it appears when it is complete. Without it CSV goes to standard output
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
    /// The form of the result, where its name does not tell it
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// What becomes of a row with a value that the model refuses
    #[arg(long, value_enum, default_value_t = OnError::Fail)]
    pub(crate) on_error: OnError,
    /// Read all columns of CSV files as text: missing markers and marks of numbers are those of the model
    #[arg(long)]
    pub(crate) csv_text: bool,
    /// Keep the rows in the order of the files: they are read by one thread, and answered by all
    #[arg(long)]
    pub(crate) keep_order: bool,
    /// Memory for sorting, joining and grouping; more goes to the disk
    #[arg(long, value_name = "SIZE", default_value = "1GB")]
    pub(crate) memory_limit: MemorySize,
    /// The folder for what does not fit into memory; by default that of the system for temporary files
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spill_folder: Option<PathBuf>,
    /// Threads; by default one for each core
    #[arg(long)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Let the executors of this scheduler do the work, for example df://10.0.0.1:50050
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "URL")]
    pub(crate) scheduler: Option<String>,
    /// Parts of a query, by default four for each thread: as many tasks can run side by side in a cluster
    #[cfg(feature = "cluster")]
    #[arg(long, requires = "scheduler")]
    pub(crate) partitions: Option<NonZeroUsize>,
    /// Send the artifacts along with the query, instead of their paths
    #[cfg(feature = "cluster")]
    #[arg(long, requires = "scheduler")]
    pub(crate) ship_models: bool,
    /// Say nothing of rows and time
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What becomes of a row with a value that the model refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// The query ends with an error that names the value
    Fail,
    /// The answer is null
    Null,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values with a header
    Csv,
    /// An object a line
    Ndjson,
    /// Columns
    Parquet,
}

/// A path, and the name that is given to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) path: PathBuf,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |name: &str| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        let (name, path) = match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && is_name(name) => (Some(name.to_owned()), path),
            _ => (None, text),
        };
        if path.is_empty() {
            return Err("expected a path, or NAME=PATH".into());
        }
        Ok(Self { name, path: path.into() })
    }
}

/// A scheduler.
#[cfg(feature = "cluster")]
#[derive(Debug, clap::Args)]
pub(crate) struct SchedulerArgs {
    /// Where it listens. It trusts everybody who reaches it
    #[arg(long, default_value = "127.0.0.1:50050")]
    pub(crate) bind: std::net::SocketAddr,
}

/// An executor.
#[cfg(feature = "cluster")]
#[derive(Debug, clap::Args)]
pub(crate) struct ExecutorArgs {
    /// Host and port of the scheduler
    #[arg(long, default_value = "localhost:50050")]
    pub(crate) scheduler: HostPort,
    /// Where it gives its results to others
    #[arg(long, default_value = "127.0.0.1:50051")]
    pub(crate) bind: std::net::SocketAddr,
    /// The port at which the scheduler gives it work
    #[arg(long, default_value_t = 50052)]
    pub(crate) grpc_port: u16,
    /// Its name or address for the others, when it is not that of --bind
    #[arg(long)]
    pub(crate) external_host: Option<String>,
    /// Tasks side by side; by default one for each core
    #[arg(long)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Memory of all tasks; by default 70 % of the machine's
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<MemorySize>,
    /// Where results are kept until they are fetched; by default a temporary folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) work_folder: Option<PathBuf>,
}

/// Host and port.
#[cfg(feature = "cluster")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort(pub(crate) String, pub(crate) u16);

#[cfg(feature = "cluster")]
impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match parts {
            Some((host, port)) if !host.is_empty() => Ok(Self(host.into(), port)),
            _ => Err(format!("expected HOST:PORT, found {text:?}")),
        }
    }
}
