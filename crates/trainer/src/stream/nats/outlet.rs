//! Where answers and dead letters go, and the acknowledgement of the messages whose letters are stored.

use std::time::{Duration, Instant};

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{AckKind, Context, Message};
use futures_util::future::join_all;
use model_core::Header;

use super::super::{Counts, StreamError};
use super::intake::Intake;
use super::letter::{Letter, Subjects};
use super::stop::Stop;
use super::subject::{is_plain, meets};
use crate::args::{NatsArgs, Reporting};

/// How long it waits before it sends again what was not stored, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long it goes on trying when it was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The subjects that letters go to.
pub(super) struct Outlet {
    context: Context,
    subjects: Subjects,
    reporting: Reporting,
}

/// What became of a letter that was sent.
enum Sent {
    Stored { repeated: bool },
    TooLarge,
    Failed(String),
}

impl Outlet {
    /// # Errors
    /// When no stream stores a subject, or its messages would come back as rows.
    pub(super) async fn open(
        args: &NatsArgs,
        context: &Context,
        intake: &Intake,
        reporting: Reporting,
    ) -> Result<Self, StreamError> {
        let answers = args.output_subject.clone().unwrap_or_default();
        let dead_letters = args.dead_letter_subject.clone().unwrap_or_default();
        for (subject, option) in [(&answers, "--output-subject"), (&dead_letters, "--dead-letter-subject")] {
            let not_stored =
                |reason: String| StreamError::NotStored { subject: subject.clone(), option, reason };
            if !is_plain(subject) {
                return Err(not_stored("it is no subject of one message".into()));
            }
            let stream = context.stream_by_subject(subject.clone()).await;
            let stream = stream.map_err(|error| not_stored(error.to_string()))?;
            if stream == intake.stream_name() && meets(&intake.filter, subject) {
                return Err(StreamError::Circle {
                    subject: subject.clone(),
                    option,
                    consumer: intake.name.clone(),
                });
            }
        }
        Ok(Self { context: context.clone(), subjects: Subjects { answers, dead_letters }, reporting })
    }

    pub(super) fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// Stores the letters of some messages, as long as it takes, and acknowledges the messages.
    ///
    /// # Errors
    /// When it was told to stop, and they could not be stored in time. Then none is acknowledged.
    pub(super) async fn store(
        &self,
        messages: &[Message],
        mut letters: Vec<Letter>,
        model: &Header,
        stop: &Stop,
    ) -> Result<Counts, StreamError> {
        let mut counts = Counts::default();
        let mut open: Vec<usize> = (0..letters.len()).collect();
        let (mut pause, longest) = PAUSES;
        let mut stopped_at = None;
        loop {
            let mut failure = None;
            let sent = self.send(&letters, &open).await;
            let mut still_open = Vec::new();
            for (index, sent) in open.into_iter().zip(sent) {
                match sent {
                    Sent::Stored { repeated } => {
                        counts.repeated += u64::from(repeated);
                        continue;
                    }
                    Sent::TooLarge if letters[index].is_dead => {
                        letters[index] = letters[index].clone().emptied();
                    }
                    Sent::TooLarge => {
                        let reason = "the answer is larger than the server takes";
                        letters[index] = Letter::dead(&messages[index], reason, model, &self.subjects);
                    }
                    Sent::Failed(reason) => failure = Some(reason),
                }
                still_open.push(index);
            }
            open = still_open;
            if open.is_empty() {
                break;
            }
            let Some(reason) = failure else { continue };
            if stop.is_set() && stopped_at.get_or_insert_with(Instant::now).elapsed() >= GRACE {
                return Err(StreamError::Unstored { messages: messages.len(), reason });
            }
            eprintln!(
                "warning: {} of {} answers are not stored: {reason}; sending them again",
                open.len(),
                messages.len()
            );
            for message in messages {
                // Keeps the server from handing it out again; one that is gone will do so, which does no harm.
                let _ = message.ack_with(AckKind::Progress).await;
            }
            tokio::time::sleep(pause).await;
            pause = longest.min(2 * pause);
        }
        self.acknowledge(messages).await;
        counts.refused = letters.iter().filter(|letter| letter.is_dead).count() as u64;
        counts.answered = letters.len() as u64 - counts.refused;
        Ok(counts)
    }

    /// Sends some letters side by side.
    async fn send(&self, letters: &[Letter], which: &[usize]) -> Vec<Sent> {
        let mut waiting = Vec::with_capacity(which.len());
        for &index in which {
            let Letter { subject, headers, payload, .. } = letters[index].clone();
            let message = PublishMessage::build().headers(headers).payload(payload);
            waiting.push(self.context.send_publish(subject, message).await);
        }
        let stored = waiting.into_iter().map(|sent| async {
            let answered = match sent {
                Ok(answer) => answer.await,
                Err(error) => Err(error),
            };
            match answered {
                Ok(stored) => Sent::Stored { repeated: stored.duplicate },
                Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Sent::TooLarge,
                Err(error) => Sent::Failed(error.to_string()),
            }
        });
        join_all(stored).await
    }

    /// Acknowledges messages. The server confirms the last, behind which it has taken the others.
    async fn acknowledge(&self, messages: &[Message]) {
        let Some((last, others)) = messages.split_last() else { return };
        let mut failed = None;
        for message in others {
            failed = message.ack().await.err().or(failed);
        }
        failed = last.double_ack().await.err().or(failed);
        if let Some(error) = failed
            && !self.reporting.quiet
        {
            eprintln!(
                "warning: messages are not acknowledged ({error}): those are handed out again, and their answers known"
            );
        }
    }
}
