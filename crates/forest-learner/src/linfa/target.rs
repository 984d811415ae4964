//! Which targets of a linfa dataset a forest learns, and how.

use model_core::winning_class;
use ndarray::ArrayView1;

use crate::Target;

/// A target of a linfa dataset: a number (`f64`, `f32`) or a class (`usize`, `bool`, `String`).
pub trait ForestTarget: Clone + Default {
    /// The target for training, and the classes in ascending order.
    fn encode(targets: ArrayView1<'_, Self>) -> (Target, Vec<Self>);

    /// The prediction for an answer of the forest.
    fn decode(labels: &[Self], answer: &[f64]) -> Self;
}

macro_rules! number {
    ($type:ty) => {
        impl ForestTarget for $type {
            fn encode(targets: ArrayView1<'_, Self>) -> (Target, Vec<Self>) {
                (Target::Regression(targets.iter().map(|&value| f64::from(value)).collect()), Vec::new())
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
            fn encode(targets: ArrayView1<'_, Self>) -> (Target, Vec<Self>) {
                let mut labels = targets.to_vec();
                labels.sort_unstable();
                labels.dedup();
                // Every target is one of the labels, at the place where they begin to be as large as it.
                let class = |target: &Self| labels.partition_point(|label| label < target) as u32;
                let classes = targets.iter().map(class).collect();
                (Target::Classification { classes, n_classes: labels.len() }, labels)
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
