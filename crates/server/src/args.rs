//! The command line and the environment as typed. [`crate::settings`] checks them.

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::state::Limits;
use crate::telemetry::LogFormat;

mod grpc;
mod models;
mod security;
mod traces;
mod watch;

pub(crate) use grpc::GrpcArgs;
pub(crate) use models::ModelsArgs;
pub(crate) use security::SecurityArgs;
pub(crate) use traces::TraceArgs;
pub(crate) use watch::WatchArgs;

/// Serve trained models as an HTTP API
///
/// The model is one artifact file (--model), or the models are those of a folder (--model-folder). Every option can be given
/// as an environment variable, named below; an empty variable counts as unset. /docs explains the API of the model that
/// is loaded.
#[derive(Debug, Parser)]
#[command(name = "server", version, max_term_width = 110)]
pub struct Args {
    #[command(flatten)]
    pub(crate) models: ModelsArgs,

    /// Address and port to listen on, in place of --host and --port
    #[arg(long, env = "BIND", value_name = "ADDRESS:PORT", help_heading = "Network")]
    pub(crate) bind: Option<String>,

    /// Address or host name to listen on; 0.0.0.0 for all IPv4 addresses
    #[arg(long, env = "HOST", value_name = "HOST", default_value = "127.0.0.1", help_heading = "Network")]
    pub(crate) host: String,

    /// Port to listen on; 0 for a free one
    #[arg(long, env = "PORT", value_name = "PORT", default_value_t = 8000, help_heading = "Network")]
    pub(crate) port: u16,

    #[command(flatten)]
    pub(crate) grpc: GrpcArgs,

    /// Worker threads that answer requests [default: one for each processor]
    #[arg(long, env = "WORKERS", value_name = "N", help_heading = "Network")]
    pub(crate) workers: Option<usize>,

    /// Largest body of a request in bytes, also after decompression
    #[arg(
        long,
        env = "MAX_BODY_BYTES",
        value_name = "BYTES",
        default_value_t = Limits::default().maximum_body_bytes,
        help_heading = "Limits"
    )]
    pub(crate) max_body_bytes: usize,

    /// Most rows in one request
    #[arg(
        long,
        env = "MAX_ROWS",
        value_name = "ROWS",
        default_value_t = Limits::default().maximum_rows,
        help_heading = "Limits"
    )]
    pub(crate) max_rows: usize,

    /// Most open connections; further ones get the status 429 and are closed
    #[arg(
        long,
        env = "MAX_CONNECTIONS",
        value_name = "N",
        default_value_t = Limits::default().maximum_connections,
        help_heading = "Limits"
    )]
    pub(crate) max_connections: usize,

    /// Most large requests (over 32 KiB) that are worked at together, each by a thread of its own; small ones are answered
    /// by the worker that reads them [default: one for each processor]
    #[arg(long, env = "MAX_CONCURRENCY", value_name = "N", help_heading = "Limits")]
    pub(crate) max_concurrency: Option<usize>,

    /// Most large requests that wait for such a thread; further ones get the status 429 at once
    #[arg(
        long,
        env = "MAX_QUEUE",
        value_name = "N",
        default_value_t = Limits::default().maximum_queue,
        help_heading = "Limits"
    )]
    pub(crate) max_queue: usize,

    /// Most bytes of large bodies in memory, those that arrive and those that wait; further ones get the status 429
    #[arg(
        long,
        env = "MAX_BUFFERED_BYTES",
        value_name = "BYTES",
        default_value_t = Limits::default().maximum_buffered_bytes,
        help_heading = "Limits"
    )]
    pub(crate) max_buffered_bytes: usize,

    /// Seconds in which the head of a request, and then its body, must arrive
    #[arg(
        long,
        env = "REQUEST_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = Limits::default().request_timeout.as_secs_f64(),
        help_heading = "Limits"
    )]
    pub(crate) request_timeout: f64,

    /// Seconds that an idle connection is kept open
    #[arg(long, env = "KEEP_ALIVE", value_name = "SECONDS", default_value_t = 75.0, help_heading = "Limits")]
    pub(crate) keep_alive: f64,

    /// Seconds that running requests get to finish when the server is told to stop
    #[arg(
        long,
        env = "SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 2,
        help_heading = "Limits"
    )]
    pub(crate) shutdown_timeout: u64,

    #[command(flatten)]
    pub(crate) security: SecurityArgs,

    /// Ask the server at this address whether it is ready, and end with exit code 0 if so; for images without curl
    #[arg(long, help_heading = "Health")]
    pub(crate) health_check: bool,

    /// Form of the log on standard error
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", default_value = "text", help_heading = "Log")]
    pub(crate) log_format: LogFormat,

    /// Least severe lines to log: error, warn, info, debug, trace, or a filter by module
    #[arg(
        long,
        env = "LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info,actix_server=warn",
        help_heading = "Log"
    )]
    pub(crate) log_level: String,

    #[command(flatten)]
    pub(crate) watch: WatchArgs,

    #[command(flatten)]
    pub(crate) traces: TraceArgs,
}

impl Args {
    /// Reads command line and environment; leaves the program on `--help`, `--version` and mistakes.
    pub fn read() -> Self {
        let command = without_empty_variables(Self::command());
        let mut matches = command.get_matches();
        Self::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit())
    }
}

/// A container often sets a variable to nothing when it means to leave it unset.
fn without_empty_variables(mut command: clap::Command) -> clap::Command {
    let empty: Vec<_> = command
        .get_arguments()
        .filter(|arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty()))
        .map(|arg| arg.get_id().clone())
        .collect();
    for id in empty {
        command = command.mut_arg(id, |arg| arg.env(None));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }
}
