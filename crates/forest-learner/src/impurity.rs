//! How good a split is: the decrease of impurity, found in one scan over the rows in the order of a feature.

mod classes;
mod moments;

pub(crate) use classes::{Classes, Entropy, Gini, WeightedClass};
pub(crate) use moments::{Meaning, Moments, WeightedTarget};

/// A measure of impurity with the sums of the node at hand.
pub(crate) trait Impurity: Send {
    /// What is kept for each row of a tree.
    type Row: Copy + Send;

    /// Takes up the sums of a node.
    fn begin(&mut self, rows: &[Self::Row]) -> NodeSums;

    /// The weight of a row.
    fn weight(row: Self::Row) -> f64;

    /// Writes what a leaf with these rows answers: their mean, or the shares of their classes.
    fn answer(&self, rows: &[Self::Row], answer: &mut [f64]);

    /// The best cut in a sequence of rows with their codes: rows of codes before the cut go left. `first` goes left
    /// whatever the cut.
    fn scan(
        &mut self,
        first: impl Iterator<Item = Self::Row>,
        then: impl Iterator<Item = (u32, Self::Row)>,
        least_rows: u32,
    ) -> Option<Cut>;

    /// Whether adding up per code is cheaper than sorting.
    fn prefers_bins(&self, rows: usize, codes: usize) -> bool;

    /// Adds up the rows per code, into one bin for each code from `least`.
    fn fill_bins(&mut self, codes: &[u16], rows: &[Self::Row], least: u16, bins: usize);

    /// [`Impurity::scan`] over the filled bins; with `last_left` the last bin goes left whatever the cut.
    fn scan_bins(&mut self, last_left: bool, least_rows: u32) -> Option<Cut>;

    /// A number for each level of a category, by which ordering the levels makes the best subset a cut.
    fn rank_levels(&mut self, levels: &Levels<'_>, rows: &[Self::Row], ranks: &mut Vec<f64>);
}

/// Sums of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NodeSums {
    /// Total weight.
    pub(crate) weight: f64,
    /// Whether all rows have the same target.
    pub(crate) pure: bool,
}

/// A run of rows of one code in a scan.
#[derive(Debug, Clone, Copy)]
struct Entry<P> {
    code: u32,
    /// Rows that it stands for.
    rows: u32,
    /// What it adds to its side.
    part: P,
}

/// A place between two codes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// Code before the cut.
    pub(crate) left: u32,
    /// Code after the cut.
    pub(crate) right: u32,
    /// Decrease of impurity times the weight of the node.
    pub(crate) gain: f64,
    /// Weight of the left side.
    pub(crate) left_weight: f64,
}

/// The rows of a node, level by level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels<'a> {
    /// Positions of rows in the node.
    pub(crate) positions: &'a [u32],
    /// Where each level begins in `positions`.
    pub(crate) starts: &'a [u32],
}

impl<'a> Levels<'a> {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Positions of the rows of one level.
    pub(crate) fn level(&self, level: usize) -> &'a [u32] {
        let end = self.starts.get(level + 1).map_or(self.positions.len(), |&end| end as usize);
        &self.positions[self.starts[level] as usize..end]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u32]> {
        (0..self.len()).map(|level| self.level(level))
    }
}
