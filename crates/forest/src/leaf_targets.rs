//! The training targets in every leaf, from which quantiles are read (quantile regression forest, Meinshausen 2006).
//!
//! | block | content, little-endian |
//! |---|---|
//! | `forest.targets` | the distinct targets, ascending, `f64` |
//! | `forest.leaf_targets` | a byte for the kind of the weights: [`WHOLE`] or [`REAL`]; then leaf after leaf in the order of their nodes |
//!
//! A leaf is the number n of its distinct targets and, for each, its position less the one that the target before would have
//! had next, and its weight in the leaf; see [`crate::varint`] for numbers, `f32` for real weights. n is 0 for a leaf all of whose
//! rows have the target that is its answer, as nearly all leaves of a deep forest.

use crate::{Forest, ForestError, varint};

pub(crate) const TARGETS: &str = "forest.targets";
pub(crate) const LEAF_TARGETS: &str = "forest.leaf_targets";
const WHOLE: u8 = 0;
const REAL: u8 = 1;

/// A training row that ended in a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeafRow {
    /// Place of the leaf in its tree.
    pub place: u32,
    /// Position of the row's target among the distinct ones.
    pub target: u32,
    /// Weight of the row in the tree, above 0.
    pub weight: f32,
}

/// The targets of all leaves of a forest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeafTargets {
    /// Distinct targets, ascending.
    values: Vec<f64>,
    /// For every node of the forest the first of its entries, and their number at the end. A split has none.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// A distinct target in a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub(crate) target: u32,
    pub(crate) weight: f32,
}

impl LeafTargets {
    /// The targets of a forest whose trees have these rows, every leaf at least one.
    pub(crate) fn new(
        forest: &Forest,
        values: Vec<f64>,
        trees: Vec<Vec<LeafRow>>,
    ) -> Result<Self, ForestError> {
        let mut targets =
            Self { values, starts: Vec::with_capacity(forest.node_count() + 1), entries: Vec::new() };
        for (tree, mut rows) in trees.into_iter().enumerate() {
            rows.sort_unstable_by_key(|row| (row.place, row.target));
            let mut rows = rows.into_iter().peekable();
            for place in 0..forest.nodes_of_tree(tree).len() as u32 {
                targets.start()?;
                let first = targets.entries.len();
                while let Some(row) = rows.next_if(|row| row.place == place) {
                    match targets.entries[first..].last_mut() {
                        Some(entry) if entry.target == row.target => entry.weight += row.weight,
                        _ => targets.entries.push(Entry { target: row.target, weight: row.weight }),
                    }
                }
                // Only the ratio of weights counts.
                if let [only] = &mut targets.entries[first..] {
                    only.weight = 1.0;
                }
            }
        }
        targets.start()?;
        Ok(targets)
    }

    /// Begins the entries of the next node.
    fn start(&mut self) -> Result<(), ForestError> {
        let start = u32::try_from(self.entries.len())
            .map_err(|_| ForestError::Shape { reason: "more than 2^32 targets in the leaves".into() })?;
        self.starts.push(start);
        Ok(())
    }

