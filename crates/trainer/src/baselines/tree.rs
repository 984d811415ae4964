//! One decision tree of classes: `linfa-trees` finds its splits, and it is told in the form of our own trees.
//!
//! The library's tree (0.8.1) cannot be taken over as a whole. It makes one leaf of two that answer the same class, so that their
//! shares are lost. Of a value that several rows share it may try no threshold, where only some of these rows are in the node.
//! It takes numbers for equal that are less than 0.00001 apart, learns by `<=` and answers by `<`. It adds up shares, and chooses
//! among equal ones, in the order of a `HashMap`, which is another one in each run.
//!
//! So it is asked node by node, for a tree of one split of the node's rows, and told places in an order instead of values. Of
//! more than two classes each is held against all others, since the order of two summands changes no sum, and the best of
//! these splits is taken.

use forest::{Forest, Shape, TreeBuilder};
use forest_learner::{Target, TrainingColumn, TrainingSet};
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_trees::{DecisionTree, SplitQuality};
use ndarray::{Array1, Array2, ShapeBuilder};
use rayon::prelude::*;

use super::design::learned_rows;

mod feature;
#[cfg(test)]
mod tests;

use feature::{Feature, NodeRow};

/// Smallest decrease of the impurity that is a split. The library counts in `f32`, where less may be rounding.
const LEAST_DECREASE: f32 = 1e-6;
/// Most classes of a node that are held against all others: those of the most weight.
const MOST_CLASSES: usize = 8;
/// What all rows weigh together, in whole numbers, so that each sum of them is exact in the library's `f32`.
const TOTAL_WEIGHT: f64 = (1 << 22) as f64;
/// Features that the library is asked about at once. It takes 24 bytes for each of their values.
const FEATURES_AT_ONCE: usize = 16;

/// Learns a tree of at most so many splits from root to leaf, from at most 20,000 rows, which are drawn. A missing number counts as
/// the median, a missing level as one more level.
///
/// # Errors
/// When the target is no class or no row has a weight, and what the libraries say.
pub(super) fn classification(set: &TrainingSet, depth: usize) -> Result<Forest, String> {
    let Target::Classification { classes, n_classes } = set.target() else {
        return Err("the target is no class".into());
    };
    let rows = learned_rows(set.len());
    let weights = whole_weights(set.weights(), &rows);
    let (rows, weights): (Vec<usize>, Vec<f32>) =
        rows.into_iter().zip(weights).filter(|(_, weight)| *weight > 0.0).unzip();
    if rows.is_empty() {
        return Err("no row that it learns from has a weight".into());
    }
    let feature = |column: &TrainingColumn| Feature::learn(column.column, &column.values, &rows);
    let learner = Learner {
        features: set.columns().par_iter().map(feature).collect(),
        classes: rows.iter().map(|&row| classes[row] as usize).collect(),
        outputs: *n_classes,
        weights,
    };
    let columns = set.columns().iter().map(|column| column.column).collect();
    let shape = Shape::new(columns, *n_classes).map_err(|error| error.to_string())?;
    learner.forest(shape, depth)
}

/// Weights of these rows as whole numbers, 1 each where there are none. Without any weight none is above 0.
fn whole_weights(weights: Option<&[f64]>, rows: &[usize]) -> Vec<f32> {
    let Some(weights) = weights else { return vec![1.0; rows.len()] };
    let all: f64 = rows.iter().map(|&row| weights[row]).sum();
    rows.iter().map(|&row| (weights[row] / all * TOTAL_WEIGHT).round() as f32).collect()
}

/// What is learned from. Rows are counted from 0.
struct Learner {
    features: Vec<Feature>,
    /// Class of each row.
    classes: Vec<usize>,
    outputs: usize,
    /// Weight of each row, a whole number.
    weights: Vec<f32>,
}

/// A way to part the rows of a node.
struct Parting {
    feature: usize,
    /// Of each row whether it goes left.
    rows: Vec<NodeRow>,
    /// The larger, the purer are both sides.
    purity: f64,
}

