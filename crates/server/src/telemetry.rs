//! What the server tells of its work: a line in the log for each request, counters for each version and each protocol,
//! spans where a collector is named, an id on every answer, and no silent panic.
//!
//! Whatever protocol a request speaks, it is told of once, by `report`: over HTTP by `observe`, the outermost layer of
//! the application, or by the lane before it, over gRPC by what stands in its place there. A handler says which version
//! answered, and how many rows, by an `Answered` among the extensions of its response, or of the request when it refuses.

mod answered;
mod counters;
mod dress;
mod histogram;
mod log;
mod log_line;
mod log_writer;
mod metrics;
mod observe;
mod phases;
mod refusal;
mod report;
mod sharded;
mod streamed;
mod trace;
mod traffic;

pub(crate) use answered::{Answered, Outcome, Protocol};
pub(crate) use counters::Counters;
pub(crate) use dress::Dress;
pub use log::{LogFormat, start_log};
pub(crate) use log_line::write_time;
pub use log_writer::LogEnd;
pub(crate) use metrics::{Format, page};
pub(crate) use observe::{length, observe, panic_message, panicked};
pub(crate) use phases::{Phase, Phases, Stopwatch};
pub(crate) use refusal::Refusal;
pub(crate) use report::{Request, report};
pub(crate) use sharded::Sharded;
pub(crate) use streamed::{Progress, Streamed};
#[cfg(any(test, fuzzing))]
pub(crate) use trace::survives_context;
pub use trace::{Endpoint, Sampler, TraceSettings, Tracer};
pub(crate) use traffic::Traffic;
