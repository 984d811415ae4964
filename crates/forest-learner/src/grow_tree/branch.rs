//! The large nodes of a tree: below each of them its two sides are branches that grow by themselves.
//!
//! A branch has a random stream and an order of features of its own, whoever grows it and when. So the sides can grow one
//! after the other or at the same time, in buffers of their own, and the tree has the same bytes.

use std::sync::Mutex;

use forest::{ForestError, GrownTree, Shape, TreeBuilder};

use super::{Grower, OpenNode, Part, write};
use crate::impurity::{Bounds, Impurity};
use crate::random::TreeRandom;
use crate::split_search::Split;

/// Most rows of a node whose sides are no branches.
const SMALL: usize = 4096;
/// Most forks above a branch, lest a tree that loses one row in every node is a deep recursion.
const MOST_FORKS: u32 = 12;

/// Growers that are lent to one tree or branch after the other.
pub(crate) struct Growers<'a, I: Impurity> {
    shape: &'a Shape,
    idle: Mutex<Vec<Grower<'a, I>>>,
    make: &'a (dyn Fn() -> Grower<'a, I> + Sync),
}

/// A grown tree with what it tells of its features.
#[derive(Debug, Clone)]
pub struct Grown {
    /// The tree.
    pub tree: GrownTree,
    /// Share of each feature in the decrease of impurity; all zero for a tree without splits.
    pub importances: Vec<f64>,
}

/// The rows of a tree, in buffers that are lent to one tree after the other.
pub(crate) struct TreeRows<R> {
    numbers: Vec<u32>,
    rows: Vec<R>,
    table: Vec<R>,
}

/// A node that grows by itself.
struct Branch<'t, R> {
    part: Part<'t, R>,
    depth: usize,
    /// Forks above it.
    forks: u32,
    /// The features, and how many of the first ones are known to be constant.
    features: Vec<u32>,
    constants: usize,
    bounds: Bounds,
    random: TreeRandom,
}

/// A split with its sides.
struct Fork<'t, R> {
    split: Split,
    sides: [Branch<'t, R>; 2],
}

/// A branch that has grown apart from the tree.
enum Stem {
    Fork { split: Split, sides: Box<[Stem; 2]> },
    Part { tree: GrownTree, decreases: Vec<f64> },
}

impl<R> TreeRows<R> {
    pub(crate) fn new() -> Self {
        Self { numbers: Vec::new(), rows: Vec::new(), table: Vec::new() }
    }
}

impl<R: Copy> TreeRows<R> {
    /// Takes rows, which are ascending and not none.
    fn fill(
        &mut self,
        numbers: &[u32],
        rows: impl Iterator<Item = R>,
        weight: impl Fn(R) -> f64,
    ) -> Part<'_, R> {
        self.numbers.clear();
        self.numbers.extend_from_slice(numbers);
        self.rows.clear();
        let mut total = 0.0;
        for (&number, row) in numbers.iter().zip(rows) {
            total += weight(row);
            let number = number as usize;
            if self.table.len() <= number {
                self.table.resize(number + 1, row);
            }
            self.table[number] = row;
            self.rows.push(row);
        }
        Part { numbers: &mut self.numbers, rows: &mut self.rows, table: &self.table, total }
    }
}

impl<R> Branch<'_, R> {
    fn root(&self, place: u32) -> OpenNode {
        OpenNode {
            place,
            start: 0,
            end: self.part.numbers.len(),
            depth: self.depth,
            in_block: false,
            constants: self.constants,
            bounds: self.bounds,
        }
    }
}

