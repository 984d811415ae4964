//! Rows that were counted, and nothing else of them.

use std::sync::Arc;

use model_core::{Rows, Scores};
use thiserror::Error;

use crate::{Binning, Layout};

/// How many rows were in each bin of each column. Its size depends on the model and not on the number of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    layout: Arc<Layout>,
    rows: u64,
    counts: Vec<u64>,
}

/// Two sketches are of different models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sketches count in different bins: only those of one version of a model can be merged")]
pub struct OtherLayout;

/// The counters of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    /// Rows of each bin, those beyond the bins of numbers left out.
    pub(crate) bins: Vec<f64>,
    /// Numbers below all bins; 0 for levels.
    pub(crate) below: f64,
    /// Numbers above all bins, or unseen levels.
    pub(crate) above: f64,
    pub(crate) missing: f64,
}

impl Sketch {
    /// Of no rows.
    pub fn new(layout: Arc<Layout>) -> Self {
        Self { rows: 0, counts: vec![0; layout.counters()], layout }
    }

    /// From counters that were counted elsewhere by [`Layout::places`]. Counters that are lacking are 0.
    pub fn of_counts(layout: Arc<Layout>, rows: u64, mut counts: Vec<u64>) -> Self {
        counts.resize(layout.counters(), 0);
        Self { layout, rows, counts }
    }

    /// Counts rows and what the model answered to them.
    pub fn add(&mut self, rows: &Rows, scores: &Scores) {
        for (row, scores) in rows.rows().zip(scores.rows()) {
            self.add_row(row, scores);
        }
    }

    /// Counts one row.
    pub fn add_row(&mut self, row: &[f32], scores: &[f64]) {
        self.rows += 1;
        self.layout.places(row, scores, |place| self.counts[place] += 1);
    }

    /// Makes it the sketch of the rows of both.
    ///
    /// # Errors
    /// When they count in different bins.
    pub fn merge(&mut self, other: &Self) -> Result<(), OtherLayout> {
        if self.layout != other.layout {
            return Err(OtherLayout);
        }
        self.rows += other.rows;
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, rows)| *sum += rows);
        Ok(())
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bins that it counts in.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn column(&self, column: usize) -> Counted {
        let (binning, range) = self.layout.column(column);
        let counts: Vec<f64> = self.counts[range].iter().map(|&rows| rows as f64).collect();
        let (bins, beside) = counts.split_at(binning.bins());
        let (below, above, missing) = match (binning, beside) {
            (Binning::Numbers { .. }, [below, above, missing]) => (*below, *above, *missing),
            (_, [unseen, missing]) => (0.0, *unseen, *missing),
            _ => (0.0, 0.0, 0.0),
        };
        Counted { bins: bins.to_vec(), below, above, missing }
    }
}