    /// Distinct targets, ascending.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// What a leaf holds, by its position among the nodes of the forest.
    pub(crate) fn of_node(&self, node: usize) -> &[Entry] {
        &self.entries[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// The two blocks.
    pub(crate) fn encode(&self, forest: &Forest) -> [Vec<u8>; 2] {
        let is_whole =
            self.entries.iter().all(|entry| entry.weight.fract() == 0.0 && entry.weight <= 16_777_216.0);
        let mut bytes = vec![if is_whole { WHOLE } else { REAL }];
        for (node, answer) in leaves(forest) {
            let entries = self.of_node(node);
            let only = |entry: &Entry| self.values[entry.target as usize].to_bits() == answer.to_bits();
            if let [entry] = entries
                && only(entry)
            {
                bytes.push(0);
                continue;
            }
            varint::push(&mut bytes, entries.len() as u64);
            let mut next = 0;
            for entry in entries {
                varint::push(&mut bytes, u64::from(entry.target - next));
                next = entry.target + 1;
                if is_whole {
                    varint::push(&mut bytes, entry.weight as u64);
                } else {
                    bytes.extend(entry.weight.to_le_bytes());
                }
            }
        }
        [self.values.iter().flat_map(|value| value.to_le_bytes()).collect(), bytes]
    }

    /// Reads the two blocks and checks all that a query relies on.
    pub(crate) fn decode(forest: &Forest, values: &[u8], bytes: &[u8]) -> Result<Self, ForestError> {
        let (chunks, rest) = values.as_chunks::<8>();
        let values: Vec<f64> = chunks.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        let ascends = values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_lt());
        if !rest.is_empty() || values.is_empty() || !ascends || !values.iter().all(|value| value.is_finite())
        {
            return Err(ForestError::BlockLength {
                block: TARGETS,
                found: values.len() * 8 + rest.len(),
                expected: "distinct finite numbers in ascending order".into(),
            });
        }
        let Some((&kind @ (WHOLE | REAL), mut rest)) = bytes.split_first() else {
            let reason = "the kind of its weights is not known";
            return Err(ForestError::LeafBlock { block: LEAF_TARGETS, leaf: 0, reason });
        };
        let mut targets =
            Self { values, starts: Vec::with_capacity(forest.node_count() + 1), entries: Vec::new() };
        for (leaf, (node, answer)) in leaves(forest).enumerate() {
            while targets.starts.len() <= node {
                targets.start()?;
            }
            targets.read_leaf(kind, answer, &mut rest).map_err(|reason| ForestError::LeafBlock {
                block: LEAF_TARGETS,
                leaf,
                reason,
            })?;
        }
        while targets.starts.len() <= forest.node_count() {
            targets.start()?;
        }
        if !rest.is_empty() {
            let (leaf, reason) = (forest.leaf_count(), "there are more leaves than in the trees");
            return Err(ForestError::LeafBlock { block: LEAF_TARGETS, leaf, reason });
        }
        Ok(targets)
    }

    fn read_leaf(&mut self, kind: u8, answer: f64, rest: &mut &[u8]) -> Result<(), &'static str> {
        const SHORT: &str = "the block ends before it";
        let length = varint::take(rest).ok_or(SHORT)?;
        if length == 0 {
            let target = self.values.binary_search_by(|value| value.total_cmp(&answer));
            let target = target.map_err(|_| "its answer is no target")? as u32;
            self.entries.push(Entry { target, weight: 1.0 });
            return Ok(());
        }
        let mut next = 0u64;
        for _ in 0..length {
            let target = next.saturating_add(varint::take(rest).ok_or(SHORT)?);
            if target >= self.values.len() as u64 {
                return Err("its target does not exist");
            }
            next = target + 1;
            let weight = if kind == WHOLE {
                varint::take(rest).ok_or(SHORT)? as f32
            } else {
                let (&bytes, after) = rest.split_first_chunk().ok_or(SHORT)?;
                *rest = after;
                f32::from_le_bytes(bytes)
            };
            if !(weight > 0.0 && weight <= 1e30) {
                return Err("a weight is no positive number");
            }
            self.entries.push(Entry { target: target as u32, weight });
        }
        Ok(())
    }
}

/// Position of every leaf among the nodes of the forest, with its answer; regression only.
fn leaves(forest: &Forest) -> impl Iterator<Item = (usize, f64)> {
    (0..forest.tree_count()).flat_map(|tree| {
        let (root, answers) = (forest.root(tree), forest.leaves_of(tree));
        let nodes = forest.nodes_of_tree(tree).iter().enumerate().filter(|(_, node)| node.is_leaf());
        nodes.map(move |(place, node)| (root + place, answers[node.leaf() as usize]))
    })
}
