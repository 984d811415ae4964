//! Prediction intervals of a regression forest: quantiles of the training targets in the leaves, widened until they hold
//! as many targets as they say.
//!
//! The quantiles are Meinshausen's (2006): every tree spreads a weight of 1 over the targets in the row's leaf. In a deep
//! forest they are too narrow, and how far is seen on the training rows, each answered by the trees that did not draw it:
//! conformalised quantile regression (Romano et al. 2019) with out-of-bag rows. The artifact holds the margin for every
//! level from 0.5 to 0.99 in steps of 0.01; between them it is interpolated.
//!
//! Block `forest.calibration`, `f64` little-endian: the level when none is asked, then the margins.

use model_core::{Interval, Level, Rows};
use rayon::prelude::*;

use crate::leaf_targets::{LeafRow, LeafTargets};
use crate::traversal::Walker;
use crate::{Forest, ForestError};

pub(crate) const CALIBRATION: &str = "forest.calibration";
/// Levels of the table.
const STEPS: usize = 50;
/// Beyond all targets.
const LARGEST_MARGIN: f64 = 1e301;
/// Rows that one task answers.
const BLOCK_ROWS: usize = 64;

/// What a forest needs for intervals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Intervals {
    pub(crate) targets: LeafTargets,
    pub(crate) calibration: Calibration,
}

/// How much wider than the quantiles an interval must be, by level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    level: Level,
    margins: [f64; STEPS],
}

/// One row that calibrates: the leaves that it came to in the trees that did not draw it, and its target.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBagRow {
    /// Tree and place of each leaf.
    pub leaves: Vec<(u32, u32)>,
    /// The target.
    pub target: f64,
}

impl Forest {
    /// Adds what intervals need: the training rows in the leaves of each tree, whose targets are positions in `values`
    /// (distinct, ascending), and the rows that calibrate. `level` is that of an interval when none is asked. `None` when
    /// no row calibrates.
    ///
    /// # Errors
    /// When there are more than 2^32 targets in the leaves.
    ///
    /// # Panics
    /// When a leaf has no row, or a tree, place or target does not exist; mistakes of the calling code.
    pub fn with_intervals(
        mut self,
        values: Vec<f64>,
        leaf_rows: Vec<Vec<LeafRow>>,
        out_of_bag: &[OutOfBagRow],
        level: Level,
    ) -> Result<Option<Self>, ForestError> {
        let targets = LeafTargets::new(&self, values, leaf_rows)?;
        let calibration = Calibration::new(&self, &targets, out_of_bag, level);
        Ok(calibration.map(|calibration| {
            self.set_intervals(Intervals { targets, calibration });
            self
        }))
    }

    /// The level of an interval when none is asked; `None` when the forest has no intervals.
    pub fn interval_level(&self) -> Option<Level> {
        Some(self.interval_parts()?.calibration.level)
    }

    /// An interval for every row, in rayon's current pool; `None` when the forest has none. The numbers have the same bits
    /// in every batch and on any number of threads, and the prediction always lies between them.
    ///
    /// # Panics
    /// When the rows have another width than the forest, a mistake of the calling code.
    pub fn intervals(&self, rows: &Rows, level: Level) -> Option<Vec<Interval>> {
        let Intervals { targets, calibration } = self.interval_parts()?;
        let scores = self.score(rows);
        let margin = calibration.margin(level);
        let mut intervals = vec![Interval { lower: 0.0, upper: 0.0 }; rows.len()];
        let blocks = rows.values().par_chunks(BLOCK_ROWS * rows.width());
        let blocks = blocks.zip(scores.values().par_chunks(BLOCK_ROWS));
        blocks.zip(intervals.par_chunks_mut(BLOCK_ROWS)).for_each(|((rows_of, scores), intervals)| {
            let mut quantiles = Quantiles::new(self, targets);
            let rows = rows_of.chunks_exact(rows.width()).zip(scores);
            for ((row, &prediction), interval) in rows.zip(intervals) {
                quantiles.take_row(row);
                *interval = around(quantiles.pair(level.value()), margin, prediction);
            }
        });
        Some(intervals)
    }

