//! The answers at the leaves, equal ones stored once.

use rayon::prelude::*;

use crate::node::LEAF_LIMIT;

/// Trees whose answers are looked up side by side.
const GROUP: usize = 8;

/// A table of answers, `outputs` numbers each, with an index by content.
///
/// The index is a hash table of its own: a forest has millions of leaves, and the general one costs several times more.
#[derive(Debug)]
pub(crate) struct LeafTable {
    outputs: usize,
    values: Vec<f64>,
    /// Position + 1 of an answer, 0 for free; the length is a power of two, at most half full.
    slots: Vec<u32>,
    /// First answer that can still be named; the ones before belong to earlier trees.
    base: usize,
}

impl LeafTable {
    pub(crate) fn new(outputs: usize) -> Self {
        Self { outputs, values: Vec::new(), slots: vec![0; 64], base: 0 }
    }

    /// Number of answers from the base on.
    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.outputs - self.base
    }

    /// Forgets the answers so far: what follows is numbered from 0 again.
    fn rebase(&mut self) {
        self.base = self.values.len() / self.outputs;
        self.slots.fill(0);
    }

    /// Number of this answer, counted from the base; it is added when it is new. Equal means the same bits.
    pub(crate) fn number(&mut self, answer: &[f64]) -> u32 {
        debug_assert_eq!(answer.len(), self.outputs);
        let slot = match self.find(answer) {
            Ok(number) => return number,
            Err(slot) => slot,
        };
        let number = self.len() as u32;
        self.slots[slot] = number + 1;
        self.values.extend_from_slice(answer);
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    /// Number of an answer that need not be found again soon. The answers of a tree that predicts numbers hardly ever
    /// repeat: while they are few they are not searched for.
    pub(crate) fn add(&mut self, answer: &[f64]) -> u32 {
        if self.outputs > 1 || self.len() >= LEAF_LIMIT as usize / 2 {
            return self.number(answer);
        }
        self.values.extend_from_slice(answer);
        self.len() as u32 - 1
    }

    /// Numbers the answers of trees, in this order, and gives the base of each tree with its numbers.
    ///
    /// Most answers of a tree are known from the trees before, so whole groups are looked up side by side, and only what
    /// is new is added tree by tree: the numbers do not depend on the number of threads.
    pub(crate) fn number_trees(&mut self, trees: &[&[f64]]) -> Vec<(usize, Vec<u32>)> {
        let mut numbered = Vec::with_capacity(trees.len());
        let mut rest = trees;
        while !rest.is_empty() {
            // As many as there are before them: of the first ones little is known.
            let (group, behind) = rest.split_at(numbered.len().clamp(1, GROUP).min(rest.len()));
            rest = behind;
            let base = self.base;
            let known: Vec<Vec<Option<u32>>> = group
                .par_iter()
                .map(|tree| tree.chunks_exact(self.outputs).map(|answer| self.find(answer).ok()).collect())
                .collect();
            for (tree, known) in group.iter().zip(known) {
                if self.len() + known.len() > LEAF_LIMIT as usize {
                    self.rebase();
                }
                let is_known = self.base == base;
                let answers = tree.chunks_exact(self.outputs).zip(known);
                let numbers = answers.map(|(answer, known)| match known {
                    Some(number) if is_known => number,
                    _ => self.number(answer),
                });
                let numbers = numbers.collect();
                numbered.push((self.base, numbers));
            }
        }
        numbered
    }

    /// The number of an answer, or the free slot for it.
    fn find(&self, answer: &[f64]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash(answer) as usize & mask;
        while self.slots[slot] != 0 {
            let number = self.slots[slot] - 1;
            if same(self.answer(number), answer) {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
        Err(slot)
    }

    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values
    }

    fn answer(&self, number: u32) -> &[f64] {
        &self.values[(self.base + number as usize) * self.outputs..][..self.outputs]
    }

    fn grow(&mut self) {
        let mut slots = vec![0; (self.len() * 2 + 1).next_power_of_two() * 2];
        let mask = slots.len() - 1;
        for number in 0..self.len() as u32 {
            let mut slot = hash(self.answer(number)) as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number + 1;
        }
        self.slots = slots;
    }
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// Multiplicative hash; the high half goes down, since the low bits of round numbers are all zero.
fn hash(answer: &[f64]) -> u64 {
    let mut hash = 0u64;
    for value in answer {
        hash = (hash ^ value.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_answers_share_a_number() {
        let mut table = LeafTable::new(2);
        for round in 0..2 {
            for i in 0..1000u32 {
                assert_eq!(table.number(&[f64::from(i), 1.0]), i, "round {round}");
            }
        }
        assert_eq!(table.len(), 1000);
    }

    #[test]
    fn after_a_rebase_numbers_begin_again() {
        let mut table = LeafTable::new(1);
        table.number(&[1.0]);
        table.number(&[2.0]);
        table.rebase();
        assert_eq!((table.base, table.len()), (2, 0));
        assert_eq!(table.number(&[2.0]), 0);
        assert_eq!(table.into_values(), [1.0, 2.0, 2.0]);
    }

    #[test]
    fn trees_share_the_numbers_of_equal_answers() {
        let trees: Vec<Vec<f64>> =
            (0..40u32).map(|tree| (0..100u32).map(|i| f64::from((i * 7 + tree) % 120)).collect()).collect();
        let slices: Vec<&[f64]> = trees.iter().map(Vec::as_slice).collect();
        let mut table = LeafTable::new(1);
        let numbered = table.number_trees(&slices);
        assert_eq!(table.len(), 120);
        for ((base, numbers), tree) in numbered.iter().zip(&trees) {
            assert_eq!((*base, numbers.len()), (0, tree.len()));
            assert!(numbers.iter().zip(tree).all(|(&number, value)| table.answer(number) == [*value]));
        }
    }
}
