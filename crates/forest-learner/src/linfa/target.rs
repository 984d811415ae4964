//! Which targets of a linfa dataset a forest learns, and how.

use model_core::winning_class;
use ndarray::ArrayView1;

use crate::{FitError, Target};

/// A target of a linfa dataset: a number (`f64`, `f32`) or a class (`usize`, `bool`, `String`).
pub trait ForestTarget: Clone + Default {
    /// The classes in ascending order; none for numbers.
    fn labels(targets: ArrayView1<'_, Self>) -> Vec<Self>;

    /// The target for training, by the place of each class among the labels.
    ///
    /// # Errors
    /// When a class is not one of the labels.
    fn encode(labels: &[Self], targets: ArrayView1<'_, Self>) -> Result<Target, FitError>;

    /// The prediction for an answer of the forest.
    fn decode(labels: &[Self], answer: &[f64]) -> Self;
}

macro_rules! number {
    ($type:ty) => {
        impl ForestTarget for $type {
            fn labels(_targets: ArrayView1<'_, Self>) -> Vec<Self> {
                Vec::new()
            }

            fn encode(_labels: &[Self], targets: ArrayView1<'_, Self>) -> Result<Target, FitError> {
                Ok(Target::Regression(targets.iter().map(|&value| f64::from(value)).collect()))
            }

            fn decode(_labels: &[Self], answer: &[f64]) -> Self {
                answer[0] as $type
            }
        }
    };
}

macro_rules! class {
    ($type:ty) => {
        impl ForestTarget for $type {
            fn labels(targets: ArrayView1<'_, Self>) -> Vec<Self> {
                let mut labels = targets.to_vec();
                labels.sort_unstable();
                labels.dedup();
                labels
            }

            fn encode(labels: &[Self], targets: ArrayView1<'_, Self>) -> Result<Target, FitError> {
                let class = |(row, target): (usize, &Self)| match labels.binary_search(target) {
                    Ok(class) => Ok(class as u32),
                    Err(_) => Err(FitError::UnknownLabel { row, label: format!("{target:?}") }),
                };
                let classes = targets.iter().enumerate().map(class).collect::<Result<_, _>>()?;
                Ok(Target::Classification { classes, n_classes: labels.len() })
            }

            fn decode(labels: &[Self], answer: &[f64]) -> Self {
                labels[winning_class(answer)].clone()
            }
        }
    };
}

number!(f64);
number!(f32);
class!(usize);
class!(bool);
class!(String);
