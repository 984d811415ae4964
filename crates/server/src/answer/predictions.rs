//! Answers under `predictions`, as the clients of KServe V1, TensorFlow Serving and MLflow read them.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Answer, Listed};

/// `{"predictions": […]}`: a bare answer for each row, or an object where more was asked for.
pub(crate) struct Predictions<'a>(pub(crate) &'a Answer<'a>);

impl Serialize for Predictions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(answer) = self;
        let mut object = serializer.serialize_map(None)?;
        if answer.answers.asked().is_nothing() {
            object.serialize_entry("predictions", &answer.values())?;
            if answer.warnings.total() > 0 {
                object.serialize_entry("warnings", &Listed(|| answer.warnings.listed()))?;
            }
        } else {
            object.serialize_entry("predictions", &Objects(answer))?;
        }
        object.end()
    }
}

/// An object for each row, with the warnings of the row in it.
struct Objects<'a>(&'a Answer<'a>);

impl Serialize for Objects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0.len()).map(|row| self.0.named(row)))
    }
}
