//! How columns go together: Pearson's and Spearman's correlation, and the information that one gives about another.

use std::collections::HashMap;

use rayon::prelude::*;

use super::cells::MISSING;
use super::order::Order;

/// Bins of a column of numbers, and levels that are told apart, for mutual information.
const BINS: usize = 20;
const LEVELS: usize = 50;

/// Pearson's correlation over the rows in which both have a finite value; `None` where one of them does not vary.
pub(super) fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let pairs = || a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite());
    let (mut sums, mut count) = ([0.0; 2], 0.0);
    for (a, b) in pairs() {
        sums[0] += a;
        sums[1] += b;
        count += 1.0;
    }
    let means = sums.map(|sum| sum / count);
    let (mut products, mut squares) = (0.0, [0.0; 2]);
    for (a, b) in pairs() {
        let (a, b) = (a - means[0], b - means[1]);
        products += a * b;
        squares[0] += a * a;
        squares[1] += b * b;
    }
    let correlation = products / (squares[0].sqrt() * squares[1].sqrt());
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

/// A column of numbers with its order and its ranks.
#[derive(Debug)]
pub(super) struct Ranked<'a> {
    pub(super) values: &'a [f64],
    pub(super) order: &'a Order,
    /// Ranks among all rows that have a value.
    ranks: Vec<f64>,
    has_missing: bool,
}

impl<'a> Ranked<'a> {
    pub(super) fn new(values: &'a [f64], order: &'a Order) -> Self {
        let has_missing = order.rows().len() < values.len();
        Self { values, order, ranks: order.ranks(values, |_| true), has_missing }
    }

    /// Spearman's correlation over the rows in which both have a value.
    pub(super) fn spearman(&self, other: &Self) -> Option<f64> {
        if !self.has_missing && !other.has_missing {
            return pearson(&self.ranks, &other.ranks);
        }
        let both = |row: usize| !self.values[row].is_nan() && !other.values[row].is_nan();
        pearson(&self.order.ranks(self.values, both), &other.order.ranks(other.values, both))
    }
}

/// The correlations of some columns with each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Matrix {
    /// Which columns, by their places in the table.
    pub(crate) columns: Vec<usize>,
    /// Pearson's and Spearman's, row by row.
    pub(crate) cells: Vec<[Option<f64>; 2]>,
}

