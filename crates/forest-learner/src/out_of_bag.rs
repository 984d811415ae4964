//! Answers of a forest to its own training rows, each from the trees that did not draw it (Breiman 2001).

use forest::Forest;
use model_core::Scores;
use rayon::prelude::*;

use crate::params::ResolvedParams;
use crate::sample::drawn_for;
use crate::{Target, TrainingSet};

/// Trees after which the error is measured again.
pub(crate) const STEP: usize = 10;
/// Least relative decrease of the error that counts as one.
const TOLERANCE: f64 = 1e-4;
/// Most rows that one task answers.
const BLOCK_ROWS: usize = 4096;

/// Out-of-bag answers: an estimate of the forest's quality that needs no held-out rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBag {
    /// The mean answer for every training row; zeros for a row that every tree drew.
    pub scores: Scores,
    /// For every row, the number of trees that did not draw it.
    pub trees: Vec<u32>,
    /// The error after every ten trees, and after the last one.
    pub curve: Vec<CurvePoint>,
}

/// The out-of-bag error of the first trees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Number of trees.
    pub trees: usize,
    /// Mean squared error over the rows that have an answer; of probabilities the sum over the classes (Brier 1950).
    pub error: f64,
}

impl OutOfBag {
    /// Whether a tree answered this row.
    pub fn covers(&self, row: usize) -> bool {
        self.trees[row] > 0
    }
}

/// Out-of-bag answers so far, to which trees are added in order.
pub(crate) struct OutOfBagSums<'a> {
    set: &'a TrainingSet,
    params: &'a ResolvedParams,
    /// The training rows, one after the other.
    values: Vec<f32>,
    sums: Vec<f64>,
    trees: Vec<u32>,
    curve: Vec<CurvePoint>,
    /// Trees so far.
    added: usize,
    /// The smallest error that counted as a decrease, and the trees that it took.
    best: Option<CurvePoint>,
}

impl<'a> OutOfBagSums<'a> {
    pub(crate) fn new(set: &'a TrainingSet, params: &'a ResolvedParams) -> Self {
        Self {
            set,
            params,
            values: set.rows().into_values(),
            sums: vec![0.0; set.len() * set.target().outputs()],
            trees: vec![0; set.len()],
            curve: Vec::new(),
            added: 0,
            best: None,
        }
    }

    /// Adds the trees of a forest from `start`, step after step, until growing has no more use. The forest's first tree
    /// has the number `first` among all trees that draw. Returns how many of its trees count.
    pub(crate) fn add(&mut self, forest: &Forest, mut start: usize, first: usize) -> usize {
        while start < forest.tree_count() && !self.is_done() {
            let end = (start + STEP).min(forest.tree_count());
            self.add_step(forest, start..end, first);
            self.added += end - start;
            let point = CurvePoint { trees: self.added, error: self.error() };
            self.curve.push(point);
            if self.best.is_none_or(|best| point.error < best.error * (1.0 - TOLERANCE)) {
                self.best = Some(point);
            }
            start = end;
        }
        start
    }

    /// Adds the trees of the whole forest from `start`, unless they are added already.
    pub(crate) fn add_rest(&mut self, forest: &Forest, start: usize) {
        if self.added == 0 {
            self.add(forest, start, 0);
        }
    }

    /// Whether the error has not decreased for as many trees as the patience.
    pub(crate) fn is_done(&self) -> bool {
        let since = self.best.map_or(0, |best| self.added - best.trees);
        self.params.patience.is_some_and(|patience| since >= patience)
    }

    pub(crate) fn finish(mut self) -> OutOfBag {
        let outputs = self.set.target().outputs();
        for (sums, &trees) in self.sums.chunks_exact_mut(outputs).zip(&self.trees) {
            for sum in sums.iter_mut().filter(|_| trees > 0) {
                *sum /= f64::from(trees);
            }
        }
        OutOfBag { scores: Scores::new(outputs, self.sums), trees: self.trees, curve: self.curve }
    }

    /// Rows are shared out; the trees of a row are added in their order, so that every sum is the same on any number of
    /// threads.
    fn add_step(&mut self, forest: &Forest, step: std::ops::Range<usize>, first: usize) {
        let (width, outputs) = (self.set.width(), self.set.target().outputs());
        let rows = self.set.len();
        let draws = drawn_for(self.params, self.set, first + step.start..first + step.end, |counts| counts);
        let block = rows.div_ceil(rayon::current_num_threads()).clamp(1, BLOCK_ROWS);
        let tasks = self
            .values
            .par_chunks(block * width)
            .zip(self.sums.par_chunks_mut(block * outputs))
            .zip(self.trees.par_chunks_mut(block))
            .enumerate();
        tasks.for_each(|(place, ((values, sums), trees))| {
            for (tree, counts) in step.clone().zip(&draws) {
                let counts = &counts[place * block..];
                let rows = values.chunks_exact(width).zip(sums.chunks_exact_mut(outputs)).zip(&mut *trees);
                for ((row, sums), trees) in
                    rows.zip(counts).filter(|(_, count)| **count == 0).map(|row| row.0)
                {
                    for (sum, value) in sums.iter_mut().zip(forest.tree_answer(tree, row)) {
                        *sum += value;
                    }
                    *trees += 1;
                }
            }
        });
    }

    /// The mean squared error over the rows with an answer; 0 without any. Blocks of fixed size are added up in their
    /// order.
    fn error(&self) -> f64 {
        let outputs = self.set.target().outputs();
        let of_row = |row: usize| -> f64 {
            let answers = &self.sums[row * outputs..][..outputs];
            let trees = f64::from(self.trees[row]);
            match self.set.target() {
                Target::Regression(values) => (answers[0] / trees - values[row]).powi(2),
                Target::Classification { classes, .. } => {
                    let truth = |class: usize| if class == classes[row] as usize { 1.0 } else { 0.0 };
                    let square = |(class, answer): (usize, &f64)| (answer / trees - truth(class)).powi(2);
                    answers.iter().enumerate().map(square).sum()
                }
            }
        };
        let blocks: Vec<(f64, usize)> = (0..self.set.len().div_ceil(BLOCK_ROWS))
            .into_par_iter()
            .map(|block| {
                let rows = block * BLOCK_ROWS..self.set.len().min((block + 1) * BLOCK_ROWS);
                let covered = rows.filter(|&row| self.trees[row] > 0);
                covered.fold((0.0, 0), |(sum, rows), row| (sum + of_row(row), rows + 1))
            })
            .collect();
        let (sum, rows) = blocks.iter().fold((0.0, 0), |(sum, rows), block| (sum + block.0, rows + block.1));
        if rows > 0 { sum / rows as f64 } else { 0.0 }
    }
}
