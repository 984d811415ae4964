//! The best cuts of a small node whose classes share one word, of four features at once: the key of a row says its class and
//! its weight, so that nothing is fetched, and a row changes the squares of its own class alone.

use super::sums::{Sums, weights};
use super::{ClassOfRow, MOST_FIELDS};
use crate::impurity::LaneBest;
use crate::wide::{Counter, Wide};

/// Bits of a key that say where the sum of the class begins, and those above them that are the weight.
const SHIFT_BITS: u32 = 6;
const WEIGHT_BITS: u32 = 14;

/// How the weights of the classes lie in one word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Narrow {
    /// Where the sum of each class begins.
    shifts: [u8; MOST_FIELDS],
    /// All bits of a sum.
    mask: u64,
    /// The sums of the node.
    node: u64,
    /// Weight of the node, and the sum of its squares.
    weight: f64,
    squares: f64,
}

impl Narrow {
    /// Of a node; none where its classes are too many or too heavy.
    pub(super) fn of<const WORDS: usize>(node: &Sums<WORDS>) -> Option<Self> {
        let (mut weight, mut present) = (0.0, 0);
        for own in weights(node) {
            weight += own;
            present += u32::from(own > 0.0);
        }
        let bits = (weight as u64 + 1).next_power_of_two().ilog2();
        if bits > WEIGHT_BITS || present * bits > u64::BITS {
            return None;
        }
        let mut narrow =
            Self { shifts: [0; MOST_FIELDS], mask: (1 << bits) - 1, node: 0, weight, squares: 0.0 };
        let mut next = 0;
        for (shift, own) in narrow.shifts.iter_mut().zip(weights(node)) {
            if own > 0.0 {
                *shift = next as u8;
                narrow.node |= (own as u64) << next;
                narrow.squares += own * own;
                next += bits;
            }
        }
        Some(narrow)
    }

    /// What the key of a row carries.
    #[inline(always)]
    pub(super) fn note(&self, row: ClassOfRow) -> u32 {
        row.weight << SHIFT_BITS | u32::from(self.shifts[usize::from(row.class) % MOST_FIELDS])
    }
}

/// The best cuts so far.
pub(super) struct NarrowLanes<W> {
    mask: W,
    node: W,
    left: W,
    /// Of the left side: its weight, the sum of the squares of its classes, and that of their products with the node's.
    weight: Counter<W>,
    squares: Counter<W>,
    products: Counter<W>,
    node_weight: W,
    half_weight: W,
    half_squares: W,
    worth: f64,
    place: W,
    /// Halved.
    numerators: W,
    denominators: W,
    places: W,
    left_weights: W,
}

impl<W: Wide> NarrowLanes<W> {
    #[inline(always)]
    pub(super) fn new(narrow: &Narrow) -> Self {
        let &Narrow { mask, node, weight, squares, .. } = narrow;
        Self {
            mask: W::all_whole(mask),
            node: W::all_whole(node),
            left: W::all_whole(0),
            weight: Counter::default(),
            squares: Counter::default(),
            products: Counter::default(),
            node_weight: W::all(weight),
            half_weight: W::all(weight / 2.0),
            half_squares: W::all(squares / 2.0),
            worth: squares / weight,
            place: W::all_whole(0),
            numerators: W::all(-1.0),
            denominators: W::all(1.0),
            places: W::all_whole(0),
            left_weights: W::all(0.0),
        }
    }

    /// Takes the row of a key to the left side.
    #[inline(always)]
    pub(super) fn take(&mut self, key: W) {
        let shift = key.and(W::all_whole((1 << SHIFT_BITS) - 1));
        let weight = key.shift_right(SHIFT_BITS).and(W::all_whole((1 << WEIGHT_BITS) - 1));
        let left = self.left.shift_right_each(shift).and(self.mask);
        let node = self.node.shift_right_each(shift).and(self.mask);
        self.left = self.left.add_whole(weight.shift_left_each(shift));
        self.weight.add(weight);
        // (c + w)² = c² + w (2 c + w)
        self.squares.add(weight.mul_halves(left.add_whole(left).add_whole(weight)));
        self.products.add(weight.mul_halves(node));
    }

    /// Tries the cut after the row that was taken last, which is not the last one of the node.
    #[inline(always)]
    pub(super) fn offer(&mut self, allowed: W) {
        let weight = self.weight.value();
        // The squares of both sides, each times the weight of the other one, as all are whole numbers: with l those of the
        // left, r = n - 2 p + l of the right, v of W: l (W - v) + r v = l W + (n - 2 p) v. Halved, which changes no bit.
        let numerator = (self.squares.value().mul(self.half_weight))
            .add(self.half_squares.sub(self.products.value()).mul(weight));
        let denominator = weight.mul(self.node_weight.sub(weight));
        let better = numerator.mul(self.denominators).above(self.numerators.mul(denominator)).and(allowed);
        self.numerators = numerator.where_set(better, self.numerators);
        self.denominators = denominator.where_set(better, self.denominators);
        self.places = self.place.where_set(better, self.places);
        self.left_weights = weight.where_set(better, self.left_weights);
    }

    /// The row that is taken next has the next place.
    #[inline(always)]
    pub(super) fn go_on(&mut self) {
        self.place = self.place.add_whole(W::all_whole(1));
    }

    /// The best cuts.
    #[inline(always)]
    pub(super) fn best(self) -> LaneBest {
        let zero = W::all(0.0);
        let numerators = self.numerators.add(self.numerators);
        let worth = numerators.div(self.denominators).sub(W::all(self.worth));
        // A decrease is never negative but for rounding.
        let gains = worth.max(zero).where_set(numerators.above(zero), W::all(-1.0));
        LaneBest {
            gains: gains.numbers(),
            places: self.places.bits(),
            left_weights: self.left_weights.numbers(),
        }
    }
}
