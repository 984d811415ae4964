//! The best cuts of four features at once, as their sums grow place by place.

use crate::impurity::LaneBest;
use crate::wide::Wide;

use super::{Layout, Measure};

/// The best cuts so far.
pub(super) struct Lanes<W> {
    layout: Layout,
    unit: f64,
    weight: W,
    mean: W,
    weight_mask: W,
    target_mask: W,
    numerators: W,
    denominators: W,
    places: W,
    /// The sums left of the best cuts.
    sums: W,
}

impl<W: Wide> Lanes<W> {
    #[inline(always)]
    pub(super) fn new(layout: Layout, measure: &Measure) -> Self {
        Self {
            layout,
            unit: measure.unit,
            weight: W::all(measure.weight),
            mean: W::all(measure.mean),
            weight_mask: W::all_whole(layout.weight_mask),
            target_mask: W::all_whole(layout.target_mask),
            numerators: W::all(-1.0),
            denominators: W::all(1.0),
            places: W::all_whole(0),
            sums: W::all_whole(0),
        }
    }

    #[inline(always)]
    fn weight_of(&self, sums: W) -> W {
        sums.shift_right(self.layout.weight_shift).and(self.weight_mask).to_floating()
    }

    /// Tries the cut after a place, with all sums of the left side.
    #[inline(always)]
    pub(super) fn offer(&mut self, place: u64, allowed: W, sums: W) {
        let weight = self.weight_of(sums);
        let target = sums.shift_right(self.layout.target_shift).and(self.target_mask).to_floating();
        let deviation = target.sub(weight.mul(self.mean));
        let square = deviation.mul(deviation);
        let product = weight.mul(self.weight.sub(weight));
        // Beside an empty side the deviation is nothing but rounding.
        let allowed = allowed.and(product.above(W::all(0.0)));
        let better = square.mul(self.denominators).above(self.numerators.mul(product)).and(allowed);
        self.numerators = square.where_set(better, self.numerators);
        self.denominators = product.where_set(better, self.denominators);
        self.places = W::all_whole(place).where_set(better, self.places);
        self.sums = sums.where_set(better, self.sums);
    }

    /// The sums left of the best cuts.
    #[inline(always)]
    pub(super) fn sums(&self) -> W {
        self.sums
    }

    #[inline(always)]
    pub(super) fn best(&self) -> LaneBest {
        LaneBest {
            gains: self.numerators.div(self.denominators).mul(W::all(self.unit)).numbers(),
            places: self.places.bits(),
            left_weights: self.weight_of(self.sums).numbers(),
        }
    }
}
