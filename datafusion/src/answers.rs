//! Answers of a model as Arrow columns.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::error::Result;
use forest::ForestModel;
use model_core::{Label, Level, Model, Rows, Scores, Task, winning_class};

/// What is asked of a model, prepared to answer many batches.
#[derive(Debug)]
pub(crate) enum Answers {
    /// The prediction of a regression.
    Number,
    /// The class, where all are whole numbers.
    Integer(Vec<i64>),
    /// The class.
    Text(Vec<String>),
    /// The probability of each class.
    Probabilities(Fields),
    /// The ends of an interval of this level.
    Interval(Level, Fields),
}

impl Answers {
    pub(crate) fn prediction(model: &ForestModel) -> Self {
        let classes = model.header().class_answers();
        let whole = |class: &Label| match class {
            Label::Integer(value) => Some(*value),
            Label::Text(_) => None,
        };
        match classes.iter().map(whole).collect() {
            _ if classes.is_empty() => Self::Number,
            Some(values) => Self::Integer(values),
            None => Self::Text(classes.iter().map(Label::to_string).collect()),
        }
    }

    /// None for a regression.
    pub(crate) fn probabilities(model: &ForestModel) -> Option<Self> {
        match model.schema().target.task {
            Task::Regression => None,
            Task::Classification(_) => Some(Self::Probabilities(numbers(model.header().class_names()))),
        }
    }

    /// None when the model has no intervals.
    pub(crate) fn interval(model: &ForestModel) -> Option<Self> {
        let level = model.interval_level()?;
        Some(Self::Interval(level, numbers(["lower".to_owned(), "upper".to_owned()])))
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Number => DataType::Float64,
            Self::Integer(_) => DataType::Int64,
            Self::Text(_) => DataType::Utf8,
            Self::Probabilities(fields) | Self::Interval(_, fields) => DataType::Struct(fields.clone()),
        }
    }

    /// Answers rows; those that are refused have no answer.
    pub(crate) fn of(&self, model: &ForestModel, rows: &Rows, refused: &[bool]) -> Result<ArrayRef> {
        let valid =
            (!refused.is_empty()).then(|| refused.iter().map(|refused| !refused).collect::<NullBuffer>());
        Ok(match self {
            Self::Interval(level, fields) => {
                let intervals = model.intervals(rows, *level).unwrap_or_default();
                let lower = intervals.iter().map(|interval| interval.lower).collect::<Vec<_>>();
                let upper = intervals.iter().map(|interval| interval.upper).collect();
                structure(fields, [lower, upper], valid)?
            }
            Self::Number => {
                Arc::new(Float64Array::try_new(model.predict(rows).values().to_vec().into(), valid)?)
            }
            Self::Integer(classes) => {
                let winners = winners(&model.predict(rows)).map(|winner| classes[winner]).collect::<Vec<_>>();
                Arc::new(Int64Array::try_new(winners.into(), valid)?)
            }
            Self::Text(classes) => {
                let scores = model.predict(rows);
                let is_valid = |row| valid.as_ref().is_none_or(|valid| valid.is_valid(row));
                let winners = winners(&scores).enumerate();
                let answers = winners.map(|(row, winner)| is_valid(row).then(|| classes[winner].as_str()));
                Arc::new(answers.collect::<StringArray>())
            }
            Self::Probabilities(fields) => {
                let scores = model.predict(rows);
                let of_class = |class| scores.rows().map(|row| row[class]).collect();
                structure(fields, (0..fields.len()).map(of_class), valid)?
            }
        })
    }
}

fn winners(scores: &Scores) -> impl Iterator<Item = usize> {
    scores.rows().map(winning_class)
}

fn numbers(names: impl IntoIterator<Item = String>) -> Fields {
    names.into_iter().map(|name| Field::new(name, DataType::Float64, false)).collect()
}

fn structure(
    fields: &Fields,
    columns: impl IntoIterator<Item = Vec<f64>>,
    valid: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let columns = columns.into_iter().map(|column| Arc::new(Float64Array::from(column)) as ArrayRef);
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns.collect(), valid)?))
}
