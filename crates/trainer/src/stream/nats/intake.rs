//! Where messages come from: a durable consumer, asked for what is there.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{ConsumerInfoErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{Context, Message};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::super::StreamError;
use super::PATIENCE;
use super::stop::Stop;
use crate::args::NatsArgs;

/// How long the server keeps a request for the first message; an order to stop waits for it.
const IDLE: Duration = Duration::from_secs(1);
/// How long it waits after the consumer gave no answer.
const PAUSE: Duration = Duration::from_millis(500);
/// So often a consumer that is not there is looked for.
const LOOKS: u32 = 5;

/// A durable consumer.
pub(super) struct Intake {
    stream: Stream,
    consumer: PullConsumer,
    pub(super) name: String,
    /// Subjects that it takes.
    pub(super) filter: String,
    batch: usize,
}

impl Intake {
    /// Finds the consumer, or makes it.
    ///
    /// # Errors
    /// When there is no such stream, or the consumer is not one whose messages are acknowledged one by one.
    pub(super) async fn open(args: &NatsArgs, context: &Context) -> Result<Self, StreamError> {
        let (stream_name, name) =
            (args.stream.clone().unwrap_or_default(), args.consumer.clone().unwrap_or_default());
        let stream = context.get_stream(&stream_name).await.map_err(|error| StreamError::NoStream {
            stream: stream_name.clone(),
            reason: match error.kind() {
                GetStreamErrorKind::Request => "JetStream does not answer; is it enabled?".into(),
                _ => error.to_string(),
            },
        })?;
        let unusable = |reason: String| StreamError::Consumer {
            stream: stream_name.clone(),
            consumer: name.clone(),
            reason,
        };
        let batch = usize::from(args.batch);
        let pending = args.max_ack_pending.unwrap_or(4 * u32::from(args.batch));
        let wanted = pull::Config {
            durable_name: Some(name.clone()),
            description: Some("rows for canopy's trainer stream".into()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_secs(args.ack_wait.into()),
            max_ack_pending: pending.into(),
            filter_subject: args.filter_subject.clone().unwrap_or_default(),
            ..pull::Config::default()
        };
        let consumer = stream.get_or_create_consumer(&name, wanted).await;
        let consumer = consumer.map_err(|error| unusable(error.to_string()))?;
        let config = &consumer.cached_info().config;
        if config.ack_policy != AckPolicy::Explicit {
            return Err(unusable(format!(
                "its messages are acknowledged by the policy {:?}, expected Explicit: make another one",
                config.ack_policy
            )));
        }
        let filter = match (&args.filter_subject, config.filter_subject.as_str()) {
            (Some(wanted), found) if wanted != found => {
                return Err(unusable(format!(
                    "it takes the subject {found:?}, and --filter-subject says {wanted:?}"
                )));
            }
            (_, "") => ">".into(),
            (_, found) => found.to_owned(),
        };
        Ok(Self { stream, consumer, name, filter, batch })
    }

    /// Name of the stream.
    pub(super) fn stream_name(&self) -> &str {
        &self.stream.cached_info().config.name
    }

    /// What is there, at most a batch; else the first that comes within a second. None at all when it is told to stop.
    ///
    /// # Errors
    /// When the consumer is gone. A connection that is lost or a server that does not answer is waited for.
    pub(super) async fn take(&self, stop: &Stop) -> Result<Vec<Message>, StreamError> {
        if stop.is_set() {
            return Ok(Vec::new());
        }
        let mut taken = Vec::new();
        let mut failed = self.take_there(&mut taken).await;
        if failed.is_none() && taken.is_empty() && !stop.is_set() {
            failed = self.take_first(&mut taken).await;
        }
        if let Some(reason) = failed
            && taken.is_empty()
        {
            self.is_there(reason, stop).await?;
        }
        Ok(taken)
    }

    /// Takes what is there. Says what went wrong.
    async fn take_there(&self, taken: &mut Vec<Message>) -> Option<String> {
        let asked = self.consumer.fetch().max_messages(self.batch).messages();
        let gathered = async {
            let mut messages = asked.await.map_err(|error| error.to_string())?;
            while let Some(message) = messages.next().await {
                taken.push(message.map_err(|error| error.to_string())?);
            }
            Ok(())
        };
        match timeout(PATIENCE, gathered).await {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("no answer".into()),
        }
    }

    /// Waits for one message. Says what went wrong.
    async fn take_first(&self, taken: &mut Vec<Message>) -> Option<String> {
        let asked = self.consumer.batch().max_messages(1).expires(IDLE).messages();
        let first = async {
            let mut messages = asked.await.map_err(|error| error.to_string())?;
            messages.next().await.transpose().map_err(|error| error.to_string())
        };
        match timeout(IDLE + PATIENCE, first).await {
            Ok(Ok(message)) => {
                taken.extend(message);
                None
            }
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("no answer".into()),
        }
    }

    /// Waits until the consumer answers again.
    async fn is_there(&self, mut reason: String, stop: &Stop) -> Result<(), StreamError> {
        use ConsumerInfoErrorKind::{NotFound, StreamNotFound};
        let mut looks = 0;
        while !stop.is_set() {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.set() => return Ok(()),
            }
            match self.stream.consumer_info(&self.name).await {
                Ok(_) => return Ok(()),
                Err(error) if matches!(error.kind(), NotFound | StreamNotFound) => {
                    looks += 1;
                    reason = error.to_string();
                }
                // The connection is made again in the meantime.
                Err(_) => {}
            }
            if looks >= LOOKS {
                return Err(StreamError::Consumer {
                    stream: self.stream_name().into(),
                    consumer: self.name.clone(),
                    reason,
                });
            }
        }
        Ok(())
    }
}
