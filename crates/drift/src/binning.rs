//! Where a value is counted.

/// Counters of a column beside its bins: below, above or unseen, and missing.
const BESIDE_NUMBERS: usize = 3;
const BESIDE_LEVELS: usize = 2;

/// The counters of one column, and which of them a value belongs to.
#[derive(Debug, Clone, PartialEq)]
pub enum Binning {
    /// Numbers: a counter for each bin, then those of values below all bins, above all, and missing.
    Numbers {
        /// Smallest value that is in a bin.
        minimum: f32,
        /// Upper ends of the bins, ascending; the end belongs to the bin. Without any, every value is in one bin.
        ends: Vec<f32>,
    },
    /// Levels: a counter for each bin, then those of unseen levels and of missing values.
    Levels {
        /// Bin of each level, by its code.
        bins: Vec<u16>,
        /// Number of bins.
        count: usize,
    },
}

impl Binning {
    /// Number of counters.
    pub fn counters(&self) -> usize {
        match self {
            Self::Numbers { .. } => self.bins() + BESIDE_NUMBERS,
            Self::Levels { .. } => self.bins() + BESIDE_LEVELS,
        }
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        match self {
            Self::Numbers { ends, .. } => ends.len().max(1),
            Self::Levels { count, .. } => *count,
        }
    }

    /// The counter of a value, an encoded one or an answer.
    #[inline]
    pub fn place(&self, value: f32) -> usize {
        match self {
            Self::Numbers { minimum, ends } => {
                if value.is_nan() {
                    return self.bins() + 2;
                }
                let Some(&maximum) = ends.last() else { return 0 };
                if value < *minimum {
                    ends.len()
                } else if value > maximum {
                    ends.len() + 1
                } else {
                    // Few, and without a branch: faster than halving.
                    ends.iter().map(|end| usize::from(*end < value)).sum()
                }
            }
            Self::Levels { bins, count } => {
                if value.is_nan() {
                    return count + 1;
                }
                bins.get(value as usize).map_or(*count, |&bin| usize::from(bin))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_one_counter() {
        let numbers = Binning::Numbers { minimum: 1.0, ends: vec![2.0, 4.0] };
        let check = |binning: &Binning, value: f32, place: usize| {
            assert_eq!(binning.place(value), place, "{value} in {binning:?}");
            assert!(place < binning.counters());
        };
        check(&numbers, 1.0, 0);
        check(&numbers, 2.0, 0);
        check(&numbers, 2.5, 1);
        check(&numbers, 4.0, 1);
        check(&numbers, 0.5, 2);
        check(&numbers, f32::NEG_INFINITY, 2);
        check(&numbers, 4.5, 3);
        check(&numbers, f32::NAN, 4);
        let nothing_known = Binning::Numbers { minimum: 0.0, ends: vec![] };
        check(&nothing_known, -7.0, 0);
        check(&nothing_known, f32::NAN, 3);
        let levels = Binning::Levels { bins: vec![0, 1, 1], count: 2 };
        check(&levels, 0.0, 0);
        check(&levels, 2.0, 1);
        check(&levels, 3.0, 2);
        check(&levels, f32::NAN, 3);
    }
}