    /// Quantiles of the targets in the leaves of one row, not calibrated: for each probability the least target with at
    /// least so much weight up to it. `None` when the forest has no intervals.
    ///
    /// # Panics
    /// When the row has another width than the forest, a mistake of the calling code.
    pub fn quantiles(&self, row: &[f32], probabilities: &[f64]) -> Option<Vec<f64>> {
        let mut quantiles = Quantiles::new(self, &self.interval_parts()?.targets);
        quantiles.take_row(row);
        Some(probabilities.iter().map(|&probability| quantiles.at(probability)).collect())
    }
}

/// The interval of a row. It is never so narrow that it lacks the prediction.
fn around((low, high): (f64, f64), margin: f64, prediction: f64) -> Interval {
    Interval { lower: (low - margin).min(prediction), upper: (high + margin).max(prediction) }
}

/// The least margin with which [`around`] holds the target.
fn least_margin((low, high): (f64, f64), prediction: f64, target: f64) -> f64 {
    match target.total_cmp(&prediction) {
        std::cmp::Ordering::Less => low - target,
        std::cmp::Ordering::Equal => -LARGEST_MARGIN,
        std::cmp::Ordering::Greater => target - high,
    }
}

/// The level at a step of the table.
fn level_at(step: usize) -> f64 {
    (Level::LEAST * 100.0 + step as f64) / 100.0
}

impl Calibration {
    fn new(forest: &Forest, targets: &LeafTargets, rows: &[OutOfBagRow], level: Level) -> Option<Self> {
        let rows = rows.par_iter().filter(|row| !row.leaves.is_empty());
        let needed: Vec<[f64; STEPS]> = rows
            .map_init(
                || Quantiles::new(forest, targets),
                |quantiles, row| {
                    quantiles.take_leaves(row.leaves.iter().copied());
                    let answers = row.leaves.iter().map(|&(tree, place)| {
                        let leaf = forest.nodes_of_tree(tree as usize).at(place as usize).leaf();
                        forest.leaves_of(tree as usize)[leaf as usize]
                    });
                    let prediction = answers.sum::<f64>() / row.leaves.len() as f64;
                    std::array::from_fn(|step| {
                        least_margin(quantiles.pair(level_at(step)), prediction, row.target)
                    })
                },
            )
            .collect();
        if needed.is_empty() {
            return None;
        }
        let margins = std::array::from_fn(|step| {
            let mut margins: Vec<f64> = needed.iter().map(|needed| needed[step]).collect();
            // Of one row more than there are: the new one.
            let rank = ((margins.len() + 1) as f64 * level_at(step)).ceil() as usize;
            let place = rank.clamp(1, margins.len()) - 1;
            *margins.select_nth_unstable_by(place, f64::total_cmp).1
        });
        Some(Self { level, margins })
    }

    fn margin(&self, level: Level) -> f64 {
        let place = (level.value() - Level::LEAST) * 100.0;
        let below = (place.floor() as usize).min(STEPS - 1);
        let above = (below + 1).min(STEPS - 1);
        let part = place - below as f64;
        self.margins[below] * (1.0 - part) + self.margins[above] * part
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        std::iter::once(self.level.value()).chain(self.margins).flat_map(f64::to_le_bytes).collect()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ForestError> {
        let fault = |expected: &str| ForestError::BlockLength {
            block: CALIBRATION,
            found: bytes.len(),
            expected: expected.into(),
        };
        let numbers: Vec<f64> =
            bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        let (Some((&level, margins)), true) = (numbers.split_first(), bytes.len().is_multiple_of(8)) else {
            return Err(fault("a level and 50 margins"));
        };
        let margins: [f64; STEPS] = margins.try_into().map_err(|_| fault("a level and 50 margins"))?;
        let level = Level::new(level).map_err(|_| fault("a level from 0.5 to 0.99"))?;
        if !margins.iter().all(|margin| margin.abs() <= LARGEST_MARGIN) {
            return Err(fault("finite margins"));
        }
        Ok(Self { level, margins })
    }
}

/// Reads quantiles of one row after the other, in a buffer of its own.
struct Quantiles<'a> {
    forest: &'a Forest,
    walker: Walker<'a>,
    targets: &'a LeafTargets,
    /// Targets in the leaves of the row, ascending, with the weight up to each.
    weights: Vec<(u32, f64)>,
}

