//! Grows the trees of a forest side by side.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use forest::{Forest, Shape};
use rayon::prelude::*;

use crate::coded_table::CodedTable;
use crate::grow_tree::{Grower, Growers, Grown, TreeRows as RowBuffers};
use crate::impurity::{
    Classes, Constrained, CountedClasses, Entropy, Gini, Impurity, LARGEST_WEIGHT, Meaning, Moments, Packed,
    Targets, TwoClasses,
};
use crate::intervals;
use crate::out_of_bag::{OutOfBag, OutOfBagSums, STEP};
use crate::params::ResolvedParams;
use crate::sample::{RowWeights, draw_weighted};
use crate::split_search::SplitSearch;
use crate::{Criterion, FitError, ForestValidParams, Target, TrainingSet};

mod apart;
mod rows;

use rows::{BinaryRows, ClassRows, CountedRows, FewClassRows, RegressionRows, TreeRows};

/// A fitted forest with what training tells beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The forest.
    pub forest: Forest,
    /// Share of each feature in the decrease of impurity, the mean over the trees. They add up to 1, or are all 0 when
    /// no tree has a split.
    pub impurity_importances: Vec<f64>,
    /// Answers of the trees that did not draw a row, where they were asked for.
    pub out_of_bag: Option<OutOfBag>,
}

