//! Forests for linfa: `Fit`, `FitWith` and `PredictInplace` on linfa datasets.
//!
//! The type of the target says the task: `f64` and `f32` are numbers to regress on; `usize`, `bool` and `String` are
//! classes. All features are numeric, NaN is missing; weights of the dataset are weights of the rows.

use forest::{Column, Forest};
use linfa::dataset::{AsSingleTargets, DatasetBase, Label, Pr};
use linfa::traits::{Fit, FitWith, PredictInplace};
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

    /// Share of each feature in the decrease of impurity, the mean over the trees. They add up to 1 when every tree has
    /// a split.
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

impl<L: ForestTarget + Label> FittedForest<L> {
    /// The probability of one class for each record, as linfa's ROC curve, log loss and `MultiClassModel` take it;
    /// 0 for a class that the forest does not know.
    ///
    /// # Panics
    /// When the records have another width than the forest.
    pub fn predict_probabilities<F, D>(&self, records: &ArrayBase<D, Ix2>, class: &L) -> Array1<Pr>
    where
        F: linfa::Float,
        D: Data<Elem = F>,
    {
        let Ok(place) = self.labels.binary_search(class) else {
            return Array1::from_elem(records.nrows(), Pr::default());
        };
        // A mean over trees can be off by a rounding.
        let probability = |answer: &[f64]| Pr::new_unchecked((answer[place] as f32).clamp(0.0, 1.0));
        self.forest.score(&encode(records)).rows().map(probability).collect()
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
        let labels = ForestTarget::labels(dataset.as_single_targets());
        let fitted = self.fit_table(&training_set(dataset, &labels)?, &|_| ())?;
        Ok(FittedForest { forest: fitted.forest, labels, impurity_importances: fitted.impurity_importances })
    }
}

/// Puts new trees behind those of a fitted forest, up to `n_estimators` in all; without one it is `Fit`.
///
/// The dataset needs not have rows of every class of the forest; a class that the forest does not know is an error.
impl<'a, F, D, T> FitWith<'a, ArrayBase<D, Ix2>, T, FitError> for ForestValidParams
where
    F: linfa::Float,
    D: Data<Elem = F>,
    T: AsSingleTargets,
    T::Elem: ForestTarget + 'a,
{
    type ObjectIn = Option<FittedForest<T::Elem>>;
    type ObjectOut = FittedForest<T::Elem>;

    fn fit_with(
        &self,
        model: Self::ObjectIn,
        dataset: &'a DatasetBase<ArrayBase<D, Ix2>, T>,
    ) -> Result<Self::ObjectOut, FitError> {
        let Some(FittedForest { forest: pretrained, labels, impurity_importances }) = model else {
            return self.fit(dataset);
        };
        let set = training_set(dataset, &labels)?;
        let fitted = self.continue_on_table(&pretrained, &set, &|_| ())?;
        let share = pretrained.tree_count() as f64 / fitted.forest.tree_count() as f64;
        let both = impurity_importances.iter().zip(&fitted.impurity_importances);
        let impurity_importances = both.map(|(old, new)| old * share + new * (1.0 - share)).collect();
        Ok(FittedForest { forest: fitted.forest, labels, impurity_importances })
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

fn training_set<F, D, T>(
    dataset: &DatasetBase<ArrayBase<D, Ix2>, T>,
    labels: &[T::Elem],
) -> Result<TrainingSet, FitError>
where
    F: linfa::Float,
    D: Data<Elem = F>,
    T: AsSingleTargets,
    T::Elem: ForestTarget,
{
    let columns = dataset.records().columns().into_iter().map(|column| TrainingColumn {
        column: Column::Numeric,
        values: column.iter().map(|&value| encode_value(value)).collect(),
    });
    let target = ForestTarget::encode(labels, dataset.as_single_targets())?;
    let weights = dataset.weights().map(|weights| weights.iter().map(|&weight| weight.into()).collect());
    Ok(TrainingSet::new(columns.collect(), target, weights)?)
}

fn encode<F: linfa::Float, D: Data<Elem = F>>(records: &ArrayBase<D, Ix2>) -> Rows {
    Rows::from_values(records.ncols().max(1), records.iter().map(|&value| encode_value(value)).collect())
}

fn encode_value<F: linfa::Float>(value: F) -> f32 {
    <f32 as linfa::Float>::cast(value)
}
