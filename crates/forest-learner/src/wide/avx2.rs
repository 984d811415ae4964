//! Four numbers in one register of AVX2.

use std::arch::x86_64::{
    __m256d, __m256i, _CMP_GT_OQ, _mm_cvtsi32_si128, _mm256_add_epi64, _mm256_add_pd, _mm256_and_pd,
    _mm256_blendv_pd, _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmp_pd, _mm256_cmpgt_epi64,
    _mm256_div_pd, _mm256_madd_epi16, _mm256_max_pd, _mm256_min_pd, _mm256_mul_epu32, _mm256_mul_pd,
    _mm256_or_pd, _mm256_sll_epi64, _mm256_sllv_epi64, _mm256_srl_epi64, _mm256_srlv_epi64, _mm256_sub_epi64,
    _mm256_sub_pd, _mm256_xor_pd,
};

use super::{LANES, Loop, Wide};

/// Runs a loop in registers.
#[target_feature(enable = "avx2")]
pub(super) fn run<L: Loop>(work: L) -> L::Out {
    work.run::<Register>()
}

/// Only [`run`] names this type, so that its methods run where AVX2 is.
#[derive(Clone, Copy)]
struct Register(__m256d);

/// Calls an instruction.
macro_rules! register {
    ($instruction:expr) => {
        // SAFETY: a `Register` is only made below `run`, whose caller has seen that the machine has AVX2.
        Self(unsafe { $instruction })
    };
}

impl Register {
    #[inline(always)]
    fn whole(self) -> __m256i {
        // SAFETY: as in `register!`.
        unsafe { _mm256_castpd_si256(self.0) }
    }
}

impl Wide for Register {
    #[inline(always)]
    fn of_bits(bits: [u64; LANES]) -> Self {
        // SAFETY: both are 32 bytes of any bits.
        Self(unsafe { std::mem::transmute::<[u64; LANES], __m256d>(bits) })
    }

    #[inline(always)]
    fn bits(self) -> [u64; LANES] {
        // SAFETY: both are 32 bytes of any bits.
        unsafe { std::mem::transmute::<__m256d, [u64; LANES]>(self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        register!(_mm256_add_pd(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        register!(_mm256_sub_pd(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        register!(_mm256_mul_pd(self.0, other.0))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        register!(_mm256_div_pd(self.0, other.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        register!(_mm256_min_pd(self.0, other.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        register!(_mm256_max_pd(self.0, other.0))
    }

    #[inline(always)]
    fn above(self, other: Self) -> Self {
        register!(_mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0))
    }

    #[inline(always)]
    fn add_whole(self, other: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_add_epi64(self.whole(), other.whole())))
    }

    #[inline(always)]
    fn sub_whole(self, other: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_sub_epi64(self.whole(), other.whole())))
    }

    #[inline(always)]
    fn above_whole(self, other: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_cmpgt_epi64(self.whole(), other.whole())))
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        register!(_mm256_castsi256_pd(_mm256_srl_epi64(self.whole(), _mm_cvtsi32_si128(bits as i32))))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        register!(_mm256_castsi256_pd(_mm256_sll_epi64(self.whole(), _mm_cvtsi32_si128(bits as i32))))
    }

    #[inline(always)]
    fn shift_right_each(self, bits: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_srlv_epi64(self.whole(), bits.whole())))
    }

    #[inline(always)]
    fn shift_left_each(self, bits: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_sllv_epi64(self.whole(), bits.whole())))
    }

    #[inline(always)]
    fn mul_halves(self, other: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_mul_epu32(self.whole(), other.whole())))
    }

    #[inline(always)]
    fn mul_pairs(self, other: Self) -> Self {
        register!(_mm256_castsi256_pd(_mm256_madd_epi16(self.whole(), other.whole())))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        register!(_mm256_and_pd(self.0, other.0))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        register!(_mm256_or_pd(self.0, other.0))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        register!(_mm256_xor_pd(self.0, other.0))
    }

    #[inline(always)]
    fn where_set(self, mask: Self, other: Self) -> Self {
        register!(_mm256_blendv_pd(other.0, self.0, mask.0))
    }
}
