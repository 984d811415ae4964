//! What was asked for beside the predictions, as fields of a JSON object: of one row, or of all rows with a list in place
//! of each number.

use model_core::{FeatureSchema, Interval};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Answers, answers::Explanation};
use crate::state::Served;

/// The fields beside the answer.
#[derive(Clone, Copy)]
pub(super) struct Details<'a> {
    served: &'a Served,
    answers: &'a Answers,
    /// The row that they tell of; all when there is none.
    row: Option<usize>,
}

impl<'a> Details<'a> {
    /// Of one row: each number is a number.
    pub(super) fn of_row(served: &'a Served, answers: &'a Answers, row: usize) -> Self {
        Self { served, answers, row: Some(row) }
    }

    /// Of all rows: each number is a list with one element a row.
    pub(super) fn of_all(served: &'a Served, answers: &'a Answers) -> Self {
        Self { served, answers, row: None }
    }

    /// Writes the fields that were asked for; none when nothing was.
    pub(super) fn write<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
        let asked = self.answers.asked();
        if asked.is_nothing() {
            return Ok(());
        }
        if asked.probabilities {
            object.serialize_entry("probabilities", &Probabilities(*self))?;
        }
        if let Some(level) = asked.interval {
            let ends =
                Ends { level: level.value(), lower: self.end(|of| of.lower), upper: self.end(|of| of.upper) };
            object.serialize_entry("interval", &ends)?;
        }
        if asked.contributions {
            object.serialize_entry("contributions", &Contributions(*self))?;
        }
        let header = self.served.model().header();
        object.serialize_entry("model", &Identity { name: &header.name, version: header.version })
    }

    fn numbers<F: Fn(usize) -> f64>(&self, of_row: F) -> Numbers<F> {
        Numbers { rows: self.answers.len(), row: self.row, of_row }
    }

    fn end(&self, end: impl Fn(Interval) -> f64) -> Numbers<impl Fn(usize) -> f64> {
        let answers = self.answers;
        self.numbers(move |row| answers.interval(row).map_or(f64::NAN, |(_, interval)| end(interval)))
    }

    fn explained(&self, part: impl Fn(Explanation<'_>) -> f64) -> Numbers<impl Fn(usize) -> f64> {
        let answers = self.answers;
        self.numbers(move |row| answers.explanation(row).map_or(f64::NAN, &part))
    }
}

/// One number for each row that is told of: alone, or in a list.
struct Numbers<F> {
    rows: usize,
    row: Option<usize>,
    of_row: F,
}

impl<F: Fn(usize) -> f64> Serialize for Numbers<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.row {
            Some(row) => serializer.serialize_f64((self.of_row)(row)),
            None => serializer.collect_seq((0..self.rows).map(&self.of_row)),
        }
    }
}

/// The probability of each class under its name.
struct Probabilities<'a>(Details<'a>);

impl Serialize for Probabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(details) = self;
        let names = details.served.class_names();
        serializer.collect_map(
            names
                .iter()
                .enumerate()
                .map(|(class, name)| (name, details.numbers(move |row| details.answers.scores(row)[class]))),
        )
    }
}

/// An interval, or one for each row.
#[derive(Serialize)]
struct Ends<L, U> {
    level: f64,
    lower: L,
    upper: U,
}

/// The base, and under its name what each feature adds to it.
struct Contributions<'a>(Details<'a>);

impl Serialize for Contributions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(details) = self;
        let schema = details.served.model().schema();
        let mut object = serializer.serialize_map(Some(schema.features.len() + 1))?;
        object.serialize_entry(base_key(schema), &details.explained(|explanation| explanation.base))?;
        for (position, feature) in schema.features.iter().enumerate() {
            let added = details.explained(move |explanation| explanation.contributions[position]);
            object.serialize_entry(&feature.identifier, &added)?;
        }
        object.end()
    }
}

/// Name of the base among the contributions. A feature may be called so; none can have a space in its identifier.
pub(crate) fn base_key(schema: &FeatureSchema) -> &'static str {
    let taken = schema.features.iter().any(|feature| feature.identifier == "base");
    if taken { "base value" } else { "base" }
}

/// The model that answered.
#[derive(Serialize)]
struct Identity<'a> {
    name: &'a str,
    version: u64,
}
