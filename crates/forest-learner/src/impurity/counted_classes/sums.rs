//! The weights of the classes on one side of a cut, three to a word, and what a cut with such sides is worth.

/// Bits of one sum.
pub(super) const BITS: u32 = 21;
pub(super) const MASK: u64 = (1 << BITS) - 1;
/// Sums in a word.
pub(super) const FIELDS: usize = 3;
/// Weight and class of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClassOfRow {
    pub(super) weight: u32,
    /// Which word holds the sum of the class, and where in it.
    pub(super) word: u8,
    pub(super) shift: u8,
    pub(super) class: u16,
}

impl ClassOfRow {
    pub(crate) fn new(weight: u32, class: u32) -> Self {
        let (word, field) = (class as usize / FIELDS, class as usize % FIELDS);
        Self { weight, word: word as u8, shift: (field * BITS as usize) as u8, class: class as u16 }
    }

    #[inline(always)]
    pub(super) fn part(self) -> u64 {
        u64::from(self.weight) << self.shift
    }
}

/// The weights of the classes, three to a word; the last field is the number of rows.
pub(super) type Sums<const WORDS: usize> = [u64; WORDS];

/// One row, in the last field.
pub(super) const ONE_ROW: u64 = 1 << (2 * BITS);

pub(super) fn sums_of<const WORDS: usize>(row: ClassOfRow) -> Sums<WORDS> {
    let mut sums = [0; WORDS];
    sums[usize::from(row.word)] = row.part();
    sums[WORDS - 1] += ONE_ROW;
    sums
}

/// The weights of the classes.
pub(super) fn weights<const WORDS: usize>(sums: &Sums<WORDS>) -> impl Iterator<Item = f64> {
    let field = |place: usize| (sums[place / FIELDS] >> (place % FIELDS * BITS as usize) & MASK) as f64;
    (0..FIELDS * WORDS - 1).map(field)
}

pub(super) fn rows<const WORDS: usize>(sums: &Sums<WORDS>) -> u64 {
    sums[WORDS - 1] >> (2 * BITS)
}

pub(super) fn add<const WORDS: usize>(sums: &mut Sums<WORDS>, others: &Sums<WORDS>) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}

/// Weights of both sides and the sums of the squares of their classes: whole numbers below 2^53, so exact.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sides {
    pub(super) left_weight: f64,
    pub(super) right_weight: f64,
    pub(super) left_squares: f64,
    pub(super) right_squares: f64,
}

/// The sides of a cut.
pub(super) fn sides<const WORDS: usize>(node: &Sums<WORDS>, left: &Sums<WORDS>) -> Sides {
    let mut sides = Sides::default();
    for (all, left) in weights(node).zip(weights(left)) {
        let right = all - left;
        sides.left_squares += left * left;
        sides.right_squares += right * right;
        sides.left_weight += left;
        sides.right_weight += right;
    }
    sides
}

/// What a cut with such sides gains.
pub(super) fn gain<const WORDS: usize>(node: &Sums<WORDS>, (numerator, denominator): (f64, f64)) -> f64 {
    // A decrease is never negative but for rounding.
    (numerator / denominator - worth(node)).max(0.0)
}

/// What a node is worth uncut, `Σ c² / w`.
pub(super) fn worth<const WORDS: usize>(node: &Sums<WORDS>) -> f64 {
    let squares: f64 = weights(node).map(|weight| weight * weight).sum();
    squares / weights(node).sum::<f64>()
}

/// The classes: their weight, their word and their place in it.
pub(super) fn fields<const WORDS: usize>(sums: &Sums<WORDS>) -> impl Iterator<Item = (f64, usize, u32)> {
    weights(sums)
        .enumerate()
        .map(|(class, weight)| (weight, class / FIELDS, (class % FIELDS * BITS as usize) as u32))
}
