//! How good a split is: the decrease of impurity, found in one scan over the rows in the order of a feature.

use crate::Monotonic;
use crate::feature_view::{Entry, QuantileView};
use crate::lane_sort::{Keys, MOST_ROWS, differ};
use crate::wide::{LANES, Wide};

mod bounds;
mod classes;
mod counted_classes;
mod moments;
mod monotonic;
mod packed;
#[cfg(test)]
mod tests;

pub(crate) use bounds::Bounds;
pub(crate) use classes::{Classes, Entropy, Gini, WeightedClass, ranks_of_sums};
pub(crate) use counted_classes::{ClassOfRow, CountedClasses};
pub(crate) use moments::{Meaning, Moments, WeightedTarget};
pub(crate) use monotonic::Constrained;
pub(crate) use packed::{CountedClass, LARGEST_WEIGHT, Packed, Targets, TwoClasses};

/// Most rows of a node that are put in order for several features at once.
pub(crate) const MOST_SORTED: usize = MOST_ROWS;
/// Most features whose rows are added up per quantile at once.
pub(crate) const SLOTS: usize = 8;
/// Rows that are added up for one feature after the other before the next ones come, so that their lines stay in cache.
const TILE: usize = 256;

/// A measure of impurity with the sums of the node at hand.
pub(crate) trait Impurity: Send {
    /// What is kept for each row of a tree.
    type Row: Copy + Send + Sync;

    /// Takes up the sums of a node.
    fn begin(&mut self, node: NodeRows<'_, Self::Row>) -> NodeSums;

    /// The weight of a row.
    fn weight(row: Self::Row) -> f64;

    /// Takes up the bounds of a node, before anything else about it is asked.
    fn bound(&mut self, _bounds: Bounds) {}

    /// Takes up the constraint of the feature whose cuts are asked for next.
    fn constrain(&mut self, _direction: Monotonic) {}

    /// The bounds of both sides of a split on a feature with this constraint.
    fn part_bounds(
        bounds: Bounds,
        _direction: Monotonic,
        _left: NodeRows<'_, Self::Row>,
        _right: NodeRows<'_, Self::Row>,
    ) -> [Bounds; 2] {
        [bounds; 2]
    }

    /// Writes what a leaf with these rows answers: their mean, or the shares of their classes.
    fn answer(&self, node: NodeRows<'_, Self::Row>, answer: &mut [f64]);

    /// A scan of the node.
    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = Self::Row>;

    /// Whether [`Impurity::scan_lanes`] knows a way; where not, nobody calls it or [`Impurity::note`].
    const SCANS_LANES: bool;

    /// Whether the sums of the node are small enough for [`Impurity::scan_lanes`].
    fn fits_lanes(&self) -> bool {
        true
    }

    /// What the key of a row of a small node carries beside the code, by the place of the row in the node.
    fn note(&self, place: u32, _row: Self::Row) -> u32 {
        place
    }

    /// The best cut of the node in each of several orders of its rows, which are at least two and at most
    /// [`MOST_SORTED`].
    fn scan_lanes<W: Wide, const PADDED: bool>(&self, _orders: Orders<'_, PADDED>) -> LaneBest {
        LaneBest::default()
    }

    /// Whether the methods from here to [`Impurity::scan_bins`] know a way; where not, nobody calls them.
    const SCANS_QUANTILES: bool = true;

    /// Rows from which a node is added up per quantile.
    const QUANTILE_ROWS: usize = MOST_SORTED + 1;

    /// Features that are added up at once.
    const QUANTILE_SLOTS: usize = SLOTS;

    /// Adds up the rows, for each of at most [`SLOTS`] features into one bin for each quantile and one
    /// for missing.
    fn fill_quantiles(
        &mut self,
        _node: NodeRows<'_, Self::Row>,
        _columns: &[QuantileView<'_>],
        _least_rows: u32,
    ) {
    }

    /// Number of bins of a slot with a row.
    fn used_bins(&self, _slot: usize) -> usize {
        0
    }

    /// Whether the last bin of a slot, that for missing, has a row.
    fn last_bin_used(&self, _slot: usize) -> bool {
        false
    }

    /// Keeps the filled bins of a slot until others are kept; `last_left` tells which of the two scans was better.
    fn keep_bins(&mut self, _slot: usize, _last_left: bool) {}

    /// The best cut among the rows of some bins, which come in the order of their codes. Of the bins that were kept,
    /// those below `first` go left whatever the cut, and so does the one of this number.
    fn scan_between(
        &mut self,
        _first: usize,
        _last: Option<usize>,
        _entries: &[Entry],
        _table: &[Self::Row],
        _least_rows: u32,
    ) -> Option<Cut> {
        None
    }

    /// The best cut between the filled bins of a slot; with `last_left` the last bin goes left whatever the cut.
    fn scan_bins(&mut self, _slot: usize, _last_left: bool, _least_rows: u32) -> Option<Cut> {
        None
    }

    /// A number for each level of a category, by which ordering the levels makes the best subset a cut.
    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[Self::Row], ranks: &mut Vec<f64>);
}

/// Finds the best cut in a sequence of rows with ascending codes: rows of codes before the cut go left.
pub(crate) trait Scan {
    type Row;

    /// Takes a row that goes left whatever the cut; all of them come first.
    fn put_left(&mut self, row: Self::Row);

    /// Takes the next row.
    fn push(&mut self, code: u32, row: Self::Row);

    /// The best cut, the first among equal ones.
    fn best(self) -> Option<Cut>;
}

/// The rows of a node.
pub(crate) struct NodeRows<'a, R> {
    /// Numbers of rows, ascending: places in `table`.
    pub(crate) numbers: &'a [u32],
    /// The rows of these numbers.
    pub(crate) rows: &'a [R],
    /// All rows of the table.
    pub(crate) table: &'a [R],
}

impl<R> Clone for NodeRows<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for NodeRows<'_, R> {}

impl<'a, R: Copy> NodeRows<'a, R> {
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.numbers.len()
    }

