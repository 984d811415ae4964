//! The command line and the environment: as typed ([`Args`]), then checked ([`Settings`]).

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::loading::Choice;
use crate::state::Limits;
use crate::telemetry::LogFormat;

/// Serve a trained model as an HTTP API
///
/// The model is one artifact file (--model), or the newest one in a folder (--model-folder). Every option can be given
/// as an environment variable, named below; an empty variable counts as unset. /docs explains the API of the model that
/// is loaded.
#[derive(Debug, Parser)]
#[command(name = "server", version, max_term_width = 110)]
pub struct Args {
    /// Artifact file to serve
    #[arg(long, env = "MODEL", value_name = "PATH", help_heading = "Model")]
    model: Option<PathBuf>,

    /// Folder of artifacts, from which the newest version is served; --model goes before it
    #[arg(long, env = "MODEL_FOLDER", value_name = "FOLDER", help_heading = "Model")]
    model_folder: Option<PathBuf>,

    /// Name of the model to serve, for a folder that holds several
    #[arg(long, env = "MODEL_NAME", value_name = "NAME", help_heading = "Model")]
    model_name: Option<String>,

    /// Version of the model to serve instead of the newest
    #[arg(long, env = "MODEL_VERSION", value_name = "N", help_heading = "Model")]
    model_version: Option<u64>,

    /// Refuse values outside the range seen in training instead of answering with a warning [default: as the model's
    /// config says]
    #[arg(
        long,
        env = "STRICT",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true,
        help_heading = "Model"
    )]
    strict: Option<bool>,

    /// Address and port to listen on, in place of --host and --port
    #[arg(long, env = "BIND", value_name = "ADDRESS:PORT", help_heading = "Network")]
    bind: Option<String>,

    /// Address or host name to listen on; 0.0.0.0 for all IPv4 addresses
    #[arg(long, env = "HOST", value_name = "HOST", default_value = "127.0.0.1", help_heading = "Network")]
    host: String,

    /// Port to listen on; 0 for a free one
    #[arg(long, env = "PORT", value_name = "PORT", default_value_t = 8000, help_heading = "Network")]
    port: u16,

    /// Worker threads that answer requests [default: one for each processor]
    #[arg(long, env = "WORKERS", value_name = "N", help_heading = "Network")]
    workers: Option<usize>,

    /// Largest body of a request in bytes, also after decompression
    #[arg(
        long,
        env = "MAX_BODY_BYTES",
        value_name = "BYTES",
        default_value_t = Limits::default().maximum_body_bytes,
        help_heading = "Limits"
    )]
    max_body_bytes: usize,

    /// Most rows in one request
    #[arg(
        long,
        env = "MAX_ROWS",
        value_name = "ROWS",
        default_value_t = Limits::default().maximum_rows,
        help_heading = "Limits"
    )]
    max_rows: usize,

    /// Seconds in which the head of a request, and then its body, must arrive
    #[arg(
        long,
        env = "REQUEST_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = Limits::default().request_timeout.as_secs_f64(),
        help_heading = "Limits"
    )]
    request_timeout: f64,

    /// Seconds that an idle connection is kept open
    #[arg(long, env = "KEEP_ALIVE", value_name = "SECONDS", default_value_t = 75.0, help_heading = "Limits")]
    keep_alive: f64,

    /// Seconds that running requests get to finish when the server is told to stop
    #[arg(
        long,
        env = "SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 2,
        help_heading = "Limits"
    )]
    shutdown_timeout: u64,

    /// Ask the server at this address whether it is ready, and end with exit code 0 if so; for images without curl
    #[arg(long, help_heading = "Health")]
    health_check: bool,

    /// Form of the log on standard error
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", default_value = "text", help_heading = "Log")]
    log_format: LogFormat,

    /// Least severe lines to log: error, warn, info, debug, trace, or a filter by module
    #[arg(
        long,
        env = "LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info,actix_server=warn",
        help_heading = "Log"
    )]
    log_level: String,
}

/// Settings that were checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which model to serve.
    pub model: Choice,
    /// Overrules the model's own strictness.
    pub strict: Option<bool>,
    /// Address or host name, and port.
    pub address: (String, u16),
    /// Number of worker threads.
    pub workers: Option<usize>,
    /// Limits on requests.
    pub limits: Limits,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long running requests may take after a signal to stop.
    pub shutdown_timeout: u64,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Filter of the log.
    pub log_level: String,
}

/// Why the arguments do not make settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArgsError {
    /// Nothing says which model to serve.
    #[error(
        "no model to serve: set MODEL_FOLDER (or --model-folder) to the folder of the artifacts, \
         or --model to one artifact file"
    )]
    NoModel,
    /// An option has a value that it cannot have.
    #[error("--{option} ({variable}): expected {expected}, got {got:?}")]
    Value {
        /// The option.
        option: &'static str,
        /// Its environment variable.
        variable: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        got: String,
    },
}

