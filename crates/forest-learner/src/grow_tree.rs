//! Grows one tree: depth first, or best first when the number of leaves is limited.

use std::collections::BinaryHeap;

use forest::{ForestError, GrownTree, Shape, TreeBuilder};

use crate::impurity::{Bounds, Impurity, NodeRows};
use crate::params::ResolvedParams;
use crate::random::TreeRandom;
use crate::split_search::{Split, SplitBy, SplitSearch};

/// Fewest rows for which a block pays.
const FEWEST_IN_BLOCK: usize = 65;

/// What grows trees, one after the other, in buffers of its own.
pub(crate) struct Grower<'a, I: Impurity> {
    shape: &'a Shape,
    params: &'a ResolvedParams,
    /// What one unit of decrease is in the impurity of the target.
    impurity_unit: f64,
    search: SplitSearch<'a, I>,
    /// Row numbers of the tree; every node owns a range, in which they ascend.
    numbers: Vec<u32>,
    /// Weight and target of the rows, side by side with their numbers.
    rows: Vec<I::Row>,
    spare: Vec<(u32, I::Row)>,
    /// Weight and target of the rows by their number.
    table: Vec<I::Row>,
    /// The same of the rows of a block.
    block: Vec<I::Row>,
    goes_left: Vec<bool>,
    leaf: Vec<f64>,
    /// Decrease of impurity by feature, of the tree at hand.
    decreases: Vec<f64>,
}

/// A grown tree with what it tells of its features.
pub(crate) struct Grown {
    pub(crate) tree: GrownTree,
    /// Share of each feature in the decrease of impurity; all zero for a tree without splits.
    pub(crate) importances: Vec<f64>,
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

/// A node whose best split is known and may still be made.
struct Candidate {
    node: OpenNode,
    split: Split,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    /// The larger decrease first, then the older node.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.split.gain.total_cmp(&other.split.gain).then(other.node.place.cmp(&self.node.place))
    }
}

impl<'a, I: Impurity> Grower<'a, I> {
    pub(crate) fn new(
        shape: &'a Shape,
        params: &'a ResolvedParams,
        impurity_unit: f64,
        search: SplitSearch<'a, I>,
    ) -> Self {
        Self {
            shape,
            params,
            impurity_unit,
            search,
            numbers: Vec::new(),
            rows: Vec::new(),
            spare: Vec::new(),
            table: Vec::new(),
            block: Vec::new(),
            goes_left: Vec::new(),
            leaf: vec![0.0; shape.outputs()],
            decreases: vec![0.0; shape.width()],
        }
    }

    /// Grows a tree on these rows, which are ascending and not none.
    pub(crate) fn grow(
        &mut self,
        numbers: &[u32],
        rows: impl Iterator<Item = I::Row>,
        random: &mut TreeRandom,
    ) -> Result<Grown, ForestError> {
        self.numbers.clear();
        self.numbers.extend_from_slice(numbers);
        self.rows.clear();
        let mut total = 0.0;
        for (&number, row) in numbers.iter().zip(rows) {
            total += I::weight(row);
            let number = number as usize;
            if self.table.len() <= number {
                self.table.resize(number + 1, row);
            }
            self.table[number] = row;
            self.rows.push(row);
        }
        self.decreases.fill(0.0);
        self.search.begin_tree();
        let mut tree = TreeBuilder::new(self.shape);
        let root = OpenNode {
            place: 0,
            start: 0,
            end: numbers.len(),
            depth: 0,
            in_block: false,
            constants: 0,
            bounds: Bounds::default(),
        };
        match self.params.max_leaf_nodes {
            None => self.grow_depth_first(&mut tree, root, total, random)?,
            Some(limit) => self.grow_best_first(&mut tree, root, total, limit, random)?,
        }
        let sum: f64 = self.decreases.iter().sum();
        let share = |decrease: &f64| if sum > 0.0 { decrease / sum } else { 0.0 };
        Ok(Grown { tree: tree.finish(), importances: self.decreases.iter().map(share).collect() })
    }

    fn grow_depth_first(
        &mut self,
        tree: &mut TreeBuilder<'_>,
        root: OpenNode,
        total: f64,
        random: &mut TreeRandom,
    ) -> Result<(), ForestError> {
        let mut open = vec![root];
        let block_rows = self.search.block_rows();
        while let Some(mut node) = open.pop() {
            if !node.in_block && (FEWEST_IN_BLOCK..=block_rows).contains(&(node.end - node.start)) {
                self.lay_block(&mut node);
            }
            self.search.use_block(node.in_block);
            match self.find_split(&mut node, total, random) {
                None => self.close(tree, node)?,
                // The left side is next: a path that is walked often lies close together.
                Some(split) => {
                    let [left, right] = self.divide(tree, node, &split)?;
                    open.extend([right, left]);
                }
            }
        }
        Ok(())
    }

