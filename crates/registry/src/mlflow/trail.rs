//! The trail of a model in an MLflow server: a tag for each event, so that nobody overwrites another's.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Api, Twice};
use super::{MlflowError, Survey};
use crate::{Author, Change, Event};

/// Beginning of the tags that hold the trail.
const TRAIL: &str = "canopy.trail.";
/// Most characters of a reason; a tag has little room.
const LONGEST_REASON: usize = 2000;

/// The events among the tags of a model, oldest first. What others wrote under such a name is passed over.
pub(super) fn of(survey: &Survey) -> Vec<Event> {
    let kept = survey.tags.iter().filter(|(key, _)| key.starts_with(TRAIL));
    let events = kept.filter_map(|(_, value)| serde_json::from_str::<Event>(value).ok());
    events.filter(|event| event.model == survey.model).collect()
}

/// Notes a change.
pub(super) fn note(api: &Api, model: &str, change: &Change, author: &Author) -> Result<(), MlflowError> {
    let mut event = Event::now(model, change, author);
    event.reason = event.reason.map(|reason| reason.chars().take(LONGEST_REASON).collect());
    let body = json!({"name": model, "key": key_of(author), "value": json!(event).to_string()});
    api.post::<Value>("registered-models/set-tag", &body, Twice::Harmless)?;
    Ok(())
}

/// A key that sorts by time and that nobody else writes to.
fn key_of(author: &Author) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = Timestamp::now();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let writer = format!("{} {} {count} {}", author.host, std::process::id(), now.as_nanosecond());
    let id = blake3::hash(writer.as_bytes()).to_hex();
    format!("{TRAIL}{:020}.{}", now.as_nanosecond(), &id[..8])
}
