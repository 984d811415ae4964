//! What the training part of the rows alone decides: the levels of open categories, and defaults that are computed.
//!
//! Rows that were not trained on, held out or in another fold, are seen through the result as a request would be: a
//! level that only they have is an unseen one.

use forest::Shape;
use forest_learner::{Target, TrainingColumn, TrainingSet};
use model_core::encoding::SchemaError;
use model_core::schema::{Category, DefaultValue, Feature, FeatureKind, Levels, Missing};
use model_core::{Encoder, RawValue, Rows, Task};
use rayon::prelude::*;
use serde_json::Value;

use crate::config::DefaultFrom;
use crate::evaluation::Truth;
use crate::schema_inference::Draft;
use crate::typed_table::TypedTable;

/// The final encoder, and the way from the encoded values of the draft to its own.
#[derive(Debug, Clone)]
pub struct Preparation {
    encoder: Encoder,
    recodings: Vec<Recoding>,
}

/// How the draft's encoding of a column becomes the final one.
#[derive(Debug, Clone, PartialEq)]
enum Recoding {
    /// The two are the same.
    Same,
    /// A missing value becomes the default.
    Default(f32),
    /// Codes of levels become other codes; by the draft's code. The last one is that of an unseen level.
    Codes { codes: Vec<f32>, missing: f32 },
}

impl Preparation {
    /// Learns from the rows `train` what the draft leaves open.
    ///
    /// # Errors
    /// When a default that was computed breaks a rule of its feature.
    pub fn learn(draft: &Draft, table: &TypedTable, train: &[usize]) -> Result<Self, SchemaError> {
        let drafted = Encoder::new(draft.schema.clone())?;
        let mut schema = draft.schema.clone();
        let mut maps: Vec<Option<Vec<f32>>> = Vec::with_capacity(schema.features.len());
        for (position, feature) in schema.features.iter_mut().enumerate() {
            let values = || train.iter().map(|&row| table.columns[position][row]);
            if let Some(how) = draft.computed[position]
                && let Some(default) = computed_default(&drafted, position, how, values())
            {
                feature.missing = Missing::Default(default);
            }
            maps.push(keep_seen_levels(feature, values()));
        }
        let encoder = Encoder::new(schema)?;
        let recodings = maps
            .into_iter()
            .enumerate()
            .map(|(position, codes)| {
                let missing = encoder.value(position, RawValue::Missing).unwrap_or(f32::NAN);
                match codes {
                    Some(codes) => Recoding::Codes { codes, missing },
                    None if missing.is_nan() => Recoding::Same,
                    None => Recoding::Default(missing),
                }
            })
            .collect();
        Ok(Self { encoder, recodings })
    }

    /// Nothing is left open: a pretrained model has decided it.
    pub fn known(encoder: &Encoder) -> Self {
        let recodings = vec![Recoding::Same; encoder.width()];
        Self { encoder: encoder.clone(), recodings }
    }

    /// The final encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The final encoding of one cell of the table.
    pub fn value(&self, table: &TypedTable, position: usize, row: usize) -> f32 {
        self.recodings[position].apply(table.columns[position][row])
    }

    /// The encoded values of one feature, for these rows.
    pub fn column(&self, table: &TypedTable, position: usize, rows: &[usize]) -> Vec<f32> {
        rows.iter().map(|&row| self.value(table, position, row)).collect()
    }

    /// The encoded rows, as a forest takes them.
    pub fn rows(&self, table: &TypedTable, rows: &[usize]) -> Rows {
        let width = self.encoder.width();
        let mut values = Vec::with_capacity(rows.len() * width);
        for &row in rows {
            values.extend((0..width).map(|position| self.value(table, position, row)));
        }
        Rows::from_values(width, values)
    }

    /// What the learner learns from.
    ///
    /// # Errors
    /// When the learner cannot take the table, for example a category of too many levels.
    pub fn training_set(
        &self,
        table: &TypedTable,
        rows: &[usize],
    ) -> Result<TrainingSet, forest_learner::FitError> {
        let shape = Shape::of_schema(self.encoder.schema())?;
        let columns = shape
            .columns()
            .par_iter()
            .enumerate()
            .map(|(position, &column)| TrainingColumn { column, values: self.column(table, position, rows) })
            .collect();
        let weights = table.weights.as_ref().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Ok(TrainingSet::new(columns, self.target(table, rows), weights)?)
    }