    /// Lays the rows of a node close together; those of the nodes below it, which come next, are numbered from 0.
    fn lay_block(&mut self, node: &mut OpenNode) {
        let range = node.start..node.end;
        self.search.lay_block(&self.numbers[range.clone()]);
        self.block.clear();
        self.block.extend_from_slice(&self.rows[range.clone()]);
        for (place, number) in (0u32..).zip(&mut self.numbers[range]) {
            *number = place;
        }
        node.in_block = true;
    }

    fn grow_best_first(
        &mut self,
        tree: &mut TreeBuilder<'_>,
        root: OpenNode,
        total: f64,
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
                match self.find_split(&mut node, total, random) {
                    None => self.close(tree, node)?,
                    Some(split) => candidates.push(Candidate { node, split }),
                }
            }
            let Some(Candidate { node, split }) = candidates.pop() else { return Ok(()) };
            if leaves >= limit {
                self.close(tree, node)?;
            } else {
                leaves += 1;
                open.extend(self.divide(tree, node, &split)?);
            }
        }
    }

    /// The split of a node, or `None` when it is a leaf.
    fn find_split(&mut self, node: &mut OpenNode, total: f64, random: &mut TreeRandom) -> Option<Split> {
        let range = node.start..node.end;
        if node.depth >= self.params.max_depth || range.len() < self.params.min_samples_split {
            return None;
        }
        let rows = NodeRows {
            numbers: &self.numbers[range.clone()],
            rows: &self.rows[range],
            table: if node.in_block { &self.block } else { &self.table },
        };
        self.search.bound(node.bounds);
        let sums = self.search.begin(rows);
        if sums.pure {
            return None;
        }
        let (split, constants) = self.search.find(rows, sums, node.constants, random);
        node.constants = constants;
        // As in scikit-learn, a decrease short of the least by rounding is enough.
        split.filter(|split| {
            let decrease = split.gain * self.impurity_unit / total;
            decrease + f64::EPSILON >= self.params.min_impurity_decrease
        })
    }

    /// Makes a split: moves the rows of the left side to the front, and opens both children.
    fn divide(
        &mut self,
        tree: &mut TreeBuilder<'_>,
        node: OpenNode,
        split: &Split,
    ) -> Result<[OpenNode; 2], ForestError> {
        let feature = split.feature as usize;
        let place = match &split.by {
            &SplitBy::Threshold { threshold, .. } => {
                tree.split_at(node.place, feature, threshold, split.missing_right)?
            }
            SplitBy::Levels(set) => tree.split_by_levels(node.place, feature, set, split.missing_right)?,
        };
        self.decreases[feature] += split.gain;
        let range = node.start..node.end;
        self.search.sides(split, &self.numbers[range.clone()], &mut self.goes_left);
        let (numbers, rows) = (&mut self.numbers[range.clone()], &mut self.rows[range]);
        let middle = node.start + part(numbers, rows, &self.goes_left, &mut self.spare);
        let depth = node.depth + 1;
        let rows = |start: usize, end: usize| NodeRows {
            numbers: &self.numbers[start..end],
            rows: &self.rows[start..end],
            table: if node.in_block { &self.block } else { &self.table },
        };
        let (left, right) = (rows(node.start, middle), rows(middle, node.end));
        let [of_left, of_right] = I::part_bounds(node.bounds, self.params.direction(feature), left, right);
        let left = OpenNode { place, end: middle, depth, bounds: of_left, ..node };
        Ok([left, OpenNode { place: place + 1, start: middle, depth, bounds: of_right, ..node }])
    }

    fn close(&mut self, tree: &mut TreeBuilder<'_>, node: OpenNode) -> Result<(), ForestError> {
        let range = node.start..node.end;
        let rows = NodeRows {
            numbers: &self.numbers[range.clone()],
            rows: &self.rows[range],
            table: if node.in_block { &self.block } else { &self.table },
        };
        self.search.bound(node.bounds);
        self.search.answer(rows, &mut self.leaf);
        tree.cover(node.place, rows.iter().map(I::weight).sum());
        tree.leaf(node.place, &self.leaf)
    }
}

/// Moves the rows that go left to the front, keeping the order on both sides. Returns how many they are.
fn part<R: Copy>(
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
        let left = part(&mut numbers, &mut rows, &[false, true, true, false, true], &mut Vec::new());
        assert_eq!((numbers, rows, left), ([2, 3, 5, 1, 4], ["b", "c", "e", "a", "d"], 3));
    }
}
