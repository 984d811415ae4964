//! The tensors of an answer.

use std::borrow::Cow;

use serde_json::Value;

use super::{Datatype, Output};
use crate::answer::Answers;
use crate::state::Served;

/// One tensor of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutputTensor<'a> {
    /// Which one.
    pub(crate) output: Output,
    /// Its dimensions; the first is the number of rows.
    pub(crate) shape: Vec<usize>,
    /// Its elements, in row-major order.
    pub(crate) values: Values<'a>,
}

/// The elements of a tensor of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values<'a> {
    /// Numbers, of FP64.
    Numbers(Cow<'a, [f64]>),
    /// Whole numbers, of INT64.
    Integers(Vec<i64>),
    /// Texts, of BYTES.
    Texts(Vec<&'a str>),
}

impl Values<'_> {
    /// Type of the elements.
    pub(crate) fn datatype(&self) -> Datatype {
        match self {
            Self::Numbers(_) => Datatype::Fp64,
            Self::Integers(_) => Datatype::Int64,
            Self::Texts(_) => Datatype::Bytes,
        }
    }

    /// Appends the raw elements, little-endian and one behind the other; texts each behind its length, of four bytes.
    pub(crate) fn write_raw(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Numbers(numbers) => bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes())),
            Self::Integers(numbers) => bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes())),
            Self::Texts(texts) => {
                for text in texts {
                    // No name of a class comes near the four gigabytes that the length can say.
                    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    bytes.extend(length.to_le_bytes());
                    bytes.extend(&text.as_bytes()[..length as usize]);
                }
            }
        }
    }
}

/// The answers of a model as these tensors.
pub(crate) fn answer<'a>(
    served: &'a Served,
    answers: &'a Answers,
    outputs: &[Output],
) -> Vec<OutputTensor<'a>> {
    outputs.iter().map(|&output| tensor(served, answers, output)).collect()
}

fn tensor<'a>(served: &'a Served, answers: &'a Answers, output: Output) -> OutputTensor<'a> {
    let rows = answers.len();
    let of_rows = |number: &dyn Fn(usize) -> f64| Values::Numbers((0..rows).map(number).collect());
    let (width, values) = match output {
        Output::Predict => (None, predicted(served, answers)),
        Output::PredictProba => (Some(served.classes().len()), Values::Numbers(answers.all_scores().into())),
        Output::Interval => {
            let ends = |row| {
                let interval = answers.interval(row).map(|(_, interval)| interval);
                interval.map_or([f64::NAN; 2], |interval| [interval.lower, interval.upper])
            };
            (Some(2), Values::Numbers((0..rows).flat_map(ends).collect()))
        }
        Output::Explain => {
            let width = served.model().encoder().width();
            let mut numbers = Vec::with_capacity(rows * width);
            for explanation in (0..rows).filter_map(|row| answers.explanation(row)) {
                numbers.extend_from_slice(explanation.contributions);
            }
            (Some(width), Values::Numbers(numbers.into()))
        }
        Output::ExplainBase => {
            (None, of_rows(&|row| answers.explanation(row).map_or(f64::NAN, |explanation| explanation.base)))
        }
    };
    OutputTensor { output, shape: std::iter::once(rows).chain(width).collect(), values }
}

/// The predictions: numbers for a regression; for classes whole numbers where all are such, and else their texts.
fn predicted<'a>(served: &'a Served, answers: &'a Answers) -> Values<'a> {
    let winners = || (0..answers.len()).map(|row| answers.winner(row));
    match predicted_type(served) {
        Datatype::Int64 => {
            let classes: Vec<i64> = served.classes().iter().filter_map(Value::as_i64).collect();
            Values::Integers(winners().map(|class| classes[class]).collect())
        }
        Datatype::Bytes => {
            // A class without a name among others with names is told by its number.
            let text = |class: usize| match &served.classes()[class] {
                Value::String(text) => text.as_str(),
                _ => &served.class_names()[class],
            };
            Values::Texts(winners().map(text).collect())
        }
        _ => Values::Numbers(answers.all_scores().into()),
    }
}

/// Type of the predictions.
pub(super) fn predicted_type(served: &Served) -> Datatype {
    match served.classes() {
        [] => Datatype::Fp64,
        classes if classes.iter().all(Value::is_i64) => Datatype::Int64,
        _ => Datatype::Bytes,
    }
}
