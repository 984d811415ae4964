//! What later rows are compared with, beyond the profile: exact counts of the training rows, and how the model answers.
//!
//! The profile's quantiles alone cannot tell how many rows lie at or below a value that many rows share. An artifact of an older
//! Canopy has no baseline; its features are then compared by the profile, and its answers cannot be.

use serde::{Deserialize, Serialize};

/// Exact counts of the rows that a model was trained on, and the distribution of its answers to rows that it was not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// For each feature in schema order: the training rows of a number. `None` for levels, whose counts the profile holds, and
    /// for a column without a value.
    pub features: Vec<Option<Bins>>,
    /// The model's answers; `None` where it was trained on all rows and without out-of-bag answers.
    pub answers: Option<Answers>,
}

/// Rows by the size of a number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Ends of the bins, ascending, each a value that a row has: a bin holds what is above the end before and not above its own.
    /// Compared as `f32`, as a forest does. The last is the largest value.
    pub ends: Vec<f64>,
    /// Rows of each bin.
    pub rows: Vec<u64>,
    /// Smallest value.
    pub minimum: f64,
}

/// How a model answers rows that it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Which rows these are.
    pub of: AnsweredRows,
    /// What it answers.
    pub distribution: AnswerDistribution,
}

/// Rows that a model was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredRows {
    /// Rows that were held out.
    HeldOut,
    /// Training rows, each answered by the trees that did not draw it.
    OutOfBag,
}

/// Distribution of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerDistribution {
    /// Predicted values.
    Values(Bins),
    /// Rows of each predicted class, in class order.
    Classes(Vec<u64>),
}

/// Most bins of a number.
const MOST_BINS: usize = 20;

impl Bins {
    /// Bins of about equal size over the values that are there, NaN left out: at most 20, fewer where many rows share a value.
    /// `None` without a value.
    pub fn of(values: impl IntoIterator<Item = f32>) -> Option<Self> {
        let mut sorted: Vec<f32> = values.into_iter().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let minimum = shortest(*sorted.first()?);
        let mut bins = Self { ends: Vec::new(), rows: Vec::new(), minimum };
        let mut below = 0;
        for step in 1..=MOST_BINS {
            let end = sorted[(sorted.len() * step).div_ceil(MOST_BINS).saturating_sub(1)];
            let until = sorted.partition_point(|value| *value <= end);
            if until > below {
                bins.ends.push(shortest(end));
                bins.rows.push((until - below) as u64);
                below = until;
            }
        }
        Some(bins)
    }

    /// Whether it is what [`Bins::of`] could have made: nothing else may be counted into.
    pub fn are_sound(&self) -> bool {
        let ascend = |ends: &[f64]| (ends[0] as f32) < ends[1] as f32;
        !self.ends.is_empty()
            && self.ends.len() == self.rows.len()
            && self.ends.windows(2).all(ascend)
            && self.minimum as f32 <= self.ends[0] as f32
            && self.rows.iter().try_fold(0u64, |sum, &rows| sum.checked_add(rows)).is_some()
    }
}

/// The double that people mean by an encoded value: 0.1, not 0.10000000149.
pub fn shortest(value: f32) -> f64 {
    if value.fract() == 0.0 {
        f64::from(value)
    } else {
        value.to_string().parse().unwrap_or(f64::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_every_row_once_and_shared_values_share_one() {
        let check = |values: &[f32], ends: &[f64], rows: &[u64]| {
            let bins = Bins::of(values.iter().copied()).unwrap();
            assert_eq!((bins.ends.as_slice(), bins.rows.as_slice()), (ends, rows));
            assert!(bins.are_sound());
        };
        check(&[2.0, f32::NAN, 1.0], &[1.0, 2.0], &[1, 1]);
        check(&[0.0; 50], &[0.0], &[50]);
        let mut mostly_zero = vec![0.0; 90];
        mostly_zero.extend((1..=10).map(|value| value as f32));
        // 90 of 100 rows are zero; every further bin is 5 % of the rows.
        check(&mostly_zero, &[0.0, 5.0, 10.0], &[90, 5, 5]);
        let many: Vec<f32> = (0..1000).map(|value| value as f32 / 10.0).collect();
        assert_eq!(Bins::of(many).unwrap().rows, [50; 20]);
        assert_eq!(Bins::of([f32::NAN]), None);
    }

    #[test]
    fn what_no_training_wrote_is_not_counted_into() {
        let sound = Bins { ends: vec![1.0, 2.0], rows: vec![3, 4], minimum: 0.5 };
        assert!(sound.are_sound());
        let check = |change: &dyn Fn(&mut Bins)| {
            let mut bins = sound.clone();
            change(&mut bins);
            assert!(!bins.are_sound(), "{bins:?}");
        };
        check(&|bins| bins.rows.truncate(1));
        check(&|bins| bins.ends = vec![2.0, 2.0]);
        check(&|bins| bins.ends = vec![1.0, f64::NAN]);
        check(&|bins| bins.rows = vec![u64::MAX, 1]);
        check(&|bins| bins.minimum = 3.0);
        check(&|bins| *bins = Bins::default());
    }
}