impl<'a, I: Impurity> Growers<'a, I> {
    pub(crate) fn new(shape: &'a Shape, make: &'a (dyn Fn() -> Grower<'a, I> + Sync)) -> Self {
        Self { shape, idle: Mutex::default(), make }
    }

    /// Grows a tree on these rows, which are ascending and not none; with `side_by_side` its branches on all threads.
    pub(crate) fn grow(
        &self,
        buffers: &mut TreeRows<I::Row>,
        numbers: &[u32],
        rows: impl Iterator<Item = I::Row>,
        random: TreeRandom,
        side_by_side: bool,
    ) -> Result<Grown, ForestError> {
        let features = self.shape.width();
        let branch = Branch {
            part: buffers.fill(numbers, rows, I::weight),
            depth: 0,
            forks: 0,
            features: (0..features as u32).collect(),
            constants: 0,
            bounds: Bounds::default(),
            random,
        };
        let mut tree = TreeBuilder::new(self.shape);
        let mut decreases = vec![0.0; features];
        if side_by_side {
            self.stem(branch)?.write(&mut tree, 0, &mut decreases)?;
        } else {
            self.lend(|grower| grower.grow_branch(branch, &mut tree, 0, &mut decreases))?;
        }
        let sum: f64 = decreases.iter().sum();
        let share = |decrease: &f64| if sum > 0.0 { decrease / sum } else { 0.0 };
        Ok(Grown { tree: tree.finish(), importances: decreases.iter().map(share).collect() })
    }

    fn lend<T>(&self, work: impl FnOnce(&mut Grower<'a, I>) -> T) -> T {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut grower = idle.unwrap_or_else(self.make);
        let done = work(&mut grower);
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(grower);
        }
        done
    }

    fn stem(&self, mut branch: Branch<'_, I::Row>) -> Result<Stem, ForestError> {
        let fork = self.lend(|grower| grower.fork(&mut branch));
        match fork {
            Some(Fork { split, sides: [left, right] }) => {
                let (left, right) = rayon::join(|| self.stem(left), || self.stem(right));
                Ok(Stem::Fork { split, sides: Box::new([left?, right?]) })
            }
            None => self.lend(|grower| {
                let mut tree = TreeBuilder::new(self.shape);
                grower.grow_whole(&mut branch, &mut tree, 0)?;
                Ok(Stem::Part { tree: tree.finish(), decreases: grower.decreases.clone() })
            }),
        }
    }
}

impl Stem {
    fn write(self, tree: &mut TreeBuilder<'_>, node: u32, decreases: &mut [f64]) -> Result<(), ForestError> {
        match self {
            Self::Fork { split, sides } => {
                decreases[split.feature as usize] += split.gain;
                let place = write(tree, node, &split)?;
                let [left, right] = *sides;
                left.write(tree, place, decreases)?;
                right.write(tree, place + 1, decreases)
            }
            Self::Part { tree: part, decreases: of_part } => {
                add(decreases, &of_part);
                tree.graft(node, &part)
            }
        }
    }
}

fn add(decreases: &mut [f64], others: &[f64]) {
    for (decrease, other) in decreases.iter_mut().zip(others) {
        *decrease += other;
    }
}

impl<I: Impurity> Grower<'_, I> {
    /// Grows a branch, its sides one after the other.
    fn grow_branch(
        &mut self,
        mut branch: Branch<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        node: u32,
        decreases: &mut [f64],
    ) -> Result<(), ForestError> {
        match self.fork(&mut branch) {
            Some(Fork { split, sides: [left, right] }) => {
                decreases[split.feature as usize] += split.gain;
                let place = write(tree, node, &split)?;
                self.grow_branch(left, tree, place, decreases)?;
                self.grow_branch(right, tree, place + 1, decreases)
            }
            None => {
                self.grow_whole(&mut branch, tree, node)?;
                add(decreases, &self.decreases);
                Ok(())
            }
        }
    }

    /// Grows a branch that does not fork.
    fn grow_whole(
        &mut self,
        branch: &mut Branch<'_, I::Row>,
        tree: &mut TreeBuilder<'_>,
        node: u32,
    ) -> Result<(), ForestError> {
        self.search.begin_branch(&branch.features);
        let root = branch.root(node);
        self.grow_part(&mut branch.part, tree, root, &mut branch.random)
    }

    /// Splits a large node; `None` when the branch grows as a whole.
    fn fork<'b, R>(&mut self, branch: &'b mut Branch<'_, R>) -> Option<Fork<'b, R>>
    where
        I: Impurity<Row = R>,
        R: Copy,
    {
        let rows = branch.part.numbers.len();
        if rows <= SMALL || branch.forks == MOST_FORKS || self.params.max_leaf_nodes.is_some() {
            return None;
        }
        self.search.begin_branch(&branch.features);
        self.search.use_block(false);
        let mut node = branch.root(0);
        let split = self.find_split(&branch.part, &mut node, &mut branch.random)?;
        let [left, right] = self.divide(&mut branch.part, node, 0, &split);
        let (left_numbers, right_numbers) = branch.part.numbers.split_at_mut(left.end);
        let (left_rows, right_rows) = branch.part.rows.split_at_mut(left.end);
        let (table, total) = (branch.part.table, branch.part.total);
        let mut side = |node: OpenNode, numbers: &'b mut [u32], rows: &'b mut [R]| Branch {
            part: Part { numbers, rows, table, total },
            depth: node.depth,
            forks: branch.forks + 1,
            features: self.search.features().to_vec(),
            constants: node.constants,
            bounds: node.bounds,
            random: branch.random.branch(),
        };
        let sides = [side(left, left_numbers, left_rows), side(right, right_numbers, right_rows)];
        Some(Fork { split, sides })
    }
}