    /// The targets in the learner's terms.
    pub fn target(&self, table: &TypedTable, rows: &[usize]) -> Target {
        match table.truth.of(rows) {
            Truth::Values(values) => Target::Regression(values),
            Truth::Classes(classes) => Target::Classification {
                classes: classes.into_iter().map(|class| class as u32).collect(),
                n_classes: self.task().outputs(),
            },
        }
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.encoder.schema().target.task
    }
}

impl Recoding {
    fn apply(&self, value: f32) -> f32 {
        match self {
            Self::Same => value,
            Self::Default(default) if value.is_nan() => *default,
            Self::Default(_) => value,
            Self::Codes { missing, .. } if value.is_nan() => *missing,
            Self::Codes { codes, .. } => codes[(value as usize).min(codes.len() - 1)],
        }
    }
}

/// Takes the levels out of an open category that no value has; the result gives the new code of each old one.
fn keep_seen_levels(feature: &mut Feature, values: impl Iterator<Item = f32>) -> Option<Vec<f32>> {
    let FeatureKind::Category(Category { levels, closed: false }) = &mut feature.kind else { return None };
    let mut is_seen = vec![false; levels.len()];
    for value in values.filter(|value| !value.is_nan()) {
        if let Some(seen) = is_seen.get_mut(value as usize) {
            *seen = true;
        }
    }
    let seen = is_seen.iter().filter(|&&seen| seen).count();
    if seen == is_seen.len() {
        return None;
    }
    let mut codes = Vec::with_capacity(is_seen.len() + 1);
    let mut next = 0;
    for &seen_here in &is_seen {
        codes.push(if seen_here { next } else { seen } as f32);
        next += usize::from(seen_here);
    }
    codes.push(seen as f32);
    let mut keep = is_seen.iter().copied();
    match levels {
        Levels::Text(levels) => levels.retain(|_| keep.next().unwrap_or(true)),
        Levels::Integer { values, .. } => values.retain(|_| keep.next().unwrap_or(true)),
    }
    Some(codes)
}

/// The default of a feature, `None` when no row has a value.
fn computed_default(
    encoder: &Encoder,
    position: usize,
    how: DefaultFrom,
    values: impl Iterator<Item = f32>,
) -> Option<DefaultValue> {
    let mut present: Vec<f32> = values.filter(|value| !value.is_nan()).collect();
    present.sort_unstable_by(f32::total_cmp);
    if present.is_empty() {
        return None;
    }
    let kind = &encoder.schema().features[position].kind;
    let is_number = matches!(kind, FeatureKind::Number { .. });
    let middle = present.len() / 2;
    let value = match how {
        DefaultFrom::Median if is_number && present.len().is_multiple_of(2) => {
            let decoded = |index: usize| encoder.decode(position, present[index]).as_f64();
            ((decoded(middle - 1)? + decoded(middle)?) / 2.0).into()
        }
        // Of an even number of whole numbers the lower one of the two in the middle, which is whole.
        DefaultFrom::Median => encoder.decode(position, present[(present.len() - 1) / 2]),
        DefaultFrom::Mean => {
            let mean = present.iter().map(|&value| f64::from(value)).sum::<f64>() / present.len() as f64;
            mean.into()
        }
        DefaultFrom::MostFrequent => {
            let runs = present.chunk_by(|a, b| a == b);
            // The first of the longest: `max_by_key` would give the last.
            let longest = runs.rev().max_by_key(|run| run.len())?;
            encoder.decode(position, longest[0])
        }
    };
    match (kind, value) {
        (FeatureKind::Number { .. }, Value::Number(value)) => value.as_f64().map(DefaultValue::Number),
        (_, Value::Number(value)) => value.as_i64().map(DefaultValue::Integer),
        (_, Value::String(text)) => Some(DefaultValue::Text(text)),
        (_, Value::Bool(value)) => Some(DefaultValue::Boolean(value)),
        _ => None,
    }
}
