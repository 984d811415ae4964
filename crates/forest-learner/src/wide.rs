//! Four numbers at once, in one register where the machine has AVX2, with the same bits on every machine.
//!
//! A loop is written once for any [`Wide`] numbers. Every operation is one of IEEE 754 or of whole numbers, in the order
//! of the source, so the plain form and the registers give the same bits.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod plain;

use plain::Plain;

/// Numbers that one [`Wide`] holds.
pub(crate) const LANES: usize = 4;

/// A loop with what it works on. Its `run` must be `#[inline(always)]`, and so must be what it calls.
pub(crate) trait Loop {
    type Out;

    fn run<W: Wide>(self) -> Self::Out;
}

/// Runs a loop.
#[inline(always)]
pub(crate) fn run<L: Loop>(work: L) -> L::Out {
    #[cfg(target_arch = "x86_64")]
    if has_registers() {
        // SAFETY: the machine has AVX2, as it has just said; nothing else is asked of the caller.
        return unsafe { avx2::run(work) };
    }
    work.run::<Plain>()
}

/// Asks for the line of cache of a cell that is needed soon.
#[inline(always)]
pub(crate) fn prefetch<T>(cells: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(cell) = cells.get(place) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of every x86-64, and the cell is there.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(cell).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (cells, place);
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn has_registers() -> bool {
    #[cfg(test)]
    if tests::IS_PLAIN.get() {
        return false;
    }
    std::arch::is_x86_feature_detected!("avx2")
}

/// Four numbers of 64 bits, floating-point or whole ones.
pub(crate) trait Wide: Copy {
    fn of_bits(bits: [u64; LANES]) -> Self;
    fn bits(self) -> [u64; LANES];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// The smaller one; the other one when they are equal.
    fn min(self, other: Self) -> Self;
    /// The larger one; the other one when they are equal.
    fn max(self, other: Self) -> Self;
    /// All bits where it is larger, none elsewhere.
    fn above(self, other: Self) -> Self;
    fn add_whole(self, other: Self) -> Self;
    fn sub_whole(self, other: Self) -> Self;
    /// As [`Wide::above`], of whole numbers below 2^63.
    fn above_whole(self, other: Self) -> Self;
    /// By less than 64 bits.
    fn shift_right(self, bits: u32) -> Self;
    /// By less than 64 bits.
    fn shift_left(self, bits: u32) -> Self;
    /// By less than 64 bits each.
    fn shift_right_each(self, bits: Self) -> Self;
    /// By less than 64 bits each.
    fn shift_left_each(self, bits: Self) -> Self;
    /// The products of the lower halves, as whole numbers.
    fn mul_halves(self, other: Self) -> Self;
    /// Of whole numbers of 16 bits, below 2^15: each half is the sum of the products of its two.
    fn mul_pairs(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    /// This one where the mask has all bits, the other one where it has none.
    fn where_set(self, mask: Self, other: Self) -> Self;

    #[inline(always)]
    fn of(numbers: [f64; LANES]) -> Self {
        Self::of_bits(numbers.map(f64::to_bits))
    }

    #[inline(always)]
    fn all(number: f64) -> Self {
        Self::of([number; LANES])
    }

    #[inline(always)]
    fn all_whole(number: u64) -> Self {
        Self::of_bits([number; LANES])
    }

    /// Whole numbers below 2^52 as floating-point ones.
    #[inline(always)]
    fn to_floating(self) -> Self {
        let base = Self::all(COUNTING);
        self.or(base).sub(base)
    }

    /// Floating-point numbers from 0 to below 2^52, without what is behind the point.
    #[inline(always)]
    fn truncated(self) -> Self {
        let base = Self::all(COUNTING);
        let nearest = self.add(base).sub(base);
        nearest.sub(nearest.above(self).and(Self::all(1.0)))
    }

    /// Whole floating-point numbers from 0 to below 2^52 as whole ones.
    #[inline(always)]
    fn to_whole(self) -> Self {
        let base = Self::all(COUNTING);
        self.add(base).xor(base)
    }

    #[inline(always)]
    fn numbers(self) -> [f64; LANES] {
        self.bits().map(f64::from_bits)
    }
}

/// The exponent with which all bits of the fraction count as a whole number.
const COUNTING: f64 = 4_503_599_627_370_496.0;

/// Sums of whole numbers, below 2^52, that are read as floating-point ones again and again.
#[derive(Clone, Copy)]
pub(crate) struct Counter<W>(W);

impl<W: Wide> Default for Counter<W> {
    #[inline(always)]
    fn default() -> Self {
        Self(W::all(COUNTING))
    }
}

impl<W: Wide> Counter<W> {
    /// Adds whole numbers.
    #[inline(always)]
    pub(crate) fn add(&mut self, numbers: W) {
        self.0 = self.0.add_whole(numbers);
    }

    /// The sums as floating-point numbers.
    #[inline(always)]
    pub(crate) fn value(self) -> W {
        self.0.sub(W::all(COUNTING))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use forest::Column;
    use linfa::ParamGuard;
    use rand::Rng;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::{Amount, Fitted, ForestParams, Target, TrainingColumn, TrainingSet};

    thread_local! {
        /// Whether this thread runs loops in the form for every machine.
        pub(super) static IS_PLAIN: Cell<bool> = const { Cell::new(false) };
    }

    fn forests(is_plain: bool, params: &ForestParams, set: &TrainingSet) -> Fitted {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        pool.install(|| {
            IS_PLAIN.set(is_plain);
            params.clone().check().unwrap().fit_table(set, &|_| ()).unwrap()
        })
    }

    #[test]
    fn whole_forests_have_the_same_bytes_in_both_forms() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let rows = 3000;
        let mut column = |gap: f64| -> TrainingColumn {
            let value =
                |random: &mut ChaCha8Rng| if random.gen_bool(gap) { f32::NAN } else { random.r#gen() };
            TrainingColumn {
                column: Column::Numeric,
                values: (0..rows).map(|_| value(&mut random)).collect(),
            }
        };
        let columns: Vec<TrainingColumn> = [0.0, 0.0, 0.1, 0.0, 0.0, 0.0].map(&mut column).into();
        let target: Vec<f64> = (0..rows)
            .map(|row| f64::from(columns[0].values[row] * 7.0).sin() + f64::from(columns[1].values[row]))
            .collect();
        let classes = |n_classes: usize| Target::Classification {
            classes: target.iter().map(|value| ((value + 1.0) * 11.0) as u32 % n_classes as u32).collect(),
            n_classes,
        };
        let forest = || ForestParams::random_forest().n_estimators(3);
        for target in [Target::Regression(target.clone()), classes(2), classes(4), classes(7)] {
            let weights = (0..rows).map(|row| 0.5 + row as f64 / 1000.0).collect();
            for weights in [None, Some(weights)] {
                let set = TrainingSet::new(columns.clone(), target.clone(), weights).unwrap();
                for params in
                    [forest(), forest().min_samples_leaf(Amount::Count(4)), forest().max_bins(Some(40))]
                {
                    let [registers, plain] = [false, true].map(|is_plain| forests(is_plain, &params, &set));
                    assert!(registers.forest.node_count() > 300);
                    assert_eq!(registers.forest.to_blocks(), plain.forest.to_blocks());
                    assert_eq!(registers, plain);
                }
            }
        }
    }

    /// Every operation on two numbers.
    struct Operations([u64; LANES], [u64; LANES]);

    impl Loop for Operations {
        type Out = Vec<[u64; LANES]>;

        #[inline(always)]
        fn run<W: Wide>(self) -> Self::Out {
            let (a, b) = (W::of_bits(self.0), W::of_bits(self.1));
            let (least, low) = (W::all_whole(u64::MAX >> 1), W::all_whole((1 << 52) - 1));
            let below = W::all_whole(0x7fff_7fff_7fff_7fff);
            let masks = [a.above(b), a.and(least).above_whole(b.and(least))];
            let found = [
                a.add(b),
                a.sub(b),
                a.mul(b),
                a.div(b),
                a.min(b),
                a.max(b),
                a.add_whole(b),
                a.sub_whole(b),
                a.shift_right(21),
                a.shift_left(20),
                a.shift_right_each(b.and(W::all_whole(63))),
                a.shift_left_each(b.and(W::all_whole(63))),
                a.mul_halves(b),
                a.and(below).mul_pairs(b.and(below)),
                Counter(a).value(),
                a.and(b),
                a.or(b),
                a.xor(b),
                a.and(low).to_floating(),
                a.and(low).to_floating().truncated(),
                a.and(low).to_floating().to_whole(),
                a.where_set(masks[0], b),
                b.where_set(masks[1], a),
                W::of(a.numbers()),
            ];
            found.into_iter().chain(masks).map(W::bits).collect()
        }
    }

    #[test]
    fn both_forms_give_the_same_bits() {
        let numbers =
            [0.0, -0.0, 1.0, 1.0 / 3.0, -7.5, 1e300, 5e-324, f64::INFINITY, 4_503_599_627_370_497.0];
        for start in 0..numbers.len() {
            for step in 0..numbers.len() {
                let pick = |place: usize| numbers[place % numbers.len()].to_bits();
                let a = std::array::from_fn(|lane| pick(start + lane));
                let b = std::array::from_fn(|lane| pick(start + lane * step));
                assert_eq!(run(Operations(a, b)), Operations(a, b).run::<Plain>());
            }
        }
    }

    /// What is behind the point, and whole numbers.
    struct Whole([f64; LANES]);

    impl Loop for Whole {
        type Out = ([f64; LANES], [u64; LANES]);

        #[inline(always)]
        fn run<W: Wide>(self) -> Self::Out {
            let whole = W::of(self.0).truncated();
            (whole.numbers(), whole.to_whole().bits())
        }
    }

    #[test]
    fn numbers_are_truncated_as_a_cast_does() {
        let numbers = [0.0, 0.3, 0.5, 0.999_999, 1.0, 1.5, 2.5, 1e9 + 0.5, 2.0f64.powi(51) + 0.75];
        for number in numbers {
            let (floating, whole) = run(Whole([number; LANES]));
            assert_eq!((floating, whole), ([number.trunc(); LANES], [number as u64; LANES]));
        }
    }
}
