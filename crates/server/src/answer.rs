//! What the server answers: the model's scores in the shape of the question.

use model_core::{Scores, winning_class};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::fault::Warning;
use crate::question::{Question, Shape, Warnings};
use crate::state::Served;

/// The answer to one question.
pub(crate) struct Answer<'a> {
    shape: Shape,
    field: &'a str,
    classes: &'a [Value],
    scores: Scores,
    warnings: Warnings,
}

impl<'a> Answer<'a> {
    /// Asks the model.
    pub(crate) fn of(served: &'a Served, question: Question) -> Self {
        let scores = served.model().predict(&question.rows);
        Self {
            shape: question.shape,
            field: &served.model().header().serving.response_field,
            classes: served.classes(),
            scores,
            warnings: question.warnings,
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    /// Number of warnings, listed or not.
    pub(crate) fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The answer for one row.
    pub(crate) fn of_row(&self, row: usize) -> One<'_> {
        let scores = self.scores.row(row);
        match self.classes.get(winning_class(scores)) {
            Some(class) => One::Class(class),
            None => One::Number(scores[0]),
        }
    }

    fn values(&self) -> Values<'_> {
        Values(self)
    }

    fn named(&self, row: usize) -> Named<'_> {
        Named { answer: self, row }
    }
}

/// The answer for one row: a number, or a class as the model's config spells it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum One<'a> {
    Number(f64),
    Class(&'a Value),
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape {
            Shape::Object => self.named(0).serialize(serializer),
            Shape::Objects => serializer.collect_seq((0..self.len()).map(|row| self.named(row))),
            Shape::Row => self.of_row(0).serialize(serializer),
            Shape::Matrix => self.values().serialize(serializer),
            Shape::Data => {
                let mut object = serializer.serialize_map(None)?;
                object.serialize_entry("data", &self.values())?;
                if self.warnings.total() > 0 {
                    object.serialize_entry("warnings", &Listed(|| self.warnings.listed()))?;
                }
                object.end()
            }
        }
    }
}

/// The bare answers of all rows.
struct Values<'a>(&'a Answer<'a>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for row in 0..self.0.len() {
            list.serialize_element(&self.0.of_row(row))?;
        }
        list.end()
    }
}

/// The answer to one object.
struct Named<'a> {
    answer: &'a Answer<'a>,
    row: usize,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(self.answer.field, &self.answer.of_row(self.row))?;
        let warnings = || self.answer.warnings.of_row(self.row);
        if warnings().next().is_some() {
            object.serialize_entry("warnings", &Listed(warnings))?;
        }
        object.end()
    }
}

/// Warnings as a list.
pub(crate) struct Listed<F>(pub(crate) F);

impl<'w, F, I> Serialize for Listed<F>
where
    F: Fn() -> I,
    I: Iterator<Item = &'w Warning>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
