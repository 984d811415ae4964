//! Where the sums of a side lie in its word, and how good a side is.

/// Places of weight and target in a word.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Layout {
    pub(super) weight_shift: u32,
    pub(super) weight_mask: u64,
    pub(super) target_shift: u32,
    pub(super) target_mask: u64,
    /// Where the number of rows lies, above all others; `None` when the word does not have it.
    pub(super) rows_shift: Option<u32>,
    /// What a decrease in steps is multiplied with.
    pub(super) unit: f64,
}

impl Layout {
    #[inline(always)]
    pub(super) fn weight(self, word: u64) -> f64 {
        (word >> self.weight_shift & self.weight_mask) as f64
    }

    #[inline(always)]
    pub(super) fn target(self, word: u64) -> f64 {
        (word >> self.target_shift & self.target_mask) as f64
    }
}

/// How good the left side of a cut is.
///
/// With targets counted from the node's mean, the decrease of a split is `s² W / (wₗ wᵣ)`, where `s` is the sum on the
/// left: one number decides, and candidates are compared by cross-multiplication, without a division.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    /// Weight of the node.
    pub(super) weight: f64,
    /// The mean of the targets.
    pub(super) mean: f64,
    /// Rows of the node.
    pub(super) rows: u64,
    /// What a fraction is multiplied with.
    pub(super) unit: f64,
}

impl Measure {
    #[inline(always)]
    pub(super) fn of(layout: Layout, word: u64, rows: usize) -> Self {
        let weight = layout.weight(word);
        Self { weight, mean: layout.target(word) / weight, rows: rows as u64, unit: weight * layout.unit }
    }

    /// `s²` and `wₗ wᵣ`.
    #[inline(always)]
    pub(super) fn fraction(&self, layout: Layout, left: u64) -> (f64, f64) {
        let weight = layout.weight(left);
        let sum = layout.target(left) - weight * self.mean;
        (sum * sum, weight * (self.weight - weight))
    }
}
