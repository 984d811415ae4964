//! Between which numbers the answers below a node lie, for monotonic constraints.

use crate::Monotonic;

/// Inclusive bounds, in the unit of the targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    lower: f64,
    upper: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY }
    }
}

impl Bounds {
    pub(super) fn clip(self, mean: f64) -> f64 {
        mean.clamp(self.lower, self.upper)
    }

    /// Whether sides with these means may be made.
    pub(super) fn allow(self, direction: Monotonic, left: f64, right: f64) -> bool {
        let ascending = match direction {
            Monotonic::Free => return true,
            Monotonic::Increasing => left <= right,
            Monotonic::Decreasing => left >= right,
        };
        ascending && self.clip(left) == left && self.clip(right) == right
    }

    /// The bounds of the left and of the right side of a cut.
    pub(super) fn parted(self, direction: Monotonic, middle: f64) -> [Self; 2] {
        let middle = self.clip(middle);
        let (below, above) = (Self { upper: middle, ..self }, Self { lower: middle, ..self });
        match direction {
            Monotonic::Free => [self; 2],
            Monotonic::Increasing => [below, above],
            Monotonic::Decreasing => [above, below],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_parts_the_bounds_in_the_direction_of_the_constraint() {
        let bounds = Bounds { lower: 0.0, upper: 8.0 };
        let (low, high) = (Bounds { lower: 0.0, upper: 3.0 }, Bounds { lower: 3.0, upper: 8.0 });
        assert_eq!(bounds.parted(Monotonic::Increasing, 3.0), [low, high]);
        assert_eq!(bounds.parted(Monotonic::Decreasing, 3.0), [high, low]);
        // A middle beyond the bounds by rounding stays within.
        assert_eq!(bounds.parted(Monotonic::Increasing, 9.0)[1], Bounds { lower: 8.0, upper: 8.0 });
        assert!(bounds.allow(Monotonic::Increasing, 1.0, 1.0));
        assert!(!bounds.allow(Monotonic::Increasing, 2.0, 1.0));
        assert!(!bounds.allow(Monotonic::Decreasing, 9.0, 1.0));
        assert!(bounds.allow(Monotonic::Free, 9.0, -1.0));
    }
}