impl<'a> Quantiles<'a> {
    fn new(forest: &'a Forest, targets: &'a LeafTargets) -> Self {
        Self { forest, walker: Walker::new(forest), targets, weights: Vec::new() }
    }

    fn take_row(&mut self, row: &[f32]) {
        self.weights.clear();
        for tree in 0..self.forest.tree_count() {
            self.add_leaf(tree, self.walker.leaf_place(tree, row));
        }
        self.add_up();
    }

    fn take_leaves(&mut self, leaves: impl Iterator<Item = (u32, u32)>) {
        self.weights.clear();
        for (tree, place) in leaves {
            self.add_leaf(tree as usize, place as usize);
        }
        self.add_up();
    }

    fn add_leaf(&mut self, tree: usize, place: usize) {
        let entries = self.targets.of_node(self.forest.root(tree) + place);
        let total: f64 = entries.iter().map(|entry| f64::from(entry.weight)).sum();
        self.weights.extend(entries.iter().map(|entry| (entry.target, f64::from(entry.weight) / total)));
    }

    fn add_up(&mut self) {
        // Equal targets stay in the order of the trees, so that the sums do.
        self.weights.sort_by_key(|&(target, _)| target);
        let mut sum = 0.0;
        for (_, weight) in &mut self.weights {
            sum += *weight;
            *weight = sum;
        }
    }

    /// The quantiles between which an interval of this level lies.
    fn pair(&self, level: f64) -> (f64, f64) {
        (self.at((1.0 - level) / 2.0), self.at((1.0 + level) / 2.0))
    }

    fn at(&self, probability: f64) -> f64 {
        let total = self.weights.last().map_or(0.0, |&(_, sum)| sum);
        // Rounding of the sums must not decide.
        let sought = total * (probability - 1e-9);
        let place = self.weights.partition_point(|&(_, sum)| sum < sought).min(self.weights.len() - 1);
        self.targets.values()[self.weights[place].0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_margin_is_the_one_that_just_holds_the_target() {
        let check = |quantiles: (f64, f64), prediction: f64, target: f64| {
            let margin = least_margin(quantiles, prediction, target);
            assert!(
                around(quantiles, margin, prediction).holds(target),
                "{quantiles:?} {prediction} {target}"
            );
            let less = around(quantiles, margin - 0.25, prediction);
            assert!(target == prediction || !less.holds(target), "{quantiles:?} {prediction} {target}");
        };
        check((1.0, 3.0), 2.0, 5.0);
        check((1.0, 3.0), 2.0, -1.0);
        check((1.0, 3.0), 2.0, 2.5);
        check((1.0, 3.0), 2.0, 2.0);
        // A mean beyond the quantiles.
        check((1.0, 3.0), 4.0, 3.5);
        check((1.0, 3.0), 4.0, 2.0);
        check((1.0, 3.0), 4.0, 6.0);
    }

    #[test]
    fn margins_are_interpolated_between_levels() {
        let margins = std::array::from_fn(|step| step as f64);
        let calibration = Calibration { level: Level::new(0.9).unwrap(), margins };
        for (level, expected) in [(0.5, 0.0), (0.515, 1.5), (0.9, 40.0), (0.985, 48.5), (0.99, 49.0)] {
            let found = calibration.margin(Level::new(level).unwrap());
            assert!((found - expected).abs() < 1e-9, "{level}: {found}");
        }
        assert_eq!(Calibration::decode(&calibration.encode()), Ok(calibration.clone()));
        let short = &calibration.encode()[8..];
        assert!(Calibration::decode(short).is_err() && Calibration::decode(&[]).is_err());
    }
}
