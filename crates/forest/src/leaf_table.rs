//! The answers at the leaves, equal ones stored once.

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

    /// First answer that is named from now on.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Forgets the answers so far: what follows is numbered from 0 again.
    pub(crate) fn rebase(&mut self) {
        self.base = self.values.len() / self.outputs;
        self.slots.fill(0);
    }

    /// Number of this answer, counted from the base; it is added when it is new. Equal means the same bits.
    pub(crate) fn number(&mut self, answer: &[f64]) -> u32 {
        debug_assert_eq!(answer.len(), self.outputs);
        let mask = self.slots.len() - 1;
        let mut slot = hash(answer) as usize & mask;
        while self.slots[slot] != 0 {
            let number = self.slots[slot] - 1;
            if same(self.answer(number), answer) {
                return number;
            }
            slot = (slot + 1) & mask;
        }
        let number = self.len() as u32;
        self.slots[slot] = number + 1;
        self.values.extend_from_slice(answer);
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values
    }

    fn answer(&self, number: u32) -> &[f64] {
        &self.values[(self.base + number as usize) * self.outputs..][..self.outputs]
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 2];
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
        assert_eq!((table.base(), table.len()), (2, 0));
        assert_eq!(table.number(&[2.0]), 0);
        assert_eq!(table.into_values(), [1.0, 2.0, 2.0]);
    }
}
