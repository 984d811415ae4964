//! What is sent for a message: its answer, or the message itself as a dead letter.

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use bytes::Bytes;
use model_core::Header;

use crate::predict::{Judged, Row};

/// The server drops a second message of this id.
const ID: &str = "Nats-Msg-Id";
/// Headers of the server's own have this before their names, and those of this program this.
const RESERVED: [&str; 2] = ["nats-", "x-canopy-"];
const MODEL: &str = "x-canopy-model";
const VERSION: &str = "x-canopy-model-version";
const REASON: &str = "x-canopy-reason";
const SUBJECT: &str = "x-canopy-subject";
const SEQUENCE: &str = "x-canopy-sequence";
/// Most characters of a reason.
const REASON_CHARS: usize = 1000;

/// Where things are sent.
#[derive(Debug, Clone)]
pub(super) struct Subjects {
    pub(super) answers: String,
    pub(super) dead_letters: String,
}

/// Something to send.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
    pub(super) is_dead: bool,
}

impl Letter {
    /// One for each message.
    pub(super) fn all(
        messages: &[Message],
        judged: Judged,
        model: &Header,
        subjects: &Subjects,
    ) -> Vec<Self> {
        let answers = Bytes::from(judged.bytes);
        let became = messages.iter().zip(judged.rows);
        became
            .map(|(message, row)| match row {
                Row::Answered(place) => {
                    let mut headers = carried(message);
                    headers.insert(ID, id(message, ""));
                    headers.insert(MODEL, plain(&model.name));
                    headers.insert(VERSION, model.version.to_string());
                    let (subject, payload) = (subjects.answers.clone(), answers.slice(place));
                    Self { subject, headers, payload, is_dead: false }
                }
                Row::Refused(refused) => Self::dead(message, &refused.detail(), model, subjects),
            })
            .collect()
    }

    /// The message as it came, with the reason.
    pub(super) fn dead(message: &Message, reason: &str, model: &Header, subjects: &Subjects) -> Self {
        let mut headers = carried(message);
        headers.insert(ID, id(message, ":dead"));
        headers.insert(MODEL, plain(&model.name));
        headers.insert(VERSION, model.version.to_string());
        headers.insert(REASON, plain(reason));
        headers.insert(SUBJECT, plain(&message.subject));
        if let Ok(info) = message.info() {
            headers.insert(SEQUENCE, info.stream_sequence.to_string());
        }
        let payload = message.payload.clone();
        Self { subject: subjects.dead_letters.clone(), headers, payload, is_dead: true }
    }

    /// The same without what the message held, where the server takes no message as large: it stays in the stream, by its
    /// sequence.
    pub(super) fn emptied(self) -> Self {
        let mut headers = HeaderMap::new();
        for name in [ID, MODEL, VERSION, REASON, SUBJECT, SEQUENCE] {
            if let Some(value) = self.headers.get(name) {
                headers.insert(name, value.clone());
            }
        }
        Self { headers, payload: Bytes::new(), ..self }
    }
}

/// What names a message's answer: its place in the stream, the consumer, and the time that it was stored, since a
/// stream that is made anew counts from one again.
fn id(message: &Message, ending: &str) -> String {
    match message.info() {
        Ok(info) => {
            let (stream, consumer, sequence) = (info.stream, info.consumer, info.stream_sequence);
            let stored = info.published.unix_timestamp_nanos();
            format!("{stream}:{consumer}:{sequence}:{stored}{ending}")
        }
        // A message of a consumer has all that.
        Err(_) => String::new(),
    }
}

/// The headers that pass through, such as those of traces.
fn carried(message: &Message) -> HeaderMap {
    let mut carried = HeaderMap::new();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        let lower = name.to_string().to_ascii_lowercase();
        if RESERVED.iter().any(|reserved| lower.starts_with(reserved)) {
            continue;
        }
        for value in values {
            carried.append(name.clone(), value.clone());
        }
    }
    carried
}

/// A text as the value of a header.
fn plain(text: &str) -> String {
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(REASON_CHARS).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_on_a_line_of_a_header() {
        assert_eq!(plain("a\r\nb: c\u{0}é"), "a  b: c é");
        assert_eq!(plain(&"ü".repeat(5000)).chars().count(), REASON_CHARS);
    }
}
