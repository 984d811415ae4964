//! Settings that were checked, made from the arguments as typed.

use std::net::IpAddr;
use std::time::Duration;

use crate::args::Args;
use crate::security::{AdminAddress, SecuritySettings};
use crate::state::Limits;
use crate::telemetry::{LogFormat, TraceSettings};

mod followed;
mod grpc;
mod models;
mod watch;

pub use followed::Followed;
pub use models::{ModelSettings, RulesPlace, Source};
pub use watch::WatchSettings;

/// Settings that were checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which models to serve.
    pub models: ModelSettings,
    /// Address or host name, and port.
    pub address: (String, u16),
    /// Where gRPC is spoken; nowhere when absent.
    pub grpc: Option<(String, u16)>,
    /// Number of worker threads.
    pub workers: Option<usize>,
    /// Limits on requests.
    pub limits: Limits,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long running requests may take after a signal to stop.
    pub shutdown_timeout: u64,
    /// Who may ask what.
    pub security: SecuritySettings,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Filter of the log.
    pub log_level: String,
    /// What is kept of requests.
    pub watch: WatchSettings,
    /// What is traced, and where to; nothing when absent.
    pub traces: Option<TraceSettings>,
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
    /// The models of a registry cannot be followed as they are given.
    #[error("--model (MODEL): {reason}")]
    Registry {
        /// What is wrong, and the cure.
        reason: String,
    },
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
    /// An option names a network that is none.
    #[error("--{option} ({variable}): expected {expected}, got {got:?}")]
    Network {
        /// The option.
        option: &'static str,
        /// Its environment variable.
        variable: &'static str,
        /// What would be right.
        expected: String,
        /// What was given.
        got: String,
    },
}

impl Args {
    /// Checks what clap cannot.
    ///
    /// # Errors
    /// When no model is named, or a value is out of its range.
    pub fn check(self) -> Result<Settings, ArgsError> {
        let address = self.address()?;
        let models = ModelSettings::check(self.models)?;
        let grpc = grpc::address_of(self.grpc, &address)?;
        at_least_one("workers", "WORKERS", self.workers.unwrap_or(1))?;
        at_least_one("max-body-bytes", "MAX_BODY_BYTES", self.max_body_bytes)?;
        at_least_one("max-rows", "MAX_ROWS", self.max_rows)?;
        at_least_one("max-connections", "MAX_CONNECTIONS", self.max_connections)?;
        let concurrency = self.max_concurrency.unwrap_or(Limits::default().maximum_concurrency);
        at_least_one("max-concurrency", "MAX_CONCURRENCY", concurrency)?;
        Ok(Settings {
            models,
            address,
            grpc,
            workers: self.workers,
            limits: Limits {
                maximum_body_bytes: self.max_body_bytes,
                maximum_rows: self.max_rows,
                request_timeout: seconds("request-timeout", "REQUEST_TIMEOUT", self.request_timeout)?,
                maximum_connections: self.max_connections,
                maximum_concurrency: concurrency,
                maximum_queue: self.max_queue,
                maximum_buffered_bytes: self.max_buffered_bytes,
                // The other half is for their last lines to arrive.
                stream_grace: Duration::from_secs(self.shutdown_timeout) / 2,
            },
            keep_alive: seconds("keep-alive", "KEEP_ALIVE", self.keep_alive)?,
            shutdown_timeout: self.shutdown_timeout,
            security: self.security.check()?,
            log_format: self.log_format,
            log_level: self.log_level,
            watch: WatchSettings::check(self.watch)?,
            traces: self.traces.check()?,
        })
    }

    /// The address to ask, when this run is to ask and not to serve. A server that speaks TLS is asked at its admin
    /// address, which has the probes too and on this machine speaks HTTP.
    ///
    /// # Errors
    /// When the address is none.
    pub fn health_check(&self) -> Result<Option<(String, u16)>, ArgsError> {
        if !self.health_check {
            return Ok(None);
        }
        if self.security.tls_cert.is_none() {
            return self.address().map(Some);
        }
        match self.security.admin()? {
            AdminAddress::Usual(address) | AdminAddress::Asked(address) => Ok(Some(address)),
            AdminAddress::Off => Err(ArgsError::Value {
                option: "admin-bind",
                variable: "ADMIN_BIND",
                expected: "an address beside --health-check and --tls-cert, because only there a probe needs no TLS",
                got: "off".into(),
            }),
        }
    }

    fn address(&self) -> Result<(String, u16), ArgsError> {
        match &self.bind {
            Some(bind) => {
                address(bind, "bind", "BIND", "an address and a port such as 127.0.0.1:5000 or [::1]:5000")
            }
            None => Ok((self.host.clone(), self.port)),
        }
    }
}

/// `127.0.0.1:5000`, `[::1]:5000` or `localhost:5000`.
pub(crate) fn address(
    bind: &str,
    option: &'static str,
    variable: &'static str,
    expected: &'static str,
) -> Result<(String, u16), ArgsError> {
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
    parsed.ok_or_else(|| ArgsError::Value { option, variable, expected, got: bind.into() })
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
    use clap::Parser;

    use super::*;

    #[test]
    fn addresses_are_read() {
        let check = |bind: &str, expected: Option<(&str, u16)>| {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(address(bind, "bind", "BIND", "one").ok(), expected, "{bind}");
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
            &["--max-connections", "0"],
            "--max-connections (MAX_CONNECTIONS): expected at least 1, got \"0\"",
        );
        check(
            &["--max-concurrency", "0"],
            "--max-concurrency (MAX_CONCURRENCY): expected at least 1, got \"0\"",
        );
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
