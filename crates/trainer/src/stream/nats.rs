//! Messages of NATS JetStream: each is a row, and is acknowledged when what became of it is stored.
//!
//! While some messages are answered the next are taken, so that at most two batches are held. A process that is killed
//! loses nothing: what it did not acknowledge is handed out again, and an answer that was stored already is known by its
//! id, which the message's place decides.

use std::time::Duration;

use async_nats::jetstream;

use super::followed::Followed;
use super::{Counts, StreamError};
use crate::args::{NatsArgs, Reporting};

mod connection;
mod intake;
mod letter;
mod outlet;
mod stop;
mod subject;

use intake::Intake;
use letter::Letter;
use outlet::Outlet;
use stop::Stop;

/// How long a request waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers messages until it is told to stop.
pub(super) fn run(args: &NatsArgs, followed: &Followed, reporting: Reporting) -> Result<Counts, StreamError> {
    // One thread for the connection; rows are answered on others.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| StreamError::Thread { source })?;
    runtime.block_on(answer(args, followed, reporting))
}

async fn answer(args: &NatsArgs, followed: &Followed, reporting: Reporting) -> Result<Counts, StreamError> {
    let stop = Stop::on_signals().map_err(|source| StreamError::Thread { source })?;
    let client = connection::connect(args, reporting).await?;
    // A batch is sent as a whole before its confirmations are waited for.
    let context = jetstream::context::ContextBuilder::new()
        .timeout(PATIENCE)
        .max_ack_inflight(2 * usize::from(args.batch))
        .build(client);
    let intake = Intake::open(args, &context).await?;
    let outlet = Outlet::open(args, &context, &intake, reporting).await?;
    if !reporting.quiet {
        let model = followed.current();
        let header = model.header();
        eprintln!("rows are answered by version {} of {}", header.version, header.name);
    }
    let mut counts = Counts::default();
    let mut taken = intake.take(&stop).await?;
    loop {
        if taken.is_empty() && stop.is_set() {
            return Ok(counts);
        }
        let (next, done) = tokio::join!(intake.take(&stop), dealt_with(taken, followed, &outlet, &stop));
        let done = done?;
        counts.answered += done.answered;
        counts.refused += done.refused;
        counts.repeated += done.repeated;
        taken = next?;
    }
}

/// Answers messages, stores what became of them, and then acknowledges them.
async fn dealt_with(
    messages: Vec<jetstream::Message>,
    followed: &Followed,
    outlet: &Outlet,
    stop: &Stop,
) -> Result<Counts, StreamError> {
    if messages.is_empty() {
        return Ok(Counts::default());
    }
    let answers = followed.current();
    let texts: Vec<_> = messages.iter().map(|message| message.payload.clone()).collect();
    let scoring = tokio::task::spawn_blocking(move || {
        let judged = answers.texts(texts.iter().map(|text| &**text));
        (judged, answers)
    });
    let scored = scoring.await.map_err(|error| StreamError::Failed { reason: error.to_string() })?;
    let (judged, answers) = scored;
    let model = answers.header();
    let letters = Letter::all(&messages, judged, model, outlet.subjects());
    outlet.store(&messages, letters, model, stop).await
}
