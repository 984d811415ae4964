//! Grows one tree, or a part of it: depth first, or best first when the number of leaves is limited.

use std::collections::BinaryHeap;

use forest::{ForestError, Shape, TreeBuilder};

use crate::impurity::{Bounds, Impurity, NodeRows};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::split_search::{Split, SplitBy, SplitSearch};

mod branch;
mod candidate;

pub use branch::Grown;
pub(crate) use branch::{Growers, TreeRows};
use candidate::Candidate;

/// Fewest rows for which a block pays.
const FEWEST_IN_BLOCK: usize = 65;

/// What grows trees or parts of them, one after the other, in buffers of its own.
pub(crate) struct Grower<'a, I: Impurity> {
    params: &'a ResolvedParams,
    /// What one unit of decrease is in the impurity of the target.
    impurity_unit: f64,
    search: SplitSearch<'a, I>,
    spare: Vec<(u32, I::Row)>,
    /// Weight and target of the rows of a block by their number there.
    block: Vec<I::Row>,
    leaf: Vec<f64>,
    /// Decrease of impurity by feature, of the part at hand.
    decreases: Vec<f64>,
}

/// The rows of a part of a tree.
struct Part<'t, R> {
    /// Row numbers; every node owns a range, in which they ascend.
    numbers: &'t mut [u32],
    /// Weight and target of the rows, side by side with their numbers.
    rows: &'t mut [R],
    /// Weight and target of all rows of the tree by their number.
    table: &'t [R],
    /// Weight of all rows of the tree.
    total: f64,
}

impl<R> Part<'_, R> {
    /// The rows of a range.
    fn node<'n>(&'n self, range: std::ops::Range<usize>, block: Option<&'n [R]>) -> NodeRows<'n, R> {
        NodeRows {
            numbers: &self.numbers[range.clone()],
            rows: &self.rows[range],
            table: block.unwrap_or(self.table),
        }
    }
}

/// A node that is not decided yet.
#[derive(Debug, Clone, Copy)]
struct OpenNode {
    place: u32,
    start: usize,
    end: usize,
    depth: usize,
    /// Whether its rows lie in a block.
    in_block: bool,
    /// Features known to be constant: the first ones of the search's list.
    constants: usize,
    /// Where its answers must lie.
    bounds: Bounds,
}

impl<'a, I: Impurity> Grower<'a, I> {
    pub(crate) fn new(
        shape: &'a Shape,
        params: &'a ResolvedParams,
        impurity_unit: f64,
        search: SplitSearch<'a, I>,
    ) -> Self {
        Self {
            params,
            impurity_unit,
            search,
            spare: Vec::new(),
            block: Vec::new(),
            leaf: vec![0.0; shape.outputs()],
            decreases: vec![0.0; shape.width()],
        }
    }

    /// Decides a node and all below it. The search has the features of the branch.
    fn grow_part(
        &mut self,
        part: &mut Part<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        root: OpenNode,
        random: &mut TreeRandom,
    ) -> Result<(), ForestError> {
        self.decreases.fill(0.0);
        match self.params.max_leaf_nodes {
            None => self.grow_depth_first(part, tree, root, random),
            Some(limit) => self.grow_best_first(part, tree, root, limit, random),
        }
    }

    fn grow_depth_first(
        &mut self,
        part: &mut Part<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        root: OpenNode,
        random: &mut TreeRandom,
    ) -> Result<(), ForestError> {
        let mut open = vec![root];
        let block_rows = self.search.block_rows();
        while let Some(mut node) = open.pop() {
            if !node.in_block && (FEWEST_IN_BLOCK..=block_rows).contains(&(node.end - node.start)) {
                self.lay_block(part, &mut node);
            }
            self.search.use_block(node.in_block);
            match self.find_split(part, &mut node, random) {
                None => self.close(part, tree, node)?,
                // The left side is next: a path that is walked often lies close together.
                Some(split) => {
                    let place = write(tree, node.place, &split)?;
                    let [left, right] = self.divide(part, node, place, &split);
                    open.extend([right, left]);
                }
            }
        }
        Ok(())
    }

    /// Lays the rows of a node close together; those of the nodes below it, which come next, are numbered from 0.
    fn lay_block(&mut self, part: &mut Part<'_, I::Row>, node: &mut OpenNode) {
        let range = node.start..node.end;
        self.search.lay_block(&part.numbers[range.clone()]);
        self.block.clear();
        self.block.extend_from_slice(&part.rows[range.clone()]);
        for (place, number) in (0u32..).zip(&mut part.numbers[range]) {
            *number = place;
        }
        node.in_block = true;
    }

    fn grow_best_first(
        &mut self,
        part: &mut Part<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        root: OpenNode,
        limit: usize,
        random: &mut TreeRandom,
    ) -> Result<(), ForestError> {
        let mut candidates = BinaryHeap::new();
        let mut open = vec![root];
        let mut leaves = 1;
        loop {
            for mut node in open.drain(..) {
                // The search's list of features keeps the constants of a branch only in depth-first order.
                node.constants = 0;
                match self.find_split(part, &mut node, random) {
                    None => self.close(part, tree, node)?,
                    Some(split) => candidates.push(Candidate { node, split }),
                }
            }
            let Some(Candidate { node, split }) = candidates.pop() else { return Ok(()) };
            if leaves >= limit {
                self.close(part, tree, node)?;
            } else {
                leaves += 1;
                // Another node may have been searched since.
                self.search.forget_sides();
                let place = write(tree, node.place, &split)?;
                open.extend(self.divide(part, node, place, &split));
            }
        }
    }