impl ForestValidParams {
    /// Grows a forest on a table, in rayon's current pool. `progress` is told the number of finished trees after each
    /// of them, from any thread. The forest has the same bytes on any number of threads.
    ///
    /// # Errors
    /// When a parameter does not fit the table, class weights leave no row with a weight, or a tree is larger than
    /// the node layout allows.
    pub fn fit_table(
        &self,
        set: &TrainingSet,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Fitted, FitError> {
        self.grow(None, set, progress)
    }

    /// [`ForestValidParams::fit_table`], with new trees behind those of a forest up to `n_estimators` in all, as
    /// scikit-learn's `warm_start` counts. On the table and with the parameters of the pretrained forest the result is the
    /// forest that would have been grown at once. Importances and out-of-bag answers are of the new trees alone:
    /// which rows the others were grown on is not known.
    ///
    /// # Errors
    /// As [`ForestValidParams::fit_table`]; when the pretrained forest has as many trees already, other columns or
    /// answers; when intervals are asked for, which need the rows of all trees.
    pub fn continue_on_table(
        &self,
        pretrained: &Forest,
        set: &TrainingSet,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Fitted, FitError> {
        self.check_continues(pretrained.tree_count())?;
        self.grow(Some(pretrained), set, progress)
    }

    fn grow(
        &self,
        pretrained: Option<&Forest>,
        set: &TrainingSet,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Fitted, FitError> {
        let params = self.resolve(set)?;
        let shape = shape_of(set)?;
        check_shape(pretrained, &shape)?;
        let trees = pretrained.map_or(0, Forest::tree_count)..params.trees;
        let (grown, out_of_bag) = grow_trees(&params, set, &shape, trees, progress)?;
        finish(&params, set, shape, pretrained, grown, out_of_bag)
    }
}

/// What a forest on this table takes and gives.
fn shape_of(set: &TrainingSet) -> Result<Shape, FitError> {
    Ok(Shape::new(set.columns().iter().map(|column| column.column).collect(), set.target().outputs())?)
}

fn check_shape(pretrained: Option<&Forest>, shape: &Shape) -> Result<(), FitError> {
    match pretrained.is_some_and(|forest| forest.shape() != shape) {
        true => Err(FitError::Pretrained),
        false => Ok(()),
    }
}

/// Grows the trees of these numbers, or fewer where the patience ends; then with the out-of-bag answers by which it ended.
fn grow_trees<'a>(
    params: &'a ResolvedParams,
    set: &'a TrainingSet,
    shape: &Shape,
    trees: Range<usize>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<(Vec<Grown>, Option<OutOfBagSums<'a>>), FitError> {
    let coded = CodedTable::of(set, params.max_bins, params.orders_levels);
    let plan = Plan { trees, set, params, coded: &coded, shape, progress };
    let whole_weights = set.weights().is_none()
        && params.class_weight.is_none()
        && params.draws.unwrap_or(set.len()) <= LARGEST_WEIGHT;
    match (set.target(), params.criterion) {
        (Target::Regression(values), _) if params.is_constrained() => {
            let rows = RegressionRows::new(values);
            let unit = rows.unit();
            plan.grow(&rows, unit * unit, || Constrained::new(Meaning::Numbers { unit }, false))
        }
        (Target::Classification { classes, .. }, criterion) if params.is_constrained() => {
            let entropy = criterion == Criterion::Entropy;
            plan.grow(&BinaryRows(classes), 1.0, || Constrained::new(Meaning::Classes, entropy))
        }
        (Target::Regression(values), _) if whole_weights => {
            let rows = RegressionRows::new(values);
            let unit = rows.unit();
            plan.grow(&rows, unit * unit, || Packed::new(Targets::new(unit)))
        }
        (Target::Regression(values), _) => {
            let rows = RegressionRows::new(values);
            let unit = rows.unit();
            plan.grow(&rows, unit * unit, || Moments::new(Meaning::Numbers { unit }))
        }
        (Target::Classification { classes, n_classes }, Criterion::Gini)
            if whole_weights && *n_classes <= CountedClasses::<4>::MOST =>
        {
            let (rows, n_classes) = (FewClassRows(classes), *n_classes);
            match n_classes {
                2 => plan.grow(&CountedRows(classes), 1.0, || Packed::new(TwoClasses)),
                3..=5 => plan.grow(&rows, 1.0, || CountedClasses::<2>::new(n_classes)),
                6..=8 => plan.grow(&rows, 1.0, || CountedClasses::<3>::new(n_classes)),
                _ => plan.grow(&rows, 1.0, || CountedClasses::<4>::new(n_classes)),
            }
        }
        (Target::Classification { classes, n_classes: 2 }, Criterion::Gini) => {
            plan.grow(&BinaryRows(classes), 1.0, || Moments::new(Meaning::Classes))
        }
        (Target::Classification { classes, n_classes }, Criterion::Entropy) => {
            plan.grow(&ClassRows(classes), 1.0, || Classes::<Entropy>::new(*n_classes))
        }
        (Target::Classification { classes, n_classes }, _) => {
            plan.grow(&ClassRows(classes), 1.0, || Classes::<Gini>::new(*n_classes))
        }
    }
}

/// Puts grown trees behind those of a pretrained forest, with what is made of all of them.
fn finish(
    params: &ResolvedParams,
    set: &TrainingSet,
    shape: Shape,
    pretrained: Option<&Forest>,
    grown: Vec<Grown>,
    out_of_bag: Option<OutOfBagSums>,
) -> Result<Fitted, FitError> {
    let first = pretrained.map_or(0, Forest::tree_count);
    let impurity_importances = mean_importances(&grown, set.width());
    let mut trees = pretrained.map(Forest::to_trees).unwrap_or_default();
    trees.extend(grown.into_iter().map(|grown| grown.tree));
    let mut forest = Forest::from_trees(shape, trees)?;
    if let (Some(level), Target::Regression(values)) = (params.interval, set.target()) {
        forest = intervals::with_intervals(forest, set, values, params, level)?;
    }
    let out_of_bag = params.out_of_bag.then(|| {
        let mut sums = out_of_bag.unwrap_or_else(|| OutOfBagSums::new(set, params));
        sums.add_rest(&forest, first);
        sums.finish()
    });
    Ok(Fitted { forest, impurity_importances, out_of_bag })
}

/// What all trees share.
struct Plan<'p, 'a> {
    /// Numbers of the trees that are grown.
    trees: Range<usize>,
    set: &'a TrainingSet,
    params: &'a ResolvedParams,
    coded: &'p CodedTable,
    shape: &'p Shape,
    progress: &'p (dyn Fn(usize) + Sync),
}

/// The buffers of a draw and of its rows, lent to one tree after the other.
struct Worker<R> {
    rows: RowBuffers<R>,
    counts: Vec<u32>,
    numbers: Vec<u32>,
    weights: Vec<f64>,
}

/// Trees a thread from which on each of them grows on one thread.
const MANY_TREES: usize = 8;

impl<'a> Plan<'_, 'a> {
    fn grow<I: Impurity>(
        &self,
        rows: &impl TreeRows<Row = I::Row>,
        impurity_unit: f64,
        impurity: impl Fn() -> I + Sync,
    ) -> Result<(Vec<Grown>, Option<OutOfBagSums<'a>>), FitError> {
        let weights = RowWeights::new(self.set, self.params.class_weight.as_ref());
        let make = || {
            let search = SplitSearch::new(self.coded, self.params, impurity());
            Grower::new(self.shape, self.params, impurity_unit, search)
        };
        let growers = Growers::new(self.shape, &make);
        let Range { start, end: limit } = self.trees;
        let threads = rayon::current_num_threads();
        let side_by_side = threads > 1 && limit - start < threads * MANY_TREES;
        let idle: Mutex<Vec<Worker<I::Row>>> = Mutex::default();
        let done = AtomicUsize::new(0);
        let grow = |tree| {
            let lent = idle.lock().ok().and_then(|mut idle| idle.pop());
            let mut worker = lent.unwrap_or_else(Worker::new);
            let grown = self.grow_one(&mut worker, &growers, &weights, rows, tree, side_by_side);
            if let Ok(mut idle) = idle.lock() {
                idle.push(worker);
            }
            (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
            grown
        };
        if self.params.patience.is_none() {
            let grown = (start..limit).into_par_iter().with_max_len(1).map(grow).collect::<Result<_, _>>()?;
            return Ok((grown, None));
        }
        // Whole steps, so many that every thread has a tree. What is grown beyond the step at which the patience ends is
        // dropped: the forest does not depend on the number of threads.
        let batch = rayon::current_num_threads().next_multiple_of(STEP);
        let mut out_of_bag = OutOfBagSums::new(self.set, self.params);
        let mut grown: Vec<Grown> = Vec::new();
        while start + grown.len() < limit && !out_of_bag.is_done() {
            let first = start + grown.len();
            let trees = first..limit.min(first + batch);
            let more: Vec<Grown> =
                trees.into_par_iter().with_max_len(1).map(grow).collect::<Result<_, _>>()?;
            let trees = more.iter().map(|grown| grown.tree.clone()).collect();
            let counted = out_of_bag.add(&Forest::from_trees(self.shape.clone(), trees)?, 0, first);
            grown.extend(more.into_iter().take(counted));
        }
        Ok((grown, Some(out_of_bag)))
    }

    fn grow_one<I: Impurity>(
        &self,
        worker: &mut Worker<I::Row>,
        growers: &Growers<'_, I>,
        weights: &RowWeights<'_>,
        rows: &impl TreeRows<Row = I::Row>,
        tree: usize,
        side_by_side: bool,
    ) -> Result<Grown, FitError> {
        let Worker { rows: buffers, counts, numbers, weights: drawn } = worker;
        let random = draw_weighted(self.params, tree, self.set.len(), weights, counts, numbers, drawn);
        if numbers.is_empty() {
            return Err(FitError::NoWeight);
        }
        let rows = numbers.iter().zip(drawn.iter()).map(|(&number, &weight)| rows.row(number, weight));
        Ok(growers.grow(buffers, numbers, rows, random, side_by_side)?)
    }
}

impl<R> Worker<R> {
    fn new() -> Self {
        Self { rows: RowBuffers::new(), counts: Vec::new(), numbers: Vec::new(), weights: Vec::new() }
    }
}

/// The mean over the trees that have a split, scaled to add up to 1.
fn mean_importances(grown: &[Grown], features: usize) -> Vec<f64> {
    let mut means = vec![0.0; features];
    for tree in grown {
        for (mean, importance) in means.iter_mut().zip(&tree.importances) {
            *mean += importance;
        }
    }
    let total: f64 = means.iter().sum();
    if total > 0.0 {
        for mean in &mut means {
            *mean /= total;
        }
    }
    means
}