impl Learner {
    fn forest(&self, shape: Shape, depth: usize) -> Result<Forest, String> {
        let mut builder = TreeBuilder::new(&shape);
        let mut open = vec![(0, (0..self.classes.len()).collect::<Vec<_>>(), depth)];
        while let Some((node, rows, depth)) = open.pop() {
            let Some(parting) = self.best(&rows, depth)? else {
                let weights = self.weight_of_classes(rows.into_iter());
                let all: f64 = weights.iter().sum();
                let shares: Vec<f64> = weights.iter().map(|weight| weight / all).collect();
                builder.leaf(node, &shares).map_err(|error| error.to_string())?;
                continue;
            };
            let Parting { feature, rows, .. } = parting;
            let split = self.features[feature].split(&mut builder, node, feature, &rows);
            let left = split.map_err(|error| error.to_string())?;
            let of_side = |left| rows.iter().filter(move |of| of.yes == left).map(|of| of.row).collect();
            open.push((left + 1, of_side(false), depth - 1));
            open.push((left, of_side(true), depth - 1));
        }
        let tree = builder.finish();
        Forest::from_trees(shape, vec![tree]).map_err(|error| error.to_string())
    }

    /// The best way to part these rows, the first of equals; none where they are of one class or nothing parts them.
    fn best(&self, rows: &[usize], depth: usize) -> Result<Option<Parting>, String> {
        if depth == 0 {
            return Ok(None);
        }
        let firsts = (0..self.features.len()).step_by(FEATURES_AT_ONCE);
        let questions: Vec<(usize, usize)> = self
            .asked(rows)
            .into_iter()
            .flat_map(|class| firsts.clone().map(move |first| (class, first)))
            .collect();
        let ask = |(class, first)| self.parting(rows, class, first);
        let found: Vec<Option<Parting>> =
            questions.into_par_iter().map(ask).collect::<Result<_, String>>()?;
        let better = |best: Parting, next: Parting| if next.purity > best.purity { next } else { best };
        Ok(found.into_iter().flatten().reduce(better))
    }

    /// The classes of these rows that are held against all others: of two the second says all.
    fn asked(&self, rows: &[usize]) -> Vec<usize> {
        let weights = self.weight_of_classes(rows.iter().copied());
        let mut present: Vec<usize> = (0..self.outputs).filter(|&class| weights[class] > 0.0).collect();
        if present.len() <= 2 {
            return present.into_iter().skip(1).collect();
        }
        present.sort_by(|&one, &other| weights[other].total_cmp(&weights[one]));
        present.truncate(MOST_CLASSES);
        present
    }

    /// How the library parts these rows to tell the class from all others, by one of the features from `first` on.
    fn parting(&self, rows: &[usize], class: usize, first: usize) -> Result<Option<Parting>, String> {
        let is_class =
            |&row: &usize| NodeRow { row, weight: self.weights[row], yes: self.classes[row] == class };
        let mut rows: Vec<NodeRow> = rows.iter().map(is_class).collect();
        let asked = self.features[first..].iter().take(FEATURES_AT_ONCE);
        let places: Vec<f32> = asked.clone().flat_map(|feature| feature.places(&rows)).collect();
        let records = Array2::from_shape_vec((rows.len(), asked.len()).f(), places);
        let dataset = Dataset::new(
            records.map_err(|error| error.to_string())?,
            rows.iter().map(|of| of.yes).collect::<Array1<bool>>(),
        );
        let dataset = dataset.with_weights(rows.iter().map(|of| of.weight).collect());
        let params = DecisionTree::params().split_quality(SplitQuality::Gini).max_depth(Some(1));
        let tree = params.min_impurity_decrease(LEAST_DECREASE).fit(&dataset);
        // The split is told, too, where the library has made one leaf of both sides.
        let (feature, cut, decrease) = tree.map_err(|error| error.to_string())?.root_node().split();
        if decrease < LEAST_DECREASE {
            return Ok(None);
        }
        let places = dataset.records().column(feature);
        rows.iter_mut().zip(places).for_each(|(of, place)| of.yes = *place <= cut);
        Ok(Some(Parting { feature: first + feature, purity: self.purity(&rows), rows }))
    }

    /// Sum of the squared weights of the classes over the weight, of both sides: the largest has the smallest Gini impurity.
    fn purity(&self, rows: &[NodeRow]) -> f64 {
        let of_side = |left| {
            let weights = self.weight_of_classes(rows.iter().filter(|of| of.yes == left).map(|of| of.row));
            weights.iter().map(|weight| weight * weight).sum::<f64>() / weights.iter().sum::<f64>()
        };
        of_side(true) + of_side(false)
    }

    fn weight_of_classes(&self, rows: impl Iterator<Item = usize>) -> Vec<f64> {
        let mut weights = vec![0.0; self.outputs];
        rows.for_each(|row| weights[self.classes[row]] += f64::from(self.weights[row]));
        weights
    }
}
