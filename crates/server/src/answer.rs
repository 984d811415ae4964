//! What the server answers: the model's answers in the shape of the question, and as a CSV table.

use model_core::winning_class;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::fault::Warning;
use crate::question::{Question, Shape, Warnings};
use crate::state::Served;

mod answers;
mod asked;
mod details;
mod predictions;
mod table;

pub(crate) use answers::Answers;
pub(crate) use asked::{Asked, Lacking, explained_rows};
use details::Details;
pub(crate) use details::base_key;
pub(crate) use predictions::Predictions;
pub(crate) use table::table;

/// The answer to one question.
pub(crate) struct Answer<'a> {
    served: &'a Served,
    shape: Shape,
    answers: Answers,
    warnings: Warnings,
}

impl<'a> Answer<'a> {
    /// Asks the model for the predictions and for all that is `asked` beside them.
    pub(crate) fn of(served: &'a Served, question: Question, asked: Asked) -> Self {
        Self {
            served,
            shape: question.shape,
            answers: Answers::of(served, &question.rows, asked),
            warnings: question.warnings,
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.answers.len()
    }

    /// The model that answers.
    pub(crate) fn served(&self) -> &Served {
        self.served
    }

    /// All that the model said.
    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Number of warnings, listed or not.
    pub(crate) fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The answer for one row.
    pub(crate) fn of_row(&self, row: usize) -> One<'_> {
        One::of(self.served, self.answers.scores(row))
    }

    fn values(&self) -> Values<'_> {
        Values(self)
    }

    fn named(&self, row: usize) -> Named<'_> {
        let Self { served, answers, warnings, .. } = self;
        Named { served, answers, row, warnings, warned: row }
    }
}

/// The answer for one row: a number, or a class as the model's config spells it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum One<'a> {
    Number(f64),
    Class(&'a Value),
}

impl<'a> One<'a> {
    fn of(served: &'a Served, scores: &[f64]) -> Self {
        match served.classes().get(winning_class(scores)) {
            Some(class) => Self::Class(class),
            None => Self::Number(scores[0]),
        }
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = self.answers.asked().is_nothing();
        match self.shape {
            Shape::Object => self.named(0).serialize(serializer),
            Shape::Row if plain => self.of_row(0).serialize(serializer),
            // A bare value has no room for more.
            Shape::Row => self.named(0).serialize(serializer),
            Shape::Matrix if plain => self.values().serialize(serializer),
            Shape::Objects | Shape::Matrix => {
                serializer.collect_seq((0..self.len()).map(|row| self.named(row)))
            }
            Shape::Data => {
                let mut object = serializer.serialize_map(None)?;
                object.serialize_entry("data", &self.values())?;
                Details::of_all(self.served, &self.answers).write(&mut object)?;
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

/// The answer to one row as an object.
pub(crate) struct Named<'a> {
    pub(crate) served: &'a Served,
    pub(crate) answers: &'a Answers,
    pub(crate) row: usize,
    pub(crate) warnings: &'a Warnings,
    /// The row that the warnings know it by.
    pub(crate) warned: usize,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let field = &self.served.model().header().serving.response_field;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(field, &One::of(self.served, self.answers.scores(self.row)))?;
        Details::of_row(self.served, self.answers, self.row).write(&mut object)?;
        let warnings = || self.warnings.of_row(self.warned);
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
