//! Four numbers at once, in one register where the machine has AVX2, with the same bits on every machine.
//!
//! A loop is written once for any [`Wide`] numbers. Every operation is one of IEEE 754 or of whole numbers, in the order
//! of the source, so the plain form and the registers give the same bits.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;

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
        // The exponent with which all bits of the fraction count as a whole number.
        let base = Self::all(4_503_599_627_370_496.0);
        self.or(base).sub(base)
    }

    #[inline(always)]
    fn numbers(self) -> [f64; LANES] {
        self.bits().map(f64::from_bits)
    }
}

/// The form for every machine.
#[derive(Clone, Copy)]
struct Plain([u64; LANES]);

impl Plain {
    #[inline(always)]
    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|lane| of(self.0[lane], other.0[lane])))
    }

    #[inline(always)]
    fn each_number(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        self.each(other, |a, b| of(f64::from_bits(a), f64::from_bits(b)).to_bits())
    }
}

impl Wide for Plain {
    #[inline(always)]
    fn of_bits(bits: [u64; LANES]) -> Self {
        Self(bits)
    }

    #[inline(always)]
    fn bits(self) -> [u64; LANES] {
        self.0
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.each_number(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.each_number(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.each_number(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.each_number(other, |a, b| a / b)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.each_number(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.each_number(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn above(self, other: Self) -> Self {
        self.each(other, |a, b| if f64::from_bits(a) > f64::from_bits(b) { u64::MAX } else { 0 })
    }

    #[inline(always)]
    fn add_whole(self, other: Self) -> Self {
        self.each(other, u64::wrapping_add)
    }

    #[inline(always)]
    fn sub_whole(self, other: Self) -> Self {
        self.each(other, u64::wrapping_sub)
    }

    #[inline(always)]
    fn above_whole(self, other: Self) -> Self {
        self.each(other, |a, b| if a > b { u64::MAX } else { 0 })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|number| number >> bits))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|number| number << bits))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.each(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.each(other, |a, b| a | b)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.each(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn where_set(self, mask: Self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| if mask.0[lane] >> 63 == 1 { self.0[lane] } else { other.0[lane] }))
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
                a.and(b),
                a.or(b),
                a.xor(b),
                a.and(low).to_floating(),
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
}
