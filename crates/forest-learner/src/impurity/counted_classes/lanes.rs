//! The best cuts of four features at once, as their sums grow place by place.

use crate::impurity::LaneBest;
use crate::wide::Wide;

/// Most classes that are counted in whole numbers.
pub(super) const MOST_FIELDS: usize = 11;

/// The weight of a class in the node, and where that of the left side lies.
#[derive(Clone, Copy)]
struct Field<W> {
    word: usize,
    shift: u32,
    node: W,
}

/// The best cuts so far.
pub(super) struct Lanes<W, const WORDS: usize> {
    left: [W; WORDS],
    /// The classes that occur.
    fields: [Field<W>; MOST_FIELDS],
    count: usize,
    /// All bits of a field.
    mask: W,
    squares: W,
    weight: W,
    /// What the node is worth uncut.
    worth: f64,
    numerators: W,
    denominators: W,
    places: W,
    left_weights: W,
}

impl<W: Wide, const WORDS: usize> Lanes<W, WORDS> {
    /// The classes by their weight in the node, their word and their place in it; fields have so many bits.
    #[inline(always)]
    pub(super) fn new(classes: impl Iterator<Item = (f64, usize, u32)>, bits: u32) -> Self {
        let mut fields = [Field { word: 0, shift: 0, node: W::all(0.0) }; MOST_FIELDS];
        let (mut count, mut squares, mut weight) = (0, 0.0, 0.0);
        for (node, word, shift) in classes.filter(|class| class.0 > 0.0).take(MOST_FIELDS) {
            fields[count] = Field { word: word % WORDS, shift, node: W::all(node) };
            count += 1;
            squares += node * node;
            weight += node;
        }
        Self {
            left: [W::all(0.0); WORDS],
            fields,
            count,
            mask: W::all_whole((1 << bits) - 1),
            squares: W::all(squares),
            weight: W::all(weight),
            worth: squares / weight,
            numerators: W::all(-1.0),
            denominators: W::all(1.0),
            places: W::all_whole(0),
            left_weights: W::all(0.0),
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, sums: [W; WORDS]) {
        for (left, sums) in self.left.iter_mut().zip(sums) {
            *left = left.add_whole(sums);
        }
    }

    /// The last word of the left side.
    #[inline(always)]
    pub(super) fn last_word(&self) -> W {
        self.left[WORDS - 1]
    }

    /// Tries the cut after a place.
    #[inline(always)]
    pub(super) fn offer(&mut self, place: u64, allowed: W) {
        let (mut weight, mut squares, mut products) = (W::all(0.0), W::all(0.0), W::all(0.0));
        for field in &self.fields[..self.count] {
            let sum = self.left[field.word].shift_right(field.shift).and(self.mask).to_floating();
            weight = weight.add(sum);
            squares = squares.add(sum.mul(sum));
            products = products.add(sum.mul(field.node));
        }
        let right = self.weight.sub(weight);
        // Whole numbers below 2^53: exact.
        let right_squares = self.squares.sub(products.add(products)).add(squares);
        // Both are zero where the cut is not allowed or a side is empty, and then nothing is better.
        let numerator = squares.mul(right).add(right_squares.mul(weight)).and(allowed);
        let denominator = weight.mul(right).and(allowed);
        let better = numerator.mul(self.denominators).above(self.numerators.mul(denominator));
        self.numerators = numerator.where_set(better, self.numerators);
        self.denominators = denominator.where_set(better, self.denominators);
        self.places = W::all_whole(place).where_set(better, self.places);
        self.left_weights = weight.where_set(better, self.left_weights);
    }

    /// The best cuts.
    #[inline(always)]
    pub(super) fn best(self) -> LaneBest {
        let zero = W::all(0.0);
        let worth = self.numerators.div(self.denominators).sub(W::all(self.worth));
        // A decrease is never negative but for rounding.
        let gains = worth.max(zero).where_set(self.numerators.above(zero), W::all(-1.0));
        LaneBest {
            gains: gains.numbers(),
            places: self.places.bits(),
            left_weights: self.left_weights.numbers(),
        }
    }
}
