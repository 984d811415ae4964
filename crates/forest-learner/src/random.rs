//! The random numbers of one tree, or of a part of one: a stream of its own, so that trees and parts can grow in any order.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Stream of one tree of one seed.
pub(crate) struct TreeRandom(ChaCha8Rng);

impl TreeRandom {
    pub(crate) fn new(seed: u64, tree: usize) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(tree as u64);
        Self(generator)
    }

    /// A stream of its own for a part of the tree, so that parts can grow in any order.
    pub(crate) fn branch(&mut self) -> Self {
        Self(ChaCha8Rng::seed_from_u64(self.0.next_u64()))
    }

    /// A number below `limit`, which is above 0. Multiply and shift: the bias is below `limit` / 2^32.
    #[inline]
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(limit)) >> 32) as u32
    }

    /// A number from 0 up to, but without, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.0.next_u32() >> 31 == 1
    }
}