impl Args {
    /// Reads command line and environment; leaves the program on `--help`, `--version` and mistakes.
    pub fn read() -> Self {
        let command = without_empty_variables(Self::command());
        let mut matches = command.get_matches();
        Self::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit())
    }

    /// The address to ask, when this run is to ask and not to serve.
    ///
    /// # Errors
    /// When the address is none.
    pub fn health_check(&self) -> Result<Option<(String, u16)>, ArgsError> {
        self.health_check.then(|| self.address()).transpose()
    }

    /// Checks what clap cannot.
    ///
    /// # Errors
    /// When no model is named, or a value is out of its range.
    pub fn check(self) -> Result<Settings, ArgsError> {
        let address = self.address()?;
        let model = match (self.model, self.model_folder) {
            (Some(path), _) => Choice::File(path),
            (None, Some(folder)) => {
                Choice::Newest { folder, name: self.model_name, version: self.model_version }
            }
            (None, None) => return Err(ArgsError::NoModel),
        };
        at_least_one("workers", "WORKERS", self.workers.unwrap_or(1))?;
        at_least_one("max-body-bytes", "MAX_BODY_BYTES", self.max_body_bytes)?;
        at_least_one("max-rows", "MAX_ROWS", self.max_rows)?;
        Ok(Settings {
            model,
            strict: self.strict,
            address,
            workers: self.workers,
            limits: Limits {
                maximum_body_bytes: self.max_body_bytes,
                maximum_rows: self.max_rows,
                request_timeout: seconds("request-timeout", "REQUEST_TIMEOUT", self.request_timeout)?,
            },
            keep_alive: seconds("keep-alive", "KEEP_ALIVE", self.keep_alive)?,
            shutdown_timeout: self.shutdown_timeout,
            log_format: self.log_format,
            log_level: self.log_level,
        })
    }

    fn address(&self) -> Result<(String, u16), ArgsError> {
        match &self.bind {
            Some(bind) => address(bind),
            None => Ok((self.host.clone(), self.port)),
        }
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

/// `127.0.0.1:5000`, `[::1]:5000` or `localhost:5000`.
fn address(bind: &str) -> Result<(String, u16), ArgsError> {
    let parsed = bind.rsplit_once(':').and_then(|(host, port)| {
        let port = port.parse().ok()?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(host) => host.parse::<IpAddr>().ok()?.to_string(),
            None if host.is_empty() || host.contains(':') => return None,
            None => host.to_owned(),
        };
        Some((host, port))
    });
    parsed.ok_or_else(|| ArgsError::Value {
        option: "bind",
        variable: "BIND",
        expected: "an address and a port such as 127.0.0.1:5000 or [::1]:5000",
        got: bind.into(),
    })
}

fn at_least_one(option: &'static str, variable: &'static str, value: usize) -> Result<(), ArgsError> {
    if value > 0 {
        return Ok(());
    }
    Err(ArgsError::Value { option, variable, expected: "at least 1", got: value.to_string() })
}

fn seconds(option: &'static str, variable: &'static str, value: f64) -> Result<Duration, ArgsError> {
    match Duration::try_from_secs_f64(value) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(ArgsError::Value {
            option,
            variable,
            expected: "a positive number of seconds",
            got: value.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn addresses_are_read() {
        let check = |bind: &str, expected: Option<(&str, u16)>| {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(address(bind).ok(), expected, "{bind}");
        };
        check("127.0.0.1:5000", Some(("127.0.0.1", 5000)));
        check("[::1]:5000", Some(("::1", 5000)));
        check("localhost:80", Some(("localhost", 80)));
        check(":5000", None);
        check("::1:5000", None);
        check("127.0.0.1", None);
        check("127.0.0.1:70000", None);
        check("[nonsense]:1", None);
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_names() {
        let check = |arguments: &[&str], expected: &str| {
            let arguments = ["server", "--model", "m.canopy"].iter().chain(arguments);
            let error = Args::try_parse_from(arguments).unwrap().check().unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(&["--workers", "0"], "--workers (WORKERS): expected at least 1, got \"0\"");
        check(&["--max-rows", "0"], "--max-rows (MAX_ROWS): expected at least 1, got \"0\"");
        check(
            &["--request-timeout", "inf"],
            "--request-timeout (REQUEST_TIMEOUT): expected a positive number of seconds, got \"inf\"",
        );
        check(
            &["--bind", "5000"],
            "--bind (BIND): expected an address and a port such as 127.0.0.1:5000 or [::1]:5000, got \"5000\"",
        );
    }
}
