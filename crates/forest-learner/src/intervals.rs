//! What the prediction intervals of a forest are made of: the training rows in its leaves, and for a sample of them the
//! leaves in the trees that did not draw them.
//!
//! The rows are drawn again and walk down the finished forest, so growing knows nothing of this.

use forest::{Forest, LeafRow, OutOfBagRow};
use model_core::Level;
use rayon::prelude::*;

use crate::params::ResolvedParams;
use crate::sample::{RowWeights, draw_weighted};
use crate::{FitError, TrainingSet};

/// Most rows that calibrate, evenly spaced: with so many the coverage is known to a fifth of a percent.
const CALIBRATING_ROWS: usize = 20_000;
/// Weights of leaves stay positive and finite.
const WEIGHTS: std::ops::RangeInclusive<f32> = f32::MIN_POSITIVE..=1e20;

/// What one tree tells.
struct OfTree {
    leaf_rows: Vec<LeafRow>,
    /// For each calibrating row its leaf, where the tree did not draw it.
    calibrating: Vec<Option<u32>>,
}

/// Adds intervals to a forest that was grown on this table.
pub(crate) fn with_intervals(
    forest: Forest,
    set: &TrainingSet,
    targets: &[f64],
    params: &ResolvedParams,
    level: Level,
) -> Result<Forest, FitError> {
    let mut values = targets.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup_by_key(|value| value.to_bits());
    let position =
        |target: &f64| values.binary_search_by(|value| value.total_cmp(target)).unwrap_or_default();
    let positions: Vec<u32> = targets.par_iter().map(|target| position(target) as u32).collect();

    let rows = set.rows();
    let weights = RowWeights::new(set, params.class_weight.as_ref());
    let sampled = set.len().min(CALIBRATING_ROWS);
    let calibrating: Vec<usize> = (0..sampled).map(|place| place * set.len() / sampled).collect();
    let of_tree = |tree: usize| {
        let (mut counts, mut numbers, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        draw_weighted(params, tree, set.len(), &weights, &mut counts, &mut numbers, &mut drawn);
        let leaf_rows = numbers.iter().zip(&drawn).map(|(&number, &weight)| LeafRow {
            place: forest.leaf_place(tree, rows.row(number as usize)) as u32,
            target: positions[number as usize],
            weight: (weight as f32).clamp(*WEIGHTS.start(), *WEIGHTS.end()),
        });
        let leaf = |&row: &usize| (counts[row] == 0).then(|| forest.leaf_place(tree, rows.row(row)) as u32);
        OfTree { leaf_rows: leaf_rows.collect(), calibrating: calibrating.iter().map(leaf).collect() }
    };
    let trees: Vec<OfTree> = (0..forest.tree_count()).into_par_iter().map(of_tree).collect();
    check_leaves(&forest, &trees)?;

    let out_of_bag: Vec<OutOfBagRow> = calibrating
        .iter()
        .enumerate()
        .map(|(place, &row)| OutOfBagRow {
            leaves: (0..)
                .zip(&trees)
                .filter_map(|(tree, of_tree)| Some((tree, of_tree.calibrating[place]?)))
                .collect(),
            target: targets[row],
        })
        .collect();
    let leaf_rows = trees.into_iter().map(|of_tree| of_tree.leaf_rows).collect();
    forest.with_intervals(values, leaf_rows, &out_of_bag, level)?.ok_or(FitError::NothingOutOfBag)
}

/// That a row came to every leaf, as it does where the tree was grown on these rows.
fn check_leaves(forest: &Forest, trees: &[OfTree]) -> Result<(), FitError> {
    let fault = (0..).zip(trees).collect::<Vec<_>>().into_par_iter().find_first(|&(tree, of_tree)| {
        let mut places: Vec<u32> = of_tree.leaf_rows.iter().map(|row| row.place).collect();
        places.sort_unstable();
        places.dedup();
        places.len() != forest.leaves_in(tree)
    });
    match fault {
        Some((tree, _)) => {
            Err(FitError::OtherTree { tree, reason: "a leaf of it has none of the rows that it drew" })
        }
        None => Ok(()),
    }
}
