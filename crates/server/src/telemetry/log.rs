//! The log on standard error, and the line in it for each request.

use std::cell::RefCell;
use std::sync::OnceLock;

use tracing::Level;
use tracing_subscriber::EnvFilter;

use super::answered::Answered;
use super::log_line::Line;
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
    let started = log.event_format(format).with_writer(writer.clone()).try_init();
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))?;
    // The first of them is the one of the process.
    let _ = STARTED.set(Log { format, colours, writer });
    Ok(end)
}

/// The log of the process.
static STARTED: OnceLock<Log> = OnceLock::new();

struct Log {
    format: LogFormat,
    colours: bool,
    writer: LogWriter,
}

/// The line of a request that ended. Where the log of the process is ours, it is written at once, for a quarter of what its
/// way through `tracing` costs; whether it is wanted, `tracing` says.
pub(super) fn line(request: &Request<'_>, trace: Option<TraceId>) {
    thread_local! {
        static LINE: RefCell<String> = const { RefCell::new(String::new()) };
    }
    let Some(log) = STARTED.get() else { return tell(request, trace) };
    if tracing::enabled!(Level::INFO) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            // A text takes all that is written into it.
            if write(line, log.format, log.colours, request, trace).is_ok() {
                log.writer.take(line.as_bytes(), false);
            }
        });
    }
}

/// Writes the line as [`tell`] tells it.
fn write(
    line: &mut String,
    format: LogFormat,
    colours: bool,
    request: &Request<'_>,
    trace: Option<TraceId>,
) -> std::fmt::Result {
    let &Request { method, path, status, elapsed, bytes, refusal: _, answered } = request;
    let mut line = Line::begin(line, format, colours, Level::INFO, module_path!())?;
    line.words("answered");
    line.text("method", method);
    line.text("path", path);
    line.whole("status", status.as_u16().into());
    line.thousandths("milliseconds", u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
    if let Some(bytes) = bytes {
        line.whole("bytes", bytes);
    }
    if let Some(Answered { served, protocol, rows, warnings, .. }) = answered {
        line.text("model", served.name());
        line.whole("version", served.version());
        line.text("protocol", protocol.name());
        line.whole("rows", *rows as u64);
        line.whole("warnings", *warnings as u64);
    }
    if let Some(trace) = trace {
        line.word("trace_id", trace);
    }
    line.end()
}

/// Tells `tracing` of a request that ended.
fn tell(request: &Request<'_>, trace: Option<TraceId>) {
    let &Request { method, path, status, elapsed, bytes, refusal: _, answered } = request;
    let milliseconds = elapsed.as_micros() as f64 / 1e3;
    let status = status.as_u16();
    let trace_id = trace.map(tracing::field::display);
    let Some(Answered { served, protocol, rows, warnings, .. }) = answered else {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use actix_web::http::StatusCode;
    use actix_web::http::header::HeaderMap;

    use super::*;
    use crate::request_id::{RequestId, of_work};
    use crate::state::{Limits, Served};
    use crate::stubs::boston;
    use crate::telemetry::Protocol;
    use crate::telemetry::log_line::tests::line;

    /// The line behind its time, which differs.
    fn told(format: LogFormat, colours: bool, request: &Request<'_>, trace: Option<TraceId>) -> String {
        behind_the_time(&line(format, colours, || tell(request, trace)))
    }

    fn behind_the_time(line: &str) -> String {
        line.split_once('Z').unwrap().1.to_owned()
    }

    #[test]
    fn a_line_is_written_as_tracing_would_write_it() {
        let served = Served::new(Arc::new(boston()), None, None, &Limits::default()).unwrap();
        let answered =
            Answered { rows: 3, warnings: 1, ..Answered::nothing(&Arc::new(served), Protocol::Canopy) };
        let id = RequestId::of(&HeaderMap::new());
        let check = |micros: u64, bytes, answered, trace, path| {
            let (method, status, elapsed) = ("POST", StatusCode::OK, Duration::from_micros(micros));
            let request = Request { method, path, status, elapsed, bytes, refusal: None, answered };
            for (format, colours) in
                [LogFormat::Text, LogFormat::Json].map(|format| [(format, false), (format, true)]).concat()
            {
                of_work(Some(id), || {
                    let mut line = String::new();
                    write(&mut line, format, colours, &request, trace).unwrap();
                    assert_eq!(behind_the_time(&line), told(format, colours, &request, trace));
                });
            }
        };
        check(215, Some(29), Some(&answered), None, "/predict");
        check(1_000, None, None, Some(TraceId::random()), "/pre\"dict\u{7}\u{e4}");
        for micros in [0, 1, 10, 100, 1_001, 1_010, 12_300, 59_999_999, 1_u64 << 52] {
            check(micros, Some(0), Some(&answered), Some(TraceId::random()), "/");
        }
    }
}