    /// The split of a node, or `None` when it is a leaf.
    fn find_split(
        &mut self,
        part: &Part<'_, I::Row>,
        node: &mut OpenNode,
        random: &mut TreeRandom,
    ) -> Option<Split> {
        let range = node.start..node.end;
        if node.depth >= self.params.max_depth || range.len() < self.params.min_samples_split {
            return None;
        }
        let rows = part.node(range, node.in_block.then_some(&*self.block));
        self.search.bound(node.bounds);
        let sums = self.search.begin(rows);
        if sums.pure {
            return None;
        }
        let (split, constants) = self.search.find(rows, sums, node.constants, random);
        node.constants = constants;
        // As in scikit-learn, a decrease short of the least by rounding is enough.
        split.filter(|split| {
            let decrease = split.gain * self.impurity_unit / part.total;
            decrease + f64::EPSILON >= self.params.min_impurity_decrease
        })
    }

    /// Moves the rows of the left side of a split to the front, and opens both children, of which the left one has this
    /// place.
    fn divide(
        &mut self,
        part: &mut Part<'_, I::Row>,
        node: OpenNode,
        place: u32,
        split: &Split,
    ) -> [OpenNode; 2] {
        let feature = split.feature as usize;
        self.decreases[feature] += split.gain;
        let range = node.start..node.end;
        let (numbers, rows) = (&mut part.numbers[range.clone()], &mut part.rows[range]);
        let goes_left = self.search.sides(split, numbers);
        let middle = node.start + move_left(numbers, rows, goes_left, &mut self.spare);
        let depth = node.depth + 1;
        let block = node.in_block.then_some(&*self.block);
        let (left, right) = (part.node(node.start..middle, block), part.node(middle..node.end, block));
        let [of_left, of_right] = I::part_bounds(node.bounds, self.params.direction(feature), left, right);
        let left = OpenNode { place, end: middle, depth, bounds: of_left, ..node };
        [left, OpenNode { place: place + 1, start: middle, depth, bounds: of_right, ..node }]
    }

    fn close(
        &mut self,
        part: &Part<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        node: OpenNode,
    ) -> Result<(), ForestError> {
        let rows = part.node(node.start..node.end, node.in_block.then_some(&*self.block));
        self.search.bound(node.bounds);
        self.search.answer(rows, &mut self.leaf);
        tree.cover(node.place, rows.iter().map(I::weight).sum());
        tree.leaf(node.place, &self.leaf)
    }
}

/// Writes a split down. Returns the place of the left child.
fn write(tree: &mut TreeBuilder<'_>, node: u32, split: &Split) -> Result<u32, ForestError> {
    let feature = split.feature as usize;
    match (&split.by, &split.ordered) {
        (_, Some(set)) | (SplitBy::Levels(set), None) => {
            tree.split_by_levels(node, feature, set, split.missing_right)
        }
        (&SplitBy::Threshold { threshold, .. }, None) => {
            tree.split_at(node, feature, threshold, split.missing_right)
        }
    }
}

/// Moves the rows that go left to the front, keeping the order on both sides. Returns how many they are.
fn move_left<R: Copy>(
    numbers: &mut [u32],
    rows: &mut [R],
    goes_left: &[bool],
    spare: &mut Vec<(u32, R)>,
) -> usize {
    let Some(&first) = rows.first() else { return 0 };
    if spare.len() < rows.len() {
        spare.resize(rows.len(), (0, first));
    }
    let count = rows.len().min(numbers.len());
    let (numbers, rows, spare) = (&mut numbers[..count], &mut rows[..count], &mut spare[..count]);
    let (mut left, mut right) = (0, 0);
    for (place, &goes_left) in goes_left.iter().enumerate().take(count) {
        // No branch: the sides of neighbouring rows are unpredictable.
        let (number, row) = (numbers[place], rows[place]);
        // As far as the place at most, which the compiler does not see.
        let (to, beside) = (left.min(place), right.min(place));
        (numbers[to], rows[to]) = (number, row);
        spare[beside] = (number, row);
        left += usize::from(goes_left);
        right += usize::from(!goes_left);
    }
    let behind = numbers[left..].iter_mut().zip(&mut rows[left..]);
    for ((number, row), &(spare_number, spare_row)) in behind.zip(&*spare) {
        (*number, *row) = (spare_number, spare_row);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parting_keeps_the_order() {
        let (mut numbers, mut rows) = ([1, 2, 3, 4, 5], ["a", "b", "c", "d", "e"]);
        let left = move_left(&mut numbers, &mut rows, &[false, true, true, false, true], &mut Vec::new());
        assert_eq!((numbers, rows, left), ([2, 3, 5, 1, 4], ["b", "c", "e", "a", "d"], 3));
    }
}