impl Matrix {
    /// Of columns by their places.
    pub(super) fn of(columns: &[(usize, Ranked<'_>)]) -> Self {
        let width = columns.len();
        let pairs: Vec<(usize, usize)> = (0..width).flat_map(|a| (a..width).map(move |b| (a, b))).collect();
        let found: Vec<[Option<f64>; 2]> = pairs
            .par_iter()
            .map(|&(a, b)| {
                let (a, b) = (&columns[a].1, &columns[b].1);
                [pearson(a.values, b.values), a.spearman(b)]
            })
            .collect();
        let mut cells = vec![[None; 2]; width * width];
        for ((a, b), found) in pairs.into_iter().zip(found) {
            cells[a * width + b] = found;
            cells[b * width + a] = found;
        }
        Self { columns: columns.iter().map(|column| column.0).collect(), cells }
    }

    /// Pearson's and Spearman's correlation of two of the columns, by their places among them.
    pub(crate) fn at(&self, a: usize, b: usize) -> [Option<f64>; 2] {
        self.cells[a * self.columns.len() + b]
    }
}

/// A column in few bins.
#[derive(Debug, Clone)]
pub(super) struct Binned {
    codes: Vec<u32>,
    pub(super) bins: usize,
}

impl Binned {
    /// Of numbers, by their quantiles.
    pub(super) fn of_numbers(values: &[f64], order: &Order) -> Self {
        let (codes, bins) = order.quantiles(values, BINS);
        Self { codes, bins }
    }

    /// Of texts: the most frequent ones, all others, and missing.
    pub(super) fn of_levels(codes: &[u32], counts: &[u64]) -> Self {
        let mut frequent: Vec<usize> = (0..counts.len()).collect();
        frequent.sort_by_key(|&code| (std::cmp::Reverse(counts[code]), code));
        let bins: HashMap<u32, u32> =
            frequent.into_iter().take(LEVELS).map(|code| code as u32).zip(0..).collect();
        let others = bins.len() as u32;
        let code = |code: &u32| match bins.get(code) {
            Some(&bin) => bin,
            None => others + u32::from(*code == MISSING),
        };
        Self { codes: codes.iter().map(code).collect(), bins: bins.len() + 2 }
    }

    /// The share of what the rows of a bin are, in all rows.
    fn entropy(&self) -> f64 {
        let mut counts = vec![0.0; self.bins];
        self.codes.iter().for_each(|&code| counts[code as usize] += 1.0);
        entropy(&counts, self.codes.len() as f64)
    }

    /// The share of the other column's entropy that this one takes away, from 0 to 1: mutual information over entropy,
    /// less what chance gives for so many bins and rows (Miller and Madow's first order).
    pub(super) fn share_of(&self, other: &Self) -> f64 {
        let rows = self.codes.len() as f64;
        let whole = other.entropy();
        if whole <= 0.0 {
            return 0.0;
        }
        let mut joint = vec![0.0; self.bins * other.bins];
        for (&a, &b) in self.codes.iter().zip(&other.codes) {
            joint[a as usize * other.bins + b as usize] += 1.0;
        }
        let used = |binned: &Self| {
            let mut used = vec![false; binned.bins];
            binned.codes.iter().for_each(|&code| used[code as usize] = true);
            used.iter().filter(|used| **used).count() as f64
        };
        let chance = (used(self) - 1.0) * (used(other) - 1.0) / (2.0 * rows);
        let information = self.entropy() + whole - entropy(&joint, rows) - chance;
        (information / whole).clamp(0.0, 1.0)
    }
}

fn entropy(counts: &[f64], total: f64) -> f64 {
    counts.iter().filter(|count| **count > 0.0).map(|count| -(count / total) * (count / total).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_those_of_the_definition() {
        let a = [1.0, 2.0, 3.0, 4.0, f64::NAN, 5.0];
        let cubes = a.map(|value| value * value * value);
        let b = [2.0, f64::NAN, 1.0, 8.0, 1.0, 9.0];
        let orders = [&a, &cubes, &b].map(|values| Order::of(values));
        let ranked = |place: usize, values| Ranked::new(values, &orders[place]);
        let (first, cubed, other) = (ranked(0, &a), ranked(1, &cubes), ranked(2, &b));
        assert!((first.spearman(&cubed).unwrap() - 1.0).abs() < 1e-12);
        // Of (1, 3, 4, 5) and (2, 1, 8, 9).
        assert!((pearson(&a, &b).unwrap() - 0.812_755_454_347_387_6).abs() < 1e-9);
        assert!((first.spearman(&other).unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(pearson(&a, &[1.0; 6]), None);
    }

    #[test]
    fn a_column_tells_all_of_itself_and_nothing_of_chance() {
        let values: Vec<f64> = (0..4000).map(f64::from).collect();
        let order = Order::of(&values);
        let numbers = Binned::of_numbers(&values, &order);
        assert!((numbers.share_of(&numbers) - 1.0).abs() < 0.02);
        let codes: Vec<u32> = (0..4000_u32).map(|row| row.wrapping_mul(2_654_435_761) >> 28).collect();
        let levels = Binned::of_levels(&codes, &[250; 16]);
        assert!(levels.share_of(&numbers) < 0.02);
        let half = Binned::of_levels(
            &values.iter().map(|&value| u32::from(value < 2000.0)).collect::<Vec<_>>(),
            &[1; 2],
        );
        assert!(numbers.share_of(&half) > 0.99, "{}", numbers.share_of(&half));
    }
}
