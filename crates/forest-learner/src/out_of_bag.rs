//! Answers of a forest to its own training rows, each from the trees that did not draw it.

use forest::Forest;
use model_core::Scores;
use rayon::prelude::*;

use crate::TrainingSet;
use crate::params::ResolvedParams;
use crate::sample::draw;

/// Rows that one task answers.
const BLOCK_ROWS: usize = 512;

/// Out-of-bag answers: an estimate of the forest's quality that needs no held-out rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBag {
    /// The mean answer for every training row; zeros for a row that every tree drew.
    pub scores: Scores,
    /// For every row, the number of trees that did not draw it.
    pub trees: Vec<u32>,
}

impl OutOfBag {
    /// Whether a tree answered this row.
    pub fn covers(&self, row: usize) -> bool {
        self.trees[row] > 0
    }
}

pub(crate) fn answer(forest: &Forest, set: &TrainingSet, params: &ResolvedParams) -> OutOfBag {
    let outputs = forest.shape().outputs();
    let rows = set.rows();
    let width = rows.width();
    let mut sums = vec![0.0; set.len() * outputs];
    let mut trees = vec![0; set.len()];
    let mut counts = Vec::new();
    // Tree after tree, so that every sum has its fixed order; the rows of a tree are shared out.
    for tree in 0..forest.tree_count() {
        draw(params, tree, set.len(), &mut counts);
        let rows = rows.values().par_chunks(BLOCK_ROWS * width);
        let tasks = rows
            .zip(counts.par_chunks(BLOCK_ROWS))
            .zip(sums.par_chunks_mut(BLOCK_ROWS * outputs))
            .zip(trees.par_chunks_mut(BLOCK_ROWS));
        tasks.for_each(|(((rows, counts), sums), trees)| {
            let rows = rows.chunks_exact(width).zip(sums.chunks_exact_mut(outputs)).zip(trees);
            for ((row, sums), trees) in rows.zip(counts).filter(|(_, count)| **count == 0).map(|row| row.0) {
                for (sum, value) in sums.iter_mut().zip(forest.tree_answer(tree, row)) {
                    *sum += value;
                }
                *trees += 1;
            }
        });
    }
    for (sums, &trees) in sums.chunks_exact_mut(outputs).zip(&trees) {
        for sum in sums.iter_mut().filter(|_| trees > 0) {
            *sum /= f64::from(trees);
        }
    }
    OutOfBag { scores: Scores::new(outputs, sums), trees }
}