    #[inline(always)]
    pub(crate) fn iter(self) -> impl Iterator<Item = R> + 'a {
        self.rows.iter().copied()
    }
}

/// The rows of a small node in several orders at once, for a scan.
#[derive(Clone, Copy)]
pub(crate) struct Orders<'a, const PADDED: bool> {
    /// The keys of the rows; behind them, where padded, keys that stand for no row.
    pub(crate) keys: &'a [Keys],
    /// Number of rows.
    pub(crate) rows: usize,
    /// Fewest rows on a side.
    pub(crate) least_rows: usize,
}

impl<const PADDED: bool> Orders<'_, PADDED> {
    /// The places before the last one. Where the orders are padded, how many does not depend on the rows, for a processor to
    /// know it ahead.
    #[inline(always)]
    pub(crate) fn places(self) -> std::ops::Range<usize> {
        0..self.keys.len().saturating_sub(1)
    }

    /// Which orders may be cut behind a place; `None` where none may be.
    #[inline(always)]
    pub(crate) fn cuts<W: Wide>(self, place: usize) -> Option<W> {
        let left = place + 1;
        let is_allowed = left >= self.least_rows && left + self.least_rows <= self.rows;
        if !PADDED && !is_allowed {
            return None;
        }
        let apart = differ(W::of(self.keys[place]), W::of(self.keys[place + 1]));
        Some(if PADDED { apart.and(W::all_whole(u64::from(is_allowed).wrapping_neg())) } else { apart })
    }
}

/// Stands for the code before the first one of a scan; no other code follows it.
const NO_CODE: u32 = u32::MAX;

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
struct Run<P> {
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

/// The best cut of each lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LaneBest {
    /// As [`Cut::gain`]; negative where there is no cut.
    pub(crate) gains: [f64; LANES],
    /// After which place it stands.
    pub(crate) places: [u64; LANES],
    pub(crate) left_weights: [f64; LANES],
}

impl Default for LaneBest {
    fn default() -> Self {
        Self { gains: [-1.0; LANES], places: [0; LANES], left_weights: [0.0; LANES] }
    }
}

/// The rows of a node, level by level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels<'a> {
    /// Rows in the order of their levels.
    pub(crate) entries: &'a [Entry],
    /// Where each level begins.
    pub(crate) starts: &'a [u32],
}

impl<'a> Levels<'a> {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The rows of one level.
    pub(crate) fn level(&self, level: usize) -> &'a [Entry] {
        let end = self.starts.get(level + 1).map_or(self.entries.len(), |&end| end as usize);
        &self.entries[self.starts[level] as usize..end]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [Entry]> {
        (0..self.len()).map(|level| self.level(level))
    }
}
