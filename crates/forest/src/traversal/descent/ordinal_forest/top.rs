//! The first levels of a tree for eight rows at once: all splits of a level are asked, and the answers above choose among
//! them. That costs fewer instructions than to step, since the rows of a column lie side by side.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_blendv_epi8, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::super::LANES;
use super::OrdinalNode;

/// Levels that are taken.
pub(super) const LEVELS: u32 = 3;
const SPLITS: usize = (1 << LEVELS) - 1;
/// Rows of a register.
const EIGHT: usize = 8;
/// Registers compare signed numbers.
const SIGN: u32 = 1 << 31;

/// The splits of the first levels, level by level; a leaf stands for all that would be below it.
#[derive(Debug, Clone)]
pub(super) struct Top {
    /// With the sign turned, so that they compare as signed numbers do.
    thresholds: [u32; SPLITS],
    columns: [u16; SPLITS],
    /// Where the rows are afterwards.
    places: [u32; EIGHT],
}

impl Top {
    pub(super) fn of(nodes: &[OrdinalNode]) -> Self {
        let mut at = [0usize; 2 * SPLITS + 1];
        let mut top = Self { thresholds: [0; SPLITS], columns: [0; SPLITS], places: [0; EIGHT] };
        for split in 0..SPLITS {
            let OrdinalNode { threshold, column, child } = nodes[at[split]];
            (top.thresholds[split], top.columns[split]) = (threshold ^ SIGN, column);
            let left = usize::from(child);
            // A leaf is its own child, and no value goes to its right.
            let right = if left == at[split] { left } else { left + 1 };
            (at[2 * split + 1], at[2 * split + 2]) = (left, right);
        }
        top.places = std::array::from_fn(|place| at[SPLITS + place] as u32);
        top
    }

    /// Takes the first levels from the root, a row in each lane.
    ///
    /// # Safety
    /// The machine has AVX2, and the block has all columns of the tree.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn descend(&self, block: &[u32], places: &mut [u32]) {
        assert!(places.len() <= LANES && places.len().is_multiple_of(EIGHT), "whole registers of lanes");
        let thresholds = self.thresholds.map(|threshold| _mm256_set1_epi32(threshold as i32));
        let sign = _mm256_set1_epi32(SIGN as i32);
        let [four, two, one] = [4, 2, 1].map(|bit| _mm256_set1_epi32(bit));
        // SAFETY: eight numbers.
        let after = unsafe { _mm256_loadu_si256(self.places.as_ptr().cast()) };
        for lane in (0..places.len()).step_by(EIGHT) {
            let right = |split: usize| -> __m256i {
                let at = usize::from(self.columns[split]) + lane;
                debug_assert!(at + EIGHT <= block.len(), "values of the block");
                // SAFETY: the column is one of the block's, as the caller says, and the lanes are its rows.
                let values = unsafe { _mm256_loadu_si256(block.as_ptr().add(at).cast()) };
                _mm256_cmpgt_epi32(_mm256_xor_si256(values, sign), thresholds[split])
            };
            let first = right(0);
            let second = _mm256_blendv_epi8(right(1), right(2), first);
            let left_third = _mm256_blendv_epi8(right(3), right(4), second);
            let right_third = _mm256_blendv_epi8(right(5), right(6), second);
            let third = _mm256_blendv_epi8(left_third, right_third, first);
            let place = _mm256_or_si256(
                _mm256_or_si256(_mm256_and_si256(first, four), _mm256_and_si256(second, two)),
                _mm256_and_si256(third, one),
            );
            let place = _mm256_permutevar8x32_epi32(after, place);
            // SAFETY: the lanes are whole registers.
            unsafe { _mm256_storeu_si256(places.as_mut_ptr().add(lane).cast(), place) };
        }
    }
}
