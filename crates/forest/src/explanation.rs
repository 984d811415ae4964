//! Explanations: how much each feature of a row adds to the answer, as exact Shapley values.
//!
//! The game is that of path-dependent TreeSHAP (Lundberg et al. 2020, arXiv 1905.04610): where a feature is not known, a split
//! sends the row both ways, in proportion to the training weight that went there. At a leaf, feature i then has a factor
//! o when it is known (1 when the row follows the path at all its splits, else 0) and z when it is not (the product of the
//! shares at its splits), and its Shapley value, in Owen's integral form, is
//!
//! φᵢ = leaf · ∫₀¹ (oᵢ − zᵢ) ∏_{j≠i} (t oⱼ + (1 − t) zⱼ) dt.
//!
//! The integrand is a polynomial in t, so Gauss–Legendre quadrature with half as many points as a path has features is
//! exact, and as all factors lie between 0 and 1, nothing cancels. As in Linear TreeSHAP (Yu et al. 2022, arXiv 2209.08192) one walk
//! over a tree serves all leaves: down go the products of the factors, up the sums of the leaves below, and a feature is paid
//! at each of its splits, where its factor changes.

use std::ops::Range;

use model_core::{Contributions, Rows};
use rayon::prelude::*;

use crate::Forest;
use crate::node::{Node, Nodes};
use crate::quadrature::{Group, LANES, Lanes};
use crate::shares::Shares;
use crate::traversal::{Walker, Work, in_wide_registers};

/// Rows that one task explains.
const BLOCK_ROWS: usize = 16;
/// Trees that one task walks over for them. Their sums are added in the order of the trees, whoever made them.
const PART_TREES: usize = 16;

impl Forest {
    /// Whether the forest can explain its answers: it holds the training weight of its leaves.
    pub fn can_explain(&self) -> bool {
        self.covers().is_some()
    }

    /// Training weight that came to every node, tree after tree in the order of [`Forest::tree`]; `None` when the forest does
    /// not hold it.
    pub fn node_covers(&self) -> Option<Vec<f64>> {
        Some(self.covers()?.by_node(self))
    }

    /// What explains one row after the other; `None` when the forest cannot.
    pub fn explainer(&self) -> Option<Explainer<'_>> {
        Some(Explainer::new(self, self.covers()?.shares(self)))
    }

    /// Explains every row, in rayon's current pool; `None` when the forest cannot. The numbers have the same bits in every
    /// batch and on any number of threads.
    ///
    /// # Panics
    /// When the rows have another width than the forest, a mistake of the calling code.
    pub fn explain(&self, rows: &Rows) -> Option<Contributions> {
        let shares = self.covers()?.shares(self);
        let (width, outputs) = (self.shape().width(), self.shape().outputs());
        let mut values = vec![0.0; rows.len() * width * outputs];
        let blocks = rows.values().par_chunks(BLOCK_ROWS * rows.width());
        blocks.zip(values.par_chunks_mut(BLOCK_ROWS * width * outputs)).for_each(|(rows_of, values)| {
            let of_part = |part| {
                let mut explainer = Explainer::new(self, shares);
                let mut sums = vec![0.0; values.len()];
                let rows = rows_of.chunks_exact(rows.width());
                for (row, sums) in rows.zip(sums.chunks_exact_mut(width * outputs)) {
                    explainer.add_part(row, part, sums);
                }
                sums
            };
            let of_parts: Vec<Vec<f64>> = (0..self.parts()).into_par_iter().map(of_part).collect();
            for sums in of_parts {
                values.iter_mut().zip(sums).for_each(|(value, sum)| *value += sum);
            }
            self.average(values);
        });
        Some(Contributions::new(width, shares.base.clone(), values))
    }

    /// Number of parts of [`PART_TREES`] trees.
    fn parts(&self) -> usize {
        self.tree_count().div_ceil(PART_TREES)
    }

    /// What all trees add up to, as their mean.
    fn average(&self, sums: &mut [f64]) {
        let trees = self.tree_count() as f64;
        sums.iter_mut().for_each(|sum| *sum /= trees);
    }
}

/// Explains rows, one after the other, in buffers of its own.
pub struct Explainer<'a> {
    forest: &'a Forest,
    shares: &'a Shares,
    walker: Walker<'a>,
    path: Path,
}

/// The way down to the node at hand.
struct Path {
    splits: Vec<OpenSplit>,
    /// For every feature, its factor where the path is.
    factors: Vec<Factor>,
    /// For every feature, what it was paid so far.
    paid: Vec<Lanes>,
}

