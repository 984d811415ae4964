//! A scale: where a number stands on an axis, and the round numbers that are written at it.

/// Numbers from `low` to `high` on a line of pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale over the numbers, which lie from pixel `from` to pixel `to`. Numbers that are all the same get some room.
    pub(super) fn over(numbers: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers.filter(|number| number.is_finite()) {
            (low, high) = (low.min(number), high.max(number));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
            (low, high) = (low - room, high + room);
        }
        Self { low, high, from, to }
    }

    /// The same with this share of it free at either end.
    pub(super) fn with_room(self, share: f64) -> Self {
        let room = (self.high / 2.0 - self.low / 2.0) * 2.0 * share / (1.0 - 2.0 * share);
        let (low, high) = (self.low - room, self.high + room);
        if low.is_finite() && high.is_finite() { Self { low, high, ..self } } else { self }
    }

    /// The pixel of a number.
    pub(super) fn at(self, number: f64) -> f64 {
        // Halved, so that no difference is beyond the numbers.
        let share = (number / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        self.from + (self.to - self.from) * share
    }

    /// Round numbers on the scale, about as many as asked for.
    pub(super) fn ticks(self, about: usize) -> Vec<f64> {
        let step = (self.high / 2.0 - self.low / 2.0) * 2.0 / about.max(1) as f64;
        let magnitude = 10f64.powf(step.log10().floor());
        let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * magnitude >= step);
        let step = factor.unwrap_or(10.0) * magnitude;
        if !step.is_finite() || step <= 0.0 {
            return vec![self.low, self.high];
        }
        let first = (self.low / step).ceil();
        (0..=2 * about)
            .map(|place| (first + place as f64) * step)
            .take_while(|tick| *tick <= self.high)
            .collect()
    }
}

/// A tick in few characters.
pub(super) fn tick_label(tick: f64) -> String {
    let size = tick.abs();
    match size {
        0.0 => "0".into(),
        _ if !(1e-3..1e6).contains(&size) => format!("{tick:.1e}").replace(".0e", "e"),
        _ => {
            let text = format!("{tick:.3}");
            text.trim_end_matches('0').trim_end_matches('.').into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let check = |low: f64, high: f64, expected: &[&str]| {
            let scale = Scale::over([low, high].into_iter(), 0.0, 100.0);
            let labels: Vec<_> = scale.ticks(4).into_iter().map(tick_label).collect();
            assert_eq!(labels, expected, "{low} to {high}");
        };
        check(0.0, 1.0, &["0", "0.25", "0.5", "0.75", "1"]);
        check(5.0, 50.0, &["20", "40"]);
        check(-3.0, 3.0, &["-2", "0", "2"]);
        check(0.0, 4e7, &["0", "1e7", "2e7", "3e7", "4e7"]);
        check(7.0, 7.0, &["4", "6", "8", "10"]);
    }

    #[test]
    fn the_widest_numbers_stay_on_the_line() {
        let scale = Scale::over([f64::MIN, f64::MAX].into_iter(), 10.0, 20.0);
        assert_eq!((scale.at(f64::MIN), scale.at(0.0), scale.at(f64::MAX)), (10.0, 15.0, 20.0));
        assert!(scale.ticks(5).iter().all(|tick| tick.is_finite()));
    }
}
