//! Prediction intervals: between which numbers the target lies, with a stated probability.

use thiserror::Error;

/// The share of new rows whose target an interval shall hold: from 0.5 to 0.99.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Level(f64);

/// A level beyond its range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the level of an interval is a number from {} to {}, found {found}", Level::LEAST, Level::MOST)]
pub struct LevelError {
    /// The number.
    pub found: f64,
}

impl Level {
    /// Lowest level.
    pub const LEAST: f64 = 0.5;
    /// Highest level: beyond, the training rows are too few to tell.
    pub const MOST: f64 = 0.99;

    /// A checked level.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn new(level: f64) -> Result<Self, LevelError> {
        if (Self::LEAST..=Self::MOST).contains(&level) {
            Ok(Self(level))
        } else {
            Err(LevelError { found: level })
        }
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// An interval around a prediction, in the unit of the target; `lower` ≤ prediction ≤ `upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl Interval {
    /// Whether a target lies in it, its ends included.
    pub fn holds(&self, target: f64) -> bool {
        self.lower <= target && target <= self.upper
    }

    /// Distance of its ends.
    pub fn width(&self) -> f64 {
        self.upper - self.lower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_a_range() {
        assert_eq!(Level::new(0.9).map(Level::value), Ok(0.9));
        assert!(Level::new(0.5).is_ok() && Level::new(0.99).is_ok());
        for found in [0.49, 0.991, 1.0, f64::INFINITY] {
            assert_eq!(Level::new(found), Err(LevelError { found }));
        }
        let error = Level::new(90.0).unwrap_err();
        assert_eq!(error.to_string(), "the level of an interval is a number from 0.5 to 0.99, found 90");
        assert!(Level::new(f64::NAN).is_err());
    }

    #[test]
    fn an_interval_holds_its_ends() {
        let interval = Interval { lower: 1.0, upper: 3.0 };
        assert!(interval.holds(1.0) && interval.holds(3.0) && !interval.holds(3.1));
        assert_eq!(interval.width(), 2.0);
    }
}