/// The factor of a feature on a path.
#[derive(Debug, Clone, Copy)]
struct Factor {
    /// Whether the row follows the path at all splits of the feature.
    follows: bool,
    /// Product of the shares at the splits of the feature, while the row follows.
    share: f64,
}

/// A feature that was not met yet.
const UNMET: Factor = Factor { follows: true, share: 1.0 };

/// A split on the path.
struct OpenSplit {
    feature: usize,
    /// The factor of the feature above the split.
    above: Factor,
    /// Children in the order of their visit: the one that the row would go to comes first.
    children: [usize; 2],
    /// Their shares.
    shares: [f64; 2],
    /// Product of the factors above: without the feature's own as long as the row follows, else with it.
    product: Lanes,
    /// 1 / the feature's own factor above.
    inverse: Lanes,
    /// What the first child gave, once it was visited.
    first: Option<Lanes>,
}

impl<'a> Explainer<'a> {
    fn new(forest: &'a Forest, shares: &'a Shares) -> Self {
        let width = forest.shape().width();
        let path = Path { splits: Vec::new(), factors: vec![UNMET; width], paid: vec![[0.0; LANES]; width] };
        Self { forest, shares, walker: Walker::new(forest), path }
    }

    /// The mean answer over the training rows, one number for each output: with all contributions of a row it adds up
    /// to the row's answer.
    pub fn base(&self) -> &'a [f64] {
        &self.shares.base
    }

    /// Writes the contribution of each feature, in the unit of the answer: for each output, `width` numbers.
    ///
    /// # Panics
    /// When the row has another width than the forest or `contributions` is not `outputs` × `width` long, mistakes of
    /// the calling code.
    pub fn explain(&mut self, row: &[f32], contributions: &mut [f64]) {
        let (width, outputs) = (self.forest.shape().width(), self.forest.shape().outputs());
        assert_eq!(row.len(), width, "width of the row");
        assert_eq!(contributions.len(), width * outputs, "length of the contributions");
        contributions.fill(0.0);
        for part in 0..self.forest.parts() {
            self.add_part(row, part, contributions);
        }
        self.forest.average(contributions);
    }

    /// Adds what the trees of a part pay, for every output.
    fn add_part(&mut self, row: &[f32], part: usize, sums: &mut [f64]) {
        let last = self.forest.tree_count().min((part + 1) * PART_TREES);
        for (output, sums) in sums.chunks_exact_mut(self.forest.shape().width()).enumerate() {
            self.add_trees(row, part * PART_TREES..last, output, sums);
        }
    }

    fn add_trees(&mut self, row: &[f32], trees: Range<usize>, output: usize, sums: &mut [f64]) {
        let outputs = self.forest.shape().outputs();
        self.path.paid.fill([0.0; LANES]);
        for group in &self.shares.rule.0 {
            for tree in trees.clone() {
                let root = self.forest.root(tree);
                let nodes = self.forest.nodes_of_tree(tree);
                let tree = Tree {
                    walker: &self.walker,
                    nodes,
                    shares: &self.shares.of_parent[root..][..nodes.len()],
                    leaves: &self.forest.leaves_of(tree)[output..],
                    outputs,
                };
                in_wide_registers(Pay { tree, row, group, path: &mut self.path });
            }
        }
        for (total, paid) in sums.iter_mut().zip(&self.path.paid) {
            *total += sum(paid);
        }
    }
}

/// One tree with one of its outputs.
struct Tree<'a> {
    walker: &'a Walker<'a>,
    nodes: Nodes<'a>,
    shares: &'a [f64],
    /// Answers, every `outputs`-th number counts.
    leaves: &'a [f64],
    outputs: usize,
}

/// What one tree pays the features of a row.
struct Pay<'a> {
    tree: Tree<'a>,
    row: &'a [f32],
    group: &'a Group,
    path: &'a mut Path,
}

impl Work for Pay<'_> {
    #[inline(always)]
    fn run(self) {
        self.tree.pay(self.row, self.group, self.path);
    }
}

