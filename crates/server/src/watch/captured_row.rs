//! One row as it is written to the file of captured rows: what the model saw, whatever protocol it came by.

use model_core::{Model, winning_class};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::state::class_answers;

/// What stands in place of a value that is not to be written.
const REDACTED: &str = "[redacted]";

/// A row with its answer.
pub(super) struct CapturedRow<'a> {
    pub(super) model: &'a dyn Model,
    pub(super) time: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) row: &'a [f32],
    pub(super) scores: &'a [f64],
    /// Names of features, and `prediction`.
    pub(super) redacted: &'a [String],
}

struct Features<'a>(&'a CapturedRow<'a>);

impl CapturedRow<'_> {
    fn hides(&self, names: &[&str]) -> bool {
        self.redacted.iter().any(|redacted| names.contains(&redacted.as_str()))
    }
}

impl Serialize for CapturedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let header = self.model.header();
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("time", self.time)?;
        if let Some(id) = self.request_id {
            object.serialize_entry("request_id", id)?;
        }
        object.serialize_entry("model", &header.name)?;
        object.serialize_entry("version", &header.version)?;
        object.serialize_entry("features", &Features(self))?;
        if self.hides(&["prediction", &header.schema.target.name]) {
            object.serialize_entry("prediction", REDACTED)?;
        } else if let Some(class) = class_answers(self.model).get(winning_class(self.scores)) {
            object.serialize_entry("prediction", class)?;
        } else {
            object.serialize_entry("prediction", &self.scores.first())?;
        }
        object.end()
    }
}

impl Serialize for Features<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(captured) = self;
        let encoder = captured.model.encoder();
        let features = encoder.schema().features.iter().zip(captured.row).enumerate();
        serializer.collect_map(features.map(|(position, (feature, &value))| {
            let value = match captured.hides(&[&feature.identifier, &feature.name]) {
                true => REDACTED.into(),
                false => encoder.decode(position, value),
            };
            (&feature.identifier, value)
        }))
    }
}
