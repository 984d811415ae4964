//! The log on standard error, and the line in it for each request.

use tracing_subscriber::EnvFilter;

use super::answered::Answered;
use super::log_writer::{LogEnd, LogWriter};
use super::report::Request;
use super::trace::TraceId;

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts the log on standard error. `level` is a level, or a filter such as `info,actix_server=warn`. The last lines are
/// written when the [`LogEnd`] is dropped.
///
/// # Errors
/// When the level is no filter, or the system has no thread for the log.
pub fn start_log(format: LogFormat, level: &str) -> anyhow::Result<LogEnd> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| anyhow::anyhow!("--log-level (LOG_LEVEL) {level:?} is no level: {error}"))?;
    let (writer, end) = LogWriter::start(std::io::stderr())
        .map_err(|error| anyhow::anyhow!("cannot start a thread for the log: {error}"))?;
    let colours = format == LogFormat::Text && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours);
    let started = log.event_format(format).with_writer(writer).try_init();
    started.map(|()| end).map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}

/// The line of a request that ended.
pub(super) fn line(request: &Request<'_>, trace: Option<TraceId>) {
    let &Request { method, path, status, elapsed, bytes, refusal: _, answered } = request;
    let milliseconds = elapsed.as_micros() as f64 / 1e3;
    let status = status.as_u16();
    let trace_id = trace.map(tracing::field::display);
    let Some(Answered { served, protocol, rows, warnings }) = answered else {
        return tracing::info!(method, path, status, milliseconds, bytes, trace_id, "answered");
    };
    tracing::info!(
        method,
        path,
        status,
        milliseconds,
        bytes,
        model = served.name(),
        version = served.version(),
        protocol = protocol.name(),
        rows,
        warnings,
        trace_id,
        "answered"
    );
}
