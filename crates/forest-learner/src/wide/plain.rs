//! Four numbers one by one, on every machine.

use super::{LANES, Wide};

/// The form for every machine.
#[derive(Clone, Copy)]
pub(super) struct Plain([u64; LANES]);

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
    fn shift_right_each(self, bits: Self) -> Self {
        self.each(bits, |number, bits| number >> bits)
    }

    #[inline(always)]
    fn shift_left_each(self, bits: Self) -> Self {
        self.each(bits, |number, bits| number << bits)
    }

    #[inline(always)]
    fn mul_halves(self, other: Self) -> Self {
        self.each(other, |a, b| u64::from(a as u32) * u64::from(b as u32))
    }

    #[inline(always)]
    fn mul_pairs(self, other: Self) -> Self {
        let product =
            |a: u64, b: u64, bits: u32| u64::from((a >> bits) as u16) * u64::from((b >> bits) as u16);
        self.each(other, |a, b| {
            let [low, high] = [0, 32].map(|bits| product(a, b, bits) + product(a, b, bits + 16));
            high << 32 | low
        })
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
