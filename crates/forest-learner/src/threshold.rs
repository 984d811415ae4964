//! Where a threshold stands: strictly between two training values.

/// A threshold `t` with `left <= t < right`, as near to the middle as an `f32` can be. Needs `left < right`,
/// neither of them NaN.
///
/// This is the one place where a threshold is rounded.
pub fn between(left: f32, right: f32) -> f32 {
    debug_assert!(left < right);
    let middle = ((f64::from(left) + f64::from(right)) / 2.0) as f32;
    // Between neighbours the middle rounds to one of them; between infinities of both signs there is none.
    if middle >= left && middle < right { middle } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_and_infinities_are_kept_apart() {
        let check = |left: f32, right: f32, expected: f32| assert_eq!(between(left, right), expected);
        check(1.0, 2.0, 1.5);
        check(1.0, 1.0f32.next_up(), 1.0);
        check(1.0f32.next_down(), 1.0, 1.0f32.next_down());
        check(f32::MIN, f32::MAX, 0.0);
        check(f32::NEG_INFINITY, 5.0, f32::NEG_INFINITY);
        check(5.0, f32::INFINITY, 5.0);
        check(f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY);
        check(0.0, f32::from_bits(1), 0.0);
    }

    proptest! {
        #[test]
        fn a_threshold_parts_any_two_values(a: f32, b: f32) {
            prop_assume!(a != b && !a.is_nan() && !b.is_nan());
            let (left, right) = if a < b { (a, b) } else { (b, a) };
            let threshold = between(left, right);
            prop_assert!(left <= threshold && threshold < right);
        }
    }
}
