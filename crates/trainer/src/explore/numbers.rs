//! A column of numbers in figures: quantiles, spread, outliers and the bins of its histogram.

use super::order::Order;

/// Fewest and most bins of a histogram.
const FEWEST_BINS: f64 = 5.0;
const MOST_BINS: f64 = 40.0;

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    /// Arithmetic mean of the finite values.
    pub(crate) mean: f64,
    /// Standard deviation of a sample (`n - 1`).
    pub(crate) std: f64,
    /// Least value, quartiles by linear interpolation, greatest value.
    pub(crate) quartiles: [f64; 5],
    /// Third standardised moment.
    pub(crate) skew: f64,
    /// Whether all values are whole.
    pub(crate) is_whole: bool,
    /// Whether the values count the rows, each one more than the one before.
    pub(crate) counts_rows: bool,
    /// Values below and above Tukey's fences, 1.5 interquartile ranges beyond the quartiles.
    pub(crate) outliers: [u64; 2],
    /// Different values.
    pub(crate) distinct: u64,
    /// Infinite values, which take no part in the other figures.
    pub(crate) infinite: u64,
    /// The histogram: each bin from, to and with how many values.
    pub(crate) bins: Vec<([f64; 2], u64)>,
}

impl Numbers {
    /// Of values in any order.
    pub(crate) fn of_values(values: &[f64]) -> Option<Self> {
        Self::of(values, &Order::of(values))
    }

    /// Of the values in file order (NaN is missing) and their order. `None` when no value is finite.
    pub(super) fn of(values: &[f64], order: &Order) -> Option<Self> {
        let sorted: Vec<f64> =
            order.rows().iter().map(|&row| values[row as usize]).filter(|value| value.is_finite()).collect();
        let (&first, &last) = (sorted.first()?, sorted.last()?);
        let count = sorted.len() as f64;
        let mean = sorted.iter().map(|value| value / count).sum::<f64>();
        let moment = |power: i32| sorted.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / count;
        let (second, third) = (moment(2), moment(3));
        let quantile = |share: f64| {
            let place = share * (count - 1.0);
            let (below, above) = (sorted[place as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        let quartiles = [first, quantile(0.25), quantile(0.5), quantile(0.75), last];
        let reach = 1.5 * (quartiles[3] - quartiles[1]);
        let low = sorted.partition_point(|value| *value < quartiles[1] - reach);
        let high = sorted.len() - sorted.partition_point(|value| *value <= quartiles[3] + reach);
        let is_whole = sorted.iter().all(|value| value.fract() == 0.0);
        Some(Self {
            mean,
            std: (second * count / (count - 1.0).max(1.0)).sqrt(),
            quartiles,
            skew: if second > 0.0 { third / second.powf(1.5) } else { 0.0 },
            is_whole,
            counts_rows: is_whole
                && values.len() > 2
                && values.windows(2).all(|pair| pair[1] == pair[0] + 1.0),
            outliers: [low as u64, high as u64],
            distinct: sorted.chunk_by(|a, b| a == b).count() as u64,
            infinite: (order.rows().len() - sorted.len()) as u64,
            bins: bins(&sorted, quartiles, is_whole),
        })
    }
}

/// The bins by Freedman and Diaconis (1981), within bounds; one for each whole number where they are few.
fn bins(sorted: &[f64], [low, q1, _, q3, high]: [f64; 5], is_whole: bool) -> Vec<([f64; 2], u64)> {
    let range = high - low;
    let one_each = is_whole && range < MOST_BINS;
    let (start, width, count) = if one_each {
        (low - 0.5, 1.0, range as usize + 1)
    } else {
        let width = 2.0 * (q3 - q1) / (sorted.len() as f64).cbrt();
        let count = if width > 0.0 { (range / width).ceil() } else { MOST_BINS };
        let count = count.clamp(FEWEST_BINS, MOST_BINS);
        (low, range / count, count as usize)
    };
    if !(width.is_finite() && width > 0.0) {
        return vec![([low, high], sorted.len() as u64)];
    }
    let mut bins: Vec<([f64; 2], u64)> =
        (0..count).map(|bin| ([start + width * bin as f64, start + width * (bin + 1) as f64], 0)).collect();
    for value in sorted {
        bins[(((value - start) / width) as usize).min(count - 1)].1 += 1;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_pandas() {
        // Of 3, 1, 4, 1, 5, 9, 2, 6 and 100, by the statistics module of Python.
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, f64::NAN, 2.0, 6.0, 100.0, f64::INFINITY];
        let numbers = Numbers::of(&values, &Order::of(&values)).unwrap();
        assert_eq!(numbers.quartiles, [1.0, 2.0, 4.0, 6.0, 100.0]);
        assert!((numbers.mean - 14.555_555_555_555_555).abs() < 1e-12);
        assert!((numbers.std - 32.144_638_398_616).abs() < 1e-9, "{}", numbers.std);
        assert!((numbers.skew - 2.444_765_733_334).abs() < 1e-9, "{}", numbers.skew);
        assert_eq!((numbers.outliers, numbers.distinct, numbers.infinite), ([0, 1], 8, 1));
        assert!(numbers.is_whole && !numbers.counts_rows);
        assert_eq!(numbers.bins.iter().map(|bin| bin.1).sum::<u64>(), 9);
    }

    #[test]
    fn a_single_value_has_figures_too() {
        let numbers = Numbers::of(&[7.5; 3], &Order::of(&[7.5; 3])).unwrap();
        assert_eq!((numbers.std, numbers.skew, numbers.distinct), (0.0, 0.0, 1));
        assert_eq!(numbers.bins, [([7.5, 7.5], 3)]);
        assert_eq!(Numbers::of(&[f64::NAN], &Order::of(&[f64::NAN])), None);
    }
}
