//! Forests for linfa: `Fit` and `PredictInplace` on linfa datasets.
//!
//! The type of the target says the task: `f64` and `f32` are numbers to regress on; `usize`, `bool` and `String` are
//! classes. All features are numeric, NaN is missing; weights of the dataset are weights of the rows.

use forest::{Column, Forest};
use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use model_core::Rows;
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use crate::{FitError, ForestValidParams, TrainingColumn, TrainingSet};

mod target;

pub use target::ForestTarget;

/// A forest fitted on a linfa dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedForest<L> {
    forest: Forest,
    labels: Vec<L>,
    impurity_importances: Vec<f64>,
}

impl<L: ForestTarget> FittedForest<L> {
    /// The forest.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The classes in ascending order, as the columns of [`FittedForest::scores`]; none for regression.
    pub fn labels(&self) -> &[L] {
        &self.labels
    }

    /// Share of each feature in the decrease of impurity; they add up to 1.
    pub fn impurity_importances(&self) -> &[f64] {
        &self.impurity_importances
    }

    /// One row for each record: the probability of each class, or the one prediction of a regression.
    ///
    /// # Panics
    /// When the records have another width than the forest.
    pub fn scores<F: linfa::Float, D: Data<Elem = F>>(&self, records: &ArrayBase<D, Ix2>) -> Array2<f64> {
        let outputs = self.forest.shape().outputs();
        let scores = self.forest.score(&encode(records));
        Array2::from_shape_fn((records.nrows(), outputs), |(row, output)| scores.row(row)[output])
    }
}

impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, FitError> for ForestValidParams
where
    F: linfa::Float,
    D: Data<Elem = F>,
    T: AsSingleTargets,
    T::Elem: ForestTarget,
{
    type Object = FittedForest<T::Elem>;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Self::Object, FitError> {
        let columns = dataset.records().columns().into_iter().map(|column| TrainingColumn {
            column: Column::Numeric,
            values: column.iter().map(|&value| encode_value(value)).collect(),
        });
        let (target, labels) = ForestTarget::encode(dataset.as_single_targets());
        let weights = dataset.weights().map(|weights| weights.iter().map(|&weight| weight.into()).collect());
        let set = TrainingSet::new(columns.collect(), target, weights)?;
        let fitted = self.fit_table(&set, &|_| ())?;
        Ok(FittedForest { forest: fitted.forest, labels, impurity_importances: fitted.impurity_importances })
    }
}

impl<F, D, L> PredictInplace<ArrayBase<D, Ix2>, Array1<L>> for FittedForest<L>
where
    F: linfa::Float,
    D: Data<Elem = F>,
    L: ForestTarget,
{
    fn predict_inplace<'a>(&'a self, records: &'a ArrayBase<D, Ix2>, targets: &mut Array1<L>) {
        assert_eq!(records.nrows(), targets.len(), "one target for each record");
        let scores = self.forest.score(&encode(records));
        for (target, answer) in targets.iter_mut().zip(scores.rows()) {
            *target = L::decode(&self.labels, answer);
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<L> {
        Array1::from_elem(records.nrows(), L::default())
    }
}

fn encode<F: linfa::Float, D: Data<Elem = F>>(records: &ArrayBase<D, Ix2>) -> Rows {
    Rows::from_values(records.ncols().max(1), records.iter().map(|&value| encode_value(value)).collect())
}

fn encode_value<F: linfa::Float>(value: F) -> f32 {
    <f32 as linfa::Float>::cast(value)
}