impl Tree<'_> {
    /// Walks over the whole tree and pays each feature at its splits.
    #[inline(always)]
    fn pay(&self, row: &[f32], group: &Group, path: &mut Path) {
        let (mut place, mut product) = (0, group.weights);
        if self.leaf(place).is_some() {
            return;
        }
        loop {
            // Down to a split whose first child is a leaf, or both are.
            let split = self.open(self.nodes.at(place), row, product, group, path);
            let [near, far] = split.children;
            let mut sums = match [self.leaf(near), self.leaf(far)] {
                [Some(first), Some(second)] => {
                    split.close(&[first; LANES], &[second; LANES], group, &mut path.paid[split.feature])
                }
                [first, _] => {
                    let child = usize::from(first.is_some());
                    place = split.children[child];
                    product = split.enter(child, group, &mut path.factors);
                    path.splits.push(OpenSplit { first: first.map(|first| [first; LANES]), ..split });
                    continue;
                }
            };
            // Up again, to a second child that is a split.
            loop {
                let Some(split) = path.splits.last_mut() else { return };
                let children = match (split.first, self.leaf(split.children[1])) {
                    (Some(first), _) => [first, sums],
                    (None, Some(second)) => [sums, [second; LANES]],
                    (None, None) => {
                        split.first = Some(sums);
                        place = split.children[1];
                        product = split.enter(1, group, &mut path.factors);
                        break;
                    }
                };
                sums = split.close(&children[0], &children[1], group, &mut path.paid[split.feature]);
                path.factors[split.feature] = split.above;
                path.splits.pop();
            }
        }
    }

    /// The answer of a leaf; `None` for a split.
    #[inline(always)]
    fn leaf(&self, place: usize) -> Option<f64> {
        let node = self.nodes.at(place);
        node.is_leaf().then(|| self.leaves[node.leaf() as usize * self.outputs])
    }

    #[inline(always)]
    fn open(&self, node: Node, row: &[f32], product: Lanes, group: &Group, path: &Path) -> OpenSplit {
        let (left, feature, right) = self.walker.step(node, row);
        let children = [left + usize::from(right), left + usize::from(!right)];
        let above = path.factors[feature];
        let mut split = OpenSplit {
            feature,
            above,
            children,
            shares: [self.shares[children[0]], self.shares[children[1]]],
            product,
            inverse: [1.0; LANES],
            first: None,
        };
        // A factor of 1 need not be divided by.
        if above.follows && above.share < 1.0 {
            for lane in 0..LANES {
                split.inverse[lane] = 1.0 / group.follows(lane, above.share);
                split.product[lane] *= split.inverse[lane];
            }
        }
        split
    }
}

impl OpenSplit {
    /// Takes the step to a child, a split too. Returns the product of the factors there.
    #[inline(always)]
    fn enter(&self, child: usize, group: &Group, factors: &mut [Factor]) -> Lanes {
        let share = self.above.share * self.shares[child];
        let follows = self.above.follows && child == 0;
        factors[self.feature] = Factor { follows, share };
        let mut product = self.product;
        match (self.above.follows, follows) {
            (true, true) => {
                for (lane, product) in product.iter_mut().enumerate() {
                    *product *= group.follows(lane, share);
                }
            }
            (true, false) => {
                for (lane, product) in product.iter_mut().enumerate() {
                    *product *= group.strays(lane, share);
                }
            }
            (false, _) => product.iter_mut().for_each(|product| *product *= self.shares[child]),
        }
        product
    }

    /// Pays the feature for both children and returns the sums of the leaves below the split.
    #[inline(always)]
    fn close(&self, first: &Lanes, second: &Lanes, group: &Group, paid: &mut Lanes) -> Lanes {
        let mut sums = [0.0; LANES];
        let [near, far] = self.shares;
        if !self.above.follows {
            // The factor of a feature at which the row has strayed only shrinks in proportion: that changes no share
            // of the pay.
            for lane in 0..LANES {
                sums[lane] = near * first[lane] + far * second[lane];
            }
            return sums;
        }
        let above = self.above.share;
        let (near, far) = (above * near, above * far);
        for lane in 0..LANES {
            let below = group.follows(lane, near) * first[lane] + group.strays(lane, far) * second[lane];
            sums[lane] = self.inverse[lane] * below;
            // What the leaves pay with the factor below, less what they would with the one above.
            let pay = (1.0 - near) * first[lane] - far * second[lane] - (1.0 - above) * sums[lane];
            paid[lane] += self.product[lane] * pay;
        }
        sums
    }
}

impl Group {
    /// t o + (1 − t) z with o = 1, written so that the share 1 gives exactly 1.
    #[inline(always)]
    fn follows(&self, lane: usize, share: f64) -> f64 {
        1.0 - self.rests[lane] * (1.0 - share)
    }

    /// The same with o = 0.
    #[inline(always)]
    fn strays(&self, lane: usize, share: f64) -> f64 {
        self.rests[lane] * share
    }
}

fn sum(lanes: &Lanes) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
