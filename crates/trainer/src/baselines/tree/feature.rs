//! A feature as `linfa-trees` is told of it: places in an order instead of values.

use forest::node::{exceeds, level_code};
use forest::{Column, ForestError, TreeBuilder};
use forest_learner::between;

use super::super::design::median;

/// The values of a feature.
pub(super) enum Feature {
    /// A number.
    Number {
        /// Of each row, the median where it is missing.
        values: Vec<f32>,
        /// Place among the different values, from 0.
        ranks: Vec<f32>,
        /// What a missing value counts as.
        median: f32,
    },
    /// A category.
    Category {
        /// The code of each row: that of an unseen level is `levels`, that of a missing one is above.
        codes: Vec<u32>,
        /// Number of levels.
        levels: u32,
    },
}

/// One row of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeRow {
    /// Its number among those that are learned from.
    pub(super) row: usize,
    /// A whole number.
    pub(super) weight: f32,
    /// What is asked of it, or found: whether it is of the class, whether it goes left.
    pub(super) yes: bool,
}

impl Feature {
    /// From the encoded values of these rows.
    pub(super) fn learn(column: Column, values: &[f32], rows: &[usize]) -> Self {
        let values = rows.iter().map(|&row| values[row]);
        match column {
            Column::Category { levels } => {
                let code = |value: f32| if value.is_nan() { levels + 1 } else { level_code(value, levels) };
                Self::Category { codes: values.map(code).collect(), levels }
            }
            Column::Numeric => {
                let mut values: Vec<f32> = values.collect();
                let median = median(&values) as f32;
                values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = median);
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f32::total_cmp);
                sorted.dedup();
                let rank = |value: &f32| sorted.partition_point(|other| other < value) as f32;
                Self::Number { ranks: values.iter().map(rank).collect(), values, median }
            }
        }
    }

    /// Where the values of a node's rows stand: numbers in their order, levels by how many of their rows are of the class.
    pub(super) fn places(&self, rows: &[NodeRow]) -> Vec<f32> {
        let (codes, levels) = match self {
            Self::Number { ranks, .. } => return rows.iter().map(|of| ranks[of.row]).collect(),
            Self::Category { codes, levels } => (codes, *levels as usize),
        };
        let mut weights = vec![[0.0; 2]; levels + 2];
        for of in rows {
            let [all, of_class] = &mut weights[codes[of.row] as usize];
            *all += of.weight;
            *of_class += if of.yes { of.weight } else { 0.0 };
        }
        let share = |code: usize| weights[code][1] / weights[code][0];
        let mut order: Vec<usize> = (0..weights.len()).filter(|&code| weights[code][0] > 0.0).collect();
        order.sort_by(|&one, &other| share(one).total_cmp(&share(other)));
        let mut places = vec![0.0; weights.len()];
        order.into_iter().enumerate().for_each(|(place, code)| places[code] = place as f32);
        rows.iter().map(|of| places[codes[of.row] as usize]).collect()
    }

    /// Makes a node a split that sends its rows where they are said to go, and returns the place of its left child. What none of
    /// its rows has goes the way of the heavier side.
    pub(super) fn split(
        &self,
        builder: &mut TreeBuilder<'_>,
        node: u32,
        feature: usize,
        rows: &[NodeRow],
    ) -> Result<u32, ForestError> {
        match self {
            Self::Number { values, median, .. } => {
                let of_side =
                    |left: bool| rows.iter().filter(move |of| of.yes == left).map(|of| values[of.row]);
                let below = of_side(true).fold(f32::NEG_INFINITY, f32::max);
                let threshold = between(below, of_side(false).fold(f32::INFINITY, f32::min));
                builder.split_at(node, feature, threshold, exceeds(*median, threshold))
            }
            Self::Category { codes, levels } => {
                let levels = *levels as usize;
                let balance: f32 = rows.iter().map(|of| if of.yes { of.weight } else { -of.weight }).sum();
                let mut is_left = vec![balance >= 0.0; levels + 2];
                rows.iter().for_each(|of| is_left[codes[of.row] as usize] = of.yes);
                let word = |bits: &[bool]| (0..).zip(bits).map(|(place, &bit)| u32::from(bit) << place).sum();
                let set: Vec<u32> = is_left[..=levels].chunks(32).map(word).collect();
                builder.split_by_levels(node, feature, &set, !is_left[levels + 1])
            }
        }
    }
}
