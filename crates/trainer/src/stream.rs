//! `trainer stream`: rows that come one by one, from standard input or from NATS JetStream, answered as they come.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use thiserror::Error;

use crate::args::{Reporting, StreamArgs};
use crate::error::Error;
use crate::predict::PredictError;

mod errors_file;
mod followed;
mod lines;
mod nats;
mod reader;

use followed::Followed;

/// Why a stream was not answered.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The model cannot give what is asked for, or the output cannot be written.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The model cannot be loaded.
    #[error(transparent)]
    Load(#[from] forest::LoadError),
    /// The folder holds no such version.
    #[error(transparent)]
    Registry(#[from] registry::RegistryError),
    /// Standard input cannot be read.
    #[error("cannot read standard input: {source}")]
    Read {
        /// The system's answer.
        source: io::Error,
    },
    /// The file of errors cannot be written.
    #[error("cannot append to {}: {source}", path.display())]
    Errors {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {source}")]
    Thread {
        /// The system's answer.
        source: io::Error,
    },
    /// A number of seconds that is none.
    #[error("--model-poll-interval: expected seconds above 0, got {got}")]
    Interval {
        /// What was given.
        got: f64,
    },
    /// A user without a password, or the other way round.
    #[error("--nats-user and --nats-password (NATS_USER and NATS_PASSWORD) go together")]
    Login,
    /// A file of credentials cannot be used.
    #[error("{}: no credentials of NATS: {source}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// There is no server, or it refuses.
    #[error("cannot connect to NATS at {servers}: {reason}")]
    Connect {
        /// The servers, without passwords.
        servers: String,
        /// What is wrong.
        reason: String,
    },
    /// The stream of the rows is not there.
    #[error("no stream {stream:?} in JetStream: {reason}")]
    NoStream {
        /// The stream.
        stream: String,
        /// The server's answer.
        reason: String,
    },
    /// The consumer cannot be had.
    #[error("the consumer {consumer:?} of the stream {stream:?} cannot be used: {reason}")]
    Consumer {
        /// The stream.
        stream: String,
        /// The consumer.
        consumer: String,
        /// What is wrong.
        reason: String,
    },
    /// What is sent to a subject would be kept by nobody.
    #[error("no stream stores the subject {subject:?} of {option}: {reason}; add one with that subject")]
    NotStored {
        /// The subject.
        subject: String,
        /// The option that names it.
        option: &'static str,
        /// The server's answer.
        reason: String,
    },
    /// The answers would come back as rows.
    #[error(
        "{option} {subject:?} is among the subjects that the consumer {consumer:?} takes: \
         its messages would come back as rows; name another subject or make a consumer with --filter-subject"
    )]
    Circle {
        /// The subject.
        subject: String,
        /// The option that names it.
        option: &'static str,
        /// The consumer.
        consumer: String,
    },
    /// It had to stop, and answers could not be stored.
    #[error(
        "stopped with {messages} messages whose answers could not be stored ({reason}): they are handed out again"
    )]
    Unstored {
        /// How many.
        messages: usize,
        /// Why.
        reason: String,
    },
    /// A panic while rows were answered.
    #[error(
        "the answers to some messages could not be computed: {reason}; the messages are handed out again"
    )]
    Failed {
        /// What was said.
        reason: String,
    },
}

/// What happened to the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    answered: u64,
    refused: u64,
    /// Answers that were stored before, by a process that did not come to acknowledge the row.
    repeated: u64,
}

/// Runs the subcommand.
pub(crate) fn run(args: &StreamArgs, reporting: Reporting) -> Result<(), Error> {
    let start = Instant::now();
    let followed = Followed::open(args, reporting)?;
    let is_nats = !args.nats.nats.is_empty();
    let counts = if is_nats {
        nats::run(&args.nats, &followed, reporting)?
    } else {
        match lines::run(args, &followed) {
            Err(StreamError::Predict(PredictError::ReaderGone)) => return Ok(()),
            other => other?,
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let Counts { answered, refused, repeated } = counts;
    if reporting.json && is_nats {
        let document = serde_json::json!({
            "answered": answered, "refused": refused, "repeated": repeated, "seconds": seconds,
        });
        crate::standard_output::print(&format!("{document}\n"))?;
    } else if !reporting.quiet {
        let repeated = if repeated > 0 { format!(", {repeated} stored before") } else { String::new() };
        eprintln!("{answered} rows answered, {refused} refused{repeated}");
    }
    Ok(())
}
